//! Concatenation.

use super::{ChannelMap, Op, OpError, OpKind, Operation};
use crate::graph::Shape;

/// Channels of the first value, then those of the second, and so on; all are of one size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concat {
    /// Which channels of each value are meant: all (`None`, and where there is no entry) until the passes fuse something.
    pub gathers: Vec<Option<ChannelMap>>,
}

impl Concat {
    /// Which channels of an input are meant; all if `None`.
    pub fn gather(&self, input: usize) -> Option<&ChannelMap> {
        self.gathers.get(input)?.as_ref()
    }

    /// How many channels an input contributes.
    pub fn channels(&self, input: usize, shape: Shape) -> usize {
        self.gather(input).map_or(shape.channels(), ChannelMap::len)
    }
}

impl Operation for Concat {
    fn kind(&self) -> OpKind {
        OpKind::Concat
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let first = inputs[0];
        for other in &inputs[1..] {
            if first.with_channels(1) != other.with_channels(1) {
                return Err(OpError::Shapes { left: first, right: *other });
            }
        }
        let each = inputs.iter().enumerate().map(|(i, shape)| self.channels(i, *shape));
        let channels = each.fold(0, usize::saturating_add);
        OpError::check("the number of channels", channels, super::conv::MOST_CHANNELS)?;
        Ok(first.with_channels(channels))
    }

    fn gathering(&self, input: usize, map: &ChannelMap) -> Option<Op> {
        let mut gathers = self.gathers.clone();
        gathers.resize(gathers.len().max(input + 1), None);
        gathers[input] = Some(self.gather(input).map_or_else(|| map.clone(), |own| own.after(map)));
        Some(Self { gathers }.into())
    }
}

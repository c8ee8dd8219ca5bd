//! MicroNet's activation function.

use super::{At, ChannelMap, OpError, OpKind, Operation};
use crate::graph::{Facts, Shape};

/// Dynamic shift-max (arXiv 2108.05894, section 3.2): the largest of one or two sums of a channel and another one, both multiplied by
/// numbers that the network computes: its second input, a vector of all channels' first factors of the first piece, their second
/// ones, and so of the second piece.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftMax {
    /// The other channel of each.
    pub map: ChannelMap,
    /// What a computed number, from 0 to 1 and one half subtracted, is multiplied with.
    pub range: f32,
    /// What is added to both factors then, for each piece.
    pub start: Vec<[f32; 2]>,
}

/// The most pieces.
const MOST_PIECES: usize = 2;

impl Operation for ShiftMax {
    fn kind(&self) -> OpKind {
        OpKind::ShiftMax
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let x = inputs[0];
        let channels = x.channels();
        OpError::check("the number of channels", channels, super::conv::MOST_CHANNELS)?;
        OpError::check("the number of pieces", self.start.len(), MOST_PIECES)?;
        OpError::equal(Shape::Vector { c: channels }, Shape::Vector { c: self.map.len() })?;
        if let Some(channel) = self.map.iter().find(|channel| *channel >= channels) {
            return Err(OpError::Channel { channel, channels });
        }
        OpError::equal(Shape::Vector { c: 2 * self.start.len() * channels }, inputs[1])?;
        Ok(x)
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { scaled_elements: 2 * self.start.len() as u64 * at.elements(), ..Facts::default() }
    }
}

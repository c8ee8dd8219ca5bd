//! Concatenation that no convolution absorbed.

use super::channels::{SOURCES, gather};
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::{ChannelMap, Concat};

impl Lower for Concat {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let shape = to.shape(id);
        let inputs = to.inputs(id);
        let mut left: Vec<(usize, usize, Option<&ChannelMap>)> = inputs
            .iter()
            .enumerate()
            .map(|(i, input)| (to.buffer_of(*input), to.shape(*input).channels(), self.gather(i)))
            .collect();
        // What is too much for one dispatch: the first values become one.
        while left.len() > SOURCES {
            let rest = left.split_off(SOURCES);
            let sources: Vec<_> = left.iter().map(|(_, channels, map)| (*channels, *map)).collect();
            let channels = sources.iter().map(|(channels, map)| map.map_or(*channels, ChannelMap::len)).sum();
            let kernel = gather(to, shape.positions(), &sources);
            let operands = std::array::from_fn(|i| left.get(i).map(|(buffer, ..)| *buffer));
            let buffer = to.dispatch(id, kernel, operands, shape.with_channels(channels));
            left = std::iter::once((buffer, channels, None)).chain(rest).collect();
        }
        let sources: Vec<_> = left.iter().map(|(_, channels, map)| (*channels, *map)).collect();
        let kernel = gather(to, shape.positions(), &sources);
        let operands = std::array::from_fn(|i| left.get(i).map(|(buffer, ..)| *buffer));
        to.step_of(id, kernel, operands);
        Ok(())
    }
}

//! Other orders and parts of channels.

use super::{Define, Of};
use crate::graph::op::{ChannelMap, Channels};

impl Define for Channels {
    /// y[p, j] = x[p, map[j]].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        pick(&self.0, of.inputs[0], of.shapes[0].channels())
    }
}

/// The channels of a map at every position of a value.
pub(super) fn pick(map: &ChannelMap, x: &[f32], channels: usize) -> Vec<f32> {
    x.chunks_exact(channels).flat_map(|pixel| map.iter().map(|channel| pixel[channel])).collect()
}

//! Other orders and parts of channels.

use super::{Define, Of};
use crate::graph::op::{ChannelMap, Channels};

impl Define for Channels {
    /// y[p, j] = x[p, map[j]].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        pick(&self.0, of.inputs[0], of.shapes[0].channels())
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let mut pulled = vec![0.0; of.inputs[0].len()];
        for (x, seed) in pulled.chunks_exact_mut(of.shapes[0].channels()).zip(seed.chunks_exact(self.0.len()))
        {
            self.0.iter().zip(seed).for_each(|(channel, seed)| x[channel] += seed);
        }
        vec![pulled]
    }
}

/// The channels of a map at every position of a value.
pub(super) fn pick(map: &ChannelMap, x: &[f32], channels: usize) -> Vec<f32> {
    x.chunks_exact(channels).flat_map(|pixel| map.iter().map(|channel| pixel[channel])).collect()
}

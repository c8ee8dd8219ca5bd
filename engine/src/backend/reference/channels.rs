//! Other orders and parts of channels.

use super::{Define, Of};
use crate::graph::op::Channels;

impl Define for Channels {
    /// y[p, j] = x[p, map[j]].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let pixels = of.inputs[0].chunks_exact(of.shapes[0].channels());
        pixels.flat_map(|pixel| self.0.iter().map(|channel| pixel[channel])).collect()
    }
}

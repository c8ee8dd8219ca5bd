//! A map times a vector or a map.

use super::{Define, Of};
use crate::graph::op::Scale;

impl Define for Scale {
    /// x[p, c] · gate[c], or x[p, c] · gate[p, c].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (x, gate) = (of.inputs[0], of.inputs[1]);
        x.chunks_exact(gate.len()).flat_map(|pixel| pixel.iter().zip(gate).map(|(x, g)| x * g)).collect()
    }
}

//! A map times a vector or a map.

use super::{Define, Of};
use crate::graph::op::Scale;

impl Define for Scale {
    /// x[p, c] · gate[c], or x[p, c] · gate[p, c].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (x, gate) = (of.inputs[0], of.inputs[1]);
        x.chunks_exact(gate.len()).flat_map(|pixel| pixel.iter().zip(gate).map(|(x, g)| x * g)).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let (x, gate) = (of.inputs[0], of.inputs[1]);
        let by_x = seed.iter().zip(gate.iter().cycle()).map(|(seed, gate)| seed * f64::from(*gate));
        let mut by_gate = vec![0.0; gate.len()];
        for (x, seed) in x.chunks_exact(gate.len()).zip(seed.chunks_exact(gate.len())) {
            for ((gate, x), seed) in by_gate.iter_mut().zip(x).zip(seed) {
                *gate += seed * f64::from(*x);
            }
        }
        vec![by_x.collect(), by_gate]
    }
}

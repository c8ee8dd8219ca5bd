//! MicroNet's activation function.

use super::{Define, Of};
use crate::graph::op::ShiftMax;

impl Define for ShiftMax {
    /// The largest over the pieces k of x[p, c] · a[k, c] + x[p, map[c]] · b[k, c].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (x, gates, channels) = (of.inputs[0], of.inputs[1], of.shapes[0].channels());
        let factor = |which: usize, c: usize| {
            let start = f64::from(self.start[which / 2][which % 2]);
            (f64::from(gates[which * channels + c]) - 0.5) * f64::from(self.range) + start
        };
        let mut y = Vec::with_capacity(of.output.elements());
        for pixel in x.chunks_exact(channels) {
            for (c, other) in self.map.iter().enumerate() {
                let sum = |piece: usize| {
                    f64::from(pixel[c]) * factor(2 * piece, c)
                        + f64::from(pixel[other]) * factor(2 * piece + 1, c)
                };
                // Unlike `f64::max`, this keeps NaN.
                let largest =
                    (0..self.start.len()).map(sum).reduce(|a, b| if a >= b || a.is_nan() { a } else { b });
                y.push(largest.unwrap_or_default() as f32);
            }
        }
        y
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let (x, gates, channels) = (of.inputs[0], of.inputs[1], of.shapes[0].channels());
        let range = f64::from(self.range);
        let factor = |which: usize, c: usize| {
            let start = f64::from(self.start[which / 2][which % 2]);
            (f64::from(gates[which * channels + c]) - 0.5) * range + start
        };
        let (mut by_x, mut by_gate) = (vec![0.0; x.len()], vec![0.0; gates.len()]);
        let pixels = x.chunks_exact(channels).zip(by_x.chunks_exact_mut(channels));
        for ((pixel, by_x), seed) in pixels.zip(seed.chunks_exact(channels)) {
            for ((c, other), seed) in self.map.iter().enumerate().zip(seed) {
                let (own, shifted) = (f64::from(pixel[c]), f64::from(pixel[other]));
                let sum = |piece: usize| own * factor(2 * piece, c) + shifted * factor(2 * piece + 1, c);
                let largest = (0..self.start.len()).reduce(|a, b| if sum(a) >= sum(b) { a } else { b });
                let Some(piece) = largest else { continue };
                by_x[c] += seed * factor(2 * piece, c);
                by_x[other] += seed * factor(2 * piece + 1, c);
                by_gate[2 * piece * channels + c] += seed * own * range;
                by_gate[(2 * piece + 1) * channels + c] += seed * shifted * range;
            }
        }
        vec![by_x, by_gate]
    }
}

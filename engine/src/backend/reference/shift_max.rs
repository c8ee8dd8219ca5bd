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
}

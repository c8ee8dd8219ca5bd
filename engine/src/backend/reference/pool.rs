//! Pooling windows.

use super::{Define, Of};
use crate::graph::op::{Pool, PoolKind};

impl Define for Pool {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((h, w), c) = (of.shapes[0].size(), of.shapes[0].channels());
        let (out_h, out_w) = of.output.size();
        let mut y = Vec::with_capacity(of.output.elements());
        for oy in 0..out_h {
            let (rows, tall) = self.under(0, oy, h, self.pad.top, self.pad.bottom);
            for ox in 0..out_w {
                let (columns, wide) = self.under(1, ox, w, self.pad.left, self.pad.right);
                for channel in 0..c {
                    let pixels =
                        rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column)));
                    let values = pixels.map(|(row, column)| of.inputs[0][(row * w + column) * c + channel]);
                    y.push(match self.kind {
                        // Unlike `f32::max`, this keeps NaN.
                        PoolKind::Max => values.fold(f32::NEG_INFINITY, |most, value| {
                            if most >= value || most.is_nan() { most } else { value }
                        }),
                        PoolKind::Average => {
                            (values.map(f64::from).sum::<f64>() / (tall * wide) as f64) as f32
                        }
                    });
                }
            }
        }
        y
    }

    /// Where several numbers are the largest, it is the first.
    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((h, w), c) = (of.shapes[0].size(), of.shapes[0].channels());
        let (out_h, out_w) = of.output.size();
        let x = of.inputs[0];
        let mut pulled = vec![0.0; x.len()];
        for oy in 0..out_h {
            let (rows, tall) = self.under(0, oy, h, self.pad.top, self.pad.bottom);
            for ox in 0..out_w {
                let (columns, wide) = self.under(1, ox, w, self.pad.left, self.pad.right);
                for channel in 0..c {
                    let seed = seed[(oy * out_w + ox) * c + channel];
                    let pixels =
                        rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column)));
                    let places = pixels.map(|(row, column)| (row * w + column) * c + channel);
                    match self.kind {
                        PoolKind::Max => {
                            let most = places.reduce(|most, at| if x[at] > x[most] { at } else { most });
                            most.into_iter().for_each(|most| pulled[most] += seed);
                        }
                        PoolKind::Average => {
                            places.for_each(|at| pulled[at] += seed / (tall * wide) as f64);
                        }
                    }
                }
            }
        }
        vec![pulled]
    }
}

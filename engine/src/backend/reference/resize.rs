//! Bilinear resizing.

use super::{Define, Of};
use crate::graph::op::Resize;

impl Define for Resize {
    /// Output pixel centres lie at (o + ½) · in / out - ½, clamped to the map, or at o · (in - 1) / (out - 1) where corners are
    /// aligned.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((h, w), (out_h, out_w), c) = (of.shapes[0].size(), of.output.size(), of.output.channels());
        let source = |o, input, output| source(self.align_corners, o, input, output);
        let mut y = Vec::with_capacity(of.output.elements());
        for oy in 0..out_h {
            let (top, bottom, fy) = source(oy, h, out_h);
            for ox in 0..out_w {
                let (left, right, fx) = source(ox, w, out_w);
                for i in 0..c {
                    let at = |y: usize, x_at: usize| f64::from(of.inputs[0][(y * w + x_at) * c + i]);
                    let upper = at(top, left) * (1.0 - fx) + at(top, right) * fx;
                    let lower = at(bottom, left) * (1.0 - fx) + at(bottom, right) * fx;
                    y.push((upper * (1.0 - fy) + lower * fy) as f32);
                }
            }
        }
        y
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((h, w), (out_h, out_w), c) = (of.shapes[0].size(), of.output.size(), of.output.channels());
        let mut pulled = vec![0.0; of.inputs[0].len()];
        for oy in 0..out_h {
            let (top, bottom, fy) = source(self.align_corners, oy, h, out_h);
            for ox in 0..out_w {
                let (left, right, fx) = source(self.align_corners, ox, w, out_w);
                for i in 0..c {
                    let seed = seed[(oy * out_w + ox) * c + i];
                    for (y, share_y) in [(top, 1.0 - fy), (bottom, fy)] {
                        for (x, share_x) in [(left, 1.0 - fx), (right, fx)] {
                            pulled[(y * w + x) * c + i] += seed * share_y * share_x;
                        }
                    }
                }
            }
        }
        vec![pulled]
    }
}

/// The two places that an output's place lies between, and how far it is from the first.
fn source(align_corners: bool, o: usize, input: usize, output: usize) -> (usize, usize, f64) {
    let at = if align_corners {
        o as f64 * (input - 1) as f64 / (output - 1).max(1) as f64
    } else {
        ((o as f64 + 0.5) * input as f64 / output as f64 - 0.5).max(0.0)
    };
    let low = at as usize;
    (low, (low + 1).min(input - 1), at - low as f64)
}

//! Bilinear resizing.

use super::{Define, Of};
use crate::graph::op::Resize;

impl Define for Resize {
    /// Output pixel centres lie at (o + ½) · in / out - ½, clamped to the map, or at o · (in - 1) / (out - 1) where corners are
    /// aligned.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((h, w), (out_h, out_w), c) = (of.shapes[0].size(), of.output.size(), of.output.channels());
        let source = |o: usize, input: usize, output: usize| {
            let at = if self.align_corners {
                o as f64 * (input - 1) as f64 / (output - 1).max(1) as f64
            } else {
                ((o as f64 + 0.5) * input as f64 / output as f64 - 0.5).max(0.0)
            };
            let low = at as usize;
            (low, (low + 1).min(input - 1), at - low as f64)
        };
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
}

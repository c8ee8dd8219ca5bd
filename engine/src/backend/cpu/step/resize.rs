//! Bilinear resizing of a map.

use super::{Io, Packer, Run, Site};
use crate::graph::op;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Resize {
    from: (usize, usize),
    to: (usize, usize),
    channels: usize,
    align_corners: bool,
}

impl Run for Resize {
    type Of = op::Resize;

    fn new(op: &op::Resize, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        let Self::Of { size, align_corners } = *op;
        Self { from: site.input(0).size(), to: size, channels: site.output().channels(), align_corners }
    }

    /// Only MobileViT's odd maps take this way, so it is plain.
    fn run(&self, mut io: Io<'_>) {
        let Self { from: (h, w), to: (out_h, out_w), channels, .. } = *self;
        let (y, x) = io.one(0);
        for (i, to) in y.chunks_exact_mut(channels).enumerate() {
            let (top, bottom, fy) = self.source(i / out_w, h, out_h);
            let (left, right, fx) = self.source(i % out_w, w, out_w);
            let pixel = |y: usize, x_at: usize| &x[(y * w + x_at) * channels..][..channels];
            let (a, b, c, d) =
                (pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right));
            for (i, to) in to.iter_mut().enumerate() {
                let upper = a[i] * (1.0 - fx) + b[i] * fx;
                let lower = c[i] * (1.0 - fx) + d[i] * fx;
                *to = upper * (1.0 - fy) + lower * fy;
            }
        }
    }
}

impl Resize {
    /// The two source positions of an output position and the weight of the second.
    fn source(&self, o: usize, input: usize, output: usize) -> (usize, usize, f32) {
        let at = if self.align_corners {
            o as f32 * ((input - 1) as f32 / (output - 1).max(1) as f32)
        } else {
            ((o as f32 + 0.5) * (input as f32 / output as f32) - 0.5).max(0.0)
        };
        let low = (at as usize).min(input - 1);
        (low, (low + 1).min(input - 1), at - low as f32)
    }
}

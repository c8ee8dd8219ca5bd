//! Transposed convolutions.

use super::{Define, Of};
use crate::graph::op::ConvTranspose;

impl Define for ConvTranspose {
    /// y[iy · stride + ky - top, ix · stride + kx - left, o] is bias[o] and the sum of x[iy, ix, i] · w[i, o, ky, kx] over all that
    /// fall there.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let Self { out, kernel, stride, pad, .. } = *self;
        let ((h, w), channels) = (of.shapes[0].size(), of.shapes[0].channels());
        let (out_h, out_w) = of.output.size();
        let weight = of.weights.get(self.weight);
        let bias = self.bias.map_or_else(|| vec![0.0; out], |bias| of.weights.get(bias).to_vec());
        let start = bias.iter().copied().map(f64::from);
        let mut y: Vec<f64> = start.cycle().take(of.output.elements()).collect();
        for (at, pixel) in of.inputs[0].chunks_exact(channels).enumerate() {
            let (iy, ix) = (at / w, at % w);
            debug_assert!(iy < h);
            for ky in 0..kernel[0] {
                let Some(oy) = (iy * stride[0] + ky).checked_sub(pad.top).filter(|oy| *oy < out_h) else {
                    continue;
                };
                for kx in 0..kernel[1] {
                    let Some(ox) = (ix * stride[1] + kx).checked_sub(pad.left).filter(|ox| *ox < out_w)
                    else {
                        continue;
                    };
                    for o in 0..out {
                        let tap = |i: usize| ((i * out + o) * kernel[0] + ky) * kernel[1] + kx;
                        let products =
                            pixel.iter().enumerate().map(|(i, x)| f64::from(*x) * f64::from(weight[tap(i)]));
                        y[(oy * out_w + ox) * out + o] += products.sum::<f64>();
                    }
                }
            }
        }
        y.into_iter().map(|sum| sum as f32).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let Self { out, kernel, stride, pad, .. } = *self;
        let ((_, w), channels) = (of.shapes[0].size(), of.shapes[0].channels());
        let (out_h, out_w) = of.output.size();
        let weight = of.weights.get(self.weight);
        let mut pulled = vec![0.0; of.inputs[0].len()];
        let place = |i: usize, k: usize, side: usize, pad: usize, n: usize| {
            (i * stride[side] + k).checked_sub(pad).filter(|o| *o < n)
        };
        for (at, pixel) in pulled.chunks_exact_mut(channels).enumerate() {
            for ky in 0..kernel[0] {
                let Some(oy) = place(at / w, ky, 0, pad.top, out_h) else { continue };
                for kx in 0..kernel[1] {
                    let Some(ox) = place(at % w, kx, 1, pad.left, out_w) else { continue };
                    let seed = &seed[(oy * out_w + ox) * out..][..out];
                    for (i, x) in pixel.iter_mut().enumerate() {
                        let tap = |o: usize| ((i * out + o) * kernel[0] + ky) * kernel[1] + kx;
                        let products =
                            seed.iter().enumerate().map(|(o, seed)| seed * f64::from(weight[tap(o)]));
                        *x += products.sum::<f64>();
                    }
                }
            }
        }
        vec![pulled]
    }
}

//! Convolutions.

use std::borrow::Cow;

use super::{Define, Of, batch_norm, channels};
use crate::graph::op::{Conv, Epilogue, Filters, Groups, Weight};
use crate::weights::Weights;

impl Define for Conv {
    /// y[oy, ox, o] = bias[o] + Σ over ky, kx and the channels i that filter o reads of
    /// x[oy · stride + ky · dilation - top, ox · stride + kx · dilation - left, i] · w[o, i, ky, kx], zero outside the map.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let Filters { out, kernel, stride, dilation, groups, .. } = self.filters;
        let channels = self.channels_of(of.shapes[0]);
        let weight = match self.weight {
            Weight::Parameter(id) => of.weights.get(id),
            Weight::Computed => of.inputs[1],
        };
        let bias = self.bias.map(|bias| of.weights.get(bias));
        let (h, w) = of.shapes[0].size();
        let x = match &self.gather {
            Some(map) => Cow::Owned(channels::pick(map, of.inputs[0], of.shapes[0].channels())),
            None => Cow::Borrowed(of.inputs[0]),
        };
        let (out_h, out_w) = of.output.size();
        let (parts, read) = groups.parts(channels);
        let filters = out / parts;
        let inside = |o: usize, k: usize, side: usize, pad: usize, n: usize| {
            (o * stride[side] + k * dilation[side]).checked_sub(pad).filter(|i| *i < n)
        };
        let mut y = Vec::with_capacity(of.output.elements());
        for oy in 0..out_h {
            for ox in 0..out_w {
                for o in 0..out {
                    let part = o / filters;
                    // Parts that slide over channels share their filters.
                    let filter = if let Groups::Sliding { .. } = groups { o % filters } else { o };
                    // Those of the channels that it reads which exist, and how many do not before them.
                    let first = groups.first(part, channels);
                    let from = first.clamp(0, channels as isize) as usize;
                    let to = (first + read as isize).clamp(from as isize, channels as isize) as usize;
                    let before = (from as isize - first).max(0) as usize;
                    let mut sum = bias.map_or(0.0, |bias| f64::from(bias[filter]));
                    for ky in 0..kernel[0] {
                        let Some(iy) = inside(oy, ky, 0, self.pad.top, h) else { continue };
                        for kx in 0..kernel[1] {
                            let Some(ix) = inside(ox, kx, 1, self.pad.left, w) else { continue };
                            let pixel = &x[(iy * w + ix) * channels..][from..to];
                            for (i, value) in pixel.iter().enumerate() {
                                let channel = self.filters.stored(before + i, read);
                                let tap = ((filter * read + channel) * kernel[0] + ky) * kernel[1] + kx;
                                sum += f64::from(*value) * f64::from(weight[tap]);
                            }
                        }
                    }
                    y.push(sum as f32);
                }
            }
        }
        let residual = self.residual_input().map(|input| of.inputs[input]);
        epilogue(&self.epilogue, of.weights, y, residual)
    }
}

/// Normalisation, activation, residual, each where the epilogue has one.
pub(super) fn epilogue(
    epilogue: &Epilogue,
    weights: &Weights,
    mut y: Vec<f32>,
    residual: Option<&[f32]>,
) -> Vec<f32> {
    if let Some(norm) = &epilogue.norm {
        y = batch_norm::normalise(norm, weights, &y);
    }
    for value in &mut y {
        *value = epilogue.activation.apply(*value);
    }
    for (value, other) in y.iter_mut().zip(residual.into_iter().flatten()) {
        *value += other;
    }
    y
}

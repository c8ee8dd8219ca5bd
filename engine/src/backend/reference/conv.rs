//! Convolutions.

use std::borrow::Cow;

use super::{Define, Of, batch_norm, channels};
use crate::graph::op::{Conv, Epilogue, Filters, Groups, Weight};
use crate::weights::Weights;

impl Define for Conv {
    /// y[oy, ox, o] = bias[o] + Σ over ky, kx and the channels i that filter o reads of
    /// x[oy · stride + ky · dilation - top, ox · stride + kx · dilation - left, i] · w[o, i, ky, kx], zero outside the map.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let weight = weight(self, of);
        let bias = self.bias.map(|bias| of.weights.get(bias));
        let x = match &self.gather {
            Some(map) => Cow::Owned(channels::pick(map, of.inputs[0], of.shapes[0].channels())),
            None => Cow::Borrowed(of.inputs[0]),
        };
        let products = Products::of(self, of);
        let sum = |y: usize| {
            let mut sum = bias.map_or(0.0, |bias| f64::from(bias[products.filter(y)]));
            products.each(y, |x_at, tap| sum += f64::from(x[x_at]) * f64::from(weight[tap]));
            sum as f32
        };
        let y = (0..of.output.elements()).map(sum).collect();
        let residual = self.residual_input().map(|input| of.inputs[input]);
        epilogue(&self.epilogue, of.weights, y, residual)
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        assert!(self.epilogue == Epilogue::NONE && self.gather.is_none(), "{}", super::AS_BUILT);
        let (x, weight) = (of.inputs[0], weight(self, of));
        let mut by_x = vec![0.0; x.len()];
        let products = Products::of(self, of);
        // Most are zero where only a few numbers are asked about.
        let asked = || seed.iter().enumerate().filter(|(_, seed)| **seed != 0.0);
        for (y, seed) in asked() {
            products.each(y, |x_at, tap| by_x[x_at] += seed * f64::from(weight[tap]));
        }
        match self.weight {
            Weight::Parameter(_) => vec![by_x],
            Weight::Computed => {
                let mut by_weight = vec![0.0; weight.len()];
                for (y, seed) in asked() {
                    products.each(y, |x_at, tap| by_weight[tap] += seed * f64::from(x[x_at]));
                }
                vec![by_x, by_weight]
            }
        }
    }
}

fn weight<'a>(conv: &Conv, of: &Of<'a>) -> &'a [f32] {
    match conv.weight {
        Weight::Parameter(id) => of.weights.get(id),
        Weight::Computed => of.inputs[1],
    }
}

/// Which products a convolution sums up.
struct Products<'a> {
    conv: &'a Conv,
    /// Height, width and channels of its input.
    input: (usize, usize, usize),
    /// Width of its output.
    out_w: usize,
}

impl<'a> Products<'a> {
    fn of(conv: &'a Conv, of: &Of<'_>) -> Self {
        let (h, w) = of.shapes[0].size();
        Self { conv, input: (h, w, conv.channels_of(of.shapes[0])), out_w: of.output.size().1 }
    }

    /// The part of the channels that output y's filter reads, and the filter.
    fn part(&self, y: usize) -> (usize, usize) {
        let Filters { out, groups, .. } = self.conv.filters;
        let (o, filters) = (y % out, out / groups.parts(self.input.2).0);
        // Parts that slide over channels share their filters.
        (o / filters, if let Groups::Sliding { .. } = groups { o % filters } else { o })
    }

    /// The filter of output y.
    fn filter(&self, y: usize) -> usize {
        self.part(y).1
    }

    /// Where the factors of output y's products lie, in the map and in the weight.
    #[inline]
    fn each(&self, y: usize, mut product: impl FnMut(usize, usize)) {
        let Filters { out, kernel, stride, dilation, groups, .. } = self.conv.filters;
        let (h, w, channels) = self.input;
        let (part, filter) = self.part(y);
        let read = groups.parts(channels).1;
        // Those of the channels that it reads which exist, and how many do not before them.
        let first = groups.first(part, channels);
        let from = first.clamp(0, channels as isize) as usize;
        let to = (first + read as isize).clamp(from as isize, channels as isize) as usize;
        let before = (from as isize - first).max(0) as usize;
        let (oy, ox) = (y / out / self.out_w, y / out % self.out_w);
        let inside = |o: usize, k: usize, side: usize, pad: usize, n: usize| {
            (o * stride[side] + k * dilation[side]).checked_sub(pad).filter(|i| *i < n)
        };
        for ky in 0..kernel[0] {
            let Some(iy) = inside(oy, ky, 0, self.conv.pad.top, h) else { continue };
            for kx in 0..kernel[1] {
                let Some(ix) = inside(ox, kx, 1, self.conv.pad.left, w) else { continue };
                for i in from..to {
                    let channel = self.conv.filters.stored(before + i - from, read);
                    let tap = ((filter * read + channel) * kernel[0] + ky) * kernel[1] + kx;
                    product((iy * w + ix) * channels + i, tap);
                }
            }
        }
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

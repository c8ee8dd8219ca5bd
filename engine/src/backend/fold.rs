//! Batch normalisation folded into numbers that are applied without it.

use crate::graph::{BatchNorm, Conv2d};
use crate::weights::Parameters;

/// A convolution's filters and biases with its batch normalisation folded in; `out` is its number of filters.
pub(super) fn folded(weights: &dyn Parameters, conv: &Conv2d, out: usize) -> (Vec<f32>, Vec<f32>) {
    let mut filters = weights.parameter(conv.weight).into_owned();
    let mut bias = conv.bias.map_or_else(|| vec![0.0; out], |bias| weights.parameter(bias).into_owned());
    if let Some(norm) = &conv.epilogue.norm {
        let (scale, shift) = fold(weights, norm);
        let filter_len = filters.len() / out;
        for (filter, scale) in filters.chunks_exact_mut(filter_len).zip(&scale) {
            filter.iter_mut().for_each(|weight| *weight *= scale);
        }
        for ((bias, scale), shift) in bias.iter_mut().zip(&scale).zip(&shift) {
            *bias = *bias * scale + shift;
        }
    }
    (filters, bias)
}

/// A batch normalisation as x · scale + shift, per channel.
pub(super) fn fold(weights: &dyn Parameters, norm: &BatchNorm) -> (Vec<f32>, Vec<f32>) {
    let [weight, bias, mean, var] =
        [norm.weight, norm.bias, norm.mean, norm.var].map(|id| weights.parameter(id));
    let scale = |c: usize| f64::from(weight[c]) / (f64::from(var[c]) + f64::from(norm.eps)).sqrt();
    let shift = |c: usize| f64::from(bias[c]) - f64::from(mean[c]) * scale(c);
    let channels = 0..weight.len();
    (channels.clone().map(|c| scale(c) as f32).collect(), channels.map(|c| shift(c) as f32).collect())
}

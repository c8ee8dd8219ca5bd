//! Normalisations.

use crate::graph::{BatchNorm, LayerNorm};
use crate::weights::Weights;

/// (x - mean) / √(var + ε) · weight + bias, per channel.
pub(super) fn batch_norm(norm: &BatchNorm, weights: &Weights, x: &[f32]) -> Vec<f32> {
    let [weight, bias, mean, var] = [norm.weight, norm.bias, norm.mean, norm.var].map(|id| weights.get(id));
    let eps = f64::from(norm.eps);
    let channel = |c: usize, x: f32| {
        let normed = (f64::from(x) - f64::from(mean[c])) / (f64::from(var[c]) + eps).sqrt();
        (normed * f64::from(weight[c]) + f64::from(bias[c])) as f32
    };
    x.iter().enumerate().map(|(i, x)| channel(i % weight.len(), *x)).collect()
}

/// (x - mean) / √(var + ε) · weight + bias, with mean and (biased) variance over each token's numbers.
pub(super) fn layer_norm(norm: &LayerNorm, weights: &Weights, x: &[f32]) -> Vec<f32> {
    let (weight, bias) = (weights.get(norm.weight), weights.get(norm.bias));
    let dim = weight.len();
    let mut y = Vec::with_capacity(x.len());
    for token in x.chunks_exact(dim) {
        let mean = token.iter().map(|x| f64::from(*x)).sum::<f64>() / dim as f64;
        let var = token.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / dim as f64;
        let scale = 1.0 / (var + f64::from(norm.eps)).sqrt();
        for ((x, weight), bias) in token.iter().zip(weight).zip(bias) {
            y.push(((f64::from(*x) - mean) * scale * f64::from(*weight) + f64::from(*bias)) as f32);
        }
    }
    y
}

//! Layer normalisation.

use super::{Define, Of};
use crate::graph::op::LayerNorm;

impl Define for LayerNorm {
    /// (x - mean) / √(var + ε) · weight + bias, with mean and (biased) variance over each token's numbers.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (weight, bias) = (of.weights.get(self.weight), of.weights.get(self.bias));
        let dim = weight.len();
        let mut y = Vec::with_capacity(of.output.elements());
        for token in of.inputs[0].chunks_exact(dim) {
            let mean = token.iter().map(|x| f64::from(*x)).sum::<f64>() / dim as f64;
            let var = token.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / dim as f64;
            let scale = 1.0 / (var + f64::from(self.eps)).sqrt();
            for ((x, weight), bias) in token.iter().zip(weight).zip(bias) {
                y.push(((f64::from(*x) - mean) * scale * f64::from(*weight) + f64::from(*bias)) as f32);
            }
        }
        y
    }
}

//! Layer normalisation.

use super::{Define, Of};
use crate::graph::op::{LayerNorm, NormOver};

impl Define for LayerNorm {
    /// (x - mean) / √(var + ε) · weight + bias, with mean and (biased) variance over each token's numbers or over all.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (weight, bias) = (of.weights.get(self.weight), of.weights.get(self.bias));
        let shared = match self.over {
            NormOver::Token => weight.len(),
            NormOver::Whole => of.output.elements(),
        };
        let mut y = Vec::with_capacity(of.output.elements());
        for part in of.inputs[0].chunks_exact(shared) {
            let mean = part.iter().map(|x| f64::from(*x)).sum::<f64>() / shared as f64;
            let var = part.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / shared as f64;
            let scale = 1.0 / (var + f64::from(self.eps)).sqrt();
            for ((x, weight), bias) in part.iter().zip(weight.iter().cycle()).zip(bias.iter().cycle()) {
                y.push(((f64::from(*x) - mean) * scale * f64::from(*weight) + f64::from(*bias)) as f32);
            }
        }
        y
    }
}

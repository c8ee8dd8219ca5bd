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

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let weight = of.weights.get(self.weight);
        let shared = match self.over {
            NormOver::Token => weight.len(),
            NormOver::Whole => of.output.elements(),
        };
        let mut pulled = Vec::with_capacity(seed.len());
        for (part, seed) in of.inputs[0].chunks_exact(shared).zip(seed.chunks_exact(shared)) {
            let n = shared as f64;
            let mean = part.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
            let var = part.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
            let scale = 1.0 / (var + f64::from(self.eps)).sqrt();
            let normed = || part.iter().map(|x| (f64::from(*x) - mean) * scale);
            let by_normed =
                || seed.iter().zip(weight.iter().cycle()).map(|(seed, weight)| seed * f64::from(*weight));
            // What all numbers share moves mean and variance, which takes it out again.
            let level = by_normed().sum::<f64>() / n;
            let spread = by_normed().zip(normed()).map(|(seed, x)| seed * x).sum::<f64>() / n;
            pulled.extend(by_normed().zip(normed()).map(|(seed, x)| scale * (seed - level - spread * x)));
        }
        vec![pulled]
    }
}

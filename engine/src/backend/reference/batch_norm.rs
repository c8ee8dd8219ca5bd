//! Batch normalisation.

use super::{Define, Of, activate, prelu};
use crate::graph::op::{BatchNorm, Norm};
use crate::weights::Weights;

impl Define for BatchNorm {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let normed = normalise(&self.norm, of.weights, of.inputs[0]);
        match self.slope {
            None => normed.into_iter().map(|x| self.activation.apply(x)).collect(),
            Some(slope) => prelu::bend(&normed, of.weights.get(slope)),
        }
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let normed = normalise(&self.norm, of.weights, of.inputs[0]);
        let [weight, _, _, var] = self.norm.params().map(|id| of.weights.get(id));
        let scale = |c: usize| f64::from(weight[c]) / (f64::from(var[c]) + f64::from(self.norm.eps)).sqrt();
        let bent = match self.slope {
            None => normed
                .iter()
                .zip(seed)
                .map(|(x, seed)| seed * activate::slope(self.activation, f64::from(*x)))
                .collect(),
            Some(slope) => prelu::bend_pull(&normed, of.weights.get(slope), seed),
        };
        vec![
            bent.into_iter()
                .enumerate()
                .map(|(i, seed): (usize, f64)| seed * scale(i % weight.len()))
                .collect(),
        ]
    }
}

/// (x - mean) / √(var + ε) · weight + bias, per channel.
pub(super) fn normalise(norm: &Norm, weights: &Weights, x: &[f32]) -> Vec<f32> {
    let [weight, bias, mean, var] = norm.params().map(|id| weights.get(id));
    let eps = f64::from(norm.eps);
    let channel = |c: usize, x: f32| {
        let normed = (f64::from(x) - f64::from(mean[c])) / (f64::from(var[c]) + eps).sqrt();
        (normed * f64::from(weight[c]) + f64::from(bias[c])) as f32
    };
    x.iter().enumerate().map(|(i, x)| channel(i % weight.len(), *x)).collect()
}

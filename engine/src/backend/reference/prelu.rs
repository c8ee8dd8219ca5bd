//! The non-linearity with a slope.

use super::{Define, Of};
use crate::graph::op::Prelu;

impl Define for Prelu {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        bend(of.inputs[0], of.weights.get(self.slope))
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        vec![bend_pull(of.inputs[0], of.weights.get(self.slope), seed)]
    }
}

/// The derivatives of [`bend`]; at zero it bends already.
pub(super) fn bend_pull(x: &[f32], slope: &[f32], seed: &[f64]) -> Vec<f64> {
    let value = |(i, (x, seed)): (usize, (&f32, &f64))| {
        if *x > 0.0 { *seed } else { seed * f64::from(slope[i % slope.len()]) }
    };
    x.iter().zip(seed).enumerate().map(value).collect()
}

/// x where it is not negative, else slope\[c\] · x.
pub(super) fn bend(x: &[f32], slope: &[f32]) -> Vec<f32> {
    let value = |(i, x): (usize, &f32)| if *x < 0.0 { x * slope[i % slope.len()] } else { *x };
    x.iter().enumerate().map(value).collect()
}

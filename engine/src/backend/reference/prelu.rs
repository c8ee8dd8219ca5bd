//! The non-linearity with a slope.

use super::{Define, Of};
use crate::graph::op::Prelu;

impl Define for Prelu {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        bend(of.inputs[0], of.weights.get(self.slope))
    }
}

/// x where it is not negative, else slope\[c\] · x.
pub(super) fn bend(x: &[f32], slope: &[f32]) -> Vec<f32> {
    let value = |(i, x): (usize, &f32)| if *x < 0.0 { x * slope[i % slope.len()] } else { *x };
    x.iter().enumerate().map(value).collect()
}

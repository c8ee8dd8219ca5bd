//! The non-linearity with a slope.

use super::{Define, Of};
use crate::graph::op::Prelu;

impl Define for Prelu {
    /// x where it is not negative, else slope[c] · x.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let slope = of.weights.get(self.slope);
        let value = |(i, x): (usize, &f32)| if *x < 0.0 { x * slope[i % slope.len()] } else { *x };
        of.inputs[0].iter().enumerate().map(value).collect()
    }
}

//! Sums.

use super::{Define, Of, activate};
use crate::graph::op::Add;

impl Define for Add {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let share = if self.is_mean { 0.5 } else { 1.0 };
        let sums = of.inputs[0].iter().zip(of.inputs[1]).map(|(x, y)| share * (x + y));
        sums.map(|sum| self.activation.apply(sum)).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let share = if self.is_mean { 0.5 } else { 1.0 };
        let sums = of.inputs[0].iter().zip(of.inputs[1]).map(|(x, y)| f64::from(share * (x + y)));
        let each =
            sums.zip(seed).map(|(sum, seed)| f64::from(share) * seed * activate::slope(self.activation, sum));
        let each: Vec<f64> = each.collect();
        vec![each.clone(), each]
    }
}

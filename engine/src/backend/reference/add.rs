//! Sums.

use super::{Define, Of};
use crate::graph::op::Add;

impl Define for Add {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        of.inputs[0].iter().zip(of.inputs[1]).map(|(x, y)| self.activation.apply(x + y)).collect()
    }
}

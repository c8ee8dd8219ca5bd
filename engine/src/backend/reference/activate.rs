//! Non-linearities.

use super::{Define, Of};
use crate::graph::op::Activate;

impl Define for Activate {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        of.inputs[0].iter().map(|x| self.0.apply(*x)).collect()
    }
}

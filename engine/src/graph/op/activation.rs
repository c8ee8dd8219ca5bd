//! Non-linearities without parameters.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, Shape};

/// An activation function on every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activate(pub Activation);

impl Operation for Activate {
    fn kind(&self) -> OpKind {
        OpKind::Activation
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        Ok(inputs[0])
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { activation_elements: at.elements(), ..Facts::default() }
    }
}

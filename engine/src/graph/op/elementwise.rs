//! What meets number by number, and where a network begins.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, Shape};

/// The network's input, (H, W, C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input(pub Shape);

/// Sum of two values of one shape, or their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add {
    /// Of the sums; nothing until the passes fuse something.
    pub activation: Activation,
    /// Whether half of the sum is meant.
    pub is_mean: bool,
}

/// A map times a vector, channel by channel, or times another map, number by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale;

impl Operation for Input {
    fn kind(&self) -> OpKind {
        OpKind::Input
    }

    fn shape(&self, _: &[Shape]) -> Result<Shape, OpError> {
        Ok(self.0)
    }
}

impl Add {
    /// Without an activation.
    pub const PLAIN: Self = Self { activation: Activation::Identity, is_mean: false };
    /// The mean of both values.
    pub const MEAN: Self = Self { is_mean: true, ..Self::PLAIN };
}

impl Operation for Add {
    fn kind(&self) -> OpKind {
        OpKind::Add
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        OpError::equal(inputs[0], inputs[1])
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { residual_elements: at.elements(), ..Facts::default() }
    }

    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        Some(&mut self.activation)
    }
}

impl Operation for Scale {
    fn kind(&self) -> OpKind {
        OpKind::Scale
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let (x, gate) = (inputs[0], inputs[1]);
        if gate != x {
            OpError::equal(Shape::Vector { c: x.channels() }, gate)?;
        }
        Ok(x)
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { scaled_elements: at.elements(), ..Facts::default() }
    }
}

//! The non-linearity that has a parameter.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Facts, ParamId, Shape};

/// max(x, 0) + slope · min(x, 0) (arXiv 1502.01852, section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prelu {
    /// One a channel (C).
    pub slope: ParamId,
}

impl Operation for Prelu {
    fn kind(&self) -> OpKind {
        OpKind::Activation
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        Ok(inputs[0])
    }

    fn params(&self) -> Vec<ParamId> {
        vec![self.slope]
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { activation_elements: at.elements(), ..Facts::default() }
    }
}

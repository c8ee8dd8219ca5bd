//! Layer normalisation.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Facts, ParamId, Shape};

/// A normalisation over the numbers of one token (arXiv 1607.06450).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Scale.
    pub weight: ParamId,
    /// Shift.
    pub bias: ParamId,
    /// ε.
    pub eps: f32,
}

impl Operation for LayerNorm {
    fn kind(&self) -> OpKind {
        OpKind::LayerNorm
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        Ok(inputs[0])
    }

    fn params(&self) -> Vec<ParamId> {
        vec![self.weight, self.bias]
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { layer_norm_elements: at.elements(), ..Facts::default() }
    }
}

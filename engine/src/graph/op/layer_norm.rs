//! Layer normalisation.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Facts, ParamId, Shape};

/// Which numbers share a mean and a variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormOver {
    /// Those of a token.
    Token,
    /// All: a group normalisation (arXiv 1803.08494) with a single group.
    Whole,
}

/// A normalisation by mean and variance of the numbers themselves (arXiv 1607.06450), then scale and shift by channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Scale.
    pub weight: ParamId,
    /// Shift.
    pub bias: ParamId,
    /// ε.
    pub eps: f32,
    /// Which numbers share a mean and a variance.
    pub over: NormOver,
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

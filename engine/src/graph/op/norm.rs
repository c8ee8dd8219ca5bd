//! Batch normalisation.

use super::{At, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, Graph, ParamId, Shape};

/// The numbers of a batch normalisation at inference: (x - mean) / √(var + eps) · weight + bias, per channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Norm {
    /// Scale.
    pub weight: ParamId,
    /// Shift.
    pub bias: ParamId,
    /// Running mean.
    pub mean: ParamId,
    /// Running variance.
    pub var: ParamId,
    /// ε.
    pub eps: f32,
}

/// A batch normalisation that follows no convolution, or does until the passes have moved it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Its numbers.
    pub norm: Norm,
    /// After it; nothing until the passes fuse something.
    pub activation: Activation,
    /// The slope of a PReLU in the activation's place, one a number of the normalisation; none until the passes fuse something.
    pub slope: Option<ParamId>,
}

impl Norm {
    /// Its parameters.
    pub fn params(&self) -> [ParamId; 4] {
        [self.weight, self.bias, self.mean, self.var]
    }
}

impl BatchNorm {
    /// Whether it does no more than multiply each channel of a value of this shape by a number of its own and add one.
    pub fn is_linear(&self, graph: &Graph, shape: Shape) -> bool {
        let numbers = graph.param(self.norm.weight).elements();
        self.activation == Activation::Identity && self.slope.is_none() && numbers == shape.channels()
    }
}

impl Operation for BatchNorm {
    fn kind(&self) -> OpKind {
        OpKind::BatchNorm
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        Ok(inputs[0])
    }

    fn params(&self) -> Vec<ParamId> {
        self.norm.params().into_iter().chain(self.slope).collect()
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        Facts { batch_norm_elements: at.elements(), ..Facts::default() }
    }

    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        self.slope.is_none().then_some(&mut self.activation)
    }
}

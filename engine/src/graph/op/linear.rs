//! Linear layers.

use super::{At, Epilogue, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, ParamId, Shape};

/// A linear layer, applied to every position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// (O, I), or (O, I, 1, 1) where the library stores a 1×1 convolution.
    pub weight: ParamId,
    /// (O).
    pub bias: Option<ParamId>,
    /// O.
    pub out: usize,
    /// Nothing until the passes fuse something.
    pub epilogue: Epilogue,
}

impl Operation for Linear {
    fn kind(&self) -> OpKind {
        OpKind::Linear
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        OpError::check("the number of outputs", self.out, super::conv::MOST_CHANNELS)?;
        Ok(inputs[0].with_channels(self.out))
    }

    fn params(&self) -> Vec<ParamId> {
        let norm = self.epilogue.norm.iter().flat_map(super::Norm::params);
        [Some(self.weight), self.bias].into_iter().flatten().chain(norm).collect()
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        at.products(at.elements() * at.inputs[0].channels() as u64, self.bias.is_some())
    }

    fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        Some(&mut self.epilogue)
    }

    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        (!self.epilogue.residual).then_some(&mut self.epilogue.activation)
    }
}

//! Linear layers.

use super::{At, Epilogue, OpError, OpKind, Operation};
use crate::graph::{Activation, Facts, ParamId, Shape};

/// A linear layer, applied to every position, or to a whole map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// (O, I / groups), or (O, I / groups, 1, 1) where the library stores a 1×1 convolution.
    pub weight: ParamId,
    /// (O).
    pub bias: Option<ParamId>,
    /// O.
    pub out: usize,
    /// Equal parts of inputs and outputs, each of which has its own share of the weights.
    pub groups: usize,
    /// Whether its input is a map that becomes a vector first, and in which order that has its numbers.
    pub flattened: Option<Flattened>,
    /// Nothing until the passes fuse something.
    pub epilogue: Epilogue,
}

/// In which order the numbers of a map stand in the rows of a linear layer's weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flattened {
    /// (C, H, W): PyTorch.
    ChannelsFirst,
    /// (H, W, C): Keras.
    ChannelsLast,
}

impl Linear {
    /// Of vectors, in one group.
    pub const fn new(weight: ParamId, bias: Option<ParamId>, out: usize) -> Self {
        Self { weight, bias, out, groups: 1, flattened: None, epilogue: Epilogue::NONE }
    }

    /// Numbers that an output is the sum of products of.
    pub fn read(&self, input: Shape) -> usize {
        match self.flattened {
            None => input.channels() / self.groups.max(1),
            Some(_) => input.elements(),
        }
    }
}

impl Operation for Linear {
    fn kind(&self) -> OpKind {
        OpKind::Linear
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        OpError::check("the number of outputs", self.out, super::conv::MOST_CHANNELS.max(MOST_OUTPUTS))?;
        let (channels, groups) = (inputs[0].channels(), self.groups);
        if self.flattened.is_some() {
            let [h, w, c] = OpError::map(inputs[0])?;
            OpError::product("the number of weights", &[h, w, c, self.out])?;
            OpError::check("the number of groups of a layer that reads a map", groups, 1)?;
            return Ok(Shape::Vector { c: self.out });
        }
        for n in [channels, self.out] {
            if groups == 0 || !n.is_multiple_of(groups) {
                return Err(OpError::Groups { channels: n, groups });
            }
        }
        Ok(inputs[0].with_channels(self.out))
    }

    fn params(&self) -> Vec<ParamId> {
        let norm = self.epilogue.norm.iter().flat_map(super::Norm::params);
        [Some(self.weight), self.bias].into_iter().flatten().chain(norm).collect()
    }

    fn facts(&self, at: &At<'_>) -> Facts {
        at.products(at.elements() * self.read(at.inputs[0]) as u64, self.bias.is_some())
    }

    fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        Some(&mut self.epilogue)
    }

    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        (!self.epilogue.residual).then_some(&mut self.epilogue.activation)
    }
}

/// The most outputs that can be meant: the filters of a convolution that the network computes.
const MOST_OUTPUTS: usize = 1 << 24;

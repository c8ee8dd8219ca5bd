//! A convolution with what follows it.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope, UnitNames};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// A convolution, \[its bias\], \[batch normalisation\], activation. Behind the last map it is a linear layer whose weights are
/// stored as those of a 1×1 convolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Side of the kernel.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups.
    pub groups: u32,
    /// Zeros on every side; as the network's convention has it if `None`.
    pub pad: Option<u32>,
    /// Whether the convolution has a bias.
    pub bias: bool,
    /// Whether a batch normalisation follows.
    pub norm: bool,
    /// At the end.
    pub activation: Activation,
    /// Names of its modules.
    pub names: UnitNames,
}

impl Unit {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let paths = self.names.paths(net, at);
        let out = net.out(&self.out)?;
        let filters =
            Filters::square(out, self.kernel as usize, self.stride as usize).grouped(self.groups as usize);
        let y = net.conv_with(&paths.conv, x, filters, self.pad, self.bias)?;
        if self.out == Out::Classes {
            net.graph.mark_classifier(y);
        }
        if self.norm {
            return Ok(net.norm(&paths, y, self.activation)?);
        }
        let y = net.graph.activation(paths.activation.as_ref().unwrap_or(&paths.conv), y, self.activation)?;
        paths.activation.iter().for_each(|name| net.graph.mark(name, y));
        Ok(y)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

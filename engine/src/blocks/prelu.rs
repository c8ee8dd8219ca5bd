//! Convolutions, transposed ones, and normalisations with a PReLU behind them.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope};
use crate::graph::NodeId;
use crate::graph::op::Filters;

/// k×k convolution without bias, BN, PReLU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreluUnit {
    /// Side of the kernel.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups; as many as there are channels if `None`.
    pub groups: Option<u32>,
}

/// BN, \[PReLU\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Norm {
    /// Whether a PReLU follows; the normalisation is the module itself if not.
    pub prelu: bool,
}

/// k×k transposed convolution without bias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upsample {
    /// Side of the kernel.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
}

impl PreluUnit {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let groups = self.groups.map_or(net.channels(x), |groups| groups as usize);
        let out = net.out(&self.out)?;
        let filters = Filters::square(out, self.kernel as usize, self.stride as usize).grouped(groups);
        Ok(net.prelu_unit(at, x, filters)?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

impl Norm {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        if self.prelu {
            return Ok(net.prelu_norm(at, x)?);
        }
        Ok(net.graph.batch_norm(at.path(), x, net.conventions.bn_eps)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl Upsample {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = net.out(&self.out)?;
        Ok(net.graph.conv_transpose(at.path(), x, out, self.kernel as usize, self.stride as usize)?)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

//! Blocks of a single step, and of none.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Scope};
use crate::graph::{Activation, NodeId};

/// An activation function that is a module of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activate {
    /// Which.
    pub activation: Activation,
}

/// A module that does nothing when a network is used: dropout, flattening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {}

impl Activate {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        Ok(net.graph.activation(at.path(), x, self.activation)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl Skip {
    #[expect(clippy::unnecessary_wraps, reason = "as every block")]
    pub(super) fn build(self, _: &mut Net, _: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        Ok(x)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

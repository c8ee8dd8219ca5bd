//! Linear layers behind the last map.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope};
use crate::graph::{Activation, NodeId};

/// A linear layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classifier {
    /// Its outputs.
    pub out: Out,
    /// Whether it has a bias.
    pub bias: bool,
}

impl Classifier {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = net.out(&self.out)?;
        let y = net.graph.linear(at.path(), x, out, self.bias)?;
        if self.out == Out::Classes {
            net.graph.mark_classifier(y);
        }
        Ok(y)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

/// A linear layer with bias, batch normalisation, activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NormedLinear {
    /// Its outputs.
    pub out: Out,
    /// At the end.
    pub activation: Activation,
}

impl NormedLinear {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (out, layers) = (net.out(&self.out)?, at.child("linear"));
        let y = net.graph.linear(layers.numbered(0).path(), x, out, true)?;
        if self.out == Out::Classes {
            net.graph.mark_classifier(y);
        }
        let norm = layers.numbered(1);
        let y = net.graph.batch_norm(norm.path(), y, net.conventions.bn_eps)?;
        Ok(net.graph.activation(at.path(), y, self.activation)?)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

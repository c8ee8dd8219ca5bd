//! Linear layers behind the last map.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope};
use crate::graph::NodeId;

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

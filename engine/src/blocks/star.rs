//! StarNet's block.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Scope};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// Side of its depthwise windows.
const KERNEL: usize = 7;

/// Depthwise 7×7, BN, two 1×1 convolutions to more channels whose results are multiplied, 1×1 back, BN, depthwise 7×7, and the
/// input added (arXiv 2403.19967, section 4.1, as timm builds it). All convolutions have biases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Star {
    /// Channels that are multiplied, as a multiple of the input's.
    pub expand: f64,
    /// Of the first factor.
    pub activation: Activation,
}

impl Star {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let channels = net.channels(x);
        let hidden = net.rounding.apply(channels as f64 * self.expand) as usize;
        let paths = |name: &str| UnitPaths::conv_bn(&at.child(name));
        let depthwise = Filters::depthwise(channels, KERNEL, 1);

        let mixed = net.conv_with(&at.join("dwconv.conv"), x, depthwise, None, true)?;
        let mixed = net.norm(&paths("dwconv"), mixed, Activation::Identity)?;
        let first = factor(net, at, "f1", mixed, hidden)?;
        let second = factor(net, at, "f2", mixed, hidden)?;
        let first = net.graph.activation(&at.join("act"), first, self.activation)?;
        net.graph.mark(&at.join("act"), first);
        let product = net.graph.scale(at.path(), first, second)?;
        let y = net.conv_with(&at.join("g.conv"), product, Filters::pointwise(channels), None, true)?;
        let y = net.norm(&paths("g"), y, Activation::Identity)?;
        let y = net.conv_with(&at.join("dwconv2.conv"), y, depthwise, None, true)?;
        net.graph.mark(&at.join("dwconv2"), y);
        Ok(net.graph.add(at.path(), x, y)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

fn factor(net: &mut Net, at: &Scope, name: &str, x: NodeId, out: usize) -> Result<NodeId, BuildError> {
    let at = at.child(name);
    let y = net.conv_with(&at.join("conv"), x, Filters::pointwise(out), None, true)?;
    net.graph.mark(at.path(), y);
    Ok(y)
}

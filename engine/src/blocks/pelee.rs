//! PeleeNet's stem and dense layer.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Scope, UnitNames};
use crate::graph::op::{Concat, Filters, Pad, Pool, PoolKind, Rounding};
use crate::graph::{Activation, NodeId};

/// A convolution of stride 2, then a pooling window and two convolutions side by side, and 1×1 over both
/// (arXiv 1804.06882, figure 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeleeStem {
    /// Output channels.
    pub out: u32,
}

/// The input, what 1×1 and 3×3 make of it, and what 1×1 and two 3×3 do, one after the other (figure 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeleeDense {
    /// Channels that the two ways add together.
    pub growth: u32,
    /// Channels between, in multiples of what a way adds; never more than half of the input's.
    pub bottleneck: u32,
}

/// Convolution, normalisation and ReLU under the authors' names.
fn unit(net: &mut Net, at: &Scope, name: &str, x: NodeId, filters: Filters) -> Result<NodeId, BuildError> {
    let paths: UnitPaths = UnitNames::ConvNorm.paths(net, &at.child(name));
    Ok(net.unit(&paths, x, filters, Activation::Relu)?)
}

impl PeleeStem {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = self.out as usize;
        let x = unit(net, at, "stem1", x, Filters::square(out, 3, 2))?;
        let y = unit(net, at, "stem2a", x, Filters::pointwise(out / 2))?;
        let y = unit(net, at, "stem2b", y, Filters::square(out, 3, 2))?;
        let pool = Pool {
            kind: PoolKind::Max,
            window: [2; 2],
            stride: [2; 2],
            pad: Pad::all(0),
            rounding: Rounding::Floor,
        };
        let pooled = net.graph.push(at.path(), pool, &[x])?;
        // In this order; a map with an odd side is one pixel smaller on the pool's way, and they cannot meet.
        let both = net.graph.push(at.path(), Concat::default(), &[pooled, y])?;
        unit(net, at, "stem3", both, Filters::pointwise(out))
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl PeleeDense {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, each) = (net.channels(x), self.growth as usize / 2);
        let wanted = each.saturating_mul(self.bottleneck as usize) / 4 * 4;
        let hidden = if wanted > input / 2 { input / 8 * 4 } else { wanted };
        let one = unit(net, at, "branch1a", x, Filters::pointwise(hidden))?;
        let one = unit(net, at, "branch1b", one, Filters::square(each, 3, 1))?;
        let two = unit(net, at, "branch2a", x, Filters::pointwise(hidden))?;
        let two = unit(net, at, "branch2b", two, Filters::square(each, 3, 1))?;
        let two = unit(net, at, "branch2c", two, Filters::square(each, 3, 1))?;
        Ok(net.graph.push(at.path(), Concat::default(), &[x, one, two])?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

//! Pooling.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Scope};
use crate::graph::NodeId;
use crate::graph::op::{Pad, Pool, PoolKind, Rounding};

/// A pooling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pooling {
    /// What becomes of the numbers under it.
    pub kind: PoolKind,
    /// Its side.
    pub window: u32,
    /// Stride.
    pub stride: u32,
    /// On every side.
    pub pad: u32,
    /// What becomes of a last window that goes beyond the map.
    pub rounding: Rounding,
}

/// Mean over all pixels: a map becomes a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mean {}

impl Pooling {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let pool = Pool {
            kind: self.kind,
            window: [self.window as usize; 2],
            stride: [self.stride as usize; 2],
            pad: Pad::all(self.pad as usize),
            rounding: self.rounding,
        };
        Ok(net.graph.push(at.path(), pool, &[x])?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl Mean {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        Ok(net.graph.global_average_pool(at.path(), x)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

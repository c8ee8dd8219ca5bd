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

/// Mean over a window of fixed size, from the first pixel on: a map becomes a vector. A larger map is not averaged as a whole, and
/// one on which the window has several places does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedMean {
    /// Its side.
    pub window: u32,
    /// Pixels from a place of it to the next.
    pub stride: u32,
}

impl FixedMean {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (window, stride) = (self.window as usize, self.stride as usize);
        let pool = Pool {
            kind: PoolKind::Average,
            window: [window; 2],
            stride: [stride; 2],
            pad: Pad::all(0),
            rounding: Rounding::Floor,
        };
        let (h, w) = net.graph.shape(x).size();
        if (h, w) == (window, window) {
            return Mean {}.build(net, at, x);
        }
        let pooled = net.graph.push(at.path(), pool, &[x])?;
        let places: [usize; 2] = net.graph.shape(pooled).size().into();
        if places != [1, 1] {
            return Err(BuildError::Places { window, places, map: [h, w] });
        }
        Mean {}.build(net, at, pooled)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

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

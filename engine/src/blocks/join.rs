//! Maps of other places in a network.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Scope};
use crate::graph::NodeId;
use crate::graph::op::{Concat, OpError};

/// Maps from here and from before, their channels one after the other; a single one is gone on with instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// Which.
    pub of: Cow<'static, [From]>,
    /// What the sides of an input should be multiples of for their sizes to agree.
    pub multiple: u32,
}

/// Where a map is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The block before.
    Here,
    /// What the module with this path returned.
    Module(Cow<'static, str>),
    /// The network's input, halved so many times.
    Image(u32),
}

impl Join {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        OpError::check("the number of joined maps", self.of.len(), MOST_MAPS)?;
        let mut maps = Vec::with_capacity(self.of.len());
        for from in self.of.iter() {
            maps.push(match from {
                From::Here => x,
                From::Module(module) => net
                    .graph
                    .stage(module)
                    .ok_or_else(|| BuildError::Module { module: module.to_string() })?,
                From::Image(halvings) => net.image(*halvings as usize)?,
            });
        }
        if let [map] = maps[..] {
            return Ok(map);
        }
        let first = maps[0];
        let size = |map: NodeId| net.graph.shape(map).size();
        if let Some(other) = maps.iter().find(|map| size(**map) != size(first)) {
            let (left, right) = (size(first), size(*other));
            return Err(BuildError::Sides { left, right, multiple: self.multiple });
        }
        Ok(net.graph.push(at.path(), Concat::default(), &maps)?)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

/// The most maps that can be meant.
const MOST_MAPS: usize = 256;

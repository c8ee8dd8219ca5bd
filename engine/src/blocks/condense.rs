//! CondenseNet's layer, as it is used after training.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters};
use crate::graph::{Activation, NodeId};

/// The input, and what these make of it: channels in the order of a table, 1×1 in groups, shuffle, 3×3 in groups, with batch
/// normalisation and ReLU before both convolutions (arXiv 1711.09224, section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CondenseLayer {
    /// Channels that it adds.
    pub growth: u32,
    /// Groups.
    pub groups: u32,
}

/// A linear layer over the half of the channels that a table names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedClassifier {}

/// Channels between to one that a layer adds.
const BOTTLENECK: usize = 4;

impl CondenseLayer {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, growth, groups) = (net.channels(x), self.growth as usize, self.groups as usize);
        let first = at.child("conv_1");
        // Any order will do without a checkpoint; this one shows whether it is kept.
        let order = ChannelMap::index((0..input).map(|j| (37 * j + 11) % input));
        let y = net.graph.table(&first.join("index"), x, order)?;
        let y = net.norm(&UnitPaths::beside(&first, "conv", "norm"), y, Activation::Relu)?;
        let hidden = growth.saturating_mul(BOTTLENECK);
        let y = net.conv(&first.join("conv"), y, Filters::pointwise(hidden).grouped(groups))?;
        let shuffle = ChannelMap::shuffle(hidden, groups)?;
        let y = net.graph.push(first.path(), Channels(shuffle), &[y])?;
        net.graph.mark(first.path(), y);
        let second = at.child("conv_2");
        let y = net.norm(&UnitPaths::beside(&second, "conv", "norm"), y, Activation::Relu)?;
        let y = net.conv(&second.join("conv"), y, Filters::square(growth, 3, 1).grouped(groups))?;
        net.graph.mark(second.path(), y);
        Ok(net.graph.push(at.path(), Concat::default(), &[x, y])?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl IndexedClassifier {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let half = net.channels(x) / 2;
        let out = net.out(&Out::Classes)?;
        let y = net.graph.table(&at.join("index"), x, ChannelMap::index((0..half).map(|j| 2 * j)))?;
        let y = net.graph.linear(&at.join("linear"), y, out, true)?;
        net.graph.mark_classifier(y);
        Ok(y)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

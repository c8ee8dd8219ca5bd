//! ShuffleNetV1's unit.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters, Pad, Pool, PoolKind, Rounding};
use crate::graph::{Activation, NodeId};

/// 1×1 in groups to a quarter of the channels, depthwise 3×3, shuffle, 1×1 in groups, and the input added; with a stride the input
/// is pooled and stands before the others (arXiv 1707.01083, section 3.2, as the authors build it: they shuffle behind the
/// depthwise convolution).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffleV1 {
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups.
    pub groups: u32,
    /// Groups of the first convolution: 1 where it reads few channels.
    pub first_groups: u32,
}

/// Output channels to one between.
const BOTTLENECK: usize = 4;

impl ShuffleV1 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (out, stride, groups) = (net.out(&self.out)?, self.stride as usize, self.groups as usize);
        let hidden = out / BOTTLENECK;
        let pools = stride > 1;
        let added = if pools { out.saturating_sub(net.channels(x)) } else { out };

        let branch = at.child("branch_main_1");
        let pointwise = Filters::pointwise(hidden).grouped(self.first_groups as usize);
        let y = net.unit(&UnitPaths::numbered(&branch, 0), x, pointwise, Activation::Relu)?;
        let depthwise = Filters::depthwise(hidden, 3, stride);
        let y = net.unit(&UnitPaths::numbered(&branch, 3), y, depthwise, Activation::Identity)?;
        net.graph.mark(branch.path(), y);
        // The authors' code takes the channels as (C / groups, groups): the inverse of the paper's permutation.
        let shuffle = ChannelMap::shuffle(hidden, hidden / groups.max(1))?;
        let y = net.graph.push(at.path(), Channels(shuffle), &[y])?;
        let branch = at.child("branch_main_2");
        let pointwise = Filters::pointwise(added).grouped(groups);
        let y = net.unit(&UnitPaths::numbered(&branch, 0), y, pointwise, Activation::Identity)?;
        net.graph.mark(branch.path(), y);
        if pools {
            let y = net.graph.activation(at.path(), y, Activation::Relu)?;
            let pool = Pool {
                kind: PoolKind::Average,
                window: [3; 2],
                stride: [stride; 2],
                pad: Pad::all(1),
                rounding: Rounding::Floor,
            };
            let pooled = net.graph.push(&at.join("branch_proj"), pool, &[x])?;
            net.graph.mark(&at.join("branch_proj"), pooled);
            return Ok(net.graph.push(at.path(), Concat::default(), &[pooled, y])?);
        }
        let sum = net.graph.add(at.path(), y, x)?;
        Ok(net.graph.activation(at.path(), sum, Activation::Relu)?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, first_groups: self.groups, ..self.clone() }
    }
}

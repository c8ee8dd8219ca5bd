//! ShuffleNetV2's unit.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters};
use crate::graph::{Activation, NodeId};

/// Half of the channels pass, the others go through 1×1, depthwise 3×3 and 1×1; then both halves are shuffled. With a stride
/// all channels go two ways and there are twice as many (arXiv 1807.11164, section 3.2, as torchvision builds it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffleV2 {
    /// Stride.
    pub stride: u32,
    /// Output channels of both halves together.
    pub out: Out,
}

/// Halves.
const GROUPS: usize = 2;

impl ShuffleV2 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, half) = (net.channels(x), net.out(&self.out)? / GROUPS);
        let (passed, other) = if self.stride == 1 {
            let part = |range| Channels(ChannelMap::slice(range));
            let first = net.graph.push(at.path(), part(0..input / GROUPS), &[x])?;
            (first, net.graph.push(at.path(), part(input / GROUPS..input), &[x])?)
        } else {
            let branch = at.child("branch1");
            let depthwise = Filters::depthwise(input, 3, self.stride as usize);
            let y = net.unit(&UnitPaths::numbered(&branch, 0), x, depthwise, Activation::Identity)?;
            let y =
                net.unit(&UnitPaths::numbered(&branch, 2), y, Filters::pointwise(half), Activation::Relu)?;
            net.graph.mark(branch.path(), y);
            (y, x)
        };
        let branch = at.child("branch2");
        let y =
            net.unit(&UnitPaths::numbered(&branch, 0), other, Filters::pointwise(half), Activation::Relu)?;
        let depthwise = Filters::depthwise(half, 3, self.stride as usize);
        let y = net.unit(&UnitPaths::numbered(&branch, 3), y, depthwise, Activation::Identity)?;
        let y = net.unit(&UnitPaths::numbered(&branch, 5), y, Filters::pointwise(half), Activation::Relu)?;
        net.graph.mark(branch.path(), y);
        let both = net.graph.push(at.path(), Concat::default(), &[passed, y])?;
        let shuffle = ChannelMap::shuffle(net.channels(both), GROUPS)?;
        Ok(net.graph.push(at.path(), Channels(shuffle), &[both])?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

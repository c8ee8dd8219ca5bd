//! ShuffleNetV2's unit.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters};
use crate::graph::{Activation, NodeId};

/// Half of the channels pass, the others go through 1×1, depthwise 3×3 and 1×1. With a stride all channels go two ways and there
/// are twice as many (arXiv 1807.11164, section 3.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffleV2 {
    /// Stride.
    pub stride: u32,
    /// Output channels of both halves together.
    pub out: Out,
    /// How the halves are made and meet.
    pub form: ShuffleForm,
}

/// How the halves of a ShuffleNetV2 unit are made and meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShuffleForm {
    /// torchvision: the first half passes, and a shuffle ends the unit. Both ways of a stride give half of the channels.
    Shuffled,
    /// The authors: channels with even numbers pass, which is the shuffle. The shorter way of a stride keeps its input's channels,
    /// and the other gives what is missing.
    Split,
}

/// Halves.
const GROUPS: usize = 2;

impl ShuffleV2 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let (hidden, half) = (out / GROUPS, input / GROUPS);
        let (short, long, projected) = match self.form {
            ShuffleForm::Shuffled => ("branch1", "branch2", hidden),
            ShuffleForm::Split => ("branch_proj", "branch_main", input),
        };
        let (passed, other) = if self.stride == 1 {
            let [passed, other] = match self.form {
                ShuffleForm::Shuffled => [ChannelMap::slice(0..half), ChannelMap::slice(half..input)],
                ShuffleForm::Split => [0, 1].map(|first| ChannelMap::index((first..input).step_by(GROUPS))),
            };
            let passed = net.graph.push(at.path(), Channels(passed), &[x])?;
            (passed, net.graph.push(at.path(), Channels(other), &[x])?)
        } else {
            let branch = at.child(short);
            let depthwise = Filters::depthwise(input, 3, self.stride as usize);
            let y = net.unit(&UnitPaths::numbered(&branch, 0), x, depthwise, Activation::Identity)?;
            let pointwise = Filters::pointwise(projected);
            let y = net.unit(&UnitPaths::numbered(&branch, 2), y, pointwise, Activation::Relu)?;
            net.graph.mark(branch.path(), y);
            (y, x)
        };
        let branch = at.child(long);
        let rest = match self.form {
            ShuffleForm::Shuffled => hidden,
            ShuffleForm::Split => out.saturating_sub(net.channels(passed)),
        };
        let pointwise = Filters::pointwise(hidden);
        let y = net.unit(&UnitPaths::numbered(&branch, 0), other, pointwise, Activation::Relu)?;
        let depthwise = Filters::depthwise(hidden, 3, self.stride as usize);
        let y = net.unit(&UnitPaths::numbered(&branch, 3), y, depthwise, Activation::Identity)?;
        let pointwise = Filters::pointwise(rest);
        let y = net.unit(&UnitPaths::numbered(&branch, 5), y, pointwise, Activation::Relu)?;
        net.graph.mark(branch.path(), y);
        let both = net.graph.push(at.path(), Concat::default(), &[passed, y])?;
        Ok(match self.form {
            ShuffleForm::Shuffled => {
                let shuffle = ChannelMap::shuffle(net.channels(both), GROUPS)?;
                net.graph.push(at.path(), Channels(shuffle), &[both])?
            }
            ShuffleForm::Split => both,
        })
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

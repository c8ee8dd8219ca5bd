//! ChannelNet's parts.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters, Groups, Pad};
use crate::graph::{Activation, NodeId};

/// Two parts, one after the other, and what becomes of both their values (arXiv 1809.01330, section 3, as pytorchcv builds it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelUnit {
    /// Stride of the first part.
    pub stride: u32,
    /// Output channels of each part; half as many of a [`ChannelPart::Plain`].
    pub out: Out,
    /// What they are.
    pub parts: [ChannelPart; 2],
    /// What becomes of their values.
    pub merge: Merge,
}

/// A part of a [`ChannelUnit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelPart {
    /// 3×3 convolution, BN.
    Plain,
    /// Depthwise 3×3, 1×1, BN, ReLU6.
    Separable,
    /// Two of the latter in groups.
    Group,
    /// A channel-wise convolution before these: one window that slides over the channels.
    ChannelWise,
}

/// What becomes of the values of two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// The second's alone.
    Last,
    /// Both, one after the other.
    Concat,
    /// Their sum.
    Add,
}

/// Groups, which are also the filters of a channel-wise convolution and its step over channels.
const GROUPS: usize = 2;

/// Channels under the window of a channel-wise convolution.
const WINDOW: usize = 4 * GROUPS;

impl ChannelUnit {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (out, blocks) = (net.out(&self.out)?, at.child("blocks"));
        let [first, second] = self.parts;
        let one = first.build(net, &blocks.child("block1"), x, out, self.stride as usize)?;
        let two = second.build(net, &blocks.child("block2"), one, out, 1)?;
        Ok(match self.merge {
            Merge::Last => two,
            Merge::Concat => net.graph.push(at.path(), Concat::default(), &[one, two])?,
            Merge::Add => net.graph.add(at.path(), one, two)?,
        })
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

impl ChannelPart {
    fn build(
        self,
        net: &mut Net,
        at: &Scope,
        x: NodeId,
        out: usize,
        stride: usize,
    ) -> Result<NodeId, BuildError> {
        match self {
            Self::Plain => {
                let filters = Filters::square(out / 2, 3, stride);
                Ok(net.unit(&UnitPaths::conv_bn(at), x, filters, Activation::Identity)?)
            }
            Self::Separable => separable(net, at, x, out, stride, 1),
            Self::Group => {
                let blocks = at.child("blocks");
                let y = separable(net, &blocks.child("block1"), x, out, stride, GROUPS)?;
                separable(net, &blocks.child("block2"), y, out, 1, GROUPS)
            }
            Self::ChannelWise => {
                let y = channel_wise(net, &at.child("conv"), x)?;
                Self::Group.build(net, &at.child("block"), y, out, stride)
            }
        }
    }
}

/// Depthwise 3×3 without normalisation, then 1×1, BN, ReLU6.
fn separable(
    net: &mut Net,
    at: &Scope,
    x: NodeId,
    out: usize,
    stride: usize,
    groups: usize,
) -> Result<NodeId, BuildError> {
    let depthwise = Filters::depthwise(net.channels(x), 3, stride);
    let y = net.conv(&at.join("dw_conv"), x, depthwise)?;
    let paths = UnitPaths::conv_bn(&at.child("pw_conv"));
    Ok(net.unit(&paths, y, Filters::pointwise(out).grouped(groups), Activation::Relu6)?)
}

/// The window with all of its filters at every second channel; outputs lie filter by filter.
fn channel_wise(net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
    let before = WINDOW / 2 - 1;
    let channels = net.channels(x);
    let places = channels.saturating_add(2 * before).saturating_sub(WINDOW) / GROUPS + 1;
    let groups = Groups::Sliding { window: WINDOW, step: GROUPS, before, places };
    let filters = Filters { groups, ..Filters::pointwise(GROUPS * places) };
    let y = net.graph.conv_over_channels(&at.join("conv"), x, filters, Pad::all(0))?;
    let order = ChannelMap::shuffle(GROUPS * places, places)?;
    let y = net.graph.push(at.path(), Channels(order), &[y])?;
    net.graph.mark(at.path(), y);
    Ok(y)
}

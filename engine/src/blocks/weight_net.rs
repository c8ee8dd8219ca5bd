//! ShuffleNetV2's unit with filters that the network computes.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters, OpError};
use crate::graph::{Activation, NodeId};

/// Every other channel passes, the others go through 1×1, depthwise 3×3 and 1×1; with a stride all channels go two ways. The filters
/// of all these convolutions are computed from the mean of what the unit transforms (arXiv 2007.11823, section 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightNet {
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
}

/// Numbers that a dense filter is computed from: M and G of the paper.
const PER_FILTER: usize = 2;
/// Numbers that the mean is reduced to: this share of the channels, and at least so many.
const REDUCTION: usize = 16;

impl WeightNet {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let (passed, main) = if self.stride == 1 {
            let every_other = |first: usize| Channels(ChannelMap::index((first..input).step_by(2)));
            let passed = net.graph.push(at.path(), every_other(0), &[x])?;
            (passed, net.graph.push(at.path(), every_other(1), &[x])?)
        } else {
            (x, x)
        };
        let channels = net.channels(main);
        let hidden = out / 2;
        OpError::within("the number of output channels", out, channels + 1..=usize::MAX)?;
        let mean = net.graph.global_average_pool(at.path(), main)?;
        let reduced = (channels / REDUCTION).max(REDUCTION);
        let mean = net.graph.conv_on_vector(&at.join("reduce"), mean, reduced, true)?;
        let stride = self.stride as usize;
        let unit = |net: &mut Net, which: &str, x: NodeId, filters: Filters, activation: Activation| {
            let y = computed(net, &at.child(&format!("wnet{which}")), x, mean, filters)?;
            let norm = at.join(&format!("bn{which}"));
            let y = net.graph.batch_norm(&norm, y, net.conventions.bn_eps)?;
            let y = net.graph.activation(&norm, y, activation)?;
            net.graph.mark(&norm, y);
            Ok::<_, OpError>(y)
        };
        let depthwise = |channels: usize| Filters::depthwise(channels, 3, stride);
        let y = unit(net, "1", main, Filters::pointwise(hidden), Activation::Relu)?;
        let y = unit(net, "2", y, depthwise(hidden), Activation::Identity)?;
        let y = unit(net, "3", y, Filters::pointwise(out - channels), Activation::Relu)?;
        let other = if self.stride == 1 {
            passed
        } else {
            let y = unit(net, "_proj_1", x, depthwise(channels), Activation::Identity)?;
            unit(net, "_proj_2", y, Filters::pointwise(channels), Activation::Relu)?
        };
        Ok(net.graph.push(at.path(), Concat::default(), &[other, y])?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// A convolution whose filters two layers compute: the second of as many groups as the first has outputs.
fn computed(net: &mut Net, at: &Scope, x: NodeId, mean: NodeId, filters: Filters) -> Result<NodeId, OpError> {
    let shape = net.graph.shape(x);
    let is_depthwise = filters.groups.parts(shape.channels()).0 > 1;
    let groups = if is_depthwise { filters.out } else { PER_FILTER * filters.out };
    let numbers = OpError::product("the number of weights", &filters.weight_shape(shape.channels()))?;
    let first = at.join("wn_fc1");
    let y = net.graph.conv_on_vector(&first, mean, groups, true)?;
    let y = net.graph.activation(&first, y, Activation::Sigmoid)?;
    let y = net.graph.grouped_conv_on_vector(&at.join("wn_fc2"), y, numbers, groups)?;
    let pad = filters.pad(shape.size(), net.conventions.padding);
    net.graph.computed_conv(at.path(), x, y, filters, pad)
}

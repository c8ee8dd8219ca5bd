//! MobileNetV4's universal inverted bottleneck.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// \[Depthwise\], 1×1 expand, \[depthwise\], 1×1 project, and the input added where shapes allow (arXiv 2404.10518, section 3).
/// With both depthwise convolutions it is ExtraDW, with the second an inverted bottleneck, with the first ConvNext's block,
/// with none a feed-forward layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UniversalInverted {
    /// Kernel of the first depthwise convolution, which has no activation; there is none if 0.
    pub start: u32,
    /// Kernel of the second, which has one; there is none if 0.
    pub middle: u32,
    /// Stride, that of the second depthwise convolution where there is one.
    pub stride: u32,
    /// Hidden width as a multiple of the input's.
    pub expand: f64,
    /// Output channels.
    pub out: Out,
    /// After the expansion and the second depthwise convolution.
    pub activation: Activation,
}

impl UniversalInverted {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let hidden = net.rounding.apply(input as f64 * self.expand) as usize;
        let unit = |name: &str| UnitPaths::conv_bn(&at.child(name));
        let stride = self.stride as usize;
        let mut y = x;
        if self.start > 0 {
            let stride = if self.middle > 0 { 1 } else { stride };
            let depthwise = Filters::depthwise(input, self.start as usize, stride);
            y = net.unit(&unit("dw_start"), y, depthwise, Activation::Identity)?;
        }
        y = net.unit(&unit("pw_exp"), y, Filters::pointwise(hidden), self.activation)?;
        if self.middle > 0 {
            let depthwise = Filters::depthwise(hidden, self.middle as usize, stride);
            y = net.unit(&unit("dw_mid"), y, depthwise, self.activation)?;
        }
        y = net.unit(&unit("pw_proj"), y, Filters::pointwise(out), Activation::Identity)?;
        if self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

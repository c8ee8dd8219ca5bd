//! Fused inverted bottlenecks.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// An inverted residual whose expansion and depthwise convolution are one k×k convolution (arXiv 2104.00298, section 3.2), with
/// the names of timm's `EdgeResidual`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FusedInverted {
    /// Kernel size.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Hidden width as a multiple of the input's.
    pub expand: f64,
    /// Output channels.
    pub out: Out,
    /// After the first BN.
    pub activation: Activation,
}

impl FusedInverted {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let hidden = net.rounding.apply(input as f64 * self.expand) as usize;
        let expand = Filters::square(hidden, self.kernel as usize, self.stride as usize);
        let y = net.unit(&UnitPaths::beside(at, "conv_exp", "bn1"), x, expand, self.activation)?;
        let project = UnitPaths::beside(at, "conv_pwl", "bn2");
        let y = net.unit(&project, y, Filters::pointwise(out), Activation::Identity)?;
        if self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

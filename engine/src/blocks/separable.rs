//! Depthwise separable convolutions.

use serde::{Deserialize, Serialize};

use super::inverted_residual::Modules;
use super::{BlockNames, BuildError, Net, Out, Scope, Squeeze};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// Depthwise k×k, BN, activation, \[squeeze-and-excitation\], 1×1, BN, \[activation\], \[+ input\]
/// (arXiv 1704.04861, section 3.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Separable {
    /// Kernel size.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// After the depthwise BN.
    pub activation: Activation,
    /// After the pointwise BN; `Identity` makes it a linear bottleneck.
    pub pointwise_activation: Activation,
    /// Behind the depthwise convolution.
    pub squeeze: Option<Squeeze>,
    /// Adds the input where shapes allow.
    pub residual: bool,
    /// Names of its modules.
    pub names: BlockNames,
}

impl Separable {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let modules = Modules::of_separable(self.names, at, self.squeeze.is_some());
        let depthwise = Filters::depthwise(input, self.kernel as usize, self.stride as usize);
        let mut y = net.unit(&modules.depthwise, x, depthwise, self.activation)?;
        if let Some(squeeze) = &self.squeeze {
            y = squeeze.build(net, &modules.squeeze, y, input)?;
        }
        y = net.unit(&modules.project, y, Filters::pointwise(out), self.pointwise_activation)?;
        modules.body.iter().for_each(|name| net.graph.mark(name, y));
        if self.residual && self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

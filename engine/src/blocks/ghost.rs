//! GhostNet's bottleneck.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::squeeze::SqueezePaths;
use super::{BuildError, Net, Out, Scope, Squeeze};
use crate::graph::op::{ChannelMap, Channels, Concat, Filters};
use crate::graph::{Activation, NodeId};

/// Two ghost modules, which compute half of their channels by 1×1 convolution and the others from those by a depthwise one;
/// between them, with a stride, a depthwise convolution, and squeeze-and-excitation (arXiv 1911.11907, section 3.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ghost {
    /// Kernel of the depthwise convolution between the modules and of the shortcut's; unused without a stride.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Hidden channels.
    pub hidden: Out,
    /// Output channels.
    pub out: Out,
    /// Between the modules.
    pub squeeze: Option<Squeeze>,
}

/// Kernel of a ghost module's depthwise convolution.
const CHEAP_KERNEL: usize = 3;

impl Ghost {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, hidden, out) = (net.channels(x), net.out(&self.hidden)?, net.out(&self.out)?);
        let mut y = ghost_module(net, &at.child("ghost1"), x, hidden, Activation::Relu)?;
        if self.stride > 1 {
            let depthwise = Filters::depthwise(hidden, self.kernel as usize, self.stride as usize);
            y = net.unit(&UnitPaths::beside(at, "conv_dw", "bn_dw"), y, depthwise, Activation::Identity)?;
        }
        if let Some(squeeze) = &self.squeeze {
            y = squeeze.build(net, &SqueezePaths::timm(at), y, input)?;
        }
        let y = ghost_module(net, &at.child("ghost2"), y, out, Activation::Identity)?;
        let shortcut = self.shortcut(net, &at.child("shortcut"), x, input, out)?;
        Ok(net.graph.add(at.path(), y, shortcut)?)
    }

    /// The input, or what becomes of it where its shape is another.
    fn shortcut(
        &self,
        net: &mut Net,
        at: &Scope,
        x: NodeId,
        input: usize,
        out: usize,
    ) -> Result<NodeId, BuildError> {
        if input == out && self.stride == 1 {
            net.graph.mark(at.path(), x);
            return Ok(x);
        }
        let depthwise = Filters::depthwise(input, self.kernel as usize, self.stride as usize);
        let y = net.unit(&UnitPaths::beside(at, "0", "1"), x, depthwise, Activation::Identity)?;
        let y =
            net.unit(&UnitPaths::beside(at, "2", "3"), y, Filters::pointwise(out), Activation::Identity)?;
        net.graph.mark(at.path(), y);
        Ok(y)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// Half of the channels by 1×1 convolution, the others from those; what is one too many is cut off.
fn ghost_module(
    net: &mut Net,
    at: &Scope,
    x: NodeId,
    out: usize,
    activation: Activation,
) -> Result<NodeId, BuildError> {
    let half = out.div_ceil(2);
    let paths = |name: &str| {
        let at = at.child(name);
        let activation = Some(at.join("2"));
        UnitPaths { activation, whole: Some(at.path().to_owned()), ..UnitPaths::beside(&at, "0", "1") }
    };
    let primary = net.unit(&paths("primary_conv"), x, Filters::pointwise(half), activation)?;
    let depthwise = Filters::depthwise(half, CHEAP_KERNEL, 1);
    let cheap = net.unit(&paths("cheap_operation"), primary, depthwise, activation)?;
    let mut both = net.graph.push(at.path(), Concat::default(), &[primary, cheap])?;
    if net.channels(both) > out {
        both = net.graph.push(at.path(), Channels(ChannelMap::slice(0..out)), &[both])?;
    }
    net.graph.mark(at.path(), both);
    Ok(both)
}

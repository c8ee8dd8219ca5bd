//! MobileViTv2's block.

use serde::{Deserialize, Serialize};

use super::mobile_vit::{LAYER_NORM_EPS, MOST_DEPTH, PATCH, resize};
use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{Filters, Fold, NormOver, OpError, SeparableAttention, Unfold};
use crate::graph::{Activation, NodeId};

/// Depthwise k×k and 1×1 convolutions to `dim`, a transformer of separable self-attention over patches, and 1×1 back
/// (arXiv 2206.02680, section 3.3, as timm builds it). Maps with an odd side are resized to even and stay so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MobileVitV2 {
    /// Width of the transformer.
    pub dim: Out,
    /// Its layers.
    pub depth: u32,
}

impl MobileVitV2 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (channels, dim) = (net.channels(x), net.out(&self.dim)?);
        OpError::within("the number of transformer layers", self.depth as usize, 0..=MOST_DEPTH)?;
        let unit = |name: &str| UnitPaths::conv_bn(&at.child(name));
        let (h, w) = net.graph.shape(x).size();
        let size = (h.next_multiple_of(PATCH), w.next_multiple_of(PATCH));
        let x = resize(net, at, x, size, true)?;
        let local = net.unit(&unit("conv_kxk"), x, Filters::depthwise(channels, 3, 1), Activation::Silu)?;
        let local = net.conv(&at.join("conv_1x1"), local, Filters::pointwise(dim))?;

        let mut tokens = net.graph.push(at.path(), Unfold { patch: PATCH }, &[local])?;
        for layer in 0..self.depth as usize {
            tokens = transformer(net, &at.child("transformer").numbered(layer), tokens, dim)?;
        }
        let tokens = net.graph.layer_norm(&at.join("norm"), tokens, NormOver::Whole, LAYER_NORM_EPS)?;
        let global = net.graph.push(at.path(), Fold { patch: PATCH, size }, &[tokens])?;
        Ok(net.unit(&unit("conv_proj"), global, Filters::pointwise(channels), Activation::Identity)?)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

/// A pre-norm transformer layer: x + attention(norm(x)), then x + mlp(norm(x)), of 1×1 convolutions.
fn transformer(net: &mut Net, at: &Scope, x: NodeId, dim: usize) -> Result<NodeId, OpError> {
    let graph = &mut net.graph;
    let y = graph.layer_norm(&at.join("norm1"), x, NormOver::Whole, LAYER_NORM_EPS)?;
    let y =
        graph.conv_on_vector(&at.join("attn.qkv_proj"), y, dim.saturating_mul(2).saturating_add(1), true)?;
    let y = graph.push(&at.join("attn"), SeparableAttention, &[y])?;
    let y = graph.conv_on_vector(&at.join("attn.out_proj"), y, dim, true)?;
    graph.mark(&at.join("attn"), y);
    let x = graph.add(&at.join("attn"), x, y)?;

    let y = graph.layer_norm(&at.join("norm2"), x, NormOver::Whole, LAYER_NORM_EPS)?;
    let y = graph.conv_on_vector(&at.join("mlp.fc1"), y, dim.saturating_mul(2), true)?;
    let y = graph.activation(&at.join("mlp.act"), y, Activation::Silu)?;
    graph.mark(&at.join("mlp.act"), y);
    let y = graph.conv_on_vector(&at.join("mlp.fc2"), y, dim, true)?;
    graph.mark(&at.join("mlp"), y);
    let x = graph.add(at.path(), x, y)?;
    graph.mark(at.path(), x);
    Ok(x)
}

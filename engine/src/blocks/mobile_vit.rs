//! MobileViT's block.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Scope};
use crate::graph::op::{Attention, Concat, Filters, Fold, NormOver, OpError, Resize, Unfold};
use crate::graph::{Activation, NodeId};

/// ε of every LayerNorm in MobileViT.
pub(super) const LAYER_NORM_EPS: f32 = 1e-5;
/// The most layers that can be meant.
pub(super) const MOST_DEPTH: usize = 256;
/// Side of MobileViT's patches.
pub(super) const PATCH: usize = 2;

/// k×k and 1×1 convolutions to `dim`, a transformer over patches, and fusion with the input (arXiv 2110.02178,
/// section 3.1 and figure 1b). Maps with an odd side are resized to even and back around the transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileVit {
    /// Width of the transformer.
    pub dim: u32,
    /// Its layers.
    pub depth: u32,
    /// Its heads.
    pub heads: u32,
}

impl MobileVit {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (channels, dim) = (net.channels(x), self.dim as usize);
        OpError::within("the number of transformer layers", self.depth as usize, 0..=MOST_DEPTH)?;
        let unit = |name: &str| UnitPaths::conv_bn(&at.child(name));
        let three = Filters::square(channels, 3, 1);
        let local = net.unit(&unit("conv_kxk"), x, three, Activation::Silu)?;
        let local = net.conv(&at.join("conv_1x1"), local, Filters::pointwise(dim))?;

        let (h, w) = net.graph.shape(local).size();
        let even = (h.next_multiple_of(PATCH), w.next_multiple_of(PATCH));
        let resized = resize(net, at, local, even, false)?;
        let mut tokens = net.graph.push(at.path(), Unfold { patch: PATCH }, &[resized])?;
        for layer in 0..self.depth as usize {
            let layer = at.child("transformer").numbered(layer);
            tokens = transformer(net, &layer, tokens, dim, self.heads as usize)?;
        }
        let tokens = net.graph.layer_norm(&at.join("norm"), tokens, NormOver::Token, LAYER_NORM_EPS)?;
        let folded = net.graph.push(at.path(), Fold { patch: PATCH, size: even }, &[tokens])?;
        let global = resize(net, at, folded, (h, w), false)?;

        let global = net.unit(&unit("conv_proj"), global, Filters::pointwise(channels), Activation::Silu)?;
        let both = net.graph.push(at.path(), Concat::default(), &[x, global])?;
        Ok(net.unit(&unit("conv_fusion"), both, three, Activation::Silu)?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

/// A map of this size.
pub(super) fn resize(
    net: &mut Net,
    at: &Scope,
    x: NodeId,
    size: (usize, usize),
    align_corners: bool,
) -> Result<NodeId, OpError> {
    if net.graph.shape(x).size() == size {
        return Ok(x);
    }
    net.graph.push(at.path(), Resize { size, align_corners }, &[x])
}

/// A pre-norm transformer layer: x + attention(norm(x)), then x + mlp(norm(x)).
fn transformer(net: &mut Net, at: &Scope, x: NodeId, dim: usize, heads: usize) -> Result<NodeId, OpError> {
    let graph = &mut net.graph;
    let y = graph.layer_norm(&at.join("norm1"), x, NormOver::Token, LAYER_NORM_EPS)?;
    let y = graph.linear(&at.join("attn.qkv"), y, dim.saturating_mul(3), true)?;
    let y = graph.push(&at.join("attn"), Attention { heads }, &[y])?;
    let y = graph.linear(&at.join("attn.proj"), y, dim, true)?;
    graph.mark(&at.join("attn"), y);
    let x = graph.add(&at.join("attn"), x, y)?;

    let y = graph.layer_norm(&at.join("norm2"), x, NormOver::Token, LAYER_NORM_EPS)?;
    let y = graph.linear(&at.join("mlp.fc1"), y, dim.saturating_mul(2), true)?;
    let y = graph.activation(&at.join("mlp.act"), y, Activation::Silu)?;
    graph.mark(&at.join("mlp.act"), y);
    let y = graph.linear(&at.join("mlp.fc2"), y, dim, true)?;
    graph.mark(&at.join("mlp"), y);
    let x = graph.add(at.path(), x, y)?;
    graph.mark(at.path(), x);
    Ok(x)
}

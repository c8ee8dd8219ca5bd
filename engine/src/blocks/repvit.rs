//! RepViT's blocks, as they are trained: with the branches that a network in use may sum up.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::squeeze::SqueezePaths;
use super::{BuildError, Net, Out, Scope, Squeeze};
use crate::graph::op::{Add, Filters};
use crate::graph::{Activation, NodeId};

/// Side of its depthwise windows.
const KERNEL: usize = 3;
/// Hidden channels of its channel mixer, as a multiple of the others.
const EXPAND: usize = 2;

/// A token mixer, which is the sum of a depthwise 3×3 convolution with BN, a depthwise 1×1 convolution with bias and the input,
/// and BN; \[squeeze-and-excitation\]; a channel mixer, which is 1×1 to twice the channels, BN, GELU, 1×1 back, BN, and the input
/// added (arXiv 2307.09283, figure 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepVit {
    /// Whether there is squeeze-and-excitation.
    pub squeezes: bool,
}

/// Between two stages: a block, depthwise 3×3 with stride, BN, 1×1 to more channels, BN, and a channel mixer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepVitDownsample {
    /// Output channels.
    pub out: Out,
}

/// Two classifiers, each a BN and a linear layer, the second of which learned from another network; their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepVitHead {}

impl RepVit {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let channels = net.channels(x);
        let mixer = at.child("token_mixer");
        let branch = UnitPaths::c_bn(&mixer.child("conv"));
        let windows = net.unit(&branch, x, Filters::depthwise(channels, KERNEL, 1), Activation::Identity)?;
        let pixels =
            net.conv_with(&mixer.join("conv1"), x, Filters::depthwise(channels, 1, 1), None, true)?;
        let sum = net.graph.add(mixer.path(), windows, pixels)?;
        let sum = net.graph.add(mixer.path(), sum, x)?;
        let mut y = net.graph.batch_norm(&mixer.join("bn"), sum, net.conventions.bn_eps)?;
        net.graph.mark(mixer.path(), y);
        if self.squeezes {
            y = Squeeze::REPVIT.build(net, &SqueezePaths::torchvision(&at.child("se")), y, channels)?;
        }
        mix_channels(net, at, &at.child("channel_mixer"), y)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl RepVitDownsample {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (channels, out) = (net.channels(x), net.out(&self.out)?);
        let before = at.child("pre_block");
        let y = RepVit { squeezes: false }.build(net, &before, x)?;
        net.graph.mark(before.path(), y);
        let strided = UnitPaths::c_bn(&at.child("spatial_downsample"));
        let y = net.unit(&strided, y, Filters::depthwise(channels, KERNEL, 2), Activation::Identity)?;
        let wider = UnitPaths::c_bn(&at.child("channel_downsample"));
        let y = net.unit(&wider, y, Filters::pointwise(out), Activation::Identity)?;
        mix_channels(net, at, &at.child("ffn"), y)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

impl RepVitHead {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let classes = net.classes as usize;
        let mut classifier = |name: &str| -> Result<NodeId, BuildError> {
            let head = at.child(name);
            let normed = net.graph.batch_norm(&head.join("bn"), x, net.conventions.bn_eps)?;
            Ok(net.graph.linear(&head.join("l"), normed, classes, true)?)
        };
        let (own, taught) = (classifier("head")?, classifier("head_dist")?);
        net.graph.mark_classifier(own);
        Ok(net.graph.push(at.path(), Add::MEAN, &[own, taught])?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

/// x + conv2(GELU(conv1(x))).
fn mix_channels(net: &mut Net, at: &Scope, mixer: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
    let channels = net.channels(x);
    let wide = Filters::pointwise(EXPAND * channels);
    let y = net.unit(&UnitPaths::c_bn(&mixer.child("conv1")), x, wide, Activation::Gelu)?;
    let y = net.unit(
        &UnitPaths::c_bn(&mixer.child("conv2")),
        y,
        Filters::pointwise(channels),
        Activation::Identity,
    )?;
    Ok(net.graph.add(at.path(), x, y)?)
}

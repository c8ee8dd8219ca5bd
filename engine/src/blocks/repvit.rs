//! RepViT's blocks, as they are trained, and with their branches summed up.

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

/// Whether linear branches side by side are there, or their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepVitForm {
    /// As it is trained: branches, and batch normalisations.
    Branched,
    /// As timm's `fuse()` leaves it: a convolution with a bias for each sum and each normalisation.
    Merged,
}

/// A token mixer, which is the sum of a depthwise 3×3 convolution with BN, a depthwise 1×1 convolution with bias and the input,
/// and BN; \[squeeze-and-excitation\]; a channel mixer, which is 1×1 to twice the channels, BN, GELU, 1×1 back, BN, and the input
/// added (arXiv 2307.09283, figure 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepVit {
    /// Whether there is squeeze-and-excitation.
    pub squeezes: bool,
    /// Its token mixer's form and its convolutions'.
    pub form: RepVitForm,
}

/// Between two stages: a block, depthwise 3×3 with stride, BN, 1×1 to more channels, BN, and a channel mixer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepVitDownsample {
    /// Output channels.
    pub out: Out,
    /// Its convolutions' form.
    pub form: RepVitForm,
}

/// Two classifiers, each a BN and a linear layer, the second of which learned from another network; their mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepVitHead {}

impl RepVit {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let channels = net.channels(x);
        let mut y = match self.form {
            RepVitForm::Branched => mix_tokens(net, &at.child("token_mixer"), x)?,
            RepVitForm::Merged => {
                let windows = Filters::depthwise(channels, KERNEL, 1);
                self.form.convolution(net, &at.child("token_mixer"), x, windows, Activation::Identity)?
            }
        };
        if self.squeezes {
            y = Squeeze::REPVIT.build(net, &SqueezePaths::torchvision(&at.child("se")), y, channels)?;
        }
        mix_channels(net, self.form, at, &at.child("channel_mixer"), y)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl RepVitDownsample {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (channels, out) = (net.channels(x), net.out(&self.out)?);
        let before = at.child("pre_block");
        let y = RepVit { squeezes: false, form: self.form }.build(net, &before, x)?;
        net.graph.mark(before.path(), y);
        let mut convolution = |name: &str, y: NodeId, filters: Filters| {
            self.form.convolution(net, &at.child(name), y, filters, Activation::Identity)
        };
        let y = convolution("spatial_downsample", y, Filters::depthwise(channels, KERNEL, 2))?;
        let y = convolution("channel_downsample", y, Filters::pointwise(out))?;
        mix_channels(net, self.form, at, &at.child("ffn"), y)
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

impl RepVitForm {
    /// A convolution with what follows it.
    fn convolution(
        self,
        net: &mut Net,
        at: &Scope,
        x: NodeId,
        filters: Filters,
        activation: Activation,
    ) -> Result<NodeId, BuildError> {
        match self {
            Self::Branched => Ok(net.unit(&UnitPaths::c_bn(at), x, filters, activation)?),
            Self::Merged => {
                let y = net.conv_with(at.path(), x, filters, None, true)?;
                Ok(net.graph.activation(at.path(), y, activation)?)
            }
        }
    }
}

/// bn(3×3(x) + 1×1(x) + x), depthwise.
fn mix_tokens(net: &mut Net, mixer: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
    let channels = net.channels(x);
    let branch = UnitPaths::c_bn(&mixer.child("conv"));
    let windows = net.unit(&branch, x, Filters::depthwise(channels, KERNEL, 1), Activation::Identity)?;
    let pixels = net.conv_with(&mixer.join("conv1"), x, Filters::depthwise(channels, 1, 1), None, true)?;
    let sum = net.graph.add(mixer.path(), windows, pixels)?;
    let sum = net.graph.add(mixer.path(), sum, x)?;
    let y = net.graph.batch_norm(&mixer.join("bn"), sum, net.conventions.bn_eps)?;
    net.graph.mark(mixer.path(), y);
    Ok(y)
}

/// x + conv2(GELU(conv1(x))).
fn mix_channels(
    net: &mut Net,
    form: RepVitForm,
    at: &Scope,
    mixer: &Scope,
    x: NodeId,
) -> Result<NodeId, BuildError> {
    let channels = net.channels(x);
    let wide = Filters::pointwise(EXPAND * channels);
    let y = form.convolution(net, &mixer.child("conv1"), x, wide, Activation::Gelu)?;
    let narrow = Filters::pointwise(channels);
    let y = form.convolution(net, &mixer.child("conv2"), y, narrow, Activation::Identity)?;
    Ok(net.graph.add(at.path(), x, y)?)
}

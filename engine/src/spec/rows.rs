//! Short constructors for the rows of the zoo's tables.

use std::borrow::Cow;

use super::Row;
use crate::blocks::{
    Activate, Block, BlockNames, Classifier, Expand, Fire, FusedInverted, Ghost, InvertedResidual, Mean,
    MobileVit, Normalise, Out, Pooling, RepVit, RepVitDownsample, RepVitHead, Separable, ShuffleV2, Skip,
    Squeeze, Star, Unit, UnitNames, UniversalInverted,
};
use crate::graph::Activation;
use crate::graph::op::{PoolKind, Rounding};

pub use crate::blocks::by_width;

/// A block that is the module.
pub const fn row(module: &'static str, block: Block) -> Row {
    rows(module, 0, block)
}

/// Blocks that are the module's next children.
pub const fn rows(module: &'static str, count: u32, block: Block) -> Row {
    Row { module: Cow::Borrowed(module), count, block }
}

/// k×k convolution, BN, activation.
pub const fn unit(kernel: u32, stride: u32, out: Out, activation: Activation, names: UnitNames) -> Block {
    Block::Unit(Unit {
        kernel,
        stride,
        out,
        groups: 1,
        pad: None,
        bias: false,
        norm: true,
        activation,
        names,
    })
}

/// FBNet's k×k convolution: with a bias beside its BN.
pub const fn unit_biased(kernel: u32, stride: u32, out: Out, activation: Activation) -> Block {
    Block::Unit(Unit {
        kernel,
        stride,
        out,
        groups: 1,
        pad: None,
        bias: true,
        norm: true,
        activation,
        names: UnitNames::ConvBn,
    })
}

/// k×k convolution with bias and nothing behind it; `pad` zeros around.
pub const fn conv(kernel: u32, stride: u32, pad: u32, out: Out) -> Block {
    Block::Unit(Unit {
        kernel,
        stride,
        out,
        groups: 1,
        pad: Some(pad),
        bias: true,
        norm: false,
        activation: Activation::Identity,
        names: UnitNames::Bare,
    })
}

/// A linear layer behind the last map, stored as a 1×1 convolution, with activation.
pub const fn vector_conv(out: Out, bias: bool, norm: bool, activation: Activation) -> Block {
    let names = UnitNames::HeadOnVector;
    Block::Unit(Unit { kernel: 1, stride: 1, out, groups: 1, pad: None, bias, norm, activation, names })
}

/// The same without bias and BN, with names of its own.
pub const fn vector_conv_as(out: Out, activation: Activation, names: UnitNames) -> Block {
    Block::Unit(Unit {
        kernel: 1,
        stride: 1,
        out,
        groups: 1,
        pad: None,
        bias: false,
        norm: false,
        activation,
        names,
    })
}

/// An activation that is a module of its own.
pub const fn activate(activation: Activation) -> Block {
    Block::Activate(Activate { activation })
}

/// A batch normalisation that is a module of its own.
pub const fn norm() -> Block {
    Block::Normalise(Normalise {})
}

/// Dropout and what else does nothing in use.
pub const fn skip() -> Block {
    Block::Skip(Skip {})
}

/// The largest number under a window.
pub const fn max_pool(window: u32, stride: u32, pad: u32, rounding: Rounding) -> Block {
    Block::Pooling(Pooling { kind: PoolKind::Max, window, stride, pad, rounding })
}

/// Mean over all pixels.
pub const fn mean() -> Block {
    Block::Mean(Mean {})
}

/// A linear layer.
pub const fn linear(out: Out) -> Block {
    Block::Classifier(Classifier { out })
}

/// A linear layer with an output for each class.
pub const fn classifier() -> Block {
    linear(Out::Classes)
}

/// MobileNetV1's block: both convolutions are followed by the activation; no residual.
pub const fn separable(kernel: u32, stride: u32, out: u32, activation: Activation) -> Block {
    separable_squeezed(kernel, stride, out, None, activation)
}

/// The same with squeeze-and-excitation.
pub const fn separable_squeezed(
    kernel: u32,
    stride: u32,
    out: u32,
    squeeze: Option<Squeeze>,
    activation: Activation,
) -> Block {
    Block::Separable(Separable {
        kernel,
        stride,
        out: Out::Scaled(out),
        activation,
        pointwise_activation: activation,
        squeeze,
        residual: false,
        names: BlockNames::Timm,
    })
}

/// An inverted residual without expansion (t = 1): linear bottleneck, residual where shapes allow.
pub const fn bottleneck(
    kernel: u32,
    stride: u32,
    out: u32,
    squeeze: Option<Squeeze>,
    activation: Activation,
    names: BlockNames,
) -> Block {
    Block::Separable(Separable {
        kernel,
        stride,
        out: Out::Scaled(out),
        activation,
        pointwise_activation: Activation::Identity,
        squeeze,
        residual: true,
        names,
    })
}

/// An inverted residual with expansion.
pub const fn inverted(
    kernel: u32,
    stride: u32,
    expand: Expand,
    out: u32,
    squeeze: Option<Squeeze>,
    activation: Activation,
    names: BlockNames,
) -> Block {
    Block::InvertedResidual(InvertedResidual {
        kernel,
        stride,
        expand,
        out: Out::Scaled(out),
        activation,
        squeeze,
        names,
        bias: false,
        pad: None,
        groups: 1,
    })
}

/// FBNet's: its convolutions have biases, ReLU, a projection in groups.
pub const fn inverted_grouped(kernel: u32, stride: u32, expand: Expand, out: u32, groups: u32) -> Block {
    Block::InvertedResidual(InvertedResidual {
        kernel,
        stride,
        expand,
        out: Out::Scaled(out),
        activation: Activation::Relu,
        squeeze: None,
        names: BlockNames::MobileVision,
        bias: true,
        pad: None,
        groups,
    })
}

/// FBNetV3's with so many zeros around the first depthwise convolution's input, and hard swish.
pub const fn inverted_padded(
    kernel: u32,
    stride: u32,
    pad: u32,
    expand: Expand,
    out: u32,
    squeeze: Option<Squeeze>,
) -> Block {
    Block::InvertedResidual(InvertedResidual {
        kernel,
        stride,
        expand,
        out: Out::Scaled(out),
        activation: Activation::HardSwish,
        squeeze,
        names: BlockNames::MobileVision,
        bias: false,
        pad: Some(pad),
        groups: 1,
    })
}

/// MobileNetV4's block; a kernel of 0 leaves its convolution out.
pub const fn universal(start: u32, middle: u32, stride: u32, expand: f64, out: u32) -> Block {
    let (out, activation) = (Out::Scaled(out), Activation::Relu);
    Block::UniversalInverted(UniversalInverted { start, middle, stride, expand, out, activation })
}

/// MobileNetV4's first block, whose expansion is a k×k convolution.
pub const fn fused_inverted(kernel: u32, stride: u32, expand: f64, out: u32) -> Block {
    let (out, activation) = (Out::Scaled(out), Activation::Relu);
    Block::FusedInverted(FusedInverted { kernel, stride, expand, out, activation })
}

/// StarNet's block: hidden channels as a multiple of the input's, and the first factor's activation.
pub const fn star(expand: f64, activation: Activation) -> Block {
    Block::Star(Star { expand, activation })
}

/// RepViT's block, with or without squeeze-and-excitation.
pub const fn repvit(squeezes: bool) -> Block {
    Block::RepVit(RepVit { squeezes })
}

/// What stands between two of RepViT's stages.
pub const fn repvit_downsample(out: Out) -> Block {
    Block::RepVitDownsample(RepVitDownsample { out })
}

/// RepViT's two classifiers.
pub const fn repvit_head() -> Block {
    Block::RepVitHead(RepVitHead {})
}

/// A MobileViT block with 4 heads.
pub const fn mobile_vit(dim: u32, depth: u32) -> Block {
    Block::MobileVit(MobileVit { dim, depth, heads: 4 })
}

/// SqueezeNet's block: channels between, and of each half of the output.
pub const fn fire(squeeze: u32, expand: u32) -> Block {
    Block::Fire(Fire { squeeze, expand })
}

/// ShuffleNetV2's unit.
pub const fn shuffle(stride: u32, out: Out) -> Block {
    Block::ShuffleV2(ShuffleV2 { stride, out })
}

/// GhostNet's bottleneck.
pub const fn ghost(kernel: u32, stride: u32, hidden: u32, out: u32, squeeze: Option<Squeeze>) -> Block {
    Block::Ghost(Ghost { kernel, stride, hidden: Out::Scaled(hidden), out: Out::Scaled(out), squeeze })
}

/// A hidden width t times the input's (timm, TensorFlow).
pub const fn ratio(t: f64) -> Expand {
    Expand::Ratio(t)
}

/// The same with an expansion even where it keeps the width (timm's FBNet-C).
pub const fn always(t: f64) -> Expand {
    Expand::Always(t)
}

/// A hidden width at α = 1, scaled with α (torchvision's MobileNetV3).
pub const fn width(hidden: u32) -> Expand {
    Expand::Width(hidden)
}

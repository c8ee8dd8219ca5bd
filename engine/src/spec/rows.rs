//! Short constructors for the rows of the zoo's tables.

use std::borrow::Cow;

use super::Row;
use crate::blocks::{
    Activate, Block, BlockNames, ChannelPart, ChannelUnit, Classifier, CondenseLayer, Expand, Fire,
    FixedMean, Ghost, Igc, IgcExpand, IgcResidual, IgcV2, IgcV3, IgcV3Names, IndexedClassifier,
    InvertedResidual, Mean, Merge, MobileVit, Normalise, Out, PeleeDense, PeleeStem, Pooling, Separable,
    Shortcut, ShuffleForm, ShuffleV1, ShuffleV2, Skip, Squeeze, SqueezeNext, SqueezeNextForm, Unit,
    UnitNames, UniversalInverted,
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

/// An activation that is a module of its own.
pub const fn activate(activation: Activation) -> Block {
    Block::Activate(Activate { activation })
}

/// Dropout and what else does nothing in use.
pub const fn skip() -> Block {
    Block::Skip(Skip {})
}

/// The largest number under a window.
pub const fn max_pool(window: u32, stride: u32, pad: u32, rounding: Rounding) -> Block {
    Block::Pooling(Pooling { kind: PoolKind::Max, window, stride, pad, rounding })
}

/// The mean of the numbers under a window.
pub const fn average_pool(window: u32, stride: u32, pad: u32) -> Block {
    let (kind, rounding) = (PoolKind::Average, Rounding::Floor);
    Block::Pooling(Pooling { kind, window, stride, pad, rounding })
}

/// Mean over a window of fixed size, which has one place.
pub const fn fixed_mean(window: u32, stride: u32) -> Block {
    Block::FixedMean(FixedMean { window, stride })
}

/// Mean over all pixels.
pub const fn mean() -> Block {
    Block::Mean(Mean {})
}

/// A linear layer.
pub const fn linear(out: Out) -> Block {
    Block::Classifier(Classifier { out, bias: true })
}

/// A linear layer with an output for each class.
pub const fn classifier() -> Block {
    linear(Out::Classes)
}

/// A linear layer without bias with an output for each class.
pub const fn unbiased_classifier() -> Block {
    Block::Classifier(Classifier { out: Out::Classes, bias: false })
}

/// MobileNetV1's block: both convolutions are followed by the activation; no residual.
pub const fn separable(kernel: u32, stride: u32, out: u32, activation: Activation) -> Block {
    Block::Separable(Separable {
        kernel,
        stride,
        out: Out::Scaled(out),
        activation,
        pointwise_activation: activation,
        squeeze: None,
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
    let out = Out::Scaled(out);
    Block::InvertedResidual(InvertedResidual { kernel, stride, expand, out, activation, squeeze, names })
}

/// MobileNetV4's block; a kernel of 0 leaves its convolution out.
pub const fn universal(start: u32, middle: u32, stride: u32, expand: f64, out: u32) -> Block {
    let (out, activation) = (Out::Scaled(out), Activation::Relu);
    Block::UniversalInverted(UniversalInverted { start, middle, stride, expand, out, activation })
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
pub const fn shuffle(stride: u32, out: Out, form: ShuffleForm) -> Block {
    Block::ShuffleV2(ShuffleV2 { stride, out, form })
}

/// ShuffleNetV1's unit; its first convolution may have groups of its own.
pub const fn shuffle_v1(stride: u32, out: Out, groups: u32, first_groups: u32) -> Block {
    Block::ShuffleV1(ShuffleV1 { stride, out, groups, first_groups })
}

/// PeleeNet's stem.
pub const fn pelee_stem(out: u32) -> Block {
    Block::PeleeStem(PeleeStem { out })
}

/// PeleeNet's dense layer, which adds 32 channels.
pub const fn pelee_dense(bottleneck: u32) -> Block {
    Block::PeleeDense(PeleeDense { growth: 32, bottleneck })
}

/// SqueezeNext's unit.
pub const fn squeeze_next(
    stride: u32,
    out: u32,
    groups: u32,
    shortcut: Shortcut,
    form: SqueezeNextForm,
) -> Block {
    Block::SqueezeNext(SqueezeNext { stride, out: Out::Scaled(out), groups, shortcut, form })
}

/// IGCV1's unit.
pub const fn igc(stride: u32, out: u32, groups: u32) -> Block {
    Block::Igc(Igc { stride, out: Out::Scaled(out), groups })
}

/// Two of IGCV1's units with a shortcut.
pub const fn igc_residual(stride: u32, out: u32, groups: u32) -> Block {
    Block::IgcResidual(IgcResidual { stride, out: Out::Scaled(out), groups })
}

/// IGCV2's unit.
pub const fn igc_v2(stride: u32, each: u32) -> Block {
    Block::IgcV2(IgcV2 { stride, each })
}

/// IGCV3's block.
pub const fn igc_v3(stride: u32, expand: IgcExpand, out: Out, names: IgcV3Names) -> Block {
    Block::IgcV3(IgcV3 { stride, expand, out, names })
}

/// GhostNet's bottleneck.
pub const fn ghost(kernel: u32, stride: u32, hidden: u32, out: u32, squeeze: Option<Squeeze>) -> Block {
    Block::Ghost(Ghost { kernel, stride, hidden: Out::Scaled(hidden), out: Out::Scaled(out), squeeze })
}

/// A hidden width t times the input's (timm, TensorFlow).
pub const fn ratio(t: f64) -> Expand {
    Expand::Ratio(t)
}

/// A hidden width at α = 1, scaled with α (torchvision's MobileNetV3).
pub const fn width(hidden: u32) -> Expand {
    Expand::Width(hidden)
}

/// CondenseNet's layer.
pub const fn condense(growth: u32, groups: u32) -> Block {
    Block::CondenseLayer(CondenseLayer { growth, groups })
}

/// A batch normalisation that is a module of its own.
pub const fn normalise() -> Block {
    Block::Normalise(Normalise {})
}

/// CondenseNet's classifier, which reads half of the channels.
pub const fn indexed_classifier() -> Block {
    Block::IndexedClassifier(IndexedClassifier {})
}

/// Two of ChannelNet's parts.
pub const fn channel_unit(stride: u32, out: u32, parts: [ChannelPart; 2], merge: Merge) -> Block {
    Block::ChannelUnit(ChannelUnit { stride, out: Out::Scaled(out), parts, merge })
}

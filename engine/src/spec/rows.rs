//! Short constructors for the rows of the zoo's tables.

use std::borrow::Cow;

use super::Row;
use crate::blocks::{
    Activate, Block, BlockNames, ChannelPart, ChannelUnit, Classifier, CondenseLayer, Esp, EspV2, Expand,
    Fire, FixedMean, From, Function, FusedInverted, Ghost, Igc, IgcExpand, IgcResidual, IgcV2, IgcV3,
    IgcV3Names, IndexedClassifier, InvertedResidual, Join, LinearOfMap, Mean, Merge, Micro, MicroStem,
    MobileVit, MobileVitV2, Norm, NormedLinear, Out, PeleeDense, PeleeStem, Pooling, PreluUnit, Project,
    Reinforcement, RepVit, RepVitDownsample, RepVitForm, RepVitHead, Separable, Shortcut, ShuffleForm,
    ShuffleV1, ShuffleV2, Skip, Squeeze, SqueezeNext, SqueezeNextForm, Star, Unit, UnitNames,
    UniversalInverted, Upsample, VolumeConv, VolumeForm, WeightNet,
};
use crate::graph::Activation;
use crate::graph::op::{Flattened, PoolKind, Rounding};

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

/// k×k convolution without bias and nothing behind it.
pub const fn bare(kernel: u32, stride: u32, out: Out) -> Block {
    Block::Unit(Unit {
        kernel,
        stride,
        out,
        groups: 1,
        pad: None,
        bias: false,
        norm: false,
        activation: Activation::Identity,
        names: UnitNames::Bare,
    })
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
pub const fn repvit(squeezes: bool, form: RepVitForm) -> Block {
    Block::RepVit(RepVit { squeezes, form })
}

/// What stands between two of RepViT's stages.
pub const fn repvit_downsample(out: Out, form: RepVitForm) -> Block {
    Block::RepVitDownsample(RepVitDownsample { out, form })
}

/// RepViT's two classifiers.
pub const fn repvit_head() -> Block {
    Block::RepVitHead(RepVitHead {})
}

/// A MobileViT block with 4 heads.
pub const fn mobile_vit(dim: u32, depth: u32) -> Block {
    Block::MobileVit(MobileVit { dim, depth, heads: 4 })
}

/// A MobileViTv2 block.
pub const fn mobile_vit_v2(dim: u32, depth: u32) -> Block {
    Block::MobileVitV2(MobileVitV2 { dim: Out::Scaled(dim), depth })
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

/// k×k convolution without bias, BN, PReLU.
pub const fn prelu_unit(kernel: u32, stride: u32, out: Out, groups: u32) -> Block {
    Block::PreluUnit(PreluUnit { kernel, stride, out, groups: Some(groups) })
}

/// The same with a filter for each of so many channels.
pub const fn prelu_depthwise(kernel: u32, stride: u32, out: Out) -> Block {
    Block::PreluUnit(PreluUnit { kernel, stride, out, groups: None })
}

/// k×k convolution without bias and nothing behind it.
pub const fn plain(kernel: u32, out: Out) -> Block {
    Block::Unit(Unit {
        kernel,
        stride: 1,
        out,
        groups: 1,
        pad: None,
        bias: false,
        norm: false,
        activation: Activation::Identity,
        names: UnitNames::ConvBn,
    })
}

/// BN, PReLU.
pub const fn prelu_norm() -> Block {
    Block::Norm(Norm { prelu: true })
}

/// A batch normalisation that is a module of its own.
pub const fn norm() -> Block {
    Block::Norm(Norm { prelu: false })
}

/// 2×2 transposed convolution that doubles a map's sides.
pub const fn doubled(out: Out) -> Block {
    Block::Upsample(Upsample { kernel: 2, stride: 2, out })
}

/// Maps one after the other in their channels, for inputs with sides that are multiples of `multiple`.
pub const fn join(of: &'static [From], multiple: u32) -> Block {
    Block::Join(Join { of: Cow::Borrowed(of), multiple })
}

/// What a module before returned.
pub const fn module(path: &'static str) -> From {
    From::Module(Cow::Borrowed(path))
}

/// ESPNet's unit.
pub const fn esp(stride: u32, out: Out, residual: bool) -> Block {
    Block::Esp(Esp { stride, out, residual })
}

/// ESPNetV2's unit without a stride.
pub const fn esp_v2(out: u32, limit: u32) -> Block {
    let image = Reinforcement::Unread;
    Block::EspV2(EspV2 { stride: 1, out: Out::Scaled(out), limit, image })
}

/// ESPNetV2's unit that halves a map's sides.
pub const fn esp_v2_halving(out: u32, limit: u32, image: Reinforcement) -> Block {
    Block::EspV2(EspV2 { stride: 2, out: Out::Scaled(out), limit, image })
}

/// k×k convolution with bias, BN, ReLU: places of an `nn.Sequential`.
pub const fn biased_unit(kernel: u32, stride: u32, out: Out) -> Block {
    Block::Unit(Unit {
        kernel,
        stride,
        out,
        groups: 1,
        pad: None,
        bias: true,
        norm: true,
        activation: Activation::Relu,
        names: UnitNames::Sequential,
    })
}

/// ShuffleNetV2's unit with filters that the network computes.
pub const fn weight_net(stride: u32, out: Out) -> Block {
    Block::WeightNet(WeightNet { stride, out })
}

/// MicroNet's stem.
pub const fn micro_stem(groups: u32, each: u32) -> Block {
    Block::MicroStem(MicroStem { groups, each })
}

/// MicroNet's unit.
#[expect(clippy::too_many_arguments, reason = "a row of the authors' table")]
pub const fn micro(
    stride: u32,
    kernel: u32,
    expand: [u32; 2],
    groups: u32,
    shuffle: u32,
    project: Option<Project>,
    functions: [Function; 3],
    reduction: u32,
    start: [[f32; 2]; 2],
) -> Block {
    Block::Micro(Micro { stride, kernel, expand, groups, shuffle, project, functions, reduction, start })
}

/// The 1×1 convolution at its end.
pub const fn project(out: u32, groups: u32, shuffle: u32) -> Option<Project> {
    Some(Project { out: Out::Fixed(out), groups, shuffle })
}

/// A linear layer with bias, BN, activation.
pub const fn normed_linear(out: Out, activation: Activation) -> Block {
    Block::NormedLinear(NormedLinear { out, activation })
}

/// 3-D convolution of 3×3 pixels.
pub const fn volume_convolution(channels: u32, depth: u32, filters: u32, form: VolumeForm) -> Block {
    Block::VolumeConv(VolumeConv { channels, depth: Some(depth), kernel: 3, filters, form })
}

/// 2-D convolution of 3×3 pixels over all planes of a volume.
pub const fn flat_convolution(channels: u32, filters: u32, form: VolumeForm) -> Block {
    Block::VolumeConv(VolumeConv { channels, depth: None, kernel: 3, filters, form })
}

/// A linear layer of a whole map.
pub const fn linear_of_map(out: Out, flattened: Flattened) -> Block {
    Block::LinearOfMap(LinearOfMap { out, flattened })
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

/// CondenseNet's layer.
pub const fn condense(growth: u32, groups: u32) -> Block {
    Block::CondenseLayer(CondenseLayer { growth, groups })
}

/// CondenseNet's classifier, which reads half of the channels.
pub const fn indexed_classifier() -> Block {
    Block::IndexedClassifier(IndexedClassifier {})
}

/// Two of ChannelNet's parts.
pub const fn channel_unit(stride: u32, out: u32, parts: [ChannelPart; 2], merge: Merge) -> Block {
    Block::ChannelUnit(ChannelUnit { stride, out: Out::Scaled(out), parts, merge })
}

//! MobileNetV2 (arXiv 1801.04381, table 2), as timm and torchvision build it.

use crate::spec::rows::{bottleneck, inverted};
use crate::spec::{
    Activation::Relu6, Channels, Conventions, Expand, Family, Framework, Head, Interpolation, ModelSpec,
    Naming, Preprocess, Repeat, Resize, SqueezeRounding, Stem,
};

/// timm's.
pub const MOBILENET_V2: ModelSpec = ModelSpec {
    id: "mobilenetv2_{width}",
    title: "MobileNetV2",
    family: Family::MobileNetV2,
    framework: Framework::Timm,
    paper: "arXiv 1801.04381",
    widths: &[1.0, 0.75, 0.5, 0.35, 1.3, 1.4],
    resolutions: &[224, 192, 160, 128, 96],
    stem: Stem { out: Channels::Scaled(32), activation: Relu6 },
    stages: STAGES,
    head: Head::ConvPool { features: Channels::AtLeast(1280), activation: Relu6 },
    conventions: Conventions::PYTORCH,
    squeeze_rounding: SqueezeRounding::Divisible,
    naming: Naming::TimmBlocks,
    preprocess: Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: Preprocess::IMAGENET_MEAN,
        std: Preprocess::IMAGENET_STD,
    },
};

/// torchvision's: the same numbers under other names.
pub const TORCHVISION_V2: ModelSpec = ModelSpec {
    id: "mobilenet_v2",
    title: "MobileNetV2",
    framework: Framework::Torchvision,
    widths: &[1.0, 1.4, 0.75, 0.5, 0.35],
    resolutions: &[224],
    naming: Naming::TorchvisionV2,
    preprocess: Preprocess {
        resize: Resize::ShortSide(256),
        interpolation: Interpolation::Bilinear,
        ..MOBILENET_V2.preprocess
    },
    ..MOBILENET_V2
};

const T6: Expand = Expand::Ratio(6.0);

#[rustfmt::skip]
const STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 1, 16, false, Relu6)],               // 112×112
    // count, kernel, stride, t, out
    &[inverted(2, 3, 2, T6,  24, false, Relu6)],         // 56×56
    &[inverted(3, 3, 2, T6,  32, false, Relu6)],         // 28×28
    &[inverted(4, 3, 2, T6,  64, false, Relu6)],         // 14×14
    &[inverted(3, 3, 1, T6,  96, false, Relu6)],         // 14×14
    &[inverted(3, 3, 2, T6, 160, false, Relu6)],         // 7×7
    &[inverted(1, 3, 1, T6, 320, false, Relu6)],         // 7×7
];

//! MobileNetV1 (arXiv 1704.04861, table 1), as timm builds it: ReLU6, ε 1e-5.
//!
//! The paper's table prints the last block with stride 2; its shapes, and every implementation, have 1.

use crate::spec::rows::{conv, separable};
use crate::spec::{
    Activation::Relu6, Channels, Conventions, Family, Framework, Head, Interpolation, ModelSpec, Naming,
    Preprocess, Repeat, Resize, SqueezeRounding, Stem,
};

/// The network of the paper.
pub const MOBILENET_V1: ModelSpec = ModelSpec {
    id: "mobilenetv1_{width}",
    title: "MobileNetV1",
    family: Family::MobileNetV1,
    framework: Framework::Timm,
    paper: "arXiv 1704.04861",
    widths: &[1.0, 0.75, 0.5, 0.25, 1.25],
    resolutions: &[224, 192, 160, 128],
    stem: Stem { out: Channels::Scaled(32), activation: Relu6 },
    stages: STAGES,
    head: Head::Pool,
    conventions: Conventions::PYTORCH,
    squeeze_rounding: SqueezeRounding::Divisible,
    naming: Naming::TimmBlocks,
    preprocess: Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: [0.5; 3],
        std: [0.5; 3],
    },
};

/// timm's variant with a 1×1 convolution before the pool.
pub const MOBILENET_V1_HEAD: ModelSpec = ModelSpec {
    id: "mobilenetv1_{width}h",
    title: "MobileNetV1 + head",
    widths: &[1.0],
    head: Head::ConvPool { features: Channels::AtLeast(1024), activation: Relu6 },
    ..MOBILENET_V1
};

/// Table 4: every separable block as one standard 3×3 convolution.
pub const MOBILENET_V1_FULL_CONV: ModelSpec = ModelSpec {
    id: "mobilenetv1_full_conv",
    title: "MobileNetV1, standard convolutions",
    widths: &[1.0],
    resolutions: &[224],
    stages: FULL_CONV_STAGES,
    ..MOBILENET_V1
};

/// Table 5: without the five (512, stride 1) blocks.
pub const MOBILENET_V1_SHALLOW: ModelSpec = ModelSpec {
    id: "mobilenetv1_shallow",
    title: "MobileNetV1, shallow",
    widths: &[1.0],
    resolutions: &[224],
    stages: SHALLOW_STAGES,
    ..MOBILENET_V1
};

#[rustfmt::skip]
const STAGES: &[&[Repeat]] = &[
    // count, kernel, stride, out
    &[separable(1, 3, 1,   64, Relu6)],                                   // 112×112
    &[separable(1, 3, 2,  128, Relu6), separable(1, 3, 1,  128, Relu6)],  // 56×56
    &[separable(1, 3, 2,  256, Relu6), separable(1, 3, 1,  256, Relu6)],  // 28×28
    &[separable(1, 3, 2,  512, Relu6), separable(5, 3, 1,  512, Relu6)],  // 14×14
    &[separable(1, 3, 2, 1024, Relu6), separable(1, 3, 1, 1024, Relu6)],  // 7×7
];

#[rustfmt::skip]
const FULL_CONV_STAGES: &[&[Repeat]] = &[
    &[conv(1, 3, 1,   64, Relu6)],
    &[conv(1, 3, 2,  128, Relu6), conv(1, 3, 1,  128, Relu6)],
    &[conv(1, 3, 2,  256, Relu6), conv(1, 3, 1,  256, Relu6)],
    &[conv(1, 3, 2,  512, Relu6), conv(5, 3, 1,  512, Relu6)],
    &[conv(1, 3, 2, 1024, Relu6), conv(1, 3, 1, 1024, Relu6)],
];

#[rustfmt::skip]
const SHALLOW_STAGES: &[&[Repeat]] = &[
    &[separable(1, 3, 1,   64, Relu6)],
    &[separable(1, 3, 2,  128, Relu6), separable(1, 3, 1,  128, Relu6)],
    &[separable(1, 3, 2,  256, Relu6), separable(1, 3, 1,  256, Relu6)],
    &[separable(1, 3, 2,  512, Relu6)],
    &[separable(1, 3, 2, 1024, Relu6), separable(1, 3, 1, 1024, Relu6)],
];

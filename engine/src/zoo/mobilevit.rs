//! MobileViT XXS, XS and S (arXiv 2110.02178, table 4), as ml-cvnets and timm build them.

use crate::spec::rows::{inverted, mobile_vit};
use crate::spec::{
    Activation::Silu, Channels, Conventions, Expand, Family, Framework, Head, Interpolation, ModelSpec,
    Naming, Preprocess, Repeat, Resize, SqueezeRounding, Stem,
};

/// The smallest.
pub const XXS: ModelSpec = ModelSpec {
    id: "mobilevit_xxs",
    title: "MobileViT-XXS",
    family: Family::MobileVit,
    framework: Framework::Timm,
    paper: "arXiv 2110.02178",
    widths: &[1.0],
    resolutions: &[256, 224, 192, 160, 128, 320],
    stem: Stem { out: Channels::Fixed(16), activation: Silu },
    stages: XXS_STAGES,
    head: Head::ConvPool { features: Channels::Fixed(320), activation: Silu },
    conventions: Conventions::PYTORCH,
    squeeze_rounding: SqueezeRounding::Divisible,
    naming: Naming::TimmStages,
    preprocess: Preprocess {
        resize: Resize::CropPct(0.9),
        interpolation: Interpolation::Bicubic,
        mean: [0.0; 3],
        std: [1.0; 3],
    },
};

/// The middle one.
pub const XS: ModelSpec = ModelSpec {
    id: "mobilevit_xs",
    title: "MobileViT-XS",
    stages: XS_STAGES,
    head: Head::ConvPool { features: Channels::Fixed(384), activation: Silu },
    ..XXS
};

/// The largest.
pub const S: ModelSpec = ModelSpec {
    id: "mobilevit_s",
    title: "MobileViT-S",
    stages: S_STAGES,
    head: Head::ConvPool { features: Channels::Fixed(640), activation: Silu },
    ..XXS
};

const T2: Expand = Expand::Ratio(2.0);
const T4: Expand = Expand::Ratio(4.0);

#[rustfmt::skip]
const XXS_STAGES: &[&[Repeat]] = &[
    // count, kernel, stride, t, out                                transformer width, layers
    &[inverted(1, 3, 1, T2, 16, false, Silu)],                      // 128×128
    &[inverted(3, 3, 2, T2, 24, false, Silu)],                      // 64×64
    &[inverted(1, 3, 2, T2, 48, false, Silu), mobile_vit( 64, 2)],  // 32×32
    &[inverted(1, 3, 2, T2, 64, false, Silu), mobile_vit( 80, 4)],  // 16×16
    &[inverted(1, 3, 2, T2, 80, false, Silu), mobile_vit( 96, 3)],  // 8×8
];

#[rustfmt::skip]
const XS_STAGES: &[&[Repeat]] = &[
    &[inverted(1, 3, 1, T4, 32, false, Silu)],
    &[inverted(3, 3, 2, T4, 48, false, Silu)],
    &[inverted(1, 3, 2, T4, 64, false, Silu), mobile_vit( 96, 2)],
    &[inverted(1, 3, 2, T4, 80, false, Silu), mobile_vit(120, 4)],
    &[inverted(1, 3, 2, T4, 96, false, Silu), mobile_vit(144, 3)],
];

#[rustfmt::skip]
const S_STAGES: &[&[Repeat]] = &[
    &[inverted(1, 3, 1, T4,  32, false, Silu)],
    &[inverted(3, 3, 2, T4,  64, false, Silu)],
    &[inverted(1, 3, 2, T4,  96, false, Silu), mobile_vit(144, 2)],
    &[inverted(1, 3, 2, T4, 128, false, Silu), mobile_vit(192, 4)],
    &[inverted(1, 3, 2, T4, 160, false, Silu), mobile_vit(240, 3)],
];

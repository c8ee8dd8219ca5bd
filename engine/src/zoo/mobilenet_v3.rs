//! MobileNetV3 Large and Small (arXiv 1905.02244 v5, tables 1 and 2) in the definitions of timm, of timm's
//! TensorFlow ports, and of torchvision, which differ in ε, padding and in how α widens the hidden layers.

use crate::spec::rows::{bottleneck, conv, inverted, ratio as t, width as w};
use crate::spec::{
    Activation::{HardSwish, Identity, Relu},
    Block, Channels, Conventions, Family, Framework, Head, Interpolation, ModelSpec, Naming, Preprocess,
    Repeat, Resize, SqueezeRounding, Stem,
};

const HEAD: Head = Head::PoolConv { features: Channels::Fixed(1280), bias: true, activation: HardSwish };
const HEAD_SMALL: Head =
    Head::PoolConv { features: Channels::Fixed(1024), bias: true, activation: HardSwish };

/// timm's Large.
pub const LARGE: ModelSpec = ModelSpec {
    id: "mobilenetv3_large_{width}",
    title: "MobileNetV3-Large",
    family: Family::MobileNetV3,
    framework: Framework::Timm,
    paper: "arXiv 1905.02244",
    widths: &[1.0, 0.75],
    resolutions: &[224, 192, 160, 128, 256],
    stem: Stem { out: Channels::FixedBelow(16, 0.75), activation: HardSwish },
    stages: LARGE_STAGES,
    head: HEAD,
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

/// timm's Small.
pub const SMALL: ModelSpec = ModelSpec {
    id: "mobilenetv3_small_{width}",
    title: "MobileNetV3-Small",
    widths: &[1.0, 0.75, 0.5],
    stages: SMALL_STAGES,
    head: HEAD_SMALL,
    ..LARGE
};

/// timm's early variant of Large: squeeze widths not rounded to 8, no first residual, no head bias.
pub const LARGE_RW: ModelSpec = ModelSpec {
    id: "mobilenetv3_rw",
    title: "MobileNetV3-Large (rw)",
    widths: &[1.0],
    resolutions: &[224],
    stages: RW_STAGES,
    head: Head::PoolConv { features: Channels::Fixed(1280), bias: false, activation: HardSwish },
    squeeze_rounding: SqueezeRounding::Nearest,
    ..LARGE
};

/// Large with TensorFlow's conventions.
pub const TF_LARGE: ModelSpec = ModelSpec {
    id: "tf_mobilenetv3_large_{width}",
    title: "MobileNetV3-Large (TF)",
    conventions: Conventions::TENSORFLOW,
    preprocess: TF_PREPROCESS,
    ..LARGE
};

/// Small with TensorFlow's conventions.
pub const TF_SMALL: ModelSpec = ModelSpec {
    id: "tf_mobilenetv3_small_{width}",
    title: "MobileNetV3-Small (TF)",
    widths: &[1.0, 0.75],
    conventions: Conventions::TENSORFLOW,
    preprocess: TF_PREPROCESS,
    ..SMALL
};

/// Large minimalistic: no squeeze-and-excite, ReLU, 3×3 only.
pub const TF_LARGE_MINIMAL: ModelSpec = ModelSpec {
    id: "tf_mobilenetv3_large_minimal_{width}",
    title: "MobileNetV3-Large minimalistic",
    widths: &[1.0],
    stem: Stem { activation: Relu, ..LARGE.stem },
    stages: LARGE_MINIMAL_STAGES,
    head: Head::PoolConv { features: Channels::Fixed(1280), bias: true, activation: Relu },
    ..TF_LARGE
};

/// Small minimalistic.
pub const TF_SMALL_MINIMAL: ModelSpec = ModelSpec {
    id: "tf_mobilenetv3_small_minimal_{width}",
    title: "MobileNetV3-Small minimalistic",
    widths: &[1.0],
    stem: Stem { activation: Relu, ..LARGE.stem },
    stages: SMALL_MINIMAL_STAGES,
    head: Head::PoolConv { features: Channels::Fixed(1024), bias: true, activation: Relu },
    ..TF_SMALL
};

/// torchvision's Large: ε 1e-3, α scales hidden widths and head too.
pub const TORCHVISION_LARGE: ModelSpec = ModelSpec {
    id: "mobilenet_v3_large",
    framework: Framework::Torchvision,
    resolutions: &[224],
    stem: Stem { out: Channels::Scaled(16), activation: HardSwish },
    stages: TORCHVISION_LARGE_STAGES,
    head: Head::PoolConv { features: Channels::Scaled(1280), bias: true, activation: HardSwish },
    conventions: Conventions { bn_eps: 1e-3, ..Conventions::PYTORCH },
    naming: Naming::TorchvisionV3,
    preprocess: Preprocess {
        resize: Resize::ShortSide(256),
        interpolation: Interpolation::Bilinear,
        ..LARGE.preprocess
    },
    ..LARGE
};

/// torchvision's Small.
pub const TORCHVISION_SMALL: ModelSpec = ModelSpec {
    id: "mobilenet_v3_small",
    title: "MobileNetV3-Small",
    stages: TORCHVISION_SMALL_STAGES,
    head: Head::PoolConv { features: Channels::Scaled(1024), bias: true, activation: HardSwish },
    ..TORCHVISION_LARGE
};

const TF_PREPROCESS: Preprocess = Preprocess {
    resize: Resize::CropPct(0.875),
    interpolation: Interpolation::Bilinear,
    mean: [0.5; 3],
    std: [0.5; 3],
};

#[rustfmt::skip]
const LARGE_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 1, 16, false, Relu)],                    // 112×112
    // count, kernel, stride, hidden, out, squeeze
    &[inverted(1, 3, 2, t(4.0),  24, false, Relu),           // 56×56
      inverted(1, 3, 1, t(3.0),  24, false, Relu)],
    &[inverted(3, 5, 2, t(3.0),  40, true,  Relu)],          // 28×28
    &[inverted(1, 3, 2, t(6.0),  80, false, HardSwish),      // 14×14
      inverted(1, 3, 1, t(2.5),  80, false, HardSwish),
      inverted(2, 3, 1, t(2.3),  80, false, HardSwish)],
    &[inverted(2, 3, 1, t(6.0), 112, true,  HardSwish)],     // 14×14
    &[inverted(3, 5, 2, t(6.0), 160, true,  HardSwish)],     // 7×7
    &[conv(1, 1, 1, 960, HardSwish)],
];

const RW_STAGES: &[&[Repeat]] = &[
    &[Repeat {
        count: 1,
        block: Block::Separable {
            kernel: 3,
            stride: 1,
            out: 16,
            activation: Relu,
            pointwise_activation: Identity,
            squeeze: false,
            residual: false,
        },
    }],
    LARGE_STAGES[1],
    LARGE_STAGES[2],
    LARGE_STAGES[3],
    LARGE_STAGES[4],
    LARGE_STAGES[5],
    LARGE_STAGES[6],
];

#[rustfmt::skip]
const SMALL_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 2, 16, true, Relu)],                     // 56×56
    &[inverted(1, 3, 2, t(4.5),  24, false, Relu),           // 28×28
      inverted(1, 3, 1, t(3.67), 24, false, Relu)],
    &[inverted(1, 5, 2, t(4.0),  40, true,  HardSwish),      // 14×14
      inverted(2, 5, 1, t(6.0),  40, true,  HardSwish)],
    &[inverted(2, 5, 1, t(3.0),  48, true,  HardSwish)],     // 14×14
    &[inverted(3, 5, 2, t(6.0),  96, true,  HardSwish)],     // 7×7
    &[conv(1, 1, 1, 576, HardSwish)],
];

#[rustfmt::skip]
const LARGE_MINIMAL_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 1, 16, false, Relu)],
    &[inverted(1, 3, 2, t(4.0),  24, false, Relu),
      inverted(1, 3, 1, t(3.0),  24, false, Relu)],
    &[inverted(3, 3, 2, t(3.0),  40, false, Relu)],
    &[inverted(1, 3, 2, t(6.0),  80, false, Relu),
      inverted(1, 3, 1, t(2.5),  80, false, Relu),
      inverted(2, 3, 1, t(2.3),  80, false, Relu)],
    &[inverted(2, 3, 1, t(6.0), 112, false, Relu)],
    &[inverted(3, 3, 2, t(6.0), 160, false, Relu)],
    &[conv(1, 1, 1, 960, Relu)],
];

#[rustfmt::skip]
const SMALL_MINIMAL_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 2, 16, false, Relu)],
    &[inverted(1, 3, 2, t(4.5),  24, false, Relu),
      inverted(1, 3, 1, t(3.67), 24, false, Relu)],
    &[inverted(1, 3, 2, t(4.0),  40, false, Relu),
      inverted(2, 3, 1, t(6.0),  40, false, Relu)],
    &[inverted(2, 3, 1, t(3.0),  48, false, Relu)],
    &[inverted(3, 3, 2, t(6.0),  96, false, Relu)],
    &[conv(1, 1, 1, 576, Relu)],
];

#[rustfmt::skip]
const TORCHVISION_LARGE_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 1, 16, false, Relu)],
    &[inverted(1, 3, 2, w(64),   24, false, Relu),
      inverted(1, 3, 1, w(72),   24, false, Relu)],
    &[inverted(1, 5, 2, w(72),   40, true,  Relu),
      inverted(2, 5, 1, w(120),  40, true,  Relu)],
    &[inverted(1, 3, 2, w(240),  80, false, HardSwish),
      inverted(1, 3, 1, w(200),  80, false, HardSwish),
      inverted(2, 3, 1, w(184),  80, false, HardSwish)],
    &[inverted(1, 3, 1, w(480), 112, true,  HardSwish),
      inverted(1, 3, 1, w(672), 112, true,  HardSwish)],
    &[inverted(1, 5, 2, w(672), 160, true,  HardSwish),
      inverted(2, 5, 1, w(960), 160, true,  HardSwish)],
    &[conv(1, 1, 1, 960, HardSwish)],
];

#[rustfmt::skip]
const TORCHVISION_SMALL_STAGES: &[&[Repeat]] = &[
    &[bottleneck(3, 2, 16, true, Relu)],
    &[inverted(1, 3, 2, w(72),  24, false, Relu),
      inverted(1, 3, 1, w(88),  24, false, Relu)],
    &[inverted(1, 5, 2, w(96),  40, true,  HardSwish),
      inverted(2, 5, 1, w(240), 40, true,  HardSwish)],
    &[inverted(1, 5, 1, w(120), 48, true,  HardSwish),
      inverted(1, 5, 1, w(144), 48, true,  HardSwish)],
    &[inverted(1, 5, 2, w(288), 96, true,  HardSwish),
      inverted(2, 5, 1, w(576), 96, true,  HardSwish)],
    &[conv(1, 1, 1, 576, HardSwish)],
];

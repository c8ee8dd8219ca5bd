//! What the networks of one library share.

use crate::blocks::{Conventions, Rounding};
use crate::spec::{ChannelOrder, Interpolation, Library, Preprocess, Resize, Style};

/// timm's networks.
pub(crate) const TIMM: Style = Style {
    library: Library::Timm,
    conventions: Conventions::PYTORCH,
    rounding: Rounding::EIGHT,
    preprocess: Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: Preprocess::IMAGENET_MEAN,
        std: Preprocess::IMAGENET_STD,
        order: ChannelOrder::Rgb,
    },
};

/// timm's `tf_*` networks: TensorFlow's padding, ε and input.
pub(super) const TIMM_TF: Style = Style {
    conventions: Conventions::TENSORFLOW,
    preprocess: Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bilinear,
        mean: [0.5; 3],
        std: [0.5; 3],
        order: ChannelOrder::Rgb,
    },
    ..TIMM
};

/// A table of modules' paths, which for mobile-vision's stages are what their blocks' names begin with.
pub(super) const XIF: [&str; 7] = [
    "backbone.stages.xif0_",
    "backbone.stages.xif1_",
    "backbone.stages.xif2_",
    "backbone.stages.xif3_",
    "backbone.stages.xif4_",
    "backbone.stages.xif5_",
    "backbone.stages.xif6_",
];

/// mobile-vision's networks.
pub(super) const MOBILE_VISION: Style =
    Style { library: Library::MobileVision, rounding: Rounding::CLOSE, ..TORCHVISION };

/// torchvision's networks.
pub(crate) const TORCHVISION: Style = Style {
    library: Library::Torchvision,
    preprocess: Preprocess {
        resize: Resize::ShortSide(256),
        interpolation: Interpolation::Bilinear,
        ..TIMM.preprocess
    },
    ..TIMM
};

/// The authors' networks in PyTorch.
pub(super) const AUTHORS: Style =
    Style { library: Library::Authors, rounding: Rounding::NEAREST, ..TORCHVISION };

/// The authors' networks in MXNet.
pub(super) const MXNET: Style = Style { library: Library::Mxnet, ..AUTHORS };

/// pytorchcv's networks.
pub(crate) const PYTORCHCV: Style = Style {
    library: Library::Pytorchcv,
    rounding: Rounding::NEAREST,
    preprocess: Preprocess { interpolation: Interpolation::Bilinear, ..TIMM.preprocess },
    ..TIMM
};

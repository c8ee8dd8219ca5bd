//! What the networks of one library share.

use crate::blocks::{Conventions, Rounding};
use crate::spec::{ChannelOrder, Interpolation, Library, Preprocess, Resize, Style};

/// timm's networks.
pub(super) const TIMM: Style = Style {
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

/// torchvision's networks.
pub(super) const TORCHVISION: Style = Style {
    library: Library::Torchvision,
    preprocess: Preprocess {
        resize: Resize::ShortSide(256),
        interpolation: Interpolation::Bilinear,
        ..TIMM.preprocess
    },
    ..TIMM
};

/// Networks of their authors, in PyTorch; prepared as torchvision does.
pub(super) const AUTHORS: Style = Style { library: Library::Authors, ..TORCHVISION };

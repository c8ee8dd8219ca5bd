//! What the networks of one library share.

use crate::blocks::{Conventions, Rounding};
use crate::spec::{Interpolation, Library, Preprocess, Resize, Style};

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

/// The authors' networks in PyTorch.
pub(super) const AUTHORS: Style =
    Style { library: Library::Authors, rounding: Rounding::NEAREST, ..TORCHVISION };

/// The authors' networks in MXNet.
pub(super) const MXNET: Style = Style { library: Library::Mxnet, ..AUTHORS };

/// pytorchcv's networks.
pub(super) const PYTORCHCV: Style = Style {
    library: Library::Pytorchcv,
    rounding: Rounding::NEAREST,
    preprocess: Preprocess { interpolation: Interpolation::Bilinear, ..TIMM.preprocess },
    ..TIMM
};

//! How a checkpoint wants its input prepared.

use serde::{Deserialize, Serialize};

/// The filter that scales an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Triangle filter, support 1.
    Bilinear,
    /// Keys' cubic with a = -0.5, support 2 (Pillow's; PyTorch's tensor resize has a = -0.75).
    Bicubic,
}

impl Interpolation {
    /// Its name in Pillow, timm and checkpoints' metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
        }
    }
}

/// In which order a network reads an image's channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as OpenCV reads files: Caffe's networks, and others of its time.
    Bgr,
}

/// How an image becomes as large as the network's input, before the centre crop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// timm: the shorter side becomes `floor(input / crop_pct)`, the other keeps the ratio. In f64, because
    /// the floor must come out as in Python: `floor(224 / 0.8)` is 280, but 279 with 0.8 rounded to f32.
    CropPct(f64),
    /// torchvision: the shorter side becomes this many pixels.
    ShortSide(u32),
    /// Both sides become the input's; the ratio is lost and there is nothing to crop.
    Stretch,
    /// The shorter side becomes this many pixels; the centre crop of that, as tall to wide as the input, is
    /// enlarged to the input. For networks that were trained on enlarged small images: of a larger one they would
    /// see details that no image in training had. An input that is smaller than this is not enlarged.
    Enlarge(u32),
}

/// From a decoded image to the network's input; a field of every spec and of every checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocess {
    /// How the image is brought to the input's size.
    pub resize: Resize,
    /// The filter used for it.
    pub interpolation: Interpolation,
    /// Subtracted from each channel of the image scaled to 0..1 (red, green, blue).
    pub mean: [f32; 3],
    /// Divides each channel after that.
    pub std: [f32; 3],
    /// In which order the network reads them then.
    #[serde(default)]
    pub order: ChannelOrder,
}

impl Preprocess {
    /// ImageNet's channel means, the default of timm and torchvision.
    pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
    /// ImageNet's channel deviations, the default of timm and torchvision.
    pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];
}

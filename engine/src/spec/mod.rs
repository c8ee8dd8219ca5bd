//! What a network is, as data, and how that data becomes a [`Graph`](crate::graph::Graph).
//!
//! A [`ModelSpec`] is a table of block rows with the conventions that a checkpoint does not tell: padding,
//! batch-norm ε, squeeze-and-excite rounding, preprocessing. [`Variant`] adds what a user chooses: width α,
//! resolution ρ, number of classes. `expand` is the only place that knows how blocks are wired.

mod activation;
mod expand;
mod naming;
mod preprocess;
pub mod rows;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use naming::Naming;
pub use preprocess::{Interpolation, Preprocess, Resize};

use crate::graph::Graph;

/// The family that a network belongs to; it decides colour and mark in every picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Depthwise separable convolutions (arXiv 1704.04861).
    MobileNetV1,
    /// Inverted residuals with linear bottlenecks (arXiv 1801.04381).
    MobileNetV2,
    /// Searched, with squeeze-and-excite and h-swish (arXiv 1905.02244).
    MobileNetV3,
    /// Convolutions and transformers (arXiv 2110.02178).
    MobileVit,
}

impl Family {
    /// The family's name.
    pub fn title(self) -> &'static str {
        match self {
            Self::MobileNetV1 => "MobileNetV1",
            Self::MobileNetV2 => "MobileNetV2",
            Self::MobileNetV3 => "MobileNetV3",
            Self::MobileVit => "MobileViT",
        }
    }
}

/// The library whose definition (rounding, names, ε) a spec follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// timm (PyTorch Image Models).
    Timm,
    /// torchvision.
    Torchvision,
}

impl Framework {
    /// The library's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timm => "timm",
            Self::Torchvision => "torchvision",
        }
    }
}

/// Where a convolution puts its zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// PyTorch: `kernel / 2` on every side.
    Symmetric,
    /// TensorFlow's SAME: as much as `ceil(n / stride)` outputs need, the odd zero after the image.
    Same,
}

impl Padding {
    /// Its name in checkpoints' metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::Same => "same",
        }
    }
}

/// What a checkpoint's tensors do not tell and its publisher must.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conventions {
    /// Where convolutions put their zeros.
    pub padding: Padding,
    /// ε of every batch normalisation.
    pub bn_eps: f32,
}

impl Conventions {
    /// PyTorch's: symmetric padding, ε = 1e-5.
    pub const PYTORCH: Self = Self { padding: Padding::Symmetric, bn_eps: 1e-5 };
    /// TensorFlow's, as in timm's `tf_*` networks: SAME padding, ε = 1e-3.
    pub const TENSORFLOW: Self = Self { padding: Padding::Same, bn_eps: 1e-3 };
}

/// How a channel count given for width 1 becomes one at width α.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Channels {
    /// `make_divisible(α · c, 8)`.
    Scaled(u32),
    /// `make_divisible(max(1, α) · c, 8)`: never narrower than at width 1.
    AtLeast(u32),
    /// c at every width.
    Fixed(u32),
    /// c below this width, `make_divisible(α · c, 8)` from there on.
    FixedBelow(u32, f64),
}

impl Channels {
    /// The count at width `alpha`.
    pub fn at(self, alpha: f64) -> u32 {
        match self {
            Self::Fixed(c) => c,
            Self::FixedBelow(c, limit) if alpha < limit => c,
            Self::Scaled(c) | Self::FixedBelow(c, _) => make_divisible(f64::from(c) * alpha),
            Self::AtLeast(c) => make_divisible(f64::from(c) * alpha.max(1.0)),
        }
    }
}

/// `value` rounded to a multiple of 8 that is not more than a tenth below it (TF-slim, timm and
/// torchvision agree on this rule).
pub fn make_divisible(value: f64) -> u32 {
    let rounded = (((value + 4.0) as u32) / 8 * 8).max(8);
    if f64::from(rounded) < 0.9 * value { rounded + 8 } else { rounded }
}

/// The hidden width of an inverted residual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expand {
    /// `make_divisible(t · input)`: timm, TensorFlow and the papers.
    Ratio(f64),
    /// `make_divisible(α · width)`: torchvision's MobileNetV3. Differs from the ratio when α ≠ 1.
    Width(u32),
}

/// How the hidden width of a squeeze-and-excite is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqueezeRounding {
    /// `make_divisible(c / 4)` (MobileNetV3, arXiv 1905.02244 section 5.3 and TF-slim).
    Divisible,
    /// The nearest integer to c / 4.
    Nearest,
}

/// One block of a network; channel counts are those of width 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Block {
    /// k×k convolution, BN, activation.
    Conv {
        /// Kernel size.
        kernel: u32,
        /// Stride.
        stride: u32,
        /// Output channels.
        out: u32,
        /// After BN.
        activation: Activation,
    },
    /// Depthwise k×k, BN, activation, \[squeeze-and-excite\], 1×1, BN, \[activation\].
    Separable {
        /// Kernel size.
        kernel: u32,
        /// Stride.
        stride: u32,
        /// Output channels.
        out: u32,
        /// After the depthwise BN.
        activation: Activation,
        /// After the pointwise BN; `Identity` makes it a linear bottleneck.
        pointwise_activation: Activation,
        /// Squeeze-and-excite after the depthwise convolution.
        squeeze: bool,
        /// Adds the input where shapes allow.
        residual: bool,
    },
    /// 1×1 expand, BN, activation, depthwise k×k, BN, activation, \[squeeze-and-excite\], 1×1 project, BN,
    /// and the input added where shapes allow.
    InvertedResidual {
        /// Kernel size.
        kernel: u32,
        /// Stride.
        stride: u32,
        /// Hidden width.
        expand: Expand,
        /// Output channels.
        out: u32,
        /// After the first two BNs.
        activation: Activation,
        /// Squeeze-and-excite after the depthwise convolution.
        squeeze: bool,
    },
    /// k×k and 1×1 convolutions to `dim`, a transformer over patches, and fusion with the input
    /// (arXiv 2110.02178 section 3.1).
    MobileVit {
        /// Width of the transformer.
        dim: u32,
        /// Its layers.
        depth: u32,
        /// Its heads.
        heads: u32,
    },
}

/// `count` copies of a block; only the first has the row's stride.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeat {
    /// How many.
    pub count: u32,
    /// Which.
    pub block: Block,
}

/// The first convolution, 3×3 with stride 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stem {
    /// Output channels.
    pub out: Channels,
    /// After BN.
    pub activation: Activation,
}

/// What follows the last block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    /// Global average pool, classifier.
    Pool,
    /// 1×1 convolution, BN, activation, global average pool, classifier.
    ConvPool {
        /// Channels of the convolution.
        features: Channels,
        /// After BN.
        activation: Activation,
    },
    /// Global average pool, 1×1 convolution without BN, activation, classifier (MobileNetV3's efficient
    /// last stage, section 5.1).
    PoolConv {
        /// Channels of the convolution.
        features: Channels,
        /// Whether the convolution has a bias.
        bias: bool,
        /// After it.
        activation: Activation,
    },
}

/// One architecture: rows of blocks and every convention that its checkpoints rely on.
#[derive(Clone, Copy, Debug)]
pub struct ModelSpec {
    /// Id; `{width}` stands for 100 α in three digits (`mobilenetv2_{width}` → `mobilenetv2_075`).
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Its family.
    pub family: Family,
    /// Whose definition it follows.
    pub framework: Framework,
    /// Where it was published.
    pub paper: &'static str,
    /// Widths α of the published grid; the first is the default.
    pub widths: &'static [f64],
    /// Square resolutions ρ of the published grid; the first is the default.
    pub resolutions: &'static [u32],
    /// The first convolution.
    pub stem: Stem,
    /// Stages of block rows.
    pub stages: &'static [&'static [Repeat]],
    /// What follows the last block.
    pub head: Head,
    /// Padding and ε.
    pub conventions: Conventions,
    /// Rounding of squeeze-and-excite widths.
    pub squeeze_rounding: SqueezeRounding,
    /// Tensor and module names.
    pub naming: Naming,
    /// The default preprocessing of its checkpoints.
    pub preprocess: Preprocess,
}

/// A spec with what a user chooses.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The architecture.
    pub spec: &'static ModelSpec,
    /// Width multiplier α.
    pub width: f64,
    /// Input height and width in pixels.
    pub resolution: (u32, u32),
    /// Number of classes.
    pub classes: u32,
    /// The spec's, unless a checkpoint declares others.
    pub conventions: Conventions,
}

/// The sides in pixels that an input, or what a photo is scaled to before, may have: from the networks' stride to more than
/// anybody means.
pub const SIDES: RangeInclusive<u32> = 32..=4096;

/// The numbers of classes that a network may have: more than any data set has.
pub const CLASSES: RangeInclusive<u32> = 1..=100_000;

/// What is wrong with a [`Variant`].
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecError {
    /// The input is smaller than the network's stride, or too large to be meant.
    #[error("an input of {height}×{width} pixels cannot run: choose {} to {} pixels a side", SIDES.start(), SIDES.end())]
    Resolution {
        /// Height asked for.
        height: u32,
        /// Width asked for.
        width: u32,
    },
    /// The width multiplier is not usable.
    #[error("width α = {width} cannot be built: choose a number from 0.05 to 4")]
    Width {
        /// Width asked for.
        width: f64,
    },
    /// No classes, or more than any data set has.
    #[error("{classes} classes cannot be built: choose {} to {}", CLASSES.start(), CLASSES.end())]
    Classes {
        /// Number asked for.
        classes: u32,
    },
}

impl ModelSpec {
    /// This spec at width `alpha`, at its default resolution, with ImageNet's 1000 classes.
    pub fn at_width(&'static self, alpha: f64) -> Variant {
        let side = self.resolutions[0];
        Variant {
            spec: self,
            width: alpha,
            resolution: (side, side),
            classes: 1000,
            conventions: self.conventions,
        }
    }
}

impl Variant {
    /// The network's id, such as `mobilenetv2_075`; a spec without a width in its id keeps it at every α.
    pub fn id(&self) -> String {
        let percent = (self.width * 100.0).round() as u32;
        self.spec.id.replace("{width}", &format!("{percent:03}"))
    }

    /// The same network for another input size.
    #[must_use]
    pub fn with_resolution(self, height: u32, width: u32) -> Self {
        Self { resolution: (height, width), ..self }
    }

    /// The same network for another number of classes.
    #[must_use]
    pub fn with_classes(self, classes: u32) -> Self {
        Self { classes, ..self }
    }

    /// The same network under a checkpoint's own conventions.
    #[must_use]
    pub fn with_conventions(self, conventions: Conventions) -> Self {
        Self { conventions, ..self }
    }

    /// The network's graph.
    ///
    /// # Errors
    /// [`SpecError`] where resolution, width or number of classes cannot be built.
    pub fn graph(&self) -> Result<Graph, SpecError> {
        let (height, width) = self.resolution;
        if !SIDES.contains(&height) || !SIDES.contains(&width) {
            return Err(SpecError::Resolution { height, width });
        }
        if !(0.05..=4.0).contains(&self.width) {
            return Err(SpecError::Width { width: self.width });
        }
        if !CLASSES.contains(&self.classes) {
            return Err(SpecError::Classes { classes: self.classes });
        }
        Ok(expand::expand(self))
    }
}

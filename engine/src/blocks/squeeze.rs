//! Squeeze-and-excitation.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Rounding, Scope};
use crate::graph::{Activation, NodeId};

/// Mean over the map, 1×1 to fewer channels, activation, 1×1 back, gate, multiply (arXiv 1709.01507, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Squeeze {
    /// What the squeezed width is a share of.
    pub from: SqueezeFrom,
    /// Which share.
    pub share: f64,
    /// How that is rounded.
    pub rounding: SqueezeRounding,
    /// Between the two layers.
    pub activation: Activation,
    /// After the second.
    pub gate: Activation,
}

/// What a squeezed width is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqueezeFrom {
    /// The channels that are scaled (MobileNetV3).
    Scaled,
    /// The channels that the block reads (MnasNet, EfficientNet).
    Input,
}

/// How a squeezed width is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqueezeRounding {
    /// As channels are.
    Divisible(Rounding),
    /// To the nearest integer, halves to even (Python's `round`).
    Nearest,
}

/// The modules of a squeeze-and-excitation, by their whole paths.
pub(super) struct SqueezePaths {
    /// The whole.
    pub(super) module: String,
    /// Its first layer.
    pub(super) reduce: String,
    /// Its second.
    pub(super) expand: String,
}

impl Squeeze {
    /// MobileNetV3's (arXiv 1905.02244, section 5.3, and TF-slim).
    pub const V3: Self = Self {
        from: SqueezeFrom::Scaled,
        share: 0.25,
        rounding: SqueezeRounding::Divisible(Rounding::EIGHT),
        activation: Activation::Relu,
        gate: Activation::HardSigmoid,
    };
    /// MnasNet's (arXiv 1807.11626; its squeeze ratio is of the block's input).
    pub const MNASNET: Self = Self {
        from: SqueezeFrom::Input,
        share: 0.25,
        rounding: SqueezeRounding::Nearest,
        activation: Activation::Relu,
        gate: Activation::Sigmoid,
    };
    /// EfficientNet's.
    pub const EFFICIENTNET: Self = Self { activation: Activation::Silu, ..Self::MNASNET };
    /// FBNetV2's.
    pub const FBNET_V2: Self = Self { rounding: SqueezeRounding::Divisible(Rounding::CLOSE), ..Self::V3 };
    /// FBNetV3's.
    pub const FBNET_V3: Self =
        Self { from: SqueezeFrom::Input, activation: Activation::HardSwish, ..Self::FBNET_V2 };
    /// LCNet's.
    pub const LCNET: Self = Self { rounding: SqueezeRounding::Nearest, ..Self::V3 };
    /// RepViT's.
    pub const REPVIT: Self = Self {
        rounding: SqueezeRounding::Divisible(Rounding { divisor: 8, least: 0.0 }),
        gate: Activation::Sigmoid,
        ..Self::V3
    };
    /// GhostNet's.
    pub const GHOST: Self = Self { rounding: SqueezeRounding::Divisible(Rounding::FOUR), ..Self::V3 };

    /// Appends it behind `x`, in a block that reads `input` channels.
    pub(super) fn build(
        &self,
        net: &mut Net,
        paths: &SqueezePaths,
        x: NodeId,
        input: usize,
    ) -> Result<NodeId, BuildError> {
        let channels = net.channels(x);
        let of = match self.from {
            SqueezeFrom::Scaled => channels,
            SqueezeFrom::Input => input,
        };
        let share = of as f64 * self.share;
        let squeezed = match self.rounding {
            SqueezeRounding::Divisible(rounding) => rounding.apply(share),
            SqueezeRounding::Nearest => share.round_ties_even() as u32,
        };
        let SqueezePaths { module, reduce, expand } = paths;
        let mean = net.graph.global_average_pool(module, x)?;
        let reduced = net.graph.conv_on_vector(reduce, mean, squeezed as usize, true)?;
        let reduced = net.graph.activation(reduce, reduced, self.activation)?;
        let gate = net.graph.conv_on_vector(expand, reduced, channels, true)?;
        let gate = net.graph.activation(expand, gate, self.gate)?;
        let out = net.graph.scale(module, x, gate)?;
        net.graph.mark(module, out);
        Ok(out)
    }
}

impl SqueezePaths {
    /// timm's `se.conv_reduce` and `se.conv_expand`.
    pub(super) fn timm(at: &Scope) -> Self {
        Self { module: at.join("se"), reduce: at.join("se.conv_reduce"), expand: at.join("se.conv_expand") }
    }

    /// mobile-vision's `se.se.0.conv` and `se.se.1`.
    pub(super) fn mobile_vision(at: &Scope) -> Self {
        Self { module: at.join("se"), reduce: at.join("se.se.0.conv"), expand: at.join("se.se.1") }
    }

    /// torchvision's `fc1` and `fc2`.
    pub(super) fn torchvision(at: &Scope) -> Self {
        Self { module: at.path().to_owned(), reduce: at.join("fc1"), expand: at.join("fc2") }
    }
}

//! The non-linearities of mobile vision networks.

use serde::{Deserialize, Serialize};

/// What is applied to every element after a convolution or a linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x`
    Identity,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)` (MobileNetV1, section 3)
    Relu6,
    /// `x · relu6(x + 3) / 6` (MobileNetV3, section 5.2)
    HardSwish,
    /// `relu6(x + 3) / 6`
    HardSigmoid,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `x · sigmoid(x)`, also called swish
    Silu,
    /// `x · (1 + erf(x / √2)) / 2` (arXiv 1606.08415)
    Gelu,
}

impl Activation {
    /// All of them; the first does nothing.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Relu,
        Self::Relu6,
        Self::HardSwish,
        Self::HardSigmoid,
        Self::Sigmoid,
        Self::Silu,
        Self::Gelu,
    ];

    /// The activation of one number. NaN stays NaN.
    pub fn apply(self, x: f32) -> f32 {
        // `clamp` keeps NaN, unlike `f32::max`.
        match self {
            Self::Identity => x,
            Self::Relu => x.clamp(0.0, f32::INFINITY),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Silu => x / (1.0 + (-x).exp()),
            Self::Gelu => {
                let x = f64::from(x);
                (0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)) as f32
            }
        }
    }
}

//! Short constructors for the rows of the zoo's tables.

use super::{Activation, Block, Expand, Repeat};

/// k×k convolution, BN, activation.
pub const fn conv(count: u32, kernel: u32, stride: u32, out: u32, activation: Activation) -> Repeat {
    Repeat { count, block: Block::Conv { kernel, stride, out, activation } }
}

/// MobileNetV1's block: both convolutions are followed by the activation; no residual.
pub const fn separable(count: u32, kernel: u32, stride: u32, out: u32, activation: Activation) -> Repeat {
    let block = Block::Separable {
        kernel,
        stride,
        out,
        activation,
        pointwise_activation: activation,
        squeeze: false,
        residual: false,
    };
    Repeat { count, block }
}

/// An inverted residual without expansion (t = 1): linear bottleneck, residual where shapes allow.
pub const fn bottleneck(kernel: u32, stride: u32, out: u32, squeeze: bool, activation: Activation) -> Repeat {
    let block = Block::Separable {
        kernel,
        stride,
        out,
        activation,
        pointwise_activation: Activation::Identity,
        squeeze,
        residual: true,
    };
    Repeat { count: 1, block }
}

/// An inverted residual with expansion.
pub const fn inverted(
    count: u32,
    kernel: u32,
    stride: u32,
    expand: Expand,
    out: u32,
    squeeze: bool,
    activation: Activation,
) -> Repeat {
    Repeat { count, block: Block::InvertedResidual { kernel, stride, expand, out, activation, squeeze } }
}

/// A MobileViT block with 4 heads.
pub const fn mobile_vit(dim: u32, depth: u32) -> Repeat {
    Repeat { count: 1, block: Block::MobileVit { dim, depth, heads: 4 } }
}

/// A hidden width t times the input's (timm, TensorFlow).
pub const fn ratio(t: f64) -> Expand {
    Expand::Ratio(t)
}

/// A hidden width at α = 1, scaled with α (torchvision's MobileNetV3).
pub const fn width(hidden: u32) -> Expand {
    Expand::Width(hidden)
}

//! Shapes of values.

use serde::{Deserialize, Serialize};

/// The shape of a value, batch 1.
///
/// A volume of depth d lies in a map as d · c channels, depth by depth (see [`super::op::Groups::Sliding`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A feature map.
    Map {
        /// Height.
        h: usize,
        /// Width.
        w: usize,
        /// Channels.
        c: usize,
    },
    /// One number per channel.
    Vector {
        /// Channels.
        c: usize,
    },
    /// Token sequences, independent of each other.
    Tokens {
        /// Number of sequences.
        sequences: usize,
        /// Tokens in each.
        tokens: usize,
        /// Numbers per token.
        dim: usize,
    },
}

impl Shape {
    /// Channels, or numbers per token.
    pub fn channels(self) -> usize {
        match self {
            Self::Map { c, .. } | Self::Vector { c } => c,
            Self::Tokens { dim, .. } => dim,
        }
    }

    /// The same with another number of channels, or of numbers per token.
    #[must_use]
    pub fn with_channels(self, channels: usize) -> Self {
        match self {
            Self::Map { h, w, .. } => Self::Map { h, w, c: channels },
            Self::Vector { .. } => Self::Vector { c: channels },
            Self::Tokens { sequences, tokens, .. } => Self::Tokens { sequences, tokens, dim: channels },
        }
    }

    /// Positions: pixels, tokens of all sequences, or one.
    pub fn positions(self) -> usize {
        match self {
            Self::Map { h, w, .. } => h * w,
            Self::Vector { .. } => 1,
            Self::Tokens { sequences, tokens, .. } => sequences * tokens,
        }
    }

    /// Height and width; 1×1 for a vector, sequences × tokens otherwise.
    pub fn size(self) -> (usize, usize) {
        match self {
            Self::Map { h, w, .. } => (h, w),
            Self::Vector { .. } => (1, 1),
            Self::Tokens { sequences, tokens, .. } => (sequences, tokens),
        }
    }

    /// Numbers in all.
    pub fn elements(self) -> usize {
        self.positions() * self.channels()
    }

    /// Where element `index` of PyTorch's layout (maps as C, H, W) lies in the channels-last layout that
    /// backends use for maps; tokens and vectors are the same in both.
    pub fn channels_last(self, index: usize) -> usize {
        match self {
            Self::Map { h, w, c } => index % (h * w) * c + index / (h * w),
            Self::Vector { .. } | Self::Tokens { .. } => index,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Map { h, w, c } => write!(f, "{h}×{w}×{c}"),
            Self::Vector { c } => write!(f, "{c}"),
            Self::Tokens { sequences, tokens, dim } => write!(f, "{sequences}×{tokens}×{dim}"),
        }
    }
}

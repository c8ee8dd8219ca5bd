//! How many channels come out of a block at a width α.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How many channels come out; numbers are those of width 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Out {
    /// α · c, rounded.
    Scaled(u32),
    /// max(1, α) · c, rounded: never narrower than at width 1.
    AtLeast(u32),
    /// min(1, α) · c, rounded: never wider than at width 1.
    AtMost(u32),
    /// c at every width.
    Fixed(u32),
    /// c below this width, α · c, rounded, from there on.
    FixedBelow(u32, f64),
    /// A table: only these widths exist.
    ByWidth(Cow<'static, [(f64, u32)]>),
    /// One for each class.
    Classes,
}

/// How a product of a width and a number of channels becomes a number of channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rounding {
    /// It becomes a multiple of this.
    pub divisor: u32,
    /// And no less than this share of the product.
    pub least: f64,
}

impl Rounding {
    /// TF-slim's, timm's and torchvision's: a multiple of 8 that is not more than a tenth below.
    pub const EIGHT: Self = Self { divisor: 8, least: 0.9 };
    /// FBNet's: not more than a twentieth below.
    pub const CLOSE: Self = Self { divisor: 8, least: 0.95 };
    /// The nearest integer.
    pub const NEAREST: Self = Self { divisor: 1, least: 0.0 };
    /// GhostNet's.
    pub const FOUR: Self = Self { divisor: 4, least: 0.9 };

    /// The number of channels.
    pub fn apply(self, value: f64) -> u32 {
        let divisor = self.divisor.max(1);
        let rounded = ((value + f64::from(divisor) / 2.0) as u32 / divisor * divisor).max(divisor);
        if f64::from(rounded) < self.least * value { rounded.saturating_add(divisor) } else { rounded }
    }
}

/// A table of channels by width.
pub const fn by_width(table: &'static [(f64, u32)]) -> Out {
    Out::ByWidth(Cow::Borrowed(table))
}

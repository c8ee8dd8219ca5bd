//! Networks in bytes: which values and layers of a fused graph are, with which integers, and what each layer is by definition.
//!
//! A value of bytes holds numbers from 0 to 127 ([`Quantisation`]): q stands for (q - zero) · scale. A layer of bytes computes sums
//! of products of bytes in i32, and what becomes of a sum is stated once ([`kernels::int8::Ending`]): a multiplication and an
//! addition in f32, the activation, the nearest byte. [`Oracle`] is that in plain loops; [`crate::backend::cpu::int8`] has to equal
//! it bit by bit. Values that some layer needs in the other form have both, converted where they are computed.
//!
//! What a network gains by bytes is in its products. What does not consist of them and is no simple function of bytes stays f32
//! ([`Layer::Floats`] says which, and why): attention, normalisations of tokens, what resizes, filters that the network computes.

mod calibrate;
mod layer;
mod oracle;
mod scheme;

pub use calibrate::{Observed, Ranges};
pub use layer::{Bend, Layer, Output, Residual, Weighted, Why};
pub use oracle::Oracle;
pub use scheme::{Scheme, Value};

use kernels::int8::{MOST, elementwise};

/// What the bytes of a value stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantisation {
    /// From a number to the next.
    pub scale: f32,
    /// The byte of 0.
    pub zero: u8,
}

impl Quantisation {
    /// The bytes that reach from the one number to the other, 0 between them; `None` where steps would vanish or not be finite.
    pub fn new((low, high): (f32, f32)) -> Option<Self> {
        let scale = (high - low) / f32::from(MOST);
        let zero = (-low / scale).round_ties_even();
        let is_well = scale.is_normal() && scale.recip().is_normal() && low <= 0.0 && high >= 0.0;
        is_well.then_some(Self { scale, zero: zero as u8 })
    }

    /// The byte of a number.
    pub fn byte(self, x: f32) -> u8 {
        let t = x * self.factor() + f32::from(self.zero);
        t.round_ties_even().clamp(0.0, f32::from(MOST)) as u8
    }

    /// The number of a byte.
    pub fn number(self, q: u8) -> f32 {
        (i32::from(q) - i32::from(self.zero)) as f32 * self.scale
    }

    /// What numbers are multiplied with.
    pub(super) fn factor(self) -> f32 {
        self.scale.recip()
    }

    /// The bytes of some numbers.
    pub(super) fn bytes(self, x: &[f32], y: &mut [u8]) {
        elementwise::quantise(x, self.factor(), f32::from(self.zero), y);
    }

    /// The numbers of some bytes.
    pub(super) fn numbers(self, x: &[u8], y: &mut [f32]) {
        elementwise::dequantise(x, self.scale, self.zero, y);
    }
}

/// How the numbers of a value are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As bytes.
    Bytes,
    /// As f32.
    Floats,
}

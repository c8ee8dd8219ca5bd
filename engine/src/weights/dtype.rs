//! The element types that a checkpoint may hold.

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// A floating-point element type: what weights are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FloatDtype {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16: 11 significant bits, largest value 65504.
    F16,
    /// The upper half of binary32: 8 significant bits, the exponents of f32.
    #[serde(rename = "BF16")]
    Bf16,
}

impl FloatDtype {
    /// The bytes that an element takes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Appends the little-endian elements of `bytes` to `values`. Exact: every f16 and bf16 is an f32.
    ///
    /// `bytes` holds whole elements; a rest shorter than one is ignored.
    pub fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self {
            Self::F32 => values.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b))),
            Self::F16 => values.extend(bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32())),
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32())),
        }
    }

    /// Appends `value` to `bytes`, rounded to the nearest element, ties to even; `None` when a finite `value`
    /// would round to infinity (for f16 from 65520 on).
    pub(super) fn encode(self, value: f32, bytes: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::F32 => bytes.extend(value.to_le_bytes()),
            Self::F16 => bytes.extend(Some(f16::from_f32(value)).filter(|v| v.is_finite())?.to_le_bytes()),
            Self::Bf16 => bytes.extend(Some(bf16::from_f32(value)).filter(|v| v.is_finite())?.to_le_bytes()),
        }
        Some(())
    }
}

/// An element type that the reader accepts: floats, which it decodes, and integers, which it passes over
/// (PyTorch's `num_batches_tracked` counters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Dtype {
    /// Weights.
    Float(FloatDtype),
    /// Integers or truth values of this many bytes each.
    Integer(usize),
}

impl Dtype {
    /// The type that a safetensors header calls `name`; `None` for those that this reader cannot use.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "F32" => Self::Float(FloatDtype::F32),
            "F16" => Self::Float(FloatDtype::F16),
            "BF16" => Self::Float(FloatDtype::Bf16),
            "BOOL" | "I8" | "U8" => Self::Integer(1),
            "I16" | "U16" => Self::Integer(2),
            "I32" | "U32" => Self::Integer(4),
            "I64" | "U64" => Self::Integer(8),
            _ => return None,
        })
    }

    /// The bytes that an element takes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Float(float) => float.bytes(),
            Self::Integer(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_survives_decoding_and_encoding() {
        for bits in 0..=u16::MAX {
            if !f16::from_bits(bits).is_finite() {
                continue;
            }
            let (mut value, mut bytes) = (Vec::new(), Vec::new());
            FloatDtype::F16.decode(&bits.to_le_bytes(), &mut value);
            FloatDtype::F16.encode(value[0], &mut bytes).expect("finite");
            assert_eq!(bytes, bits.to_le_bytes(), "{value:?}");
        }
    }

    #[test]
    fn encoding_rounds_to_nearest_even_and_refuses_what_is_too_large() {
        let f16_bits = |value| {
            let mut bytes = Vec::new();
            FloatDtype::F16.encode(value, &mut bytes)?;
            Some(u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        // Between 2048 and 4096 the f16 are the even integers.
        assert_eq!(f16_bits(2049.0), f16_bits(2048.0), "tie to even, down");
        assert_eq!(f16_bits(2051.0), f16_bits(2052.0), "tie to even, up");
        assert_eq!(f16_bits(2049.001), f16_bits(2050.0));
        // Half the smallest subnormal (2^-24) ties to zero.
        assert_eq!(f16_bits(2f32.powi(-25)), Some(0));
        assert_eq!(f16_bits(2f32.powi(-25) * 1.001), Some(1));
        assert_eq!(f16_bits(65519.99), Some(0x7bff));
        assert_eq!(f16_bits(65520.0), None);
        assert_eq!(f16_bits(-65520.0), None);
        assert_eq!(FloatDtype::Bf16.encode(f32::MAX, &mut Vec::new()), None);
    }

    #[test]
    fn names_are_those_of_the_header() {
        assert_eq!(Dtype::from_name("BF16"), Some(Dtype::Float(FloatDtype::Bf16)));
        assert_eq!(Dtype::from_name("I64").map(Dtype::bytes), Some(8));
        assert_eq!(Dtype::from_name("F64"), None);
        assert_eq!(Dtype::from_name("f32"), None);
        assert_eq!(serde_json::to_string(&FloatDtype::Bf16).expect("a plain enum"), "\"BF16\"");
    }
}

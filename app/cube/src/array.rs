//! An array as it lies in a file: its numbers are converted when they are read, so that a cube takes no more room than its file.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CubeError, MAX_BYTES};

/// What an array was kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// `.npy`
    #[serde(rename = "NumPy")]
    Numpy,
    /// `.mat`
    #[serde(rename = "MATLAB")]
    Matlab,
}

impl Format {
    /// What writes such files in Python.
    pub(crate) fn writer(self) -> &'static str {
        match self {
            Self::Numpy => "numpy.save",
            Self::Matlab => "scipy.io.savemat",
        }
    }

    pub(crate) fn malformed(self, reason: impl Into<String>) -> CubeError {
        CubeError::Malformed { format: self, reason: reason.into() }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numpy => "NumPy",
            Self::Matlab => "MATLAB",
        })
    }
}

/// Defines [`NumberKind`], the bytes of each and how they are read.
macro_rules! number_kinds {
    ($($kind:ident $number:ident;)*) => {
        /// What numbers are stored as.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum NumberKind { $($kind,)* }

        impl NumberKind {
            /// Its name in Rust.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($number),)* }
            }

            /// Bytes of one.
            pub fn bytes(self) -> usize {
                match self { $(Self::$kind => size_of::<$number>(),)* }
            }

            /// Reads the numbers at `first`, `first + stride` and so on of `bytes`, both in numbers.
            fn read(self, bytes: &[u8], is_big_endian: bool, first: usize, stride: usize, to: &mut [f64]) {
                match self {
                    $(Self::$kind => {
                        const BYTES: usize = size_of::<$number>();
                        let number = if is_big_endian { $number::from_be_bytes } else { $number::from_le_bytes };
                        for (index, to) in to.iter_mut().enumerate() {
                            let at = BYTES * (first + index * stride);
                            // There are as many bytes as the shape asks for, or the array is not made.
                            *to = bytes[at..].first_chunk().map_or(f64::NAN, |bytes| number(*bytes) as f64);
                        }
                    })*
                }
            }
        }
    };
}

number_kinds! {
    U8 u8;
    I8 i8;
    U16 u16;
    I16 i16;
    U32 u32;
    I32 i32;
    U64 u64;
    I64 i64;
    F32 f32;
    F64 f64;
}

/// Which index moves fastest through memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The last, as in C.
    LastFastest,
    /// The first, as in Fortran and MATLAB.
    FirstFastest,
}

/// An array of two or three dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What it was kept in.
    pub format: Format,
    /// Its name, where the file names it.
    pub name: Option<String>,
    /// Its sides.
    pub shape: Vec<usize>,
    /// What its numbers are stored as.
    pub numbers: NumberKind,
    is_big_endian: bool,
    /// Numbers from one index to the next, of each dimension.
    strides: Vec<usize>,
    bytes: Vec<u8>,
    /// Where the numbers begin.
    start: usize,
}

/// How an array's numbers are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    pub(crate) numbers: NumberKind,
    pub(crate) is_big_endian: bool,
    pub(crate) order: Order,
}

impl Layout {
    /// The bytes that an array of this shape has, if it can be read.
    pub(crate) fn bytes_of(&self, shape: &[usize]) -> Result<usize, CubeError> {
        let bytes =
            shape.iter().try_fold(self.numbers.bytes() as u64, |bytes, side| bytes.checked_mul(*side as u64));
        match bytes {
            Some(0) => Err(self.format.malformed(format!("its array is {}, which is empty", sides(shape)))),
            Some(bytes) if bytes <= MAX_BYTES => Ok(bytes as usize),
            _ => Err(CubeError::TooLarge { shape: sides(shape), limit: MAX_BYTES }),
        }
    }

    /// The array of this shape whose numbers begin at `start`.
    pub(crate) fn array(
        self,
        name: Option<String>,
        shape: &[usize],
        bytes: Vec<u8>,
        start: usize,
    ) -> Result<Array, CubeError> {
        let (expected, found) = (self.bytes_of(shape)?, bytes.len().saturating_sub(start));
        if found < expected {
            let [expected, found] = [expected, found].map(|bytes| (start + bytes) as u64);
            return Err(CubeError::Truncated { format: self.format, expected, found });
        }
        let mut strides = vec![1; shape.len()];
        match self.order {
            Order::FirstFastest => {
                (1..shape.len()).for_each(|axis| strides[axis] = strides[axis - 1] * shape[axis - 1]);
            }
            Order::LastFastest => {
                (1..shape.len()).rev().for_each(|axis| strides[axis - 1] = strides[axis] * shape[axis]);
            }
        }
        let kept = dimensions(shape);
        let of_kept = |of: &[usize]| kept.iter().map(|&axis| of[axis]).collect::<Vec<_>>();
        let Self { format, numbers, is_big_endian, .. } = self;
        if !matches!(kept.len(), 2 | 3) {
            return Err(CubeError::NoArray { format, found: format!("only an array of {}", sides(shape)) });
        }
        let (shape, strides) = (of_kept(shape), of_kept(&strides));
        Ok(Array { format, name, shape, numbers, is_big_endian, strides, bytes, start })
    }
}

impl Array {
    /// All its numbers, the last index the fastest.
    pub fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.shape.iter().product()];
        let (&last, others) = self.shape.split_last().unwrap_or((&1, &[]));
        for (mut index, run) in values.chunks_exact_mut(last).enumerate() {
            let mut at = vec![0; others.len()];
            for (at, side) in at.iter_mut().zip(others).rev() {
                *at = index % side;
                index /= side;
            }
            self.read(&at, run);
        }
        values
    }

    /// Reads numbers along the last dimension, from its beginning, at the given indices of the others.
    pub(crate) fn read(&self, at: &[usize], to: &mut [f64]) {
        self.read_along(self.shape.len() - 1, at, 0, to);
    }

    /// Reads numbers along a dimension from `from` on, at the given indices of the others.
    pub(crate) fn read_along(&self, axis: usize, at: &[usize], from: usize, to: &mut [f64]) {
        let others = (0..self.shape.len()).filter(|other| *other != axis);
        let first: usize = others.zip(at).map(|(axis, at)| self.strides[axis] * at).sum();
        let stride = self.strides[axis];
        self.numbers.read(&self.bytes[self.start..], self.is_big_endian, first + from * stride, stride, to);
    }

    /// Whether the second index moves faster through memory than the first.
    pub fn is_by_rows(&self) -> bool {
        self.strides[1] <= self.strides[0]
    }
}

/// The dimensions that an array has: sides of 1 are none.
pub(crate) fn dimensions(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).filter(|&axis| shape[axis] > 1).collect()
}

/// Sides as people write them.
pub(crate) fn sides(shape: &[usize]) -> String {
    match shape {
        [] => "a single number".to_owned(),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
    }
}

//! What can be wrong with a checkpoint file.

use serde::{Deserialize, Serialize};

use super::FloatDtype;
use crate::file_kind::FileKind;

/// Why a checkpoint could not be read or written.
///
/// Offsets of tensors count from the end of the header, as in the file; all other positions and lengths are
/// bytes from the file's start.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum WeightsError {
    /// The file has not even the eight bytes of the header's length.
    #[error("the file has only {len} bytes and a safetensors file at least 10; download or export it again")]
    TooShort {
        /// The file's length in bytes.
        len: u64,
    },
    /// The file is of another, recognised kind.
    #[error("this is not a safetensors file: {}", .kind.next_step())]
    NotSafetensors {
        /// What it is.
        kind: FileKind,
    },
    /// The header's length is beyond what any real checkpoint needs.
    #[error(
        "the header claims {len} bytes, at most {limit} are accepted: the file is damaged, or no safetensors \
         file; download or export it again"
    )]
    HeaderTooLong {
        /// The claimed length of the header in bytes.
        len: u64,
        /// The largest length that is accepted.
        limit: u64,
    },
    /// The header's length is beyond the file's end.
    #[error(
        "the header claims {len} bytes, but only {available} follow its length: the file is damaged or cut \
         off; download or export it again"
    )]
    HeaderBeyondFile {
        /// The claimed length of the header in bytes.
        len: u64,
        /// The bytes that the file has after the first eight.
        available: u64,
    },
    /// The header is not JSON.
    #[error(
        "the header is not valid JSON (byte {column} of line {line}: {message}); download or export the file \
         again"
    )]
    HeaderNotJson {
        /// Line within the header, from 1.
        line: usize,
        /// Byte within that line, from 1.
        column: usize,
        /// What the JSON parser says.
        message: String,
    },
    /// The header is JSON but no object of tensors.
    #[error("the header is not a JSON object of tensors ({message}); export the file again")]
    HeaderNotObject {
        /// What the JSON parser says.
        message: String,
    },
    /// An entry of the header lacks a field or has one of a wrong type.
    #[error("the header describes {name:?} wrongly ({message}); export the file again")]
    BadHeaderEntry {
        /// The entry: a tensor's name or `__metadata__`.
        name: String,
        /// What the JSON parser says.
        message: String,
    },
    /// Two tensors of the header (or of the list to be written) have the same name.
    #[error("tensor {name:?} occurs twice; export the file again with unique names")]
    DuplicateName {
        /// The tensor.
        name: String,
    },
    /// A tensor to be written has the name that the format keeps for metadata.
    #[error("a tensor cannot be called {name:?}, the format keeps that name for metadata; rename it")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// An element type that no network of this project uses.
    #[error(
        "tensor {name:?} has the element type {dtype}; F32, F16 and BF16 can be read, convert the checkpoint \
         to one of them"
    )]
    UnsupportedDtype {
        /// The tensor.
        name: String,
        /// Its type as the header calls it.
        dtype: String,
    },
    /// The tensor's number of elements or bytes does not fit this machine's integers.
    #[error("tensor {name:?} claims the shape {shape:?}, more than memory can hold; export the file again")]
    ShapeTooLarge {
        /// The tensor.
        name: String,
        /// Its claimed shape.
        shape: Vec<u64>,
    },
    /// A tensor ends before it begins.
    #[error("tensor {name:?} begins at {begin} but ends at {end}; export the file again")]
    ReversedOffsets {
        /// The tensor.
        name: String,
        /// Offset of its first byte.
        begin: u64,
        /// Offset behind its last byte.
        end: u64,
    },
    /// A tensor reaches beyond the file's end.
    #[error(
        "tensor {name:?} ends at byte {end} of the data, of which the file has {available}: it is cut off or \
         damaged; download it again"
    )]
    OutOfBounds {
        /// The tensor.
        name: String,
        /// Offset behind its last byte.
        end: u64,
        /// The bytes that the file has after the header.
        available: u64,
    },
    /// A tensor's shape and its bytes do not agree.
    #[error("tensor {name:?} of shape {shape:?} needs {expected} bytes and has {got}; export the file again")]
    SizeMismatch {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The bytes that its shape and element type need.
        expected: u64,
        /// The bytes that it has (of a tensor to be written: as f32).
        got: u64,
    },
    /// Two tensors share bytes.
    #[error("tensors {first:?} and {second:?} overlap; export the file again")]
    Overlap {
        /// The one that begins first.
        first: String,
        /// The one that begins before the first has ended.
        second: String,
    },
    /// Bytes before a tensor belong to none.
    #[error("{bytes} bytes before tensor {name:?} belong to no tensor; export the file again")]
    Hole {
        /// The tensor after the hole.
        name: String,
        /// The hole's length.
        bytes: u64,
    },
    /// A weight is NaN or infinite.
    #[error(
        "tensor {name:?} has {value} at index {index}: the training has diverged or the file is damaged; use \
         another checkpoint"
    )]
    NonFinite {
        /// The tensor.
        name: String,
        /// The element, counted from 0 in row-major order.
        index: usize,
        /// `NaN`, `inf` or `-inf` (JSON has no such number).
        value: String,
    },
    /// The file ends too early.
    #[error("the file ends after {got} of {expected} bytes; download it again")]
    Truncated {
        /// The bytes that there should be (at least).
        expected: u64,
        /// The bytes that there are.
        got: u64,
    },
    /// The file goes on after the last tensor.
    #[error("{got} bytes where the header describes {expected}: the file is damaged; download it again")]
    TrailingBytes {
        /// The bytes that there should be.
        expected: u64,
        /// The bytes that there are.
        got: u64,
    },
    /// A value to be written is too large for the element type.
    #[error("tensor {name:?} has {value} at index {index}, too large for {dtype:?}; store it as F32")]
    BeyondRange {
        /// The tensor.
        name: String,
        /// The element, counted from 0 in row-major order.
        index: usize,
        /// Its value.
        value: f32,
        /// The type that it does not fit.
        dtype: FloatDtype,
    },
}

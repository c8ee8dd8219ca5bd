//! Why a file gave no tensors.

use serde::{Deserialize, Serialize};

/// What went wrong, with the offending values and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ReaderError {
    /// The file ends before its contents do.
    #[error(
        "The PyTorch file ends too early: {what} needs {expected} bytes, and there are {found}. Download or copy it again."
    )]
    Truncated {
        /// What is cut off.
        what: String,
        /// Bytes that there should be.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The file contradicts its format.
    #[error(
        "The PyTorch file cannot be read: {reason}. Save it again with torch.save(model.state_dict(), FILE)."
    )]
    Malformed {
        /// What was found, and where.
        reason: String,
    },
    /// A form of file that exists, but is not read.
    #[error(
        "The PyTorch file has a form that is not read here: {reason}. Load it with a current PyTorch and save it again with torch.save(model.state_dict(), FILE)."
    )]
    Unsupported {
        /// Which.
        reason: String,
    },
    /// More than any checkpoint of a network needs; found before it is allocated.
    #[error(
        "The file has more than {limit} {what}, which no network here needs. Save the weights alone, with PyTorch: torch.save(model.state_dict(), FILE)."
    )]
    TooLarge {
        /// Of what.
        what: String,
        /// The most.
        limit: u64,
    },
    /// A file of another program contradicts its format.
    #[error("The {format} file cannot be read: {reason}. Download or export it again.")]
    Damaged {
        /// Which format.
        format: String,
        /// What was found, and where.
        reason: String,
    },
    /// A form of another program's file that exists, but is not read.
    #[error("The {format} file has a form that is not read here: {reason}.")]
    Form {
        /// Which format.
        format: String,
        /// Which form, and what to do.
        reason: String,
    },
    /// Integers that stand for real numbers.
    #[error(
        "The tensor {tensor} is quantised. Take the weights before quantisation: those of the floating-point model."
    )]
    Quantised {
        /// Its name.
        tensor: String,
    },
    /// Nothing in it is a tensor.
    #[error(
        "The file is a Python pickle without a tensor (it holds {found}), so it is no checkpoint. Choose the file that torch.save made of a model's state_dict()."
    )]
    NoTensors {
        /// What it holds.
        found: String,
    },
}

impl ReaderError {
    /// The file contradicts its format.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed { reason: reason.into() }
    }

    /// The file uses what is not read.
    pub fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported { reason: reason.into() }
    }
}

impl From<std::io::Error> for ReaderError {
    fn from(error: std::io::Error) -> Self {
        Self::malformed(error.to_string())
    }
}

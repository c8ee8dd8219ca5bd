//! What can go wrong with a GPU.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a network cannot run on the GPU.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuError {
    /// There is no way to a GPU at all.
    #[error("no GPU adapter: {reason}; the CPU backend computes the same")]
    NoAdapter {
        /// What the browser or the driver says.
        reason: String,
    },
    /// The adapter gives no device.
    #[error("the GPU gives no device: {reason}; the CPU backend computes the same")]
    NoDevice {
        /// What the browser or the driver says.
        reason: String,
    },
    /// The device is gone: a driver was reset, or the browser took it away.
    #[error("the GPU device was lost: {reason}")]
    Lost {
        /// What the browser or the driver says.
        reason: String,
    },
    /// An allocation failed.
    #[error("the GPU has no memory for {bytes} bytes of this network; close others or choose a smaller one")]
    OutOfMemory {
        /// What was asked for.
        bytes: u64,
    },
    /// The network needs more than the device allows.
    #[error("{what} is {needed}, and this GPU allows {limit}; choose a lower resolution or the CPU backend")]
    Limit {
        /// Which number.
        what: String,
        /// How much is needed.
        needed: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// An operation that the shaders do not cover.
    #[error("{node} cannot run on the GPU: {reason}; choose the CPU backend")]
    Unsupported {
        /// The graph's node.
        node: String,
        /// Which number is out of range.
        reason: String,
    },
    /// The GPU cannot store numbers as f16.
    #[error("this GPU has no f16 (the feature shader-f16); choose WebGPU in f32, or f16 weights alone")]
    NoHalf,
    /// The device refused a command: a mistake of ours.
    #[error("the GPU refused a command, which is a bug of this backend: {reason}")]
    Refused {
        /// What the browser or the driver says.
        reason: String,
    },
}

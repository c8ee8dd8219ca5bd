//! Checkpoints: reading, writing, listing.
//!
//! * [`safetensors`] decodes a checkpoint to f32 while its bytes arrive,
//! * [`mod@write`] stores one as f16, bf16 or f32 in the order in which it is to stream,
//! * [`manifest`] lists the checkpoints that the page offers,
//! * [`labels`] reads what the classes of a set are called, [`name_list`] what somebody calls those of a checkpoint.
//!
//! Those know no network. [`names`] matches tensors to a network's parameters by name and shape, [`aliases`] has the names of
//! other libraries, `in_order` matches those of exported networks by the order of their layers, [`describe()`] adds what a file's writer declared about it, and
//! [`usage`] keeps apart who says how it is to be used.

pub mod aliases;
mod describe;
mod dtype;
mod error;
mod in_order;
pub mod labels;
pub mod manifest;
pub mod name_list;
pub mod names;
pub mod safetensors;
pub mod usage;
pub mod write;

pub use describe::{Converted, Description, LABEL_NAMES, describe, metadata};
pub use dtype::{Dtype, FloatDtype};
pub use error::WeightsError;
pub use manifest::Manifest;
pub use names::{Located, NamesError, Parameters, Random, Tables, Weights, locate, tables};
pub use safetensors::{Checkpoint, Header, StreamReader, Tensor, TensorInfo};
pub use usage::{Origin, Origins, Usage};

/// What serde_json says, without the " at line … column …" that it appends.
fn json_message(error: &serde_json::Error) -> String {
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    message.strip_suffix(&position).unwrap_or(&message).to_string()
}

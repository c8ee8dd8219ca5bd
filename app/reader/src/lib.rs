//! Checkpoints of other programs as safetensors. PyTorch's (`.pth`, `.pt`, `.bin`): the archives of today and the files before 1.6,
//! of dictionaries, dictionaries in dictionaries, whole modules and scripts. ONNX: the tensors of a graph in the order of its layers.
//! Nothing of a file is ever executed.

mod error;
#[cfg(feature = "module")]
mod formats;

pub use error::ReaderError;
#[cfg(feature = "module")]
pub use formats::{Checkpoint, Part, read};

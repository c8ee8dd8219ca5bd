//! What the decoders say of a file, shared by their module and the worker that asks it.

use engine::decode::{DecodeError, DecodeNote, FileKind};
use serde::{Deserialize, Serialize};

/// A decoded image without its pixels, which cross over by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// What the file was.
    pub kind: FileKind,
    /// What was left out or changed on the way.
    pub notes: Vec<DecodeNote>,
}

/// The first of the two values that the module's `decode` gives.
pub type Outcome = Result<About, DecodeError>;

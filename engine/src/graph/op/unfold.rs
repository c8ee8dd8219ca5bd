//! From maps to tokens and back (arXiv 2110.02178, section 3.1).

use super::{OpError, OpKind, Operation};
use crate::graph::Shape;

/// A map to one token sequence per position inside a patch: sequence (py, px), token (y, x) is pixel
/// (y · patch + py, x · patch + px).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfold {
    /// Side of a patch; it divides the map's sides.
    pub patch: usize,
}

/// The inverse of [`Unfold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Side of a patch.
    pub patch: usize,
    /// Height and width of the map.
    pub size: (usize, usize),
}

impl Operation for Unfold {
    fn kind(&self) -> OpKind {
        OpKind::Unfold
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [h, w, dim] = OpError::map(inputs[0])?;
        OpError::size(inputs[0])?;
        let patch = self.patch;
        if patch == 0 || !h.is_multiple_of(patch) || !w.is_multiple_of(patch) {
            return Err(OpError::Window { window: [patch; 2], map: [h, w] });
        }
        Ok(Shape::Tokens { sequences: patch * patch, tokens: (h / patch) * (w / patch), dim })
    }
}

impl Operation for Fold {
    fn kind(&self) -> OpKind {
        OpKind::Fold
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let (h, w) = self.size;
        let folded = Shape::Map { h, w, c: inputs[0].channels() };
        let unfolded = Unfold { patch: self.patch }.shape(&[folded])?;
        OpError::equal(unfolded, inputs[0])?;
        Ok(folded)
    }
}

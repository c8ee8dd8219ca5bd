//! Resizing of maps.

use super::{OpError, OpKind, Operation};
use crate::graph::Shape;

/// Bilinear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Height and width of the result.
    pub size: (usize, usize),
    /// Whether the centres of the corners' pixels stay where they are, instead of the map's edges (as PyTorch calls it).
    pub align_corners: bool,
}

impl Operation for Resize {
    fn kind(&self) -> OpKind {
        OpKind::Resize
    }

    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError> {
        let [_, _, c] = OpError::map(inputs[0])?;
        let resized = Shape::Map { h: self.size.0, w: self.size.1, c };
        OpError::size(resized)?;
        Ok(resized)
    }
}

//! The classes of a cube's pixels, as far as they are known.

use crate::array::{Array, sides};
use crate::error::CubeError;

/// Classes of pixels, row by row: 0 is none, and the networks' first output is class 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Row by row.
    pub classes: Vec<u16>,
}

impl Labels {
    /// The classes in an array of two dimensions.
    pub fn new(array: &Array) -> Result<Self, CubeError> {
        let &[height, width] = array.shape.as_slice() else {
            let found = format!("only an array of {}", sides(&array.shape));
            return Err(CubeError::NoArray { format: array.format, found });
        };
        let mut values = vec![0.0; width];
        let mut classes = Vec::with_capacity(height * width);
        for row in 0..height {
            array.read(&[row], &mut values);
            let class = |(column, &value): (usize, &f64)| {
                let class = value as u16;
                let is_class = f64::from(class) == value;
                let (row, column) = (row as u32, column as u32);
                is_class.then_some(class).ok_or_else(|| CubeError::Label {
                    value: value.to_string(),
                    row,
                    column,
                })
            };
            classes.extend(values.iter().enumerate().map(class).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { height, width, classes })
    }
}

//! A cube as an image: rows × columns × bands.

use crate::array::{Array, Format, sides};
use crate::error::CubeError;

/// Most pixels of a cube.
pub const MAX_PIXELS: usize = 1 << 24;
/// Most bands: the covariance of so many takes a second to decompose.
pub const MAX_BANDS: usize = 512;

/// A cube.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    array: Array,
}

impl Scene {
    /// The cube in an array of three dimensions.
    pub fn new(array: Array) -> Result<Self, CubeError> {
        let &[height, width, bands] = array.shape.as_slice() else {
            let found = format!("only an array of {}", sides(&array.shape));
            return Err(CubeError::NoArray { format: array.format, found });
        };
        // Both fit: an array has at most `MAX_BYTES`.
        if height * width > MAX_PIXELS || bands > MAX_BANDS {
            return Err(CubeError::TooLarge { shape: sides(&array.shape), limit: crate::MAX_BYTES });
        }
        Ok(Self { array })
    }

    /// The array that it lies in.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.array.shape[0]
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.array.shape[1]
    }

    /// Rows times columns.
    pub fn pixels(&self) -> usize {
        self.height() * self.width()
    }

    /// Bands.
    pub fn bands(&self) -> usize {
        self.array.shape[2]
    }

    /// What it was kept in.
    pub fn format(&self) -> Format {
        self.array.format
    }

    /// Row and column of the pixel that comes `index`-th in the order in which they lie in memory.
    pub fn place(&self, index: usize) -> (usize, usize) {
        if self.array.is_by_rows() {
            (index / self.width(), index % self.width())
        } else {
            (index % self.height(), index / self.height())
        }
    }

    /// Reads a pixel's bands. Fails where one is no number.
    pub fn pixel(&self, (row, column): (usize, usize), to: &mut [f64]) -> Result<(), CubeError> {
        self.array.read(&[row, column], to);
        match to.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(band) => Err(CubeError::NotFinite {
                value: to[band].to_string(),
                row: row as u32,
                column: column as u32,
                band: band as u32,
            }),
        }
    }

    /// A band, row by row.
    pub(crate) fn band(&self, band: usize) -> Vec<f64> {
        let mut values = vec![0.0; self.pixels()];
        for (row, values) in values.chunks_exact_mut(self.width()).enumerate() {
            self.array.read_along(1, &[row, band], 0, values);
        }
        values
    }
}

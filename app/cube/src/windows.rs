//! What networks see: the window around a pixel.

use crate::error::CubeError;

/// The largest side of a window.
const MAX_WINDOW: usize = 255;

/// A cube of principal components.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Components.
    pub components: usize,
    /// Rows, columns and components, the last fastest.
    pub values: Vec<f32>,
}

impl Reduced {
    /// The window of `side` × `side` pixels around a pixel, `[row, column, component]`; zeros, which are the components' means,
    /// stand for what is beyond the margin.
    pub fn window(&self, row: usize, column: usize, side: usize) -> Result<Vec<f32>, CubeError> {
        if side.is_multiple_of(2) || side > MAX_WINDOW {
            return Err(CubeError::Window { window: side as u32, most: MAX_WINDOW as u32 });
        }
        let (margin, count) = (side / 2, self.components);
        let mut window = vec![0.0; side * side * count];
        // The first column of the window that is within the cube, and the one after the last.
        let first = margin.saturating_sub(column);
        let end = side.min((self.width + margin).saturating_sub(column));
        for (above, line) in window.chunks_exact_mut(side * count).enumerate() {
            let Some(row) = (row + above).checked_sub(margin).filter(|row| *row < self.height) else {
                continue;
            };
            if first < end {
                let from = (row * self.width + column + first - margin) * count;
                let length = (end - first) * count;
                line[first * count..][..length].copy_from_slice(&self.values[from..from + length]);
            }
        }
        Ok(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_the_surroundings_with_zeros_beyond_the_margin() {
        let (height, width, components) = (4, 5, 2);
        let values = (0..height * width * components).map(|index| 1.0 + index as f32).collect();
        let cube = Reduced { height, width, components, values };
        for side in [1, 3, 7, 11] {
            let margin = side / 2;
            for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                let window = cube.window(row, column, side).unwrap();
                let mut expected = Vec::new();
                for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                    let within = (margin..height + margin).contains(&(row + y))
                        && (margin..width + margin).contains(&(column + x));
                    for component in 0..components {
                        let place = || (row + y - margin) * width + column + x - margin;
                        expected.push(if within {
                            cube.values[place() * components + component]
                        } else {
                            0.0
                        });
                    }
                }
                assert_eq!(window, expected, "{side} at {row}, {column}");
            }
        }
    }

    #[test]
    fn windows_have_a_middle() {
        let cube = Reduced { height: 1, width: 1, components: 1, values: vec![1.0] };
        for side in [0, 2, 24, 257, usize::MAX] {
            let error = cube.window(0, 0, side).unwrap_err();
            assert!(error.to_string().contains(&format!("{} × {0} pixels", side as u32)), "{error}");
        }
    }
}

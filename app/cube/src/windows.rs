//! What networks see: the window around a pixel.

use crate::error::CubeError;

/// The largest side of a window.
const MAX_SIDE: usize = 255;

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
    /// The window of so many rows and columns around a pixel, `[row, column, component]`; zeros, which are the components'
    /// means, stand for what is beyond the margin.
    pub fn window(&self, row: usize, column: usize, size: (usize, usize)) -> Result<Vec<f32>, CubeError> {
        let (height, width) = size;
        if [height, width].iter().any(|side| side.is_multiple_of(2) || *side > MAX_SIDE) {
            let (height, width, most) = (height as u32, width as u32, MAX_SIDE as u32);
            return Err(CubeError::Window { height, width, most });
        }
        let (above, before, count) = (height / 2, width / 2, self.components);
        let mut window = vec![0.0; height * width * count];
        // The first column of the window that is within the cube, and the one after the last.
        let first = before.saturating_sub(column);
        let end = width.min((self.width + before).saturating_sub(column));
        for (index, line) in window.chunks_exact_mut(width * count).enumerate() {
            let Some(row) = (row + index).checked_sub(above).filter(|row| *row < self.height) else {
                continue;
            };
            if first < end {
                let from = (row * self.width + column + first - before) * count;
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
        for (tall, wide) in [(1, 1), (3, 3), (7, 3), (1, 9), (11, 11)] {
            let (above, before) = (tall / 2, wide / 2);
            for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                let window = cube.window(row, column, (tall, wide)).unwrap();
                let mut expected = Vec::new();
                for (y, x) in (0..tall).flat_map(|y| (0..wide).map(move |x| (y, x))) {
                    let within = (above..height + above).contains(&(row + y))
                        && (before..width + before).contains(&(column + x));
                    for component in 0..components {
                        let place = || (row + y - above) * width + column + x - before;
                        expected.push(if within {
                            cube.values[place() * components + component]
                        } else {
                            0.0
                        });
                    }
                }
                assert_eq!(window, expected, "{tall} × {wide} at {row}, {column}");
            }
        }
    }

    #[test]
    fn windows_have_a_middle() {
        let cube = Reduced { height: 1, width: 1, components: 1, values: vec![1.0] };
        for size in [(0, 1), (2, 3), (3, 24), (257, 1), (1, usize::MAX)] {
            let error = cube.window(0, 0, size).unwrap_err();
            assert!(
                error.to_string().contains(&format!("{} × {} pixels", size.0 as u32, size.1 as u32)),
                "{error}"
            );
        }
    }
}

//! Matrices that may be a part of a wider one.

/// The rows of a row-major matrix that lies in `data`: row `i` starts at `i * stride`.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T = f32> {
    /// From the first element of the first row on; the last row need not be followed by its gap.
    pub data: &'a [T],
    /// Distance between the starts of two rows in elements; at least the number of columns.
    pub stride: usize,
}

impl<T> Rows<'_, T> {
    pub(crate) fn check(&self, name: &str, rows: usize, columns: usize) {
        check(name, self.data.len(), self.stride, rows, columns);
    }
}

/// The rows of a row-major matrix that is written to: row `i` starts at `i * stride`.
#[derive(Debug)]
pub struct RowsMut<'a, T = f32> {
    /// From the first element of the first row on; the last row need not be followed by its gap.
    pub data: &'a mut [T],
    /// Distance between the starts of two rows in elements; at least the number of columns.
    pub stride: usize,
}

impl<T> RowsMut<'_, T> {
    pub(crate) fn check(&self, name: &str, rows: usize, columns: usize) {
        check(name, self.data.len(), self.stride, rows, columns);
    }
}

/// Panics unless `rows` rows of `columns` elements, `stride` apart, lie within `len` elements.
pub(crate) fn check(name: &str, len: usize, stride: usize, rows: usize, columns: usize) {
    let needed = rows.checked_sub(1).map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(columns));
    assert!(
        columns <= stride && needed.is_some_and(|needed| needed <= len),
        "{name}: {rows} rows of {columns}, {stride} apart, do not lie within {len} elements"
    );
}

/// Panics unless a slice has exactly the length `product` of its dimensions.
pub(crate) fn check_len(name: &str, len: usize, dimensions: &[usize]) {
    let product = dimensions.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
    assert!(product == Some(len), "{name}: {len} elements for the shape {dimensions:?}");
}

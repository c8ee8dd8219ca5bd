//! Where a sliding window reads.

use std::ops::Range;

/// A square window that slides over an image `[height, width, channels]`.
///
/// What lies outside of the image counts as zero, on all four sides: padding at the bottom and at the right follows from
/// the output's size and need not be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Channels of the input.
    pub channels: usize,
    /// Side of the window; at least 1.
    pub kernel: usize,
    /// Step in both directions; at least 1.
    pub stride: usize,
    /// Rows of zeros above the input.
    pub pad_top: usize,
    /// Columns of zeros to the left of the input.
    pub pad_left: usize,
    /// Rows of the output.
    pub out_height: usize,
    /// Columns of the output.
    pub out_width: usize,
}

impl Window {
    /// The taps of the window of output row `y` that lie inside the image, and the input row of the first of them
    /// (0 where there is none).
    pub(super) fn row_taps(&self, y: usize) -> (Range<usize>, usize) {
        taps(y * self.stride, self.pad_top, self.kernel, self.height)
    }

    /// The same for output column `x`.
    pub(super) fn column_taps(&self, x: usize) -> (Range<usize>, usize) {
        taps(x * self.stride, self.pad_left, self.kernel, self.width)
    }

    /// The output columns whose windows lie entirely inside the image.
    pub(super) fn interior_columns(&self) -> Range<usize> {
        let first = self.pad_left.div_ceil(self.stride).min(self.out_width);
        let end = match (self.width + self.pad_left).checked_sub(self.kernel) {
            Some(last) => (last / self.stride + 1).min(self.out_width),
            None => 0,
        };
        first..end.max(first)
    }

    /// Panics where a field is zero that must not be, or where an index could overflow.
    pub(super) fn check(&self) {
        /// Products of two of these fit into the 32 bits of a browser's `usize`.
        const LIMIT: usize = 1 << 15;
        let Self { height, width, channels, kernel, stride, pad_top, pad_left, out_height, out_width } =
            *self;
        let fields = [height, width, channels, kernel, stride, pad_top, pad_left, out_height, out_width];
        let elements = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        assert!(
            kernel > 0 && stride > 0 && fields.iter().all(|&field| field < LIMIT) && elements.is_some(),
            "{self:?}: kernel and stride are at least 1, all sizes below {LIMIT}"
        );
    }
}

/// The taps of a window that starts `pad` before `position` which fall on `0..size`, and where the first of them falls.
fn taps(position: usize, pad: usize, kernel: usize, size: usize) -> (Range<usize>, usize) {
    let first = pad.saturating_sub(position).min(kernel);
    let end = (size + pad).saturating_sub(position).min(kernel).max(first);
    let start = if first < end { position + first - pad } else { 0 };
    (first..end, start)
}

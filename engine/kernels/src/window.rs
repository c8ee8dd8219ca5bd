//! Where a sliding window reads.

use std::ops::Range;

/// A window that slides over an image `[height, width, channels]`.
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
    /// Taps of the window down and across; at least 1.
    pub kernel: [usize; 2],
    /// Steps down and across; at least 1.
    pub stride: [usize; 2],
    /// Pixels from one tap to the next, down and across; at least 1.
    pub dilation: [usize; 2],
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
    /// The taps down (side 0) or across (1) of the window of an output row or column that lie inside the image, and where the
    /// first of them falls (0 where there is none).
    pub fn taps_of(&self, at: usize, side: usize) -> (Range<usize>, usize) {
        let [pad, size] = [[self.pad_top, self.height], [self.pad_left, self.width]][side];
        taps(at * self.stride[side], pad, self.kernel[side], self.dilation[side], size)
    }

    /// Whether output pixels are functions of the input's at the same places.
    pub fn is_plain(&self) -> bool {
        let Self { height, width, kernel, stride, pad_top, pad_left, out_height, out_width, .. } = *self;
        kernel == [1; 2]
            && stride == [1; 2]
            && [pad_top, pad_left] == [0; 2]
            && [height, width] == [out_height, out_width]
    }

    /// The output columns whose windows lie entirely inside the image.
    pub(crate) fn interior_columns(&self) -> Range<usize> {
        let (stride, reach) = (self.stride[1], (self.kernel[1] - 1) * self.dilation[1] + 1);
        let first = self.pad_left.div_ceil(stride).min(self.out_width);
        let end = match (self.width + self.pad_left).checked_sub(reach) {
            Some(last) => (last / stride + 1).min(self.out_width),
            None => 0,
        };
        first..end.max(first)
    }

    /// Panics where a field is zero that must not be, or where an index could overflow.
    pub(crate) fn check(&self) {
        /// Products of two of these fit into the 32 bits of a browser's `usize`.
        const LIMIT: usize = 1 << 15;
        let Self { height, width, channels, pad_top, pad_left, out_height, out_width, .. } = *self;
        let steps = [self.kernel, self.stride, self.dilation];
        let fields = [height, width, pad_top, pad_left, out_height, out_width];
        let small = |&field: &usize| field < LIMIT;
        let elements = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        assert!(
            steps.as_flattened().iter().all(|&step| step > 0 && small(&step))
                && fields.iter().all(small)
                && elements.is_some(),
            "{self:?}: kernel, stride and dilation are at least 1, all sizes below {LIMIT}"
        );
    }
}

/// The taps of a window that starts `pad` before `position` which fall on `0..size`, and where the first of them falls.
fn taps(position: usize, pad: usize, kernel: usize, dilation: usize, size: usize) -> (Range<usize>, usize) {
    let first = pad.saturating_sub(position).div_ceil(dilation).min(kernel);
    let end = (size + pad).saturating_sub(position).div_ceil(dilation).min(kernel).max(first);
    let start = if first < end { position + first * dilation - pad } else { 0 };
    (first..end, start)
}

//! The patches of a dense convolution as rows of a matrix.

use std::ops::Range;

use super::Window;
use super::f32x4::{F32x4, LANES};
use super::matrix::check_len;

/// Writes the patches of some output pixels, one a row: `out` is `[pixels, kernel, kernel, channels]`.
///
/// Pixels count along the rows of the output (`y * out_width + x`). `input` is `[height, width, channels]`; positions
/// outside of it give zeros. With weights in the order of [`super::pack::reorder_oihw`], `out × weights` is the
/// convolution. Panics where a length does not fit.
pub fn im2col(window: &Window, input: &[f32], pixels: Range<usize>, out: &mut [f32]) {
    window.check();
    let Window { height, width, channels, kernel, .. } = *window;
    check_len("input", input.len(), &[height, width, channels]);
    check_len("patches", out.len(), &[pixels.len(), kernel, kernel, channels]);
    assert!(pixels.end <= window.out_height * window.out_width, "{pixels:?} is beyond {window:?}");
    if out.is_empty() {
        return;
    }
    let mut patches = out.chunks_exact_mut(kernel * kernel * channels);
    let mut pixel = pixels.start;
    while pixel < pixels.end {
        let (y, x) = (pixel / window.out_width, pixel % window.out_width);
        let columns = x..window.out_width.min(x + (pixels.end - pixel));
        pixel += columns.len();
        let (rows, first_row) = window.row_taps(y);
        let touched = &input[first_row * width * channels..][..rows.len() * width * channels];
        for (x, patch) in columns.zip(&mut patches) {
            write_patch(window, touched, &rows, x, patch);
        }
    }
}

/// Writes the patch of one pixel of an output row; `touched` are the image rows under the rows `rows` of the window.
#[inline(always)]
fn write_patch(window: &Window, touched: &[f32], rows: &Range<usize>, x: usize, patch: &mut [f32]) {
    let Window { width, channels, kernel, .. } = *window;
    let (columns, first_column) = window.column_taps(x);
    if rows.len() < kernel || columns.len() < kernel {
        patch.fill(0.0);
    }
    // Neighbouring columns are neighbours in memory: one copy per row of the window.
    let count = columns.len() * channels;
    let from = touched.chunks_exact(width * channels);
    let to = patch.chunks_exact_mut(kernel * channels).skip(rows.start);
    for (from, to) in from.zip(to) {
        copy(&from[first_column * channels..][..count], &mut to[columns.start * channels..][..count]);
    }
}

/// `copy_from_slice` for short slices: a browser runs `memory.copy` as a call that costs more than these copies.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    assert_eq!(from.len(), to.len(), "a copy between equal lengths");
    let len = from.len();
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    // SAFETY: all accesses are below the common length.
    unsafe {
        if len < LANES {
            return F32x4::load_first(from, len).store_first(to, len);
        }
        // Two vectors a round: a plain loop would be recognised as a memory copy.
        let mut i = 0;
        while i + 2 * LANES <= len {
            let pair = [F32x4::load(from.add(i)), F32x4::load(from.add(i + LANES))];
            pair[0].store(to.add(i));
            pair[1].store(to.add(i + LANES));
            i += 2 * LANES;
        }
        if i + LANES < len {
            F32x4::load(from.add(i)).store(to.add(i));
        }
        // The last vector may overlap with the one before.
        let last = len - LANES;
        F32x4::load(from.add(last)).store(to.add(last));
    }
}

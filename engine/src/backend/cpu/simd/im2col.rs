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
    let Window {
        height,
        width,
        channels,
        kernel,
        ..
    } = *window;
    check_len("input", input.len(), &[height, width, channels]);
    check_len(
        "patches",
        out.len(),
        &[pixels.len(), kernel, kernel, channels],
    );
    assert!(
        pixels.end <= window.out_height * window.out_width,
        "{pixels:?} is beyond {window:?}"
    );
    let line = kernel * channels;
    if out.is_empty() {
        return;
    }
    for (patch, pixel) in out.chunks_exact_mut(kernel * line).zip(pixels) {
        let (rows, y) = window.row_taps(pixel / window.out_width);
        let (columns, x) = window.column_taps(pixel % window.out_width);
        if rows.len() < kernel || columns.len() < kernel {
            patch.fill(0.0);
        }
        // Neighbouring columns are neighbours in memory: one copy per row of the window.
        let count = columns.len() * channels;
        for (i, row) in rows.enumerate() {
            let from = &input[((y + i) * width + x) * channels..][..count];
            copy(
                from,
                &mut patch[row * line + columns.start * channels..][..count],
            );
        }
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

//! Dense convolution, as a matrix product whose left rows are the windows themselves.
//!
//! A row of a window is a run of `kernel * channels` neighbouring numbers, if the image has its zeros around it. So the
//! lines under a block of outputs are copied once, with their zeros, and the product reads the windows from there: they
//! overlap, where a matrix of patches would hold each number `kernel * kernel` times.

use std::ops::Range;

use crate::RowsMut;
use crate::Window;
use crate::f32x4::{F32x4, LANES};
use crate::gemm::{Epilogue, ROW_MULTIPLE, RowTile, Windows, product};
use crate::matrix::check_len;
use crate::pack::PackedB;

/// What a convolution slides over.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// How it does.
    pub window: &'a Window,
    /// The image, `[height, width, channels]`.
    pub data: &'a [f32],
}

/// Rows of the output that are computed from one copy: the fewer, the more lines are copied twice; the more, the less of
/// them stays in the cache.
const BLOCK_ROWS: usize = 4;

/// Outputs that a block has at least, however short the rows are: each block reads all weights.
const LEAST_PIXELS: usize = 96;

/// Outputs of a block; a multiple of [`ROW_MULTIPLE`], so that blocks sum in the order of a whole.
fn block_pixels(window: &Window) -> usize {
    (BLOCK_ROWS * window.out_width).max(LEAST_PIXELS).next_multiple_of(ROW_MULTIPLE)
}

/// Numbers of a line with its zeros.
fn line_len(window: &Window) -> usize {
    (window.out_width.saturating_sub(1) * window.stride[1] + window.kernel[1]) * window.channels
}

/// Numbers of the lines under so many rows of the output.
fn band_len(window: &Window, rows: usize) -> usize {
    let columns = window.out_width.saturating_sub(1) * window.stride[1] + window.kernel[1];
    let lines = rows.saturating_sub(1) * window.stride[0] + window.kernel[0];
    // Behind this check no index into a band can overflow.
    let len = lines.checked_mul(columns).and_then(|len| len.checked_mul(window.channels));
    len.unwrap_or_else(|| panic!("{window:?} is too large"))
}

/// Numbers of scratch memory that [`conv`] needs.
pub fn scratch_len(window: &Window) -> usize {
    // A block may begin and end within a row.
    let rows = block_pixels(window).div_ceil(window.out_width.max(1)) + 1;
    band_len(window, rows.min(window.out_height))
}

/// `out[p, o] = activation(bias[o] + Σ input[y*stride - pad_top + i, x*stride - pad_left + j, c] * weights[o, i, j, c]) +
/// residual[p, o]` for some output pixels `p = y * out_width + x`.
///
/// Positions outside of the image are zero. `weights` are those of [`crate::pack::reorder_oihw`], packed: `k` is
/// `kernel[0] * kernel[1] * channels`. Row 0 of `out` and of the residual is the first of `pixels`. `scratch` has [`scratch_len`]
/// elements or more. Panics where a length does not fit, and where the window is dilated.
pub fn conv(
    tile: RowTile,
    input: Image<'_>,
    weights: PackedB<'_>,
    pixels: Range<usize>,
    out: RowsMut<'_>,
    epilogue: Epilogue<'_>,
    scratch: &mut [f32],
) {
    let Image { window, data } = input;
    window.check();
    let Window { height, width, channels, kernel, stride, out_width, .. } = *window;
    check_len("input", data.len(), &[height, width, channels]);
    assert_eq!(weights.k, kernel[0] * kernel[1] * channels, "the packed weights are those of {window:?}");
    assert_eq!(window.dilation, [1; 2], "{window:?} has a run of pixels in each of its rows");
    assert!(pixels.end <= window.out_height * out_width, "{pixels:?} is beyond {window:?}");
    if pixels.is_empty() {
        return;
    }
    let line = line_len(window);
    for first in pixels.clone().step_by(block_pixels(window)) {
        let block = first..pixels.end.min(first + block_pixels(window));
        let rows = first / out_width..(block.end - 1) / out_width + 1;
        let band = &mut scratch[..band_len(window, rows.len())];
        copy_lines(input, rows.start * stride[0], band);
        let windows = Windows {
            band,
            first: first - rows.start * out_width,
            columns: out_width,
            step: stride[1] * channels,
            row: stride[0] * line,
            line,
            segment: kernel[1] * channels,
            segments: kernel[0],
        };
        let skipped = first - pixels.start;
        let c = RowsMut { data: &mut out.data[skipped * out.stride..], stride: out.stride };
        product(tile, block.len(), windows, weights, c, epilogue.rows_from(skipped));
    }
}

/// Copies lines of the image from `first` on, which counts from the top padding, each with the zeros beside it.
fn copy_lines(Image { window, data }: Image<'_>, first: usize, band: &mut [f32]) {
    let Window { height, width, channels, pad_top, pad_left, .. } = *window;
    let line = line_len(window);
    let left = (pad_left * channels).min(line);
    let count = (width * channels).min(line - left);
    for (y, to) in (first..).zip(band.chunks_exact_mut(line.max(1))) {
        match y.checked_sub(pad_top).filter(|y| *y < height) {
            Some(y) => {
                to[..left].fill(0.0);
                copy(&data[y * width * channels..][..count], &mut to[left..left + count]);
                to[left + count..].fill(0.0);
            }
            None => to.fill(0.0),
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

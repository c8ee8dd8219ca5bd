//! Windows of bytes as rows of a product.

use std::ops::Range;

use super::Image;
use super::lanes::Bytes;
use crate::Window;
use crate::matrix::check_len;

/// Channels of an image that windows read; the first may lie before the image's, where there are zeros.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The first.
    pub first: isize,
    /// How many.
    pub count: usize,
}

/// Bytes of a row: a window's, filled up so that products read them by fours.
pub const fn row_len(kernel: [usize; 2], channels: usize) -> usize {
    (kernel[0] * kernel[1] * channels).next_multiple_of(4)
}

/// Copies the windows over some output pixels into rows of [`row_len`] bytes: taps, then channels.
///
/// Panics where a length does not fit.
pub fn copy_windows(image: Image<'_>, part: Part, pixels: Range<usize>, rows: &mut [u8]) {
    let Image { window, data: x, zero } = image;
    window.check();
    let Window { height, width, channels, kernel, dilation, pad_left, out_width, .. } = *window;
    let reach = (kernel[1] - 1) * dilation[1] + 1;
    check_len("input", x.len(), &[height, width, channels]);
    let row_len = row_len(kernel, part.count);
    // Those of the channels that exist, and how many do not before them.
    let from = part.first.clamp(0, channels as isize) as usize;
    let to = (part.first + part.count as isize).clamp(from as isize, channels as isize) as usize;
    let before = (from as isize - part.first).max(0) as usize;
    let is_whole = to - from == part.count;
    let is_run = is_whole && part.count == channels && dilation[1] == 1;
    let (mut y, mut x_at) = (pixels.start / out_width.max(1), pixels.start % out_width.max(1));
    let mut lines = window.taps_of(y, 0);
    for (_, row) in pixels.zip(rows.chunks_exact_mut(row_len.max(1))) {
        let (down, top) = lines.clone();
        let start = x_at * window.stride[1];
        // Most windows are inside, for which nothing has to be divided.
        let (across, left) = if start >= pad_left && start - pad_left + reach <= width {
            (0..kernel[1], start - pad_left)
        } else {
            window.taps_of(x_at, 1)
        };
        x_at += 1;
        if x_at == out_width {
            (y, x_at) = (y + 1, 0);
            lines = window.taps_of(y, 0);
        }
        if !is_whole || down.len() < kernel[0] || across.len() < kernel[1] {
            row.fill(zero);
        }
        for (i, tap) in down.enumerate() {
            let line = (top + i * dilation[0]) * width + left;
            if is_run {
                let to = &mut row[(tap * kernel[1] + across.start) * channels..][..across.len() * channels];
                copy(&x[line * channels..][..to.len()], to);
                continue;
            }
            for (j, tap_across) in across.clone().enumerate() {
                let source = &x[(line + j * dilation[1]) * channels..][..channels];
                let at = (tap * kernel[1] + tap_across) * part.count + before;
                copy(&source[from..to], &mut row[at..at + to - from]);
            }
        }
    }
}

/// `copy_from_slice` for short slices: a browser runs `memory.copy` as a call that costs more than these copies.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    const VECTOR: usize = 16;
    assert_eq!(from.len(), to.len(), "a copy between equal lengths");
    let len = from.len();
    if len < VECTOR {
        // Two halves that may overlap.
        if len >= 8 {
            let (first, last) = (from.first_chunk::<8>(), from.last_chunk::<8>());
            if let (Some(first), Some(last)) = (first, last) {
                to[..8].copy_from_slice(first);
                to[len - 8..].copy_from_slice(last);
            }
        } else {
            // Not recognised as a memory copy, since it goes backwards.
            for i in (0..len).rev() {
                to[i] = from[i];
            }
        }
        return;
    }
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    // SAFETY: all accesses are below the common length.
    unsafe {
        let mut i = 0;
        while i + 2 * VECTOR <= len {
            let pair = [Bytes::load(from.add(i)), Bytes::load(from.add(i + VECTOR))];
            pair[0].store(to.add(i));
            pair[1].store(to.add(i + VECTOR));
            i += 2 * VECTOR;
        }
        if i + VECTOR < len {
            Bytes::load(from.add(i)).store(to.add(i));
        }
        Bytes::load(from.add(len - VECTOR)).store(to.add(len - VECTOR));
    }
}

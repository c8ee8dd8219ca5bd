//! Pooling.

use std::ops::Range;

use crate::f32x4::{F32x4, LANES};
use crate::matrix::check_len;

/// Pixels that are summed before the sum joins the total: the rounding error then grows with `PIXELS + pixels / PIXELS`
/// instead of `pixels`.
const PIXELS: usize = 32;

/// The mean over all pixels: `input` is `[pixels, channels]`, `out` is `[channels]`. Panics where the lengths do not fit;
/// no pixels give NaN.
pub fn global_average(input: &[f32], pixels: usize, out: &mut [f32]) {
    let channels = out.len();
    global_average_of(input, pixels, channels, 0..channels, out);
}

/// [`global_average`] of some channels: `input` is `[pixels, channels]`, `out` is as long as `range`.
pub fn global_average_of(
    input: &[f32],
    pixels: usize,
    channels: usize,
    range: Range<usize>,
    out: &mut [f32],
) {
    check_len("input", input.len(), &[pixels, channels]);
    check_len("means", out.len(), &[range.len()]);
    assert!(range.end <= channels, "{range:?} is beyond {channels} channels");
    let (start, end) = (range.start, range.end);
    let mut c = start;
    // SAFETY: the channels from c on are at least as many as each call reads, in `pixels` rows; `out` begins at `start`.
    unsafe {
        while c + 4 * LANES <= end {
            let sums = sum_pixels(pixels, channels, |offset| {
                std::array::from_fn::<_, 4, _>(|i| F32x4::load(input.as_ptr().add(offset + c + i * LANES)))
            });
            for (i, sum) in sums.into_iter().enumerate() {
                mean(sum, pixels).store(out.as_mut_ptr().add(c - start + i * LANES));
            }
            c += 4 * LANES;
        }
        while c < end {
            let count = LANES.min(end - c);
            let [sum] = sum_pixels(pixels, channels, |offset| {
                [F32x4::load_first(input.as_ptr().add(offset + c), count)]
            });
            mean(sum, pixels).store_first(out.as_mut_ptr().add(c - start), count);
            c += count;
        }
    }
}

fn mean(sum: F32x4, pixels: usize) -> F32x4 {
    sum / F32x4::splat(pixels as f32)
}

/// The sum of what `load` gives for the offset of each pixel.
#[inline(always)]
fn sum_pixels<const N: usize>(
    pixels: usize,
    channels: usize,
    load: impl Fn(usize) -> [F32x4; N],
) -> [F32x4; N] {
    let mut total = [F32x4::zero(); N];
    for first in (0..pixels).step_by(PIXELS) {
        let mut sum = [F32x4::zero(); N];
        for pixel in first..pixels.min(first + PIXELS) {
            let values = load(pixel * channels);
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum = *sum + value;
            }
        }
        for (total, sum) in total.iter_mut().zip(sum) {
            *total = *total + sum;
        }
    }
    total
}

/// The largest number of each channel under a window: `input` is `[height, width, channels]`, `out` is `[channels]`, and the
/// window covers `pixels` of `lines`. NaN if one of them is, minus infinity for an empty window. Panics where the window is
/// beyond the input.
pub fn max_window(input: &[f32], width: usize, lines: Range<usize>, pixels: Range<usize>, out: &mut [f32]) {
    let channels = out.len();
    let last = if pixels.is_empty() { None } else { lines.clone().next_back() };
    let end = last.map_or(0, |line| (line * width + pixels.end) * channels);
    assert!(end <= input.len(), "{lines:?} and {pixels:?} are beyond {} numbers", input.len());
    let window = Pixels { start: input.as_ptr(), width, channels, lines, pixels };
    let mut c = 0;
    // SAFETY: the window ends within the input, and `out` has all channels.
    unsafe {
        while c + 4 * LANES <= channels {
            let most = window
                .largest(c, |from| std::array::from_fn::<_, 4, _>(|i| F32x4::load(from.add(i * LANES))));
            for (i, most) in most.into_iter().enumerate() {
                most.store(out.as_mut_ptr().add(c + i * LANES));
            }
            c += 4 * LANES;
        }
        while c < channels {
            let count = LANES.min(channels - c);
            let [most] = window.largest(c, |from| [F32x4::load_first(from, count)]);
            most.store_first(out.as_mut_ptr().add(c), count);
            c += count;
        }
    }
}

/// Those under a window.
struct Pixels {
    start: *const f32,
    width: usize,
    channels: usize,
    lines: Range<usize>,
    pixels: Range<usize>,
}

impl Pixels {
    /// The largest of the vectors that `load` finds at channel `c`.
    ///
    /// # Safety
    /// The window lies within the input, and there is such a channel.
    #[inline(always)]
    unsafe fn largest<const N: usize>(
        &self,
        c: usize,
        load: impl Fn(*const f32) -> [F32x4; N],
    ) -> [F32x4; N] {
        let mut most = [F32x4::splat(f32::NEG_INFINITY); N];
        // The maximum ignores a NaN, which is remembered instead.
        let mut marks = [F32x4::zero(); N];
        for line in self.lines.clone() {
            for pixel in self.pixels.clone() {
                // SAFETY: the caller's promise.
                let values = load(unsafe { self.start.add((line * self.width + pixel) * self.channels + c) });
                for ((most, marks), value) in most.iter_mut().zip(&mut marks).zip(values) {
                    *most = most.max(value);
                    *marks = value.mark_nan(*marks);
                }
            }
        }
        for (most, marks) in most.iter_mut().zip(marks) {
            *most = most.or_marks(marks);
        }
        most
    }
}

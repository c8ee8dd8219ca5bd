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
    let first = |line: usize| (line * width + pixels.start) * channels;
    let (chunks, rest) = out.as_chunks_mut();
    let start = chunks.len() * CHUNK;
    for (i, chunk) in chunks.iter_mut().enumerate() {
        let firsts = lines.clone().map(|line| first(line) + i * CHUNK);
        *chunk = largest::<CHUNK>(input, firsts, pixels.len(), channels);
    }
    for (i, number) in rest.iter_mut().enumerate() {
        let firsts = lines.clone().map(|line| first(line) + start + i);
        [*number] = largest(input, firsts, pixels.len(), channels);
    }
}

/// Channels of which the largest numbers so far stay in registers.
const CHUNK: usize = 2 * LANES;

/// The largest of `N` neighbouring channels over `count` pixels from each of `firsts` on.
#[inline(always)]
fn largest<const N: usize>(
    input: &[f32],
    firsts: impl Iterator<Item = usize>,
    count: usize,
    channels: usize,
) -> [f32; N] {
    let mut most = [f32::NEG_INFINITY; N];
    for first in firsts {
        for pixel in 0..count {
            let values =
                input[first + pixel * channels..].first_chunk::<N>().expect("the window is on the map");
            for (most, value) in most.iter_mut().zip(values) {
                // Unlike `f32::max`, this keeps NaN; the compiler makes comparisons and a selection of it.
                *most = if *most >= *value || most.is_nan() { *most } else { *value };
            }
        }
    }
    most
}

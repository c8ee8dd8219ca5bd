//! Depthwise convolution: four taps, one below the other, are one instruction.
//!
//! For that the lines under a row of the output are copied first, so that the four bytes of a channel which lie below each other in
//! a column of the window are neighbours. Zeros around the image are part of the copy.

use std::ops::Range;

use super::ending::{Ending, scaled};
use super::lanes::{Bytes, I32x4};
use super::product::Columns;
use crate::f32x4::LANES;
use crate::matrix::check_len;
use crate::{Rows, RowsMut, Window};

/// Channels side by side.
const PANEL: usize = LANES;

/// Taps down that are one instruction.
const DEPTH: usize = 4;

/// Bytes before a panel's weights.
const HEAD: usize = 3 * 4 * PANEL;

/// Channels whose lines are copied together; what is copied stays in the first-level cache.
const CHUNK: usize = 32;

/// Outputs side by side.
const OUTPUTS: usize = 4;

/// Instructions for a column of the window.
const fn groups(kernel: [usize; 2]) -> usize {
    kernel[0].div_ceil(DEPTH)
}

const fn panel_len(kernel: [usize; 2]) -> usize {
    HEAD + kernel[1] * groups(kernel) * DEPTH * PANEL
}

/// The number of bytes of packed filters.
pub const fn packed_len(kernel: [usize; 2], channels: usize) -> usize {
    channels.div_ceil(PANEL) * panel_len(kernel)
}

/// Packs a filter of (height, width) taps for each channel into [`packed_len`] bytes. Panics where a length does not fit.
pub fn pack(filters: Columns<'_>, kernel: [usize; 2], channels: usize, out: &mut [u8]) {
    let taps = kernel[0] * kernel[1];
    filters.check(taps, channels);
    check_len("packed filters", out.len(), &[packed_len(kernel, channels)]);
    for (p, panel) in out.chunks_exact_mut(panel_len(kernel)).enumerate() {
        let first = p * PANEL;
        let (head, body) = panel.split_at_mut(HEAD);
        filters.write_heads(first, PANEL, head);
        body.fill(0);
        for channel in 0..PANEL.min(channels - first) {
            let filter = &filters.weights[(first + channel) * taps..][..taps];
            for (tap, weight) in filter.iter().enumerate() {
                let (down, across) = (tap / kernel[1], tap % kernel[1]);
                let group = across * groups(kernel) + down / DEPTH;
                body[(group * PANEL + channel) * DEPTH + down % DEPTH] = weight.cast_unsigned();
            }
        }
    }
}

/// Columns of the copied lines.
fn columns(window: &Window) -> usize {
    window.out_width.saturating_sub(1) * window.stride[1] + (window.kernel[1] - 1) * window.dilation[1] + 1
}

/// Bytes of scratch memory that [`depthwise`] needs.
pub fn scratch_len(window: &Window) -> usize {
    groups(window.kernel) * columns(window) * CHUNK * DEPTH
}

/// Some rows of a depthwise convolution of an image `[height, width, channels]` whose byte of 0 is `zero`, with filters from [`pack`].
///
/// Row 0 of `out` and of the residual is the first pixel of `rows`. `scratch` has [`scratch_len`] bytes or more. Panics where a
/// length does not fit.
pub fn depthwise(
    window: &Window,
    input: &[u8],
    zero: u8,
    filters: &[u8],
    rows: Range<usize>,
    out: RowsMut<'_, u8>,
    ending: Ending<'_>,
    scratch: &mut [u8],
) {
    window.check();
    let Window { height, width, channels, kernel, out_width, out_height, .. } = *window;
    check_len("input", input.len(), &[height, width, channels]);
    check_len("packed filters", filters.len(), &[packed_len(kernel, channels)]);
    assert!(rows.end <= out_height, "{rows:?} is beyond {window:?}");
    out.check("output", rows.len() * out_width, channels);
    if let Some(residual) = &ending.residual {
        residual.rows.check("residual", rows.len() * out_width, channels);
        assert!(ending.table().is_none(), "a residual behind a table");
    }
    let scratch = &mut scratch[..scratch_len(window)];
    for (i, row) in rows.clone().enumerate() {
        for first in (0..channels).step_by(CHUNK) {
            let count = CHUNK.min(channels - first);
            interleave(window, input, zero, row, first, count, scratch);
            let line = Line { window, lines: scratch, filters, ending: &ending, row: i };
            for channel in (first..first + count).step_by(PANEL) {
                line.run(channel, channel - first, out.data, out.stride);
            }
        }
        if let Some(table) = ending.table() {
            for pixel in out.data[i * out_width * out.stride..].chunks_mut(out.stride).take(out_width) {
                pixel[..channels].iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
            }
        }
    }
}

/// Copies `count` channels from `first` on of the lines under a row of the output: for each group of four lines and each column the
/// four bytes of each channel.
fn interleave(
    window: &Window,
    input: &[u8],
    zero: u8,
    row: usize,
    first: usize,
    count: usize,
    scratch: &mut [u8],
) {
    let Window { height, width, channels, kernel, stride, dilation, pad_top, pad_left, .. } = *window;
    let zeros = [zero; CHUNK];
    let columns = columns(window);
    for (group, lines) in scratch.chunks_exact_mut(columns * CHUNK * DEPTH).take(groups(kernel)).enumerate() {
        // Lines of the image, where the taps fall on one.
        let sources: [Option<&[u8]>; DEPTH] = std::array::from_fn(|i| {
            let tap = group * DEPTH + i;
            let y = (row * stride[0] + tap * dilation[0]).checked_sub(pad_top)?;
            (tap < kernel[0] && y < height).then(|| &input[y * width * channels..][..width * channels])
        });
        for (column, to) in lines.chunks_exact_mut(CHUNK * DEPTH).enumerate() {
            let x = column.checked_sub(pad_left).filter(|x| *x < width);
            let bytes = sources.map(|line| match (line, x) {
                (Some(line), Some(x)) => &line[x * channels + first..][..count],
                _ => &zeros[..count],
            });
            interleave_four(bytes, to);
        }
    }
}

/// The bytes of four slices of one length by turns.
#[inline(always)]
fn interleave_four(from: [&[u8]; 4], to: &mut [u8]) {
    let count = from[0].len();
    assert!(
        from.iter().all(|from| from.len() == count) && to.len() >= 4 * count,
        "room for {count} channels"
    );
    let whole = count / 16 * 16;
    for i in (0..whole).step_by(16) {
        // SAFETY: sixteen bytes of each lie below the common length, and four times as many in the other.
        unsafe {
            let [a, b, c, d] = from.map(|from| Bytes::load(from.as_ptr().add(i)));
            let (ab, cd) = (a.interleave_low(b), c.interleave_low(d));
            let to = to.as_mut_ptr().add(4 * i);
            ab.interleave_pairs_low(cd).store(to);
            ab.interleave_pairs_high(cd).store(to.add(16));
            let (ab, cd) = (a.interleave_high(b), c.interleave_high(d));
            ab.interleave_pairs_low(cd).store(to.add(32));
            ab.interleave_pairs_high(cd).store(to.add(48));
        }
    }
    for i in whole..count {
        for (byte, from) in to[4 * i..4 * i + 4].iter_mut().zip(from) {
            *byte = from[i];
        }
    }
}

/// The copied lines under a row of the output.
struct Line<'a> {
    window: &'a Window,
    lines: &'a [u8],
    filters: &'a [u8],
    ending: &'a Ending<'a>,
    /// The row, counted from the first that is computed.
    row: usize,
}

impl Line<'_> {
    /// Computes a panel from channel `channel` on, which is number `place` of those that are copied.
    fn run(&self, channel: usize, place: usize, out: &mut [u8], stride: usize) {
        let width = self.window.out_width;
        let filters = &self.filters[channel / PANEL * panel_len(self.window.kernel)..];
        let filters = filters[..panel_len(self.window.kernel)].as_ptr();
        let whole = width / OUTPUTS * OUTPUTS;
        // SAFETY: the callers of `run` have checked output and residual; outputs lie below the window's width, whose columns have
        // been copied.
        unsafe {
            for x in (0..whole).step_by(OUTPUTS) {
                self.outputs::<OUTPUTS>(x, channel, place, filters, out, stride);
            }
            for x in whole..width {
                self.outputs::<1>(x, channel, place, filters, out, stride);
            }
        }
    }

    /// Computes `N` outputs of a panel from column `x` on.
    ///
    /// # Safety
    /// `filters` is the panel, the outputs are within the row.
    #[inline(always)]
    unsafe fn outputs<const N: usize>(
        &self,
        x: usize,
        channel: usize,
        place: usize,
        filters: *const u8,
        out: &mut [u8],
        stride: usize,
    ) {
        const PIXEL: usize = CHUNK * DEPTH;
        let Window { channels, kernel, dilation, stride: steps, out_width, .. } = *self.window;
        let group_len = columns(self.window) * PIXEL;
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [[I32x4::load(filters)]; N];
            let mut weights = filters.add(HEAD);
            let mut column = self.lines.as_ptr().add(x * steps[1] * PIXEL + place * DEPTH);
            for _ in 0..kernel[1] {
                for group in 0..groups(kernel) {
                    let filter = Bytes::load(weights);
                    let values = column.add(group * group_len);
                    for (i, [sum]) in sums.iter_mut().enumerate() {
                        *sum = sum.dot(filter, Bytes::load(values.add(i * steps[1] * PIXEL)));
                    }
                    weights = weights.add(DEPTH * PANEL);
                }
                column = column.wrapping_add(dilation[1] * PIXEL);
            }
            let mut t = scaled(sums, filters.add(16).cast(), filters.add(32).cast());
            let pixel = self.row * out_width + x;
            let count = PANEL.min(channels - channel);
            let mut copies = [[0; PANEL]; N];
            if let Some(residual) = &self.ending.residual {
                for (i, copy) in copies.iter_mut().enumerate() {
                    let Rows { data, stride } = residual.rows;
                    copy[..count].copy_from_slice(&data[(pixel + i) * stride + channel..][..count]);
                }
            }
            let bytes = self.ending.round(&mut t, |_, i, _| copies[i].as_ptr());
            let four = Bytes::narrow(std::array::from_fn(|i| bytes[i.min(N - 1)][0]));
            if count == PANEL && N == 4 {
                let first = out[pixel * stride + channel..].as_mut_ptr();
                four.store_quarters(std::array::from_fn(|i| first.add(i * stride)));
            } else {
                for (i, four) in four.to_array().chunks_exact(PANEL).take(N).enumerate() {
                    out[(pixel + i) * stride + channel..][..count].copy_from_slice(&four[..count]);
                }
            }
        }
    }
}

//! Depthwise convolution: four taps, one below the other, are one instruction.
//!
//! For that the lines under a row of the output are copied first, so that the four bytes of a channel which lie below each other in
//! a column of the window are neighbours. Zeros around the image are part of the copy.

use std::ops::Range;

use super::Image;
use super::ending::{Ending, scaled};
use super::lanes::{Bytes, Dot, I32x4, Pairs, Whole};
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

/// From a copied column to the next.
const PIXEL: usize = CHUNK * DEPTH;

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

/// Some rows of a depthwise convolution with filters from [`pack`].
///
/// Row 0 of `out` and of the residual is the first pixel of `rows`. `scratch` has [`scratch_len`] bytes or more. Panics where a
/// length does not fit.
pub fn depthwise(
    image: Image<'_>,
    filters: &[u8],
    rows: Range<usize>,
    out: RowsMut<'_, u8>,
    ending: Ending<'_>,
    scratch: &mut [u8],
) {
    let Image { window, data, .. } = image;
    window.check();
    let Window { height, width, channels, kernel, out_width, out_height, .. } = *window;
    check_len("input", data.len(), &[height, width, channels]);
    check_len("packed filters", filters.len(), &[packed_len(kernel, channels)]);
    assert!(rows.end <= out_height, "{rows:?} is beyond {window:?}");
    out.check("output", rows.len() * out_width, channels);
    if let Some(residual) = &ending.residual {
        residual.rows.check("residual", rows.len() * out_width, channels);
        assert!(ending.table().is_none(), "a residual behind a table");
    }
    let (scratch, pairs) = (&mut scratch[..scratch_len(window)], Pairs::detect());
    if out_width == 0 {
        return;
    }
    for (i, row) in rows.clone().enumerate() {
        for first in (0..channels).step_by(CHUNK) {
            let count = CHUNK.min(channels - first);
            interleave(image, row, first..first + count, scratch);
            let line = Line { window, lines: scratch, filters, ending: &ending, row: i };
            for channel in (first..first + count).step_by(PANEL) {
                match pairs {
                    Some(pairs) => line.run(channel, channel - first, out.data, out.stride, pairs),
                    None => line.run(channel, channel - first, out.data, out.stride, Whole),
                }
            }
        }
        if let Some(table) = ending.table() {
            for pixel in out.data[i * out_width * out.stride..].chunks_mut(out.stride).take(out_width) {
                pixel[..channels].iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
            }
        }
    }
}

/// Copies some channels of the lines under a row of the output: for each group of four lines and each column the
/// four bytes of each channel.
fn interleave(image: Image<'_>, row: usize, copied: Range<usize>, scratch: &mut [u8]) {
    let Image { window, data, zero } = image;
    let (first, count) = (copied.start, copied.len());
    let Window { height, width, channels, kernel, stride, dilation, pad_top, pad_left, .. } = *window;
    let zeros = [zero; CHUNK];
    let columns = columns(window);
    // The columns that are the image's.
    let left = pad_left.min(columns);
    let right = (pad_left + width).min(columns);
    for (group, lines) in scratch.chunks_exact_mut(columns * PIXEL).take(groups(kernel)).enumerate() {
        // Lines of the image, where the taps fall on one, and how far apart their pixels are.
        let sources: [(&[u8], usize); DEPTH] = std::array::from_fn(|i| {
            let tap = group * DEPTH + i;
            let y = (row * stride[0] + tap * dilation[0]).checked_sub(pad_top);
            match y.filter(|y| tap < kernel[0] && *y < height) {
                Some(y) => (&data[y * width * channels..][..width * channels], channels),
                None => (&zeros[..], 0),
            }
        });
        for outside in [0..left, right..columns] {
            for pixel in lines[outside.start * PIXEL..outside.end * PIXEL].chunks_exact_mut(PIXEL) {
                pixel[..count * DEPTH].fill(zero);
            }
        }
        for x in 0..right - left {
            let to = &mut lines[(left + x) * PIXEL..][..PIXEL];
            // SAFETY: pixels are within their lines, whose channels from `first` on are at least `count`; zeros are as many.
            unsafe {
                let from = sources.map(|(line, step)| {
                    let first = if step == 0 { 0 } else { first };
                    line.as_ptr().add(x * step + first)
                });
                interleave_four(from, count, to.as_mut_ptr());
            }
        }
    }
}

/// The first `count` bytes at four places by turns.
///
/// # Safety
/// There are so many to read, and room for four times as many.
#[inline(always)]
unsafe fn interleave_four(from: [*const u8; 4], count: usize, to: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut i = 0;
        while i + 16 <= count {
            let [a, b, c, d] = from.map(|from| Bytes::load(from.add(i)));
            let (ab, cd) = (a.interleave_low(b), c.interleave_low(d));
            let place = to.add(4 * i);
            ab.interleave_pairs_low(cd).store(place);
            ab.interleave_pairs_high(cd).store(place.add(16));
            let (ab, cd) = (a.interleave_high(b), c.interleave_high(d));
            ab.interleave_pairs_low(cd).store(place.add(32));
            ab.interleave_pairs_high(cd).store(place.add(48));
            i += 16;
        }
        if i + 8 <= count {
            let [a, b, c, d] = from.map(|from| Bytes::load_half(from.add(i)));
            let (ab, cd) = (a.interleave_low(b), c.interleave_low(d));
            let place = to.add(4 * i);
            ab.interleave_pairs_low(cd).store(place);
            ab.interleave_pairs_high(cd).store(place.add(16));
            i += 8;
        }
        if i + 4 <= count {
            let [a, b, c, d] = from.map(|from| Bytes::splat_four(from.add(i)));
            a.interleave_low(b).interleave_pairs_low(c.interleave_low(d)).store(to.add(4 * i));
            i += 4;
        }
        for i in i..count {
            for (line, from) in from.iter().enumerate() {
                *to.add(4 * i + line) = *from.add(i);
            }
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

/// A panel of a line.
#[derive(Clone, Copy)]
struct Place {
    /// Its first channel.
    channel: usize,
    /// The first tap of its first output among the copied lines.
    lines: *const u8,
    filters: *const u8,
    /// Its first output.
    out: *mut u8,
    /// From an output to the next.
    stride: usize,
}

impl Line<'_> {
    /// Computes a panel from channel `channel` on, which is number `place` of those that are copied.
    fn run(&self, channel: usize, place: usize, out: &mut [u8], stride: usize, dot: impl Dot) {
        let Window { kernel, stride: steps, dilation, out_width, .. } = *self.window;
        let filters = &self.filters[channel / PANEL * panel_len(kernel)..][..panel_len(kernel)];
        let out =
            &mut out[self.row * out_width * stride..][..(out_width - 1) * stride + self.window.channels];
        let place = Place {
            channel,
            lines: self.lines[place * DEPTH..].as_ptr(),
            filters: filters.as_ptr(),
            out: out[channel..].as_mut_ptr(),
            stride,
        };
        // SAFETY: output and residual have been checked; the columns under all outputs have been copied.
        unsafe {
            match (kernel, steps[1], dilation[1]) {
                ([3, 3], 1, 1) => self.fixed::<3, 1, 1>(place, dot),
                ([3, 3], 2, 1) => self.fixed::<3, 1, 2>(place, dot),
                ([5, 5], 1, 1) => self.fixed::<5, 2, 1>(place, dot),
                ([5, 5], 2, 1) => self.fixed::<5, 2, 2>(place, dot),
                _ => self.any(place, 0, dot),
            }
        }
    }

    /// Computes a panel whose windows have `K` columns of `G` groups, `S` apart.
    ///
    /// # Safety
    /// The columns under all outputs have been copied, and the place is the panel's.
    #[inline(never)]
    unsafe fn fixed<const K: usize, const G: usize, const S: usize>(&self, place: Place, dot: impl Dot) {
        let (width, group) = (self.window.out_width, columns(self.window) * PIXEL);
        // SAFETY: the caller's promise.
        unsafe {
            if width < OUTPUTS {
                return self.any(place, 0, dot);
            }
            let start = I32x4::load(place.filters);
            let filters: [[Bytes; G]; K] = std::array::from_fn(|column| {
                std::array::from_fn(|g| {
                    Bytes::load(place.filters.add(HEAD + (column * G + g) * DEPTH * PANEL))
                })
            });
            let mut x = 0;
            loop {
                let values = place.lines.add(x * S * PIXEL);
                let mut sums = [[start]; OUTPUTS];
                for (column, filters) in filters.iter().enumerate() {
                    for (g, filter) in filters.iter().enumerate() {
                        for (i, [sum]) in sums.iter_mut().enumerate() {
                            let at = values.add(g * group + (i * S + column) * PIXEL);
                            *sum = dot.add(*sum, *filter, Bytes::load(at));
                        }
                    }
                }
                self.finish(x, sums, place);
                if x + OUTPUTS >= width {
                    return;
                }
                // The last outputs may overlap with those before.
                x = (x + OUTPUTS).min(width - OUTPUTS);
            }
        }
    }

    /// Computes the outputs of a panel from column `first` on.
    ///
    /// # Safety
    /// As [`Line::fixed`].
    #[inline(never)]
    unsafe fn any(&self, place: Place, first: usize, dot: impl Dot) {
        let Window { kernel, stride, dilation, out_width, .. } = *self.window;
        let group_len = columns(self.window) * PIXEL;
        for x in first..out_width {
            // SAFETY: the caller's promise.
            unsafe {
                let mut sums = [[I32x4::load(place.filters)]];
                let mut filters = place.filters.add(HEAD);
                for column in 0..kernel[1] {
                    for group in 0..groups(kernel) {
                        let at = group * group_len + (x * stride[1] + column * dilation[1]) * PIXEL;
                        let values = Bytes::load(place.lines.add(at));
                        sums[0][0] = dot.add(sums[0][0], Bytes::load(filters), values);
                        filters = filters.add(DEPTH * PANEL);
                    }
                }
                self.finish(x, sums, place);
            }
        }
    }

    /// Ends the sums of the outputs from column `x` on.
    ///
    /// # Safety
    /// As [`Line::fixed`].
    #[inline(always)]
    unsafe fn finish<const N: usize>(&self, x: usize, sums: [[I32x4; 1]; N], place: Place) {
        let Window { channels, out_width, .. } = *self.window;
        let Place { channel, filters, out, stride, .. } = place;
        let count = PANEL.min(channels - channel);
        // SAFETY: the caller's promise.
        unsafe {
            let mut t = scaled(sums, filters.add(4 * PANEL).cast(), filters.add(2 * 4 * PANEL).cast());
            let mut copies = [[0; PANEL]; N];
            if let Some(residual) = &self.ending.residual {
                let pixel = self.row * out_width + x;
                for (i, copy) in copies.iter_mut().enumerate() {
                    let Rows { data, stride } = residual.rows;
                    copy[..count].copy_from_slice(&data[(pixel + i) * stride + channel..][..count]);
                }
            }
            let bytes = self.ending.round(&mut t, |_, i, _| copies[i].as_ptr());
            let four = Bytes::narrow(std::array::from_fn(|i| bytes[i.min(N - 1)][0]));
            let places = std::array::from_fn(|i| out.add((x + i.min(N - 1)) * stride));
            if count == PANEL && N == OUTPUTS {
                return four.store_quarters(places);
            }
            for (four, place) in four.to_array().chunks_exact(PANEL).zip(places).take(N) {
                std::ptr::copy_nonoverlapping(four.as_ptr(), place, count);
            }
        }
    }
}

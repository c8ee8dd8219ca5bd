//! Depthwise convolution: one filter per channel.
//!
//! The kernel vectorises over channels. Windows that lie inside the image horizontally are computed for several
//! neighbouring outputs at once, with all taps of a row unrolled: neighbours share their input loads, and their sums are
//! independent, so that one multiply-add need not wait for another. Everything else (the borders, kernels other than 3
//! and 5, strides above 2) takes one output and several vectors of channels at a time.

use std::ops::Range;

use super::Window;
use super::f32x4::{F32x4, LANES};
use super::math::{Split, activate, apply_activation};
use super::matrix::check_len;
use crate::spec::Activation;

/// Some consecutive rows of an image `[height, width, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct Band<'a> {
    /// The rows, one after the other.
    pub data: &'a [f32],
    /// Number of the first of them in the image.
    pub first_row: usize,
}

/// `out[y, x, c] = activation(bias[c] + Σ input[y*stride - pad_top + i, x*stride - pad_left + j, c] * weights[i, j, c])`
/// for the output rows `rows`.
///
/// `input` holds at least the image rows that the windows of `rows` touch, `weights` is `[kernel, kernel, channels]`
/// (see [`super::pack::reorder_depthwise`]), `bias` is `[channels]` and `out` is `[rows, out_width, channels]`. Panics
/// where a length does not fit.
pub fn depthwise(
    window: &Window,
    input: Band<'_>,
    weights: &[f32],
    bias: &[f32],
    activation: Activation,
    rows: Range<usize>,
    out: &mut [f32],
) {
    window.check();
    let Window { channels, kernel, width, out_width, .. } = *window;
    let line = width * channels;
    check_len("weights", weights.len(), &[kernel, kernel, channels]);
    check_len("bias", bias.len(), &[channels]);
    check_len("output", out.len(), &[rows.len(), out_width, channels]);
    assert!(rows.end <= window.out_height, "{rows:?} is beyond {window:?}");
    if out.is_empty() {
        return;
    }
    let split = Split::new(activation);
    for (y, out) in rows.zip(out.chunks_exact_mut(out_width * channels)) {
        let (taps, first) = window.row_taps(y);
        let first = if taps.is_empty() { input.first_row } else { first };
        let needed = first.checked_sub(input.first_row).map(|skipped| (skipped * line, taps.len() * line));
        let touched = needed.and_then(|(start, len)| input.data.get(start..)?.get(..len));
        let Some(touched) = touched else {
            panic!("output row {y} of {window:?} needs {} rows from {first} on: not in the band", taps.len());
        };
        let row = OutputRow {
            window,
            input: touched,
            weights: &weights[taps.start * kernel * channels..taps.end * kernel * channels],
            bias,
            activation: split.in_registers,
        };
        row.run(out);
        if let Some(activation) = split.afterwards {
            apply_activation(out, activation);
        }
    }
}

/// One row of the output with what it depends on; all lengths are those that the window demands.
struct OutputRow<'a> {
    window: &'a Window,
    /// The image rows under the window.
    input: &'a [f32],
    /// The rows of the window that lie on `input`, and only those.
    weights: &'a [f32],
    bias: &'a [f32],
    activation: Activation,
}

impl OutputRow<'_> {
    fn run(&self, out: &mut [f32]) {
        let interior = self.window.interior_columns();
        let mut x = 0;
        while x < interior.start {
            self.single(x, 0, out);
            x += 1;
        }
        match (self.window.kernel, self.window.stride) {
            (3, 1) => x = self.interior::<3, 1>(interior.clone(), out),
            (3, 2) => x = self.interior::<3, 2>(interior.clone(), out),
            (5, 1) => x = self.interior::<5, 1>(interior.clone(), out),
            (5, 2) => x = self.interior::<5, 2>(interior.clone(), out),
            _ => {}
        }
        while x < self.window.out_width {
            self.single(x, 0, out);
            x += 1;
        }
    }

    /// Computes interior columns in groups; gives the first column that is left.
    fn interior<const K: usize, const S: usize>(&self, columns: Range<usize>, out: &mut [f32]) -> usize {
        let mut x = columns.start;
        while x + 4 <= columns.end {
            self.group::<K, S, 4>(x, out);
            x += 4;
        }
        if x + 2 <= columns.end {
            self.group::<K, S, 2>(x, out);
            x += 2;
        }
        x
    }

    /// Computes the `N` outputs from column `x` on, all of them interior.
    #[inline(never)]
    fn group<const K: usize, const S: usize, const N: usize>(&self, x: usize, out: &mut [f32]) {
        let channels = self.window.channels;
        let input = &self.input[self.input.len().min((x * S - self.window.pad_left) * channels)..];
        let out_group = &mut out[x * channels..][..N * channels];
        let mut c = 0;
        // SAFETY: the windows are interior, so that their taps lie within the rows of `input`, and all channels that are
        // touched lie below `channels`.
        unsafe {
            // Two vectors of channels need 16 registers with K = 3, and more with K = 5.
            while K == 3 && c + 2 * LANES <= channels {
                self.block::<K, S, N, 2>(input.as_ptr(), c, out_group.as_mut_ptr());
                c += 2 * LANES;
            }
            while c + LANES <= channels {
                self.block::<K, S, N, 1>(input.as_ptr(), c, out_group.as_mut_ptr());
                c += LANES;
            }
        }
        if c < channels {
            for i in 0..N {
                self.single(x + i, c, out);
            }
        }
    }

    /// Computes `V` vectors of channels, from channel `c` on, of `N` neighbouring outputs.
    ///
    /// # Safety
    /// `input` points to the first tap of the first of them, `out` to that output, and all `N` windows are interior.
    #[inline(always)]
    unsafe fn block<const K: usize, const S: usize, const N: usize, const V: usize>(
        &self,
        input: *const f32,
        c: usize,
        out: *mut f32,
    ) {
        let channels = self.window.channels;
        let line = self.window.width * channels;
        let rows = self.weights.len() / (K * channels);
        // SAFETY: the caller's promise.
        unsafe {
            let bias = load::<V>(self.bias.as_ptr().add(c));
            let mut sums = [bias; N];
            for row in 0..rows {
                let weights = self.weights.as_ptr().add(row * K * channels + c);
                let input = input.add(row * line + c);
                // Column by column: each input is loaded once and meets the taps of all outputs that cover it.
                for column in 0..(N - 1) * S + K {
                    let values = load::<V>(input.add(column * channels));
                    for (i, sum) in sums.iter_mut().enumerate() {
                        if column >= i * S && column < i * S + K {
                            let weights = load::<V>(weights.add((column - i * S) * channels));
                            for v in 0..V {
                                sum[v] = values[v].madd(weights[v], sum[v]);
                            }
                        }
                    }
                }
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                activate(sum, self.activation);
                for (v, sum) in sum.iter().enumerate() {
                    sum.store(out.add(i * channels + c + v * LANES));
                }
            }
        }
    }

    /// Computes the channels from `first_channel` on of the output in column `x`, wherever its window lies.
    #[inline(never)]
    fn single(&self, x: usize, first_channel: usize, out: &mut [f32]) {
        let channels = self.window.channels;
        let (taps, column) = self.window.column_taps(x);
        let out = &mut out[x * channels..][..channels];
        let pixel = Pixel { row: self, first_tap: taps.start, taps: taps.len(), column };
        let mut c = first_channel;
        // SAFETY: all channels that are touched lie below `channels`.
        unsafe {
            while c + 4 * LANES <= channels {
                let sums = pixel.sum(c, |p| load::<4>(p));
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(out.as_mut_ptr().add(c + v * LANES));
                }
                c += 4 * LANES;
            }
            while c + LANES <= channels {
                let [sum] = pixel.sum(c, |p| load::<1>(p));
                sum.store(out.as_mut_ptr().add(c));
                c += LANES;
            }
            let rest = channels - c;
            if rest > 0 {
                let [sum] = pixel.sum(c, |p| [F32x4::load_first(p, rest)]);
                sum.store_first(out.as_mut_ptr().add(c), rest);
            }
        }
    }
}

/// One output of a row.
struct Pixel<'a> {
    row: &'a OutputRow<'a>,
    /// The columns of the window that lie on the image.
    first_tap: usize,
    taps: usize,
    /// Where the first of them lies.
    column: usize,
}

impl Pixel<'_> {
    /// The activated sums of `V` vectors of channels from channel `c` on.
    ///
    /// # Safety
    /// `load` reads no channels beyond the last one.
    #[inline(always)]
    unsafe fn sum<const V: usize>(&self, c: usize, load: impl Fn(*const f32) -> [F32x4; V]) -> [F32x4; V] {
        let OutputRow { window, input, weights, bias, activation } = *self.row;
        let Window { channels, kernel, width, .. } = *window;
        // SAFETY: `taps` columns from `column` on lie on the image, and the window has as many from `first_tap` on. The
        // pointers are moved by `wrapping_add`, because they are not read where there are no taps.
        unsafe {
            let mut sums = load(bias.as_ptr().add(c));
            for row in 0..weights.len() / (kernel * channels) {
                let mut w = weights.as_ptr().wrapping_add((row * kernel + self.first_tap) * channels + c);
                let mut x = input.as_ptr().wrapping_add((row * width + self.column) * channels + c);
                for _ in 0..self.taps {
                    let (values, taps) = (load(x), load(w));
                    for v in 0..V {
                        sums[v] = values[v].madd(taps[v], sums[v]);
                    }
                    w = w.wrapping_add(channels);
                    x = x.wrapping_add(channels);
                }
            }
            activate(&mut sums, activation);
            sums
        }
    }
}

/// # Safety
/// `p` is valid for reading `V` vectors.
#[inline(always)]
unsafe fn load<const V: usize>(p: *const f32) -> [F32x4; V] {
    // SAFETY: the caller's promise.
    std::array::from_fn(|v| unsafe { F32x4::load(p.add(v * LANES)) })
}

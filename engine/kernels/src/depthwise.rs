//! Depthwise convolution: one filter per channel.
//!
//! The kernel vectorises over channels. Windows that lie inside the image horizontally are computed for several
//! neighbouring outputs at once, with all taps of a row unrolled: neighbours share their input loads, and their sums are
//! independent, so that one multiply-add need not wait for another. Everything else (the borders, kernels other than 3
//! and 5, strides above 2) takes one output and several vectors of channels at a time.

use std::ops::Range;

use crate::Activation;
use crate::f32x4::{F32x4, LANES};
use crate::math::{Split, activate, apply_activation};
use crate::matrix::check_len;
use crate::pack::{PANEL, PackedB};
use crate::{RowsMut, Window};

/// `out[y, x, c] = activation(bias[c] + Σ input[y*stride - pad_top + i*dilation, x*stride - pad_left + j*dilation, c] *
/// weights[c, i, j])`
/// for the output rows `rows`.
///
/// `input` is `[height, width, channels]`. `weights` are those of PyTorch
/// (`[channels, 1, kernel, kernel]`), taken as a `[channels, kernel * kernel]` matrix and packed with the biases by
/// [`crate::pack::pack_b`]: `k` is `kernel[0] * kernel[1]`, `n` is `channels`. `out` holds `[rows, out_width]` pixels of
/// `channels` numbers. Panics where a length does not fit.
pub fn depthwise(
    window: &Window,
    input: &[f32],
    weights: PackedB<'_>,
    activation: Activation,
    rows: Range<usize>,
    out: RowsMut<'_>,
) {
    window.check();
    let Window { channels, kernel, height, width, out_width, .. } = *window;
    let (line, taps) = (width * channels, kernel[0] * kernel[1]);
    assert_eq!((weights.k, weights.n), (taps, channels), "the packed weights are those of {window:?}");
    check_len("packed weights", weights.data.len(), &[channels.div_ceil(PANEL), taps + 1, PANEL]);
    check_len("input", input.len(), &[height, width, channels]);
    out.check("output", rows.len() * out_width, channels);
    assert!(rows.end <= window.out_height, "{rows:?} is beyond {window:?}");
    if rows.is_empty() || out_width * channels == 0 {
        return;
    }
    let split = Split::new(activation);
    for (y, out_row) in rows.zip(out.data.chunks_mut(out_width * out.stride)) {
        let (taps, first) = window.taps_of(y, 0);
        let lines = taps.len().saturating_sub(1) * window.dilation[0] + 1;
        let touched = if taps.is_empty() { &[] } else { &input[first * line..][..lines * line] };
        let activation = split.in_registers;
        let row =
            OutputRow { window, stride: out.stride, input: touched, weights: weights.data, taps, activation };
        row.run(out_row);
        if let Some(activation) = split.afterwards {
            match out.stride == channels {
                true => apply_activation(out_row, activation),
                // What lies between is another's.
                false => out_row
                    .chunks_mut(out.stride)
                    .for_each(|pixel| apply_activation(&mut pixel[..channels], activation)),
            }
        }
    }
}

/// One row of the output with what it depends on; all lengths are those that the window demands.
struct OutputRow<'a> {
    window: &'a Window,
    /// From a pixel of the output to the next.
    stride: usize,
    /// The image rows under the window.
    input: &'a [f32],
    weights: &'a [f32],
    /// The rows of the window that lie on `input`.
    taps: Range<usize>,
    activation: Activation,
}

impl OutputRow<'_> {
    /// Computes the row. How many outputs form a group follows from the number of registers, see `block`.
    fn run(&self, out: &mut [f32]) {
        let interior = self.window.interior_columns();
        for x in 0..interior.start {
            self.single(x, 0, out);
        }
        let Window { kernel, stride, dilation, .. } = *self.window;
        // What varies down a column is no constant of a group.
        let done = match (kernel, stride[1], dilation) {
            ([3, 3], 1, [1, 1]) => self.interior::<3, 1, 5>(interior, out),
            ([3, 3], 2, [1, 1]) => self.interior::<3, 2, 4>(interior, out),
            ([5, 5], 1, [1, 1]) => self.interior::<5, 1, 3>(interior, out),
            ([5, 5], 2, [1, 1]) => self.interior::<5, 2, 3>(interior, out),
            _ => interior.start,
        };
        for x in done..self.window.out_width {
            self.single(x, 0, out);
        }
    }

    /// Computes interior columns in groups of `N` and 2; gives the first column that is left.
    fn interior<const K: usize, const S: usize, const N: usize>(
        &self,
        columns: Range<usize>,
        out: &mut [f32],
    ) -> usize {
        let mut x = columns.start;
        while x + N <= columns.end {
            self.group::<K, S, N>(x, out);
            x += N;
        }
        while x + 2 <= columns.end {
            self.group::<K, S, 2>(x, out);
            x += 2;
        }
        x
    }

    /// The biases of the panel of channel `c`; its taps follow, [`PANEL`] floats each.
    #[inline(always)]
    fn panel(&self, c: usize) -> *const f32 {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        self.weights[c / PANEL * PANEL * (taps + 1)..].as_ptr()
    }

    /// Computes the `N` outputs from column `x` on, all of them interior.
    #[inline(never)]
    fn group<const K: usize, const S: usize, const N: usize>(&self, x: usize, out: &mut [f32]) {
        let channels = self.window.channels;
        let input = self.input.as_ptr().wrapping_add((x * S - self.window.pad_left) * channels);
        let group = &mut out[x * self.stride..][..(N - 1) * self.stride + channels];
        let whole = channels / PANEL * PANEL;
        for c in (0..whole).step_by(LANES) {
            // SAFETY: the windows are interior, so that their taps lie within the rows of `self.input`, and the channels of
            // whole panels lie below `channels`. (`input` wraps where there are no rows, and is not read then.)
            unsafe {
                let panel = self.panel(c).add(c % PANEL);
                self.block::<K, S, N>(input.wrapping_add(c), panel, group.as_mut_ptr().add(c));
            }
        }
        if whole < channels {
            for i in 0..N {
                self.single(x + i, whole, out);
            }
        }
    }

    /// Computes four channels of `N` neighbouring outputs.
    ///
    /// A row of the window is unrolled, and LLVM's wasm back end writes one sum's multiply-adds after the other's: `N` sums, `K`
    /// weights and the inputs of a window share 16 registers. (So there is no second vector of channels, and the rows are a
    /// loop. Six to eight outputs at once are no faster.)
    ///
    /// # Safety
    /// The pointers are those of the first of these channels: `input` of the first tap of the first output, `panel` of the
    /// bias, `out` of the first output. All `N` windows are interior.
    #[inline(always)]
    unsafe fn block<const K: usize, const S: usize, const N: usize>(
        &self,
        mut input: *const f32,
        panel: *const f32,
        out: *mut f32,
    ) {
        let channels = self.window.channels;
        let line = self.window.width * channels;
        // SAFETY: the caller's promise; the panel has K * K taps.
        unsafe {
            let mut sums = [F32x4::load(panel); N];
            let mut weights = panel.add((1 + self.taps.start * K) * PANEL);
            for _ in self.taps.clone() {
                for column in 0..(N - 1) * S + K {
                    let values = F32x4::load(input.add(column * channels));
                    // Each input is loaded once and meets the taps of all outputs that cover it.
                    for (i, sum) in sums.iter_mut().enumerate() {
                        if column >= i * S && column < i * S + K {
                            let weight = F32x4::load(weights.add((column - i * S) * PANEL));
                            *sum = values.madd(weight, *sum);
                        }
                    }
                }
                weights = weights.add(K * PANEL);
                input = input.wrapping_add(line);
            }
            let mut sums = [sums];
            activate(&mut sums, self.activation);
            for (i, sum) in sums[0].iter().enumerate() {
                sum.store(out.add(i * self.stride));
            }
        }
    }

    /// Computes the channels from `c` (a multiple of [`PANEL`]) on of the output in column `x`, wherever its window lies.
    #[inline(never)]
    fn single(&self, x: usize, mut c: usize, out: &mut [f32]) {
        let channels = self.window.channels;
        let (taps, column) = self.window.taps_of(x, 1);
        let out = &mut out[x * self.stride..][..channels];
        // SAFETY: the vectors of channels that are loaded and stored lie below `channels`.
        unsafe {
            while c + PANEL <= channels {
                let sums = self.sum(c, 0, &taps, column, |p| load::<2>(p));
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(out.as_mut_ptr().add(c + v * LANES));
                }
                c += PANEL;
            }
            for start in (c..channels).step_by(LANES) {
                let count = LANES.min(channels - start);
                let [sum] = self.sum(c, start - c, &taps, column, |p| [F32x4::load_first(p, count)]);
                sum.store_first(out.as_mut_ptr().add(start), count);
            }
        }
    }

    /// The activated sums of `V` vectors of channels from the one with number `lane` in the panel of channel `c` on, for
    /// a window of which the columns `taps` lie on the image, the first of them on `column`.
    ///
    /// # Safety
    /// `load_input` reads no channels beyond the last one.
    #[inline(always)]
    unsafe fn sum<const V: usize>(
        &self,
        c: usize,
        lane: usize,
        taps: &Range<usize>,
        column: usize,
        load_input: impl Fn(*const f32) -> [F32x4; V],
    ) -> [F32x4; V] {
        let Window { channels, kernel: [_, across], dilation, width, .. } = *self.window;
        let panel = self.panel(c).wrapping_add(lane);
        let input = self.input.as_ptr().wrapping_add(column * channels + c + lane);
        // SAFETY: the taps lie on the image, and the panel has all of them. (Pointers that are not read may
        // wrap.)
        unsafe {
            let mut sums = load::<V>(panel);
            for (i, row) in self.taps.clone().enumerate() {
                let mut weights = panel.wrapping_add((1 + row * across + taps.start) * PANEL);
                let mut input = input.wrapping_add(i * dilation[0] * width * channels);
                for _ in taps.clone() {
                    let (values, weight) = (load_input(input), load::<V>(weights));
                    for v in 0..V {
                        sums[v] = values[v].madd(weight[v], sums[v]);
                    }
                    weights = weights.wrapping_add(PANEL);
                    input = input.wrapping_add(dilation[1] * channels);
                }
            }
            let mut sums = [sums];
            activate(&mut sums, self.activation);
            sums[0]
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

//! Checks of the SIMD kernels against naive loops in f64. They run natively (`kernels.rs`) and in a browser
//! (`kernels_web.rs`), with the same cases.
//!
//! Tolerances are in units of f32's epsilon, relative to the sum of the magnitudes of the terms: that is how rounding errors
//! of a sum scale, whatever cancels.

mod int8;
#[path = "../random/mod.rs"]
pub(crate) mod random;

use std::ops::Range;

use engine::graph::Activation;
use kernels::conv::{self, Image, conv};
use kernels::depthwise::depthwise;
use kernels::elementwise::{add, add_assign, gather, scale_channels};
use kernels::gemm::{Epilogue, ROW_MULTIPLE, RowTile, gemm, gemm_with};
use kernels::gemv::gemv;
use kernels::math::apply_activation;
use kernels::norm::{layer_norm, moments};
use kernels::pack::{PANEL, PackedB, pack_b, pack_b_transposed, packed_len, reorder_oihw};
use kernels::pool::{global_average, max_window};
use kernels::separable;
use kernels::softmax::softmax_rows;
use kernels::winograd::{self, BIASED, CHANNELS, PRODUCTS, TILE, transform_filters};
use kernels::{Rows, RowsMut, Window};
use random::Random;

pub(crate) use int8::{
    depthwise_of_bytes_equals_naive_loops, products_of_bytes_equal_naive_loops,
    simple_layers_of_bytes_equal_naive_loops, windows_of_bytes_are_copied_whole,
};

/// Makes a test of every check, with the given attribute.
macro_rules! each_as {
    ($test:ident) => {
        $crate::kernel_checks::each_as! { $test:
            gemm_matches_naive_loop,
            gemm_of_large_matrices_matches_naive_loop,
            gemm_of_empty_matrices,
            gemm_is_independent_of_row_splits,
            gemm_propagates_nan,
            gemv_matches_naive_loop,
            gemv_is_independent_of_column_splits,
            gemv_propagates_nan,
            depthwise_matches_naive_loop,
            depthwise_propagates_nan,
            dense_convolution_matches_naive_loop,
            dense_convolution_is_independent_of_splits,
            dense_convolution_propagates_nan,
            winograd_matches_naive_loop,
            winograd_is_independent_of_splits,
            winograd_propagates_nan,
            activations_match_f64,
            sigmoid_and_silu_of_large_numbers,
            elementwise_matches_naive_loop,
            gather_matches_naive_loop,
            global_average_matches_f64,
            max_window_matches_naive_loop,
            layer_norm_matches_f64,
            moments_match_f64,
            separable_attention_matches_f64,
            softmax_matches_f64,
            softmax_of_small_shares_matches_f64,
            products_of_bytes_equal_naive_loops,
            depthwise_of_bytes_equals_naive_loops,
            windows_of_bytes_are_copied_whole,
            simple_layers_of_bytes_equal_naive_loops,
        }
    };
    ($test:ident: $($name:ident),+ $(,)?) => {
        $(#[$test]
        fn $name() {
            $crate::kernel_checks::$name();
        })+
    };
}
pub(crate) use each_as;

const EPS: f64 = f32::EPSILON as f64;

/// Marks what a kernel must not write to.
const UNTOUCHED: f32 = 12345.0;

/// The formulas, in f64.
fn activation(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Gelu => 0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
    }
}

/// Numbers that only these checks draw.
trait Floats {
    /// Uniform in [-2, 2).
    fn float(&mut self) -> f32;
    fn floats(&mut self, len: usize) -> Vec<f32>;
    fn activation(&mut self) -> Activation;
    /// Distance of a slice from the start of its allocation, so that its alignment varies.
    fn offset(&mut self) -> usize;
}

impl Floats for Random {
    fn float(&mut self) -> f32 {
        self.next() as f32 / (1u64 << 30) as f32 - 2.0
    }

    fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.float()).collect()
    }

    fn activation(&mut self) -> Activation {
        self.of(&Activation::ALL)
    }

    fn offset(&mut self) -> usize {
        self.within(0..=3)
    }
}

/// Fails unless `got` is within `eps` epsilons of `magnitude` from `expected`.
#[track_caller]
fn assert_close(got: f32, expected: f64, magnitude: f64, eps: f64, context: &dyn std::fmt::Debug) {
    let error = (f64::from(got) - expected).abs();
    // One denormal step is allowed besides: results below it vanish.
    let tolerance = eps * EPS * magnitude + 1e-44;
    assert!(
        error <= tolerance,
        "got {got}, expected {expected}, error {error:e} > {tolerance:e}: {context:?}"
    );
}

#[derive(Debug)]
struct GemmCase {
    m: usize,
    k: usize,
    n: usize,
    /// What the rows of A, B, C and the residual are longer than they need to be.
    gaps: [usize; 4],
    offsets: [usize; 4],
    bias: bool,
    transposed: bool,
    residual: bool,
    activation: Activation,
    tile: RowTile,
}

impl GemmCase {
    fn random(random: &mut Random, m: usize, k: usize, n: usize) -> Self {
        Self {
            m,
            k,
            n,
            gaps: std::array::from_fn(|_| random.within(0..=5)),
            offsets: std::array::from_fn(|_| random.offset()),
            bias: !random.chance(4),
            transposed: random.chance(3),
            residual: random.chance(3),
            activation: random.activation(),
            tile: if random.chance(2) { RowTile::Four } else { RowTile::Six },
        }
    }

    fn check(&self, random: &mut Random) {
        let Self { m, k, n, gaps, offsets, .. } = *self;
        let (a_stride, c_stride, r_stride) = (k + gaps[0], n + gaps[2], n + gaps[3]);
        let (b_rows, b_columns) = if self.transposed { (k, n) } else { (n, k) };
        let b_stride = b_columns + gaps[1];
        let a = random.floats(offsets[0] + m * a_stride);
        let b = random.floats(offsets[1] + b_rows * b_stride);
        let bias = random.floats(n);
        let residual = random.floats(offsets[3] + m * r_stride);
        let (a, b, residual) = (&a[offsets[0]..], &b[offsets[1]..], &residual[offsets[3]..]);

        let mut packed = vec![UNTOUCHED; packed_len(k, n)];
        let pack = if self.transposed { pack_b_transposed } else { pack_b };
        pack(Rows { data: b, stride: b_stride }, k, n, self.bias.then_some(&bias[..]), &mut packed);
        let mut c = vec![UNTOUCHED; offsets[2] + m * c_stride];
        gemm_with(
            self.tile,
            m,
            Rows { data: a, stride: a_stride },
            PackedB { data: &packed, k, n },
            RowsMut { data: &mut c[offsets[2]..], stride: c_stride },
            Epilogue {
                activation: self.activation,
                residual: self.residual.then_some(Rows { data: residual, stride: r_stride }),
            },
        );

        assert!(c[..offsets[2]].iter().all(|&x| x == UNTOUCHED), "{self:?}");
        // Sum and sum of magnitudes of each column.
        let mut sums = vec![(0.0, 0.0); n];
        for (i, c) in c[offsets[2]..].chunks_exact(c_stride).enumerate() {
            for (j, sum) in sums.iter_mut().enumerate() {
                let bias = if self.bias { f64::from(bias[j]) } else { 0.0 };
                *sum = (bias, bias.abs());
            }
            for p in 0..k {
                for (j, (sum, magnitude)) in sums.iter_mut().enumerate() {
                    let b = if self.transposed { b[p * b_stride + j] } else { b[j * b_stride + p] };
                    let term = f64::from(a[i * a_stride + p]) * f64::from(b);
                    *sum += term;
                    *magnitude += term.abs();
                }
            }
            for (j, &(sum, magnitude)) in sums.iter().enumerate() {
                let residual = if self.residual { f64::from(residual[i * r_stride + j]) } else { 0.0 };
                let expected = activation(self.activation, sum) + residual;
                assert_close(c[j], expected, magnitude + residual.abs() + 1.0, 8.0, &(self, i, j));
            }
            assert!(c[n..].iter().all(|&x| x == UNTOUCHED), "{self:?}, gap after row {i}");
        }
    }
}

/// All small shapes, then random larger ones.
pub(crate) fn gemm_matches_naive_loop() {
    let random = &mut Random::new(1);
    for m in 1..=13 {
        for n in 1..=17 {
            for k in 1..=9 {
                GemmCase::random(random, m, k, n).check(random);
            }
        }
    }
    for _ in 0..1500 {
        let (m, k, n) = (random.within(1..=70), random.within(1..=130), random.within(1..=70));
        GemmCase::random(random, m, k, n).check(random);
    }
}

/// Several blocks of rows, and long sums.
pub(crate) fn gemm_of_large_matrices_matches_naive_loop() {
    let random = &mut Random::new(2);
    for (m, k, n) in [(3001, 8, 9), (131, 700, 33), (1, 1280, 1000), (49, 960, 24), (2, 576, 40)] {
        GemmCase::random(random, m, k, n).check(random);
    }
}

/// No rows, no columns and an empty sum are shapes too.
pub(crate) fn gemm_of_empty_matrices() {
    let mut packed = vec![UNTOUCHED; packed_len(0, 3)];
    pack_b(Rows { data: &[], stride: 0 }, 0, 3, Some(&[1.0, -2.0, 3.0]), &mut packed);
    let mut c = [UNTOUCHED; 6];
    let b = PackedB { data: &packed, k: 0, n: 3 };
    let a = Rows { data: &[], stride: 0 };
    gemm(2, a, b, RowsMut { data: &mut c, stride: 3 }, Epilogue::activation(Activation::Relu));
    assert_eq!(c, [1.0, 0.0, 3.0, 1.0, 0.0, 3.0]);
    gemm(0, a, b, RowsMut { data: &mut [], stride: 3 }, Epilogue::NONE);
    gemm(2, a, PackedB { data: &[], k: 0, n: 0 }, RowsMut { data: &mut [], stride: 0 }, Epilogue::NONE);
}

/// A caller that splits the rows at multiples of `ROW_MULTIPLE` gets the same bits.
pub(crate) fn gemm_is_independent_of_row_splits() {
    let random = &mut Random::new(3);
    for tile in [RowTile::Four, RowTile::Six] {
        for (m, k, n) in [(49, 100, 20), (77, 33, 8), (26, 64, 64)] {
            let (a, weights) = (random.floats(m * k), random.floats(n * k));
            let mut packed = vec![0.0; packed_len(k, n)];
            pack_b(Rows { data: &weights, stride: k }, k, n, None, &mut packed);
            let b = PackedB { data: &packed, k, n };
            let run = |rows: Range<usize>, c: &mut [f32]| {
                let a = Rows { data: &a[rows.start * k..rows.end * k], stride: k };
                gemm_with(tile, rows.len(), a, b, RowsMut { data: c, stride: n }, Epilogue::NONE);
            };
            let mut whole = vec![0.0; m * n];
            run(0..m, &mut whole);
            let mut parts = vec![0.0; m * n];
            let cut = 2 * ROW_MULTIPLE;
            let (first, second) = parts.split_at_mut(cut * n);
            run(0..cut, first);
            run(cut..m, second);
            assert_eq!(whole, parts, "{tile:?} {m} x {k} x {n}");
        }
    }
}

/// All short rows, then random longer ones.
pub(crate) fn gemv_matches_naive_loop() {
    let random = &mut Random::new(15);
    let small = (0..=9).flat_map(|k| (0..=70).map(move |n| (k, n)));
    let large: Vec<_> = (0..200).map(|_| (random.within(1..=1300), random.within(1..=150))).collect();
    for (k, n) in small.chain(large) {
        let kind = random.activation();
        let (x, weights, bias) = (random.floats(k + 3), random.floats(n * k), random.floats(n));
        let x = &x[random.offset()..][..k];
        let mut packed = vec![UNTOUCHED; packed_len(k, n)];
        pack_b(Rows { data: &weights, stride: k }, k, n, Some(&bias), &mut packed);
        let mut y = vec![UNTOUCHED; n];
        gemv(x, PackedB { data: &packed, k, n }, &mut y, kind);
        for (j, y) in y.iter().enumerate() {
            let terms = x.iter().zip(&weights[j * k..]).map(|(x, w)| f64::from(*x) * f64::from(*w));
            let terms = terms.chain([f64::from(bias[j])]);
            let (sum, magnitude) = terms.fold((0.0, 0.0), |(sum, all), term| (sum + term, all + term.abs()));
            assert_close(*y, activation(kind, sum), magnitude + 1.0, 8.0, &(k, n, j, kind));
        }
    }
}

/// A caller that splits the columns between panels gets the same bits.
pub(crate) fn gemv_is_independent_of_column_splits() {
    let random = &mut Random::new(16);
    let (k, n) = (77, 100);
    let (x, weights) = (random.floats(k), random.floats(n * k));
    let mut packed = vec![0.0; packed_len(k, n)];
    pack_b(Rows { data: &weights, stride: k }, k, n, None, &mut packed);
    let run = |columns: Range<usize>, y: &mut [f32]| {
        let data = &packed[packed_len(k, columns.start)..];
        gemv(&x, PackedB { data, k, n: columns.len() }, y, Activation::Silu);
    };
    let mut whole = vec![0.0; n];
    run(0..n, &mut whole);
    for cut in (0..n).step_by(PANEL) {
        let mut parts = vec![0.0; n];
        let (first, second) = parts.split_at_mut(cut);
        run(0..cut, first);
        run(cut..n, second);
        assert_eq!(whole, parts, "cut at {cut}");
    }
}

/// A NaN in the row makes the whole product NaN under every activation.
pub(crate) fn gemv_propagates_nan() {
    let random = &mut Random::new(17);
    let (k, n) = (11, 45);
    for activation in Activation::ALL {
        let mut x = random.floats(k);
        x[random.within(0..=k - 1)] = f32::NAN;
        let mut packed = vec![0.0; packed_len(k, n)];
        pack_b(Rows { data: &random.floats(n * k), stride: k }, k, n, None, &mut packed);
        let mut y = vec![0.0; n];
        gemv(&x, PackedB { data: &packed, k, n }, &mut y, activation);
        assert!(y.iter().all(|y| y.is_nan()), "{activation:?}: {y:?}");
    }
}

/// A NaN in a row of A makes that row NaN under every activation, and no other.
pub(crate) fn gemm_propagates_nan() {
    let random = &mut Random::new(4);
    let (m, k, n) = (23, 11, 13);
    for activation in Activation::ALL {
        for row in 0..m {
            let mut a = random.floats(m * k);
            a[row * k + random.within(0..=k - 1)] = f32::NAN;
            let mut packed = vec![0.0; packed_len(k, n)];
            pack_b(Rows { data: &random.floats(n * k), stride: k }, k, n, None, &mut packed);
            let mut c = vec![0.0; m * n];
            let (a, b) = (Rows { data: &a, stride: k }, PackedB { data: &packed, k, n });
            gemm(m, a, b, RowsMut { data: &mut c, stride: n }, Epilogue::activation(activation));
            for (i, c) in c.chunks_exact(n).enumerate() {
                assert!(
                    c.iter().all(|x| x.is_nan() == (i == row)),
                    "{activation:?}, NaN in row {row}, row {i}: {c:?}"
                );
            }
        }
    }
}

/// A window of a convolution together with the naive sum over it.
fn random_window(random: &mut Random, max_channels: usize, max_size: usize, most_dilation: usize) -> Window {
    let mut window = Window {
        height: random.within(1..=max_size),
        width: random.within(1..=max_size),
        channels: random.within(1..=max_channels),
        kernel: [random.within(1..=7), random.within(1..=7)],
        stride: [random.within(1..=3), random.within(1..=3)],
        dilation: [random.within(1..=most_dilation), random.within(1..=most_dilation)],
        pad_top: random.within(0..=3),
        pad_left: random.within(0..=3),
        out_height: 0,
        out_width: 0,
    };
    // The common kernels have code of their own.
    if random.chance(2) {
        window.kernel = [if random.chance(2) { 3 } else { 5 }; 2];
        window.stride = [random.within(1..=2); 2];
        window.dilation = [1; 2];
    }
    // Up to 4 rows and columns of zeros below and to the right, so that windows may lie in the padding entirely.
    let outputs = |side: usize, size: usize, padding: usize| {
        let reach = (window.kernel[side] - 1) * window.dilation[side] + 1;
        (size + padding).checked_sub(reach).map_or(1, |last| last / window.stride[side] + 1)
    };
    (window.out_height, window.out_width) = (
        outputs(0, window.height, window.pad_top + random.within(0..=4)),
        outputs(1, window.width, window.pad_left + random.within(0..=4)),
    );
    window
}

/// The input positions (index of the pixel) under the window of an output, each with its tap.
fn positions(window: &Window, y: usize, x: usize) -> Vec<(usize, usize)> {
    let mut positions = Vec::new();
    let at =
        |side: usize, output: usize, tap: usize| output * window.stride[side] + tap * window.dilation[side];
    for i in 0..window.kernel[0] {
        for j in 0..window.kernel[1] {
            let row = at(0, y, i).checked_sub(window.pad_top).filter(|&row| row < window.height);
            let column = at(1, x, j).checked_sub(window.pad_left).filter(|&column| column < window.width);
            if let (Some(row), Some(column)) = (row, column) {
                positions.push((row * window.width + column, i * window.kernel[1] + j));
            }
        }
    }
    positions
}

fn pack_depthwise(weights: &[f32], bias: &[f32], taps: usize) -> Vec<f32> {
    let channels = bias.len();
    let mut packed = vec![UNTOUCHED; packed_len(taps, channels)];
    pack_b(Rows { data: weights, stride: taps }, taps, channels, Some(bias), &mut packed);
    packed
}

pub(crate) fn depthwise_matches_naive_loop() {
    let random = &mut Random::new(5);
    for _ in 0..4000 {
        let window = random_window(random, 40, 20, 3);
        let Window { width, height, channels, out_height, out_width, .. } = window;
        let taps = window.kernel[0] * window.kernel[1];
        let (offset, out_offset) = (random.offset(), random.offset());
        let input = random.floats(offset + height * width * channels);
        let input = &input[offset..];
        let weights = random.floats(channels * taps);
        let bias = random.floats(channels);
        let act = random.activation();
        let first = random.within(0..=out_height - 1);
        let rows = first..random.within(first + 1..=out_height.min(first + 4));
        // What is computed may be a part of wider pixels.
        let stride = channels + if random.chance(3) { random.within(1..=9) } else { 0 };

        let packed = pack_depthwise(&weights, &bias, taps);
        let mut out = vec![UNTOUCHED; out_offset + rows.len() * out_width * stride];
        depthwise(
            &window,
            input,
            PackedB { data: &packed, k: taps, n: channels },
            act,
            rows.clone(),
            RowsMut { data: &mut out[out_offset..], stride },
        );

        let context = (window, &rows, act);
        for (pixel, out) in out[out_offset..].chunks_exact(stride).enumerate() {
            let positions = positions(&window, rows.start + pixel / out_width, pixel % out_width);
            for (c, &got) in out[..channels].iter().enumerate() {
                let mut sum = f64::from(bias[c]);
                let mut magnitude = sum.abs();
                for &(position, tap) in &positions {
                    let term = f64::from(input[position * channels + c]) * f64::from(weights[c * taps + tap]);
                    sum += term;
                    magnitude += term.abs();
                }
                assert_close(got, activation(act, sum), magnitude + 1.0, 8.0, &(context, pixel, c));
            }
            assert!(out[channels..].iter().all(|&x| x == UNTOUCHED), "{context:?}");
        }
    }
}

/// A NaN reaches exactly the outputs whose windows cover it.
pub(crate) fn depthwise_propagates_nan() {
    let random = &mut Random::new(6);
    for _ in 0..300 {
        let window = random_window(random, 20, 9, 3);
        let Window { width, height, channels, out_height, out_width, .. } = window;
        let taps = window.kernel[0] * window.kernel[1];
        let mut input = random.floats(height * width * channels);
        let (pixel, channel) = (random.within(0..=height * width - 1), random.within(0..=channels - 1));
        input[pixel * channels + channel] = f32::NAN;
        let packed = pack_depthwise(&random.floats(taps * channels), &random.floats(channels), taps);
        let weights = PackedB { data: &packed, k: taps, n: channels };
        let mut out = vec![0.0_f32; out_height * out_width * channels];
        let act = random.activation();
        depthwise(&window, &input, weights, act, 0..out_height, RowsMut { data: &mut out, stride: channels });
        for (i, out) in out.chunks_exact(channels).enumerate() {
            let covered = positions(&window, i / out_width, i % out_width).iter().any(|&(p, _)| p == pixel);
            for (c, x) in out.iter().enumerate() {
                assert_eq!(x.is_nan(), covered && c == channel, "{window:?} {act:?} output {i}, channel {c}");
            }
        }
    }
}

/// Dense filters `[outputs, channels, taps]` and biases, packed.
fn pack_dense(weights: &[f32], bias: &[f32], channels: usize, taps: usize) -> Vec<f32> {
    let (outputs, k) = (bias.len(), channels * taps);
    let mut reordered = vec![0.0; weights.len()];
    reorder_oihw(weights, outputs, channels, taps, &mut reordered);
    let mut packed = vec![0.0; packed_len(k, outputs)];
    pack_b(Rows { data: &reordered, stride: k }, k, outputs, Some(bias), &mut packed);
    packed
}

/// A dense convolution with random numbers.
struct Dense {
    window: Window,
    outputs: usize,
    input: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    activation: Activation,
}

impl Dense {
    fn new(random: &mut Random, window: Window, outputs: usize) -> Self {
        let taps = window.kernel[0] * window.kernel[1];
        Self {
            window,
            outputs,
            input: random.floats(window.height * window.width * window.channels),
            weights: random.floats(outputs * taps * window.channels),
            bias: random.floats(outputs),
            activation: random.activation(),
        }
    }

    fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    fn image(&self) -> Image<'_> {
        Image { window: &self.window, data: &self.input }
    }

    fn packed(&self) -> Vec<f32> {
        pack_dense(&self.weights, &self.bias, self.window.channels, self.taps())
    }

    /// Sixteen packed matrices.
    fn transformed(&self) -> Vec<f32> {
        let (k, n) = (self.window.channels, self.outputs);
        let mut matrices = vec![0.0; PRODUCTS * n * k];
        transform_filters(&self.weights, n, k, &mut matrices);
        let mut packed = vec![0.0; PRODUCTS * packed_len(k, n)];
        let all = matrices.chunks_exact(n * k).zip(packed.chunks_exact_mut(packed_len(k, n)));
        for (i, (matrix, packed)) in all.enumerate() {
            let bias = (i == BIASED).then_some(self.bias.as_slice());
            pack_b(Rows { data: matrix, stride: k }, k, n, bias, packed);
        }
        packed
    }

    /// Compares some pixels of the output, and what lies between them. `mixed`: every sum has all taps of its filter.
    fn check(&self, pixels: Range<usize>, out: &[f32], stride: usize, residual: Option<&[f32]>, mixed: bool) {
        let Self { window, outputs, .. } = *self;
        let (channels, taps) = (window.channels, self.taps());
        for (i, (pixel, out)) in pixels.zip(out.chunks_exact(stride)).enumerate() {
            let positions = positions(&window, pixel / window.out_width, pixel % window.out_width);
            for (o, &got) in out[..outputs].iter().enumerate() {
                let (mut sum, mut magnitude) = (f64::from(self.bias[o]), f64::from(self.bias[o].abs()));
                let filter = &self.weights[o * channels * taps..][..channels * taps];
                for &(position, tap) in &positions {
                    for c in 0..channels {
                        let weight = f64::from(filter[c * taps + tap]);
                        let term = f64::from(self.input[position * channels + c]) * weight;
                        sum += term;
                        magnitude += term.abs();
                    }
                }
                if mixed {
                    // No input is larger than 2.
                    magnitude = filter.iter().map(|weight| 2.0 * f64::from(weight.abs())).sum();
                }
                let added = residual.map_or(0.0, |residual| f64::from(residual[i * outputs + o]));
                let expected = activation(self.activation, sum) + added;
                assert_close(got, expected, magnitude + added.abs() + 1.0, 8.0, &(window, pixel, o));
            }
            assert!(out[outputs..].iter().all(|&x| x == UNTOUCHED), "{window:?}");
        }
    }
}

/// Some pixels of windows of all kinds, with few channels and with more than are multiplied at a time.
pub(crate) fn dense_convolution_matches_naive_loop() {
    let random = &mut Random::new(7);
    for case in 0..700 {
        let tile = if random.chance(2) { RowTile::Four } else { RowTile::Six };
        let window = random_window(random, if case % 20 == 0 { 150 } else { 9 }, 12, 1);
        let outputs = random.within(1..=19);
        let dense = Dense::new(random, window, outputs);
        let all = window.out_height * window.out_width;
        let first = random.within(0..=all - 1);
        let pixels = first..random.within(first + 1..=all);
        let c_stride = outputs + random.within(0..=3);
        let residual = random.floats(pixels.len() * outputs);
        let residual = random.chance(2).then_some(residual.as_slice());

        let packed = dense.packed();
        let mut scratch = vec![f32::NAN; conv::scratch_len(&window)];
        let mut out = vec![UNTOUCHED; pixels.len() * c_stride];
        conv(
            tile,
            dense.image(),
            PackedB { data: &packed, k: dense.taps() * window.channels, n: outputs },
            pixels.clone(),
            RowsMut { data: &mut out, stride: c_stride },
            Epilogue {
                activation: dense.activation,
                residual: residual.map(|data| Rows { data, stride: outputs }),
            },
            &mut scratch,
        );
        dense.check(pixels, &out, c_stride, residual, false);
    }
}

/// A random 3×3 window with stride 1 over vectors of channels.
fn small_window(random: &mut Random, max_vectors: usize, max_size: usize) -> Window {
    let [height, width] = std::array::from_fn(|_| random.within(1..=max_size));
    let [pad_top, pad_left] = std::array::from_fn(|_| random.within(0..=3));
    let outputs = |size: usize| size.saturating_sub(2).max(1);
    let (below, right) = (random.within(0..=4), random.within(0..=4));
    Window {
        height,
        width,
        channels: CHANNELS * random.within(1..=max_vectors),
        kernel: [3; 2],
        stride: [1; 2],
        dilation: [1; 2],
        pad_top,
        pad_left,
        out_height: outputs(height + pad_top + below),
        out_width: outputs(width + pad_left + right),
    }
}

/// Some rows of tiles, with a vector of channels, and with more outputs, tiles and channels than are multiplied at a time.
pub(crate) fn winograd_matches_naive_loop() {
    let random = &mut Random::new(17);
    for case in 0..700 {
        let tile = if random.chance(2) { RowTile::Four } else { RowTile::Six };
        let (channels, size, outputs) = [(9, 9, 19), (9, 25, 9), (300, 5, 9), (20, 6, 150)]
            [if case % 10 == 0 { case / 10 % 4 } else { 0 }];
        let window = small_window(random, channels, size);
        let outputs = CHANNELS * random.within(1..=outputs);
        let dense = Dense::new(random, window, outputs);
        let first = random.within(0..=(window.out_height - 1) / TILE) * TILE;
        let lines = first..random.within(first + 1..=window.out_height);
        let pixels = first * window.out_width..lines.end * window.out_width;
        let stride = outputs + random.within(0..=3);
        let residual = random.floats(pixels.len() * outputs);
        let residual = random.chance(2).then_some(residual.as_slice());

        let packed = dense.transformed();
        let mut scratch = vec![f32::NAN; winograd::scratch_len(&window, outputs)];
        let mut out = vec![UNTOUCHED; pixels.len() * stride];
        winograd::conv(
            tile,
            dense.image(),
            winograd::Filters { data: &packed, k: window.channels, n: outputs },
            lines,
            RowsMut { data: &mut out, stride },
            Epilogue {
                activation: dense.activation,
                residual: residual.map(|data| Rows { data, stride: outputs }),
            },
            &mut scratch,
        );
        dense.check(pixels, &out, stride, residual, true);
    }
}

/// Threads may compute parts of it, with the same bits.
pub(crate) fn winograd_is_independent_of_splits() {
    let random = &mut Random::new(18);
    for tile in [RowTile::Four, RowTile::Six] {
        for (height, width, channels) in [(11, 11, 100), (17, 9, 4), (8, 30, 40), (26, 26, 8)] {
            let mut window = small_window(random, 1, 1);
            (window.height, window.width, window.channels) = (height, width, channels);
            (window.pad_top, window.pad_left, window.out_height, window.out_width) = (1, 1, height, width);
            let dense = Dense::new(random, window, 72);
            let (packed, n) = (dense.transformed(), dense.outputs);
            let run = |lines: Range<usize>, data: &mut [f32]| {
                let filters = winograd::Filters { data: &packed, k: channels, n };
                let mut scratch = vec![f32::NAN; winograd::scratch_len(&window, n)];
                let epilogue = Epilogue::activation(dense.activation);
                let out = RowsMut { data, stride: n };
                winograd::conv(tile, dense.image(), filters, lines, out, epilogue, &mut scratch);
            };
            let mut whole = vec![0.0; height * width * n];
            run(0..height, &mut whole);
            for cut in (0..height).step_by(TILE) {
                let mut parts = vec![0.0; whole.len()];
                let (first, second) = parts.split_at_mut(cut * width * n);
                run(0..cut, first);
                run(cut..height, second);
                assert_eq!(whole, parts, "{tile:?} {window:?} cut at {cut}");
            }
        }
    }
}

/// A NaN reaches exactly the outputs whose windows cover it.
pub(crate) fn winograd_propagates_nan() {
    let random = &mut Random::new(19);
    for _ in 0..300 {
        let window = small_window(random, 3, 9);
        let mut dense = Dense::new(random, window, 8);
        let pixel = random.within(0..=window.height * window.width - 1);
        dense.input[pixel * window.channels + random.within(0..=window.channels - 1)] = f32::NAN;
        let packed = dense.transformed();
        let filters = winograd::Filters { data: &packed, k: window.channels, n: 8 };
        let mut out = vec![0.0; window.out_height * window.out_width * 8];
        let mut scratch = vec![0.0; winograd::scratch_len(&window, 8)];
        let (to, epilogue) = (RowsMut { data: &mut out, stride: 8 }, Epilogue::activation(dense.activation));
        let lines = 0..window.out_height;
        winograd::conv(RowTile::detect(), dense.image(), filters, lines, to, epilogue, &mut scratch);
        for (i, out) in out.chunks_exact(8).enumerate() {
            let under = positions(&window, i / window.out_width, i % window.out_width);
            let covered = under.iter().any(|&(p, _)| p == pixel);
            assert!(out.iter().all(|x| x.is_nan() == covered), "{window:?} output {i}: {out:?}");
        }
    }
}

/// Threads may compute parts of it, with the same bits.
pub(crate) fn dense_convolution_is_independent_of_splits() {
    let random = &mut Random::new(15);
    for tile in [RowTile::Four, RowTile::Six] {
        for (side, channels, stride) in [(11, 100, 1), (17, 3, 2), (8, 40, 1)] {
            let out_side = (side - 1) / stride + 1;
            let window = Window {
                height: side,
                width: side,
                channels,
                kernel: [3; 2],
                stride: [stride; 2],
                dilation: [1; 2],
                pad_top: 1,
                pad_left: 1,
                out_height: out_side,
                out_width: out_side,
            };
            let (k, n, pixels) = (9 * channels, 20, out_side * out_side);
            let input = random.floats(side * side * channels);
            let packed = pack_dense(&random.floats(n * k), &random.floats(n), channels, 9);
            let run = |pixels: Range<usize>, out: &mut [f32]| {
                let image = Image { window: &window, data: &input };
                let (b, c) = (PackedB { data: &packed, k, n }, RowsMut { data: out, stride: n });
                let mut scratch = vec![f32::NAN; conv::scratch_len(&window)];
                conv(tile, image, b, pixels, c, Epilogue::NONE, &mut scratch);
            };
            let mut whole = vec![0.0; pixels * n];
            run(0..pixels, &mut whole);
            for cut in (0..pixels).step_by(ROW_MULTIPLE) {
                let mut parts = vec![0.0; pixels * n];
                let (first, second) = parts.split_at_mut(cut * n);
                run(0..cut, first);
                run(cut..pixels, second);
                assert_eq!(whole, parts, "{tile:?} {window:?} cut at {cut}");
            }
        }
    }
}

/// A NaN reaches exactly the outputs whose windows cover it.
pub(crate) fn dense_convolution_propagates_nan() {
    let random = &mut Random::new(16);
    for _ in 0..300 {
        let window = random_window(random, 9, 9, 1);
        let Window { width, height, channels, out_height, out_width, .. } = window;
        let taps = window.kernel[0] * window.kernel[1];
        let mut input = random.floats(height * width * channels);
        let pixel = random.within(0..=height * width - 1);
        input[pixel * channels + random.within(0..=channels - 1)] = f32::NAN;
        let (k, n) = (taps * channels, 5);
        let packed = pack_dense(&random.floats(n * k), &random.floats(n), channels, taps);
        let mut out = vec![0.0; out_height * out_width * n];
        let mut scratch = vec![0.0; conv::scratch_len(&window)];
        let (b, c) = (PackedB { data: &packed, k, n }, RowsMut { data: &mut out, stride: n });
        let epilogue = Epilogue::activation(random.activation());
        let image = Image { window: &window, data: &input };
        conv(RowTile::detect(), image, b, 0..out_height * out_width, c, epilogue, &mut scratch);
        for (i, out) in out.chunks_exact(n).enumerate() {
            let covered = positions(&window, i / out_width, i % out_width).iter().any(|&(p, _)| p == pixel);
            assert!(out.iter().all(|x| x.is_nan() == covered), "{window:?} output {i}: {out:?}");
        }
    }
}

/// The vectorised activations over slices of every small length, and the scalar ones.
pub(crate) fn activations_match_f64() {
    let random = &mut Random::new(8);
    for act in Activation::ALL {
        for case in 0..300 {
            let (len, offset) = (case % 40, random.offset());
            let scale = [1.0, 3.0, 20.0, 42.0][case % 4];
            let x: Vec<f32> = (0..offset + len + 4).map(|_| random.float() * scale).collect();
            let mut y = x.clone();
            apply_activation(&mut y[offset..offset + len], act);
            for (i, (&x, &y)) in x.iter().zip(&y).enumerate() {
                if (offset..offset + len).contains(&i) {
                    let expected = activation(act, f64::from(x));
                    // GELU is computed as a difference of numbers of the size of x.
                    let size = if act == Activation::Gelu { f64::from(x).abs() } else { expected.abs() };
                    assert_close(y, expected, size, 6.0, &(act, x));
                    assert_close(act.apply(x), expected, expected.abs(), 6.0, &(act, x));
                } else {
                    assert_eq!(x, y, "outside of the slice");
                }
            }
        }
        let mut nan = [f32::NAN; 7];
        apply_activation(&mut nan, act);
        assert!(nan.iter().all(|x| x.is_nan()) && act.apply(f32::NAN).is_nan(), "{act:?}");
        let mut infinite = [f32::INFINITY];
        apply_activation(&mut infinite, act);
        assert_eq!(infinite[0], act.apply(f32::INFINITY), "{act:?}");
    }
}

/// Where e^-x or its inverse is beyond the normal numbers, results are right to less than 1e-36 or to rounding.
pub(crate) fn sigmoid_and_silu_of_large_numbers() {
    let near = (8000..=12000).map(|i| i as f32 * 0.01);
    let x: Vec<f32> = near.chain([1e3, 1e30, f32::MAX]).flat_map(|x| [x, -x]).collect();
    for act in [Activation::Sigmoid, Activation::Silu] {
        let mut y = x.clone();
        apply_activation(&mut y, act);
        for (&x, &y) in x.iter().zip(&y) {
            let expected = activation(act, f64::from(x));
            let tolerance = 6.0 * EPS * expected.abs() + 1e-36;
            assert!(
                (f64::from(y) - expected).abs() <= tolerance,
                "{act:?} of {x} is {y}, expected {expected}"
            );
        }
    }
}

pub(crate) fn elementwise_matches_naive_loop() {
    let random = &mut Random::new(9);
    for len in 0..200 {
        let (a, b) = (random.floats(len + 3), random.floats(len + 3));
        let (o, p) = (random.offset(), random.offset());
        let (a, b) = (&a[o..][..len.saturating_sub(o)], &b[p..][..len.saturating_sub(o)]);
        let expected: Vec<f32> = a.iter().zip(b).map(|(a, b)| a + b).collect();
        let mut out = vec![0.0; a.len()];
        add(a, b, &mut out);
        assert_eq!(out, expected);
        let mut out = a.to_vec();
        add_assign(&mut out, b);
        assert_eq!(out, expected);
    }
    for channels in 1..=40 {
        for pixels in 0..9 {
            let (x, scale) = (random.floats(pixels * channels), random.floats(channels));
            let expected: Vec<f32> = x.iter().enumerate().map(|(i, x)| x * scale[i % channels]).collect();
            let mut out = vec![0.0; x.len()];
            scale_channels(&x, &scale, &mut out);
            assert_eq!(out, expected);
        }
    }
}

pub(crate) fn global_average_matches_f64() {
    let random = &mut Random::new(10);
    for case in 0..400 {
        let channels = case % 40 + 1;
        let pixels = if case % 50 == 0 { 3136 } else { random.within(1..=150) };
        let offset = random.offset();
        // Far from zero, where a plain running sum would lose digits.
        let input: Vec<f32> = (0..offset + pixels * channels).map(|_| random.float() + 10.0).collect();
        let input = &input[offset..];
        let mut out = vec![0.0; channels];
        global_average(input, pixels, &mut out);
        for (c, &got) in out.iter().enumerate() {
            let sum: f64 = input.iter().skip(c).step_by(channels).map(|&x| f64::from(x)).sum();
            let mean = sum / pixels as f64;
            assert_close(got, mean, mean, 4.0, &(pixels, channels, c));
        }
    }
}

pub(crate) fn gather_matches_naive_loop() {
    let random = &mut Random::new(19);
    for _ in 0..400 {
        let (pixels, from, count) = (random.within(0..=9), random.within(1..=40), random.within(0..=45));
        let channels: Vec<u32> = (0..count).map(|_| random.within(0..=from - 1) as u32).collect();
        let stride = (count + random.within(0..=5)).max(1);
        let x = random.floats(pixels * from);
        let mut out = vec![UNTOUCHED; pixels * stride + random.within(0..=3)];
        gather(&x, from, &channels, &mut out, stride);
        for (i, got) in out.into_iter().enumerate() {
            let (pixel, place) = (i / stride, i % stride);
            let expected = match channels.get(place).filter(|_| pixel < pixels) {
                Some(channel) => x[pixel * from + *channel as usize],
                None => UNTOUCHED,
            };
            assert_eq!(got, expected, "{pixels} × {from}, {channels:?}, {stride} apart, {i}");
        }
    }
}

pub(crate) fn max_window_matches_naive_loop() {
    let random = &mut Random::new(11);
    for case in 0..400 {
        let (height, width, channels) = (random.within(1..=7), random.within(1..=7), case % 40 + 1);
        let offset = random.offset();
        let mut input: Vec<f32> = (0..offset + height * width * channels).map(|_| random.float()).collect();
        let odd = random.within(0..=input.len() - 1);
        input[odd] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0][case % 4];
        let input = &input[offset..];
        let (top, left) = (random.within(0..=height - 1), random.within(0..=width - 1));
        let (lines, pixels) = (top..random.within(top..=height), left..random.within(left..=width));
        let mut out = vec![UNTOUCHED; channels];
        max_window(input, width, lines.clone(), pixels.clone(), &mut out);
        for (c, &got) in out.iter().enumerate() {
            let under =
                lines.clone().flat_map(|y| pixels.clone().map(move |x| (y * width + x) * channels + c));
            let values: Vec<f32> = under.map(|place| input[place]).collect();
            let expected = match values.iter().any(|value| value.is_nan()) {
                true => f32::NAN,
                false => values.into_iter().fold(f32::NEG_INFINITY, f32::max),
            };
            assert!(
                got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan(),
                "{got}, not {expected}: {height}×{width}×{channels}, {lines:?}, {pixels:?}, {c}"
            );
        }
    }
}

pub(crate) fn layer_norm_matches_f64() {
    let random = &mut Random::new(11);
    for case in 0..600 {
        let (rows, d, shift) = (random.within(1..=5), case % 150 + 1, [0.0, 5.0, -300.0][case % 3]);
        let x: Vec<f32> = (0..rows * d).map(|_| random.float() + shift).collect();
        let (weight, bias) = (random.floats(d), random.floats(d));
        let mut out = vec![0.0; rows * d];
        layer_norm(&x, &weight, &bias, 1e-5, &mut out);
        for (x, out) in x.chunks_exact(d).zip(out.chunks_exact(d)) {
            let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / d as f64;
            let variance = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / d as f64;
            let scale = 1.0 / (variance + 1e-5).sqrt();
            for i in 0..d {
                let expected = (f64::from(x[i]) - mean) * scale * f64::from(weight[i]) + f64::from(bias[i]);
                // The mean is rounded in units of the inputs' magnitude, which the scale then enlarges.
                let magnitude = 4.0 + f64::from(shift).abs() * scale * 2.0 + scale;
                assert_close(out[i], expected, magnitude, 8.0, &(d, shift, i));
            }
        }
    }
}

pub(crate) fn moments_match_f64() {
    let random = &mut Random::new(13);
    for (len, shift) in [(1, 0.0), (7, 5.0), (4096, -300.0), (4097, 0.5), (20_000, 40.0), (300_003, 1.0)] {
        let x: Vec<f32> = (0..len).map(|_| random.float() + shift).collect();
        let (mean, scale) = moments(&x, 1e-5);
        let expected = x.iter().map(|&x| f64::from(x)).sum::<f64>() / len as f64;
        let variance = x.iter().map(|&x| (f64::from(x) - expected).powi(2)).sum::<f64>() / len as f64;
        assert_close(mean, expected, 1.0 + f64::from(shift).abs(), 8.0, &len);
        // The mean's error counts where numbers differ less than it is rounded.
        let rounding = f64::from(shift * f32::EPSILON).powi(2);
        let expected = 1.0 / (variance + 1e-5).sqrt();
        assert_close(scale, expected, expected * (1.0 + rounding / (variance + 1e-5) / EPS), 16.0, &len);
    }
}

pub(crate) fn separable_attention_matches_f64() {
    let random = &mut Random::new(14);
    for case in 0..300 {
        let (tokens, dim) = (case % 70 + 1, random.within(1..=37));
        let spread = [1.0, 10.0, 1000.0][case % 3];
        let row = 1 + 2 * dim;
        let mut x = random.floats(tokens * row);
        x.iter_mut().step_by(row).for_each(|query| *query *= spread);
        let (mut shares, mut context, mut out) = (vec![7.0; tokens], vec![7.0; dim], vec![7.0; tokens * dim]);
        separable::attention(&x, &mut shares, &mut context, &mut out);
        let query = |t: usize| f64::from(x[t * row]);
        let most = (0..tokens).map(query).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = (0..tokens).map(|t| (query(t) - most).exp()).sum();
        for (i, got) in out.iter().enumerate() {
            let (t, d) = (i / dim, i % dim);
            let context: f64 =
                (0..tokens).map(|t| (query(t) - most).exp() / total * f64::from(x[t * row + 1 + d])).sum();
            let value = f64::from(x[t * row + 1 + dim + d]).max(0.0);
            // Differences of queries are rounded before they become exponents.
            assert_close(*got, value * context, 1.0, 8.0 * f64::from(spread), &(case, t, d));
        }
    }
    // A token that is not a number makes all of its sequence so.
    let mut x = vec![0.5; 3 * 5];
    x[5 + 1] = f32::NAN;
    let mut out = [0.0; 6];
    separable::attention(&x, &mut [0.0; 3], &mut [0.0; 2], &mut out);
    assert!(out[0].is_nan() && out[2].is_nan() && !out[1].is_nan(), "{out:?}");
}

pub(crate) fn softmax_matches_f64() {
    let random = &mut Random::new(12);
    for case in 0..800 {
        let (rows, columns) = (random.within(1..=5), case % 270 + 1);
        let (spread, scale) = ([1.0, 10.0, 1000.0][case % 3], [0.125, 1.0, 2.5][case % 7 % 3]);
        let x: Vec<f32> = (0..rows * columns).map(|_| random.float() * spread).collect();
        let mut out = x.clone();
        softmax(&mut out, columns, scale);
        for (x, out) in x.chunks_exact(columns).zip(out.chunks_exact(columns)) {
            let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            // The kernel's differences are rounded to f32, as those of any f32 softmax; exp enlarges that rounding.
            let exp: Vec<f64> = x.iter().map(|x| f64::from((x - max) * scale).exp()).collect();
            let sum: f64 = exp.iter().sum();
            for i in 0..columns {
                assert_close(out[i], exp[i] / sum, exp[i] / sum, 12.0, &(columns, spread, scale, x[i], max));
            }
        }
    }
    let mut extreme = [f32::NEG_INFINITY, 3e38, -3e38, 1.0, f32::NAN, 2.0, 0.0, 1.0, 2.0];
    softmax(&mut extreme, 3, 0.5);
    assert_eq!(extreme[..3], [0.0, 1.0, 0.0]);
    assert!(extreme[3..6].iter().all(|x| x.is_nan()) && extreme[6..].iter().all(|x| x.is_finite()));
}

/// Softmax of 0 and x, for every x down to where e^x vanishes.
pub(crate) fn softmax_of_small_shares_matches_f64() {
    let mut x: Vec<f32> = (-1_050_000..=0).map(|i| i as f32 * 1e-4).collect();
    x.extend((0..400).map(|i| -(1.3f32.powi(-i))));
    x.extend([-110.0, -1e30, f32::MIN, f32::NEG_INFINITY]);
    let mut pairs: Vec<f32> = x.iter().flat_map(|&x| [0.0, x]).collect();
    softmax(&mut pairs, 2, 1.0);
    for (&x, pair) in x.iter().zip(pairs.chunks_exact(2)) {
        let exp = f64::from(x).exp();
        for (got, expected) in [(pair[0], 1.0 / (1.0 + exp)), (pair[1], exp / (1.0 + exp))] {
            // Below the normal numbers the absolute error is a denormal step or two.
            let tolerance = 5e-7 * expected + 3e-45;
            assert!(
                (f64::from(got) - expected).abs() <= tolerance,
                "{got} of 0 and {x}, expected {expected}"
            );
        }
    }
}

/// [`softmax_rows`] with its factors.
fn softmax(x: &mut [f32], columns: usize, scale: f32) {
    let mut factors = vec![f32::NAN; x.len() / columns];
    softmax_rows(x, columns, scale, &mut factors);
    for (row, factor) in x.chunks_exact_mut(columns).zip(factors) {
        row.iter_mut().for_each(|x| *x *= factor);
    }
}

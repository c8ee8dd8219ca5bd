//! The shapes and how they are timed. The clock and the output are arguments.

use std::hint::black_box;

use engine::backend::cpu::simd::depthwise::{Band, depthwise};
use engine::backend::cpu::simd::gemm::{Epilogue, gemm};
use engine::backend::cpu::simd::im2col::im2col;
use engine::backend::cpu::simd::math::apply_activation;
use engine::backend::cpu::simd::pack::{PackedB, pack_b, packed_len};
use engine::backend::cpu::simd::softmax::softmax_rows;
use engine::backend::cpu::simd::{Rows, RowsMut, Window};
use engine::spec::Activation;

/// Pointwise convolutions as (side of the image, input channels, output channels, how often the network has it).
const V1_POINTWISE: &[(usize, usize, usize, usize)] = &[
    (112, 32, 64, 1),
    (56, 64, 128, 1),
    (56, 128, 128, 1),
    (28, 128, 256, 1),
    (28, 256, 256, 1),
    (14, 256, 512, 1),
    (14, 512, 512, 5),
    (7, 512, 1024, 1),
    (7, 1024, 1024, 1),
];
const V2_POINTWISE: &[(usize, usize, usize, usize)] = &[
    (112, 32, 16, 1),
    (112, 16, 96, 1),
    (56, 96, 24, 1),
    (56, 24, 144, 2),
    (56, 144, 24, 1),
    (28, 144, 32, 1),
    (28, 32, 192, 3),
    (28, 192, 32, 2),
    (14, 192, 64, 1),
    (14, 64, 384, 4),
    (14, 384, 64, 3),
    (14, 384, 96, 1),
    (14, 96, 576, 3),
    (14, 576, 96, 2),
    (7, 576, 160, 1),
    (7, 160, 960, 3),
    (7, 960, 160, 2),
    (7, 960, 320, 1),
    (7, 320, 1280, 1),
];

/// Bands of a few image rows, as (pixels, input channels, output channels): the same products where A and C stay in the cache.
const BANDS: &[(usize, usize, usize)] = &[(448, 32, 64), (224, 16, 96), (224, 24, 144), (112, 32, 192)];

/// Depthwise convolutions as (side of the input, channels, kernel, stride, how often the network has it).
const V1_DEPTHWISE: &[(usize, usize, usize, usize, usize)] = &[
    (112, 32, 3, 1, 1),
    (112, 64, 3, 2, 1),
    (56, 128, 3, 1, 1),
    (56, 128, 3, 2, 1),
    (28, 256, 3, 1, 1),
    (28, 256, 3, 2, 1),
    (14, 512, 3, 1, 5),
    (14, 512, 3, 2, 1),
    (7, 1024, 3, 1, 1),
];
const V2_DEPTHWISE: &[(usize, usize, usize, usize, usize)] = &[
    (112, 32, 3, 1, 1),
    (112, 96, 3, 2, 1),
    (56, 144, 3, 1, 1),
    (56, 144, 3, 2, 1),
    (28, 192, 3, 1, 2),
    (28, 192, 3, 2, 1),
    (14, 384, 3, 1, 4),
    (14, 576, 3, 1, 2),
    (14, 576, 3, 2, 1),
    (7, 960, 3, 1, 3),
];
/// 5×5, as in MobileNetV3-Large.
const V3_DEPTHWISE: &[(usize, usize, usize, usize, usize)] =
    &[(56, 72, 5, 2, 1), (28, 120, 5, 1, 2), (14, 672, 5, 2, 1), (7, 960, 5, 1, 2)];

/// Times all shapes whose line contains `filter`; `now` gives seconds.
pub(crate) fn run(filter: &str, now: &dyn Fn() -> f64, print: &mut dyn FnMut(String)) {
    let bench = &mut Bench { filter, now, print, total: 0.0 };
    for &(side, k, n, count) in V1_POINTWISE {
        bench.pointwise("V1", side * side, k, n, count, Activation::Relu6);
    }
    bench.sum("V1 pointwise");
    for &(side, k, n, count) in V2_POINTWISE {
        let activation = if n > k { Activation::Relu6 } else { Activation::Identity };
        bench.pointwise("V2", side * side, k, n, count, activation);
    }
    bench.sum("V2 pointwise");
    for &(m, k, n) in BANDS {
        bench.pointwise("band", m, k, n, 1, Activation::Relu6);
    }
    bench.total = 0.0;
    bench.pointwise("classifier", 1, 1024, 1000, 1, Activation::Identity);
    bench.total = 0.0;
    for (name, shapes) in [("V1", V1_DEPTHWISE), ("V2", V2_DEPTHWISE), ("V3 5x5", V3_DEPTHWISE)] {
        for &(side, channels, kernel, stride, count) in shapes {
            bench.depthwise(name, &same_window(side, channels, kernel, stride), count);
        }
        bench.sum(&format!("{name} depthwise"));
    }
    bench.depthwise("in cache:", &same_window(14, 96, 3, 1), 1);
    bench.depthwise("in cache:", &same_window(14, 96, 5, 1), 1);
    bench.stem(32);
    bench.stem(16);
    bench.attention_parts();
}

fn same_window(side: usize, channels: usize, kernel: usize, stride: usize) -> Window {
    Window {
        height: side,
        width: side,
        channels,
        kernel,
        stride,
        pad_top: kernel / 2,
        pad_left: kernel / 2,
        out_height: side.div_ceil(stride),
        out_width: side.div_ceil(stride),
    }
}

/// Small numbers without a pattern; none is denormal.
fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.45).collect()
}

struct Bench<'a> {
    filter: &'a str,
    now: &'a dyn Fn() -> f64,
    print: &'a mut dyn FnMut(String),
    /// Seconds of the shapes since the last sum, as often as the network has them.
    total: f64,
}

impl Bench<'_> {
    /// Prints the best of many runs.
    fn time(&mut self, name: &str, macs: usize, count: usize, mut run: impl FnMut()) {
        if !name.contains(self.filter) {
            return;
        }
        let budget = (self.now)() + 0.15;
        let mut best = f64::INFINITY;
        let mut runs = 0;
        while runs < 10 || (self.now)() < budget {
            // A browser's clock is coarse: no less than about 50 µs a measurement.
            let repeats = (2_000_000 / macs).clamp(1, 100);
            let start = (self.now)();
            for _ in 0..repeats {
                run();
            }
            best = best.min(((self.now)() - start) / repeats as f64);
            runs += 1;
        }
        self.total += best * count as f64;
        (self.print)(format!(
            "{name:44} {:9.1} µs {:7.1} GFLOP/s  x{count}",
            best * 1e6,
            2e-9 * macs as f64 / best
        ));
    }

    fn sum(&mut self, name: &str) {
        if self.total > 0.0 {
            (self.print)(format!("{name}: {:.2} ms in all\n", self.total * 1e3));
        }
        self.total = 0.0;
    }

    fn pointwise(&mut self, net: &str, m: usize, k: usize, n: usize, count: usize, activation: Activation) {
        let (a, weights, bias) = (numbers(m * k), numbers(n * k), numbers(n));
        let mut packed = vec![0.0; packed_len(k, n)];
        pack_b(Rows { data: &weights, stride: k }, k, n, Some(&bias), &mut packed);
        let mut c = vec![0.0; m * n];
        self.time(&format!("{net} gemm {m} x {k} x {n}"), m * k * n, count, || {
            let (a, b) = (Rows { data: black_box(&a), stride: k }, PackedB { data: &packed, k, n });
            gemm(m, a, b, RowsMut { data: &mut c, stride: n }, Epilogue::activation(activation));
        });
    }

    fn depthwise(&mut self, net: &str, window: &Window, count: usize) {
        let Window { height, width, channels, kernel, stride, out_height, out_width, .. } = *window;
        let taps = kernel * kernel;
        let (input, weights, bias) =
            (numbers(height * width * channels), numbers(taps * channels), numbers(channels));
        let mut packed = vec![0.0; packed_len(taps, channels)];
        pack_b(Rows { data: &weights, stride: taps }, taps, channels, Some(&bias), &mut packed);
        let packed = PackedB { data: &packed, k: taps, n: channels };
        let mut out = vec![0.0; out_height * out_width * channels];
        let name = format!("{net} depthwise {height}x{width}x{channels} {kernel}x{kernel}/{stride}");
        self.time(&name, out.len() * taps, count, || {
            let band = Band { data: black_box(&input), first_row: 0 };
            depthwise(window, band, packed, Activation::Relu6, 0..out_height, &mut out);
        });
    }

    /// The first layer, in blocks of four rows as a backend would run it.
    fn stem(&mut self, n: usize) {
        let window = same_window(224, 3, 3, 2);
        let k = 27;
        let (input, weights) = (numbers(224 * 224 * 3), numbers(n * k));
        let mut packed = vec![0.0; packed_len(k, n)];
        pack_b(Rows { data: &weights, stride: k }, k, n, None, &mut packed);
        let (pixels, block) = (112 * 112, 4 * 112);
        let mut patches = vec![0.0; block * k];
        let mut out = vec![0.0; pixels * n];
        for (name, multiply) in [("im2col alone", false), ("im2col + gemm", true)] {
            self.time(&format!("stem 3 -> {n} {name}"), pixels * k * n, 1, || {
                for (i, out) in out.chunks_exact_mut(block * n).enumerate() {
                    im2col(&window, black_box(&input), i * block..(i + 1) * block, &mut patches);
                    if multiply {
                        let (a, b) = (Rows { data: &patches, stride: k }, PackedB { data: &packed, k, n });
                        gemm(
                            block,
                            a,
                            b,
                            RowsMut { data: out, stride: n },
                            Epilogue::activation(Activation::Relu6),
                        );
                    }
                }
            });
        }
    }

    /// What MobileViT needs besides products; the rate counts elements as MACs.
    fn attention_parts(&mut self) {
        let mut x = numbers(1 << 16);
        self.time("SiLU of 65536", x.len(), 1, || apply_activation(black_box(&mut x), Activation::Silu));
        let mut x = numbers(256 * 256);
        self.time("softmax of 256 x 256", x.len(), 1, || softmax_rows(black_box(&mut x), 256, 0.25));
    }
}

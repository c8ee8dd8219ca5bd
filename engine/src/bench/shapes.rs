//! The shapes of the networks' kernels and how they are timed.

use std::hint::black_box;

use crate::graph::Activation;
use kernels::conv::{self, Image, conv};
use kernels::depthwise::depthwise;
use kernels::gemm::{Epilogue, RowTile, gemm};
use kernels::gemv::gemv;
use kernels::math::apply_activation;
use kernels::pack::{PackedB, pack_b, packed_len};
use kernels::softmax::softmax_rows;
use kernels::{Rows, RowsMut, Window};

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

/// How long a kernel takes on one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTiming {
    /// What belongs together, such as `V1 gemm`: the same kernel for the layers of one network.
    pub group: &'static str,
    /// The group and the shape: `V1 gemm 12544 x 32 x 64`.
    pub name: String,
    /// Multiply-accumulates of one run; `None` where the kernel is no sum of products.
    pub macs: Option<usize>,
    /// How often the network has this shape.
    pub count: usize,
    /// Seconds of the fastest run.
    pub best_secs: f64,
}

impl KernelTiming {
    fn new(group: &'static str, shape: &str, macs: Option<usize>, count: usize) -> Self {
        Self { group, name: format!("{group} {shape}"), macs, count, best_secs: f64::INFINITY }
    }

    /// A multiply-accumulate counts as two operations.
    pub fn gflops(&self) -> Option<f64> {
        self.macs.map(|macs| 2e-9 * macs as f64 / self.best_secs)
    }
}

/// Times all shapes whose name contains `filter`; `now` gives seconds, `report` gets each as it is done.
pub fn kernels(filter: &str, now: &dyn Fn() -> f64, report: &mut dyn FnMut(KernelTiming)) {
    let bench = &mut Bench { filter, now, report };
    for &(side, k, n, count) in V1_POINTWISE {
        bench.pointwise("V1 gemm", side * side, k, n, count, Activation::Relu6);
    }
    for &(side, k, n, count) in V2_POINTWISE {
        let activation = if n > k { Activation::Relu6 } else { Activation::Identity };
        bench.pointwise("V2 gemm", side * side, k, n, count, activation);
    }
    for &(m, k, n) in BANDS {
        bench.pointwise("band gemm", m, k, n, 1, Activation::Relu6);
    }
    bench.vector("classifier gemv", 1024, 1000);
    for (group, shapes) in
        [("V1 depthwise", V1_DEPTHWISE), ("V2 depthwise", V2_DEPTHWISE), ("V3 depthwise", V3_DEPTHWISE)]
    {
        for &(side, channels, kernel, stride, count) in shapes {
            bench.depthwise(group, &same_window(side, channels, kernel, stride), count);
        }
    }
    bench.depthwise("in-cache depthwise", &same_window(14, 96, 3, 1), 1);
    bench.depthwise("in-cache depthwise", &same_window(14, 96, 5, 1), 1);
    bench.stem(32);
    bench.stem(16);
    bench.attention_parts();
}

fn same_window(side: usize, channels: usize, kernel: usize, stride: usize) -> Window {
    Window {
        height: side,
        width: side,
        channels,
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
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

/// A matrix of such numbers, and biases, packed.
fn packed(k: usize, n: usize) -> Vec<f32> {
    let mut packed = vec![0.0; packed_len(k, n)];
    pack_b(Rows { data: &numbers(n * k), stride: k }, k, n, Some(&numbers(n)), &mut packed);
    packed
}

struct Bench<'a> {
    filter: &'a str,
    now: &'a dyn Fn() -> f64,
    report: &'a mut dyn FnMut(KernelTiming),
}

impl Bench<'_> {
    /// Times a kernel that sums products.
    fn time(&mut self, group: &'static str, shape: &str, macs: usize, count: usize, run: impl FnMut()) {
        self.best_of_many(KernelTiming::new(group, shape, Some(macs), count), macs, run);
    }

    /// Times a kernel that does something else to so many elements.
    fn time_elements(&mut self, group: &'static str, shape: &str, elements: usize, run: impl FnMut()) {
        // An element takes as long as tens of MACs.
        self.best_of_many(KernelTiming::new(group, shape, None, 1), 16 * elements, run);
    }

    fn best_of_many(&mut self, mut timing: KernelTiming, work: usize, mut run: impl FnMut()) {
        if !timing.name.contains(self.filter) {
            return;
        }
        // A browser's clock steps by 5 µs, and the best of many is short by up to a step: half a millisecond or more a
        // measurement keeps that below 1 %.
        let repeats = (20_000_000 / work).clamp(1, 1000);
        let budget = (self.now)() + 0.15;
        let mut runs = 0;
        while runs < 10 || (self.now)() < budget {
            let start = (self.now)();
            for _ in 0..repeats {
                run();
            }
            timing.best_secs = timing.best_secs.min(((self.now)() - start) / repeats as f64);
            runs += 1;
        }
        (self.report)(timing);
    }

    fn pointwise(
        &mut self,
        group: &'static str,
        m: usize,
        k: usize,
        n: usize,
        count: usize,
        activation: Activation,
    ) {
        let (a, packed) = (numbers(m * k), packed(k, n));
        let mut c = vec![0.0; m * n];
        self.time(group, &format!("{m} x {k} x {n}"), m * k * n, count, || {
            let (a, b) = (Rows { data: black_box(&a), stride: k }, PackedB { data: &packed, k, n });
            gemm(m, a, b, RowsMut { data: &mut c, stride: n }, Epilogue::activation(activation));
        });
    }

    fn vector(&mut self, group: &'static str, k: usize, n: usize) {
        let (x, packed) = (numbers(k), packed(k, n));
        let mut y = vec![0.0; n];
        self.time(group, &format!("{k} x {n}"), k * n, 1, || {
            gemv(black_box(&x), PackedB { data: &packed, k, n }, &mut y, Activation::Identity);
        });
    }

    fn depthwise(&mut self, group: &'static str, window: &Window, count: usize) {
        let Window { height, width, channels, kernel, stride, out_height, out_width, .. } = *window;
        let ([kernel, _], [stride, _]) = (kernel, stride);
        let taps = kernel * kernel;
        let (input, packed) = (numbers(height * width * channels), packed(taps, channels));
        let packed = PackedB { data: &packed, k: taps, n: channels };
        let mut out = vec![0.0; out_height * out_width * channels];
        let shape = format!("{height}x{width}x{channels} {kernel}x{kernel}/{stride}");
        self.time(group, &shape, out.len() * taps, count, || {
            depthwise(
                window,
                black_box(&input),
                packed,
                Activation::Relu6,
                0..out_height,
                RowsMut { data: &mut out, stride: channels },
            );
        });
    }

    /// The first layer.
    fn stem(&mut self, n: usize) {
        let window = same_window(224, 3, 3, 2);
        let k = 27;
        let (input, weights) = (numbers(224 * 224 * 3), numbers(n * k));
        let mut packed = vec![0.0; packed_len(k, n)];
        pack_b(Rows { data: &weights, stride: k }, k, n, None, &mut packed);
        let pixels = 112 * 112;
        let mut scratch = vec![0.0; conv::scratch_len(&window)];
        let mut out = vec![0.0; pixels * n];
        self.time("stem", &format!("3 -> {n}"), pixels * k * n, 1, || {
            let image = Image { window: &window, data: black_box(&input) };
            let (b, c) = (PackedB { data: &packed, k, n }, RowsMut { data: &mut out, stride: n });
            let epilogue = Epilogue::activation(Activation::Relu6);
            conv(RowTile::detect(), image, b, 0..pixels, c, epilogue, &mut scratch);
        });
    }

    /// What MobileViT needs besides products.
    fn attention_parts(&mut self) {
        let mut x = numbers(1 << 16);
        self.time_elements("SiLU", "of 65536", x.len(), || {
            apply_activation(black_box(&mut x), Activation::Silu)
        });
        let (mut x, mut factors) = (numbers(256 * 256), [0.0; 256]);
        self.time_elements("softmax", "of 256 x 256", x.len(), || {
            softmax_rows(black_box(&mut x), 256, 0.25, &mut factors)
        });
    }
}

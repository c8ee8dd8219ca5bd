//! Checks of the kernels over bytes: equal to naive loops, extremes included.

use std::ops::Range;

use kernels::int8::elementwise::{Factors, Terms, add, dequantise, look_up, multiply, quantise};
use kernels::int8::product::{self, Columns, FloatEnding, Packed, packed_len, product_to_floats};
use kernels::int8::windows::{Part, copy_windows, row_len};
use kernels::int8::{Bend, Ending, Image, Residual, depthwise};
use kernels::{Rows, RowsMut, Window};

use super::random::Random;

/// Marks what a kernel must not write to.
const UNTOUCHED: u8 = 211;

/// Values, more often than not 0 or the largest where `extreme`.
fn values(random: &mut Random, len: usize, extreme: bool) -> Vec<u8> {
    (0..len).map(|_| if extreme { random.of(&[0, 127, 127]) } else { random.within(0..=127) as u8 }).collect()
}

/// Filters of `k` weights with the numbers of their sums.
struct Layer {
    weights: Vec<i8>,
    starts: Vec<i32>,
    multipliers: Vec<f32>,
    offsets: Vec<f32>,
}

impl Layer {
    fn new(random: &mut Random, k: usize, n: usize) -> Self {
        let extreme = random.chance(3);
        let mut weight =
            || if extreme { random.of(&[-127, 127]) } else { random.within(0..=254) as i8 ^ -128 };
        let weights: Vec<i8> = (0..k * n).map(|_| weight().max(-127)).collect();
        let mut number = |scale: f32| (random.within(0..=2000) as f32 - 1000.0) * scale;
        Self {
            weights,
            starts: (0..n).map(|_| number(3.0) as i32).collect(),
            multipliers: (0..n).map(|_| (number(1.0).abs() + 1.0) * 5e-6).collect(),
            offsets: (0..n).map(|_| number(0.2)).collect(),
        }
    }

    fn columns(&self) -> Columns<'_> {
        let Self { weights, starts, multipliers, offsets } = self;
        Columns { weights, starts, multipliers, offsets }
    }

    /// The scaled sum of a filter.
    fn scaled(&self, filter: usize, products: impl Iterator<Item = (i8, u8)>) -> f32 {
        let sum: i32 = products.map(|(weight, value)| i32::from(weight) * i32::from(value)).sum();
        (self.starts[filter] + sum) as f32 * self.multipliers[filter] + self.offsets[filter]
    }
}

fn some_bend<'a>(random: &mut Random, table: &'a [u8; 256]) -> Bend<'a> {
    match random.within(0..=3) {
        0 => Bend::Line { low: f32::NEG_INFINITY, high: f32::INFINITY },
        1 => Bend::Line { low: 17.0, high: 101.25 },
        2 => Bend::HardSwish { scale: 2.5, zero: 11.0 },
        _ => Bend::Table(table),
    }
}

/// The byte of a scaled sum, as [`Ending`] says.
fn end(t: f32, ending: &Ending<'_>, row: usize, column: usize) -> u8 {
    let t = match ending.bend {
        Bend::Line { low, high } => t.clamp(low, high),
        Bend::HardSwish { scale, zero } => t * (t + 3.0).clamp(0.0, 6.0) * scale + zero,
        Bend::Table(table) => return table[t.clamp(0.0, 255.0).round_ties_even() as usize],
    };
    let added = ending.residual.map(|residual| {
        let byte = residual.rows.data[row * residual.rows.stride + column];
        f32::from(byte) * residual.scale + residual.offset
    });
    added.map_or(t, |added| t + added).clamp(0.0, 127.0).round_ties_even() as u8
}

fn table(random: &mut Random) -> [u8; 256] {
    std::array::from_fn(|_| random.within(0..=127) as u8)
}

pub(crate) fn products_of_bytes_equal_naive_loops() {
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let [m, n] = [random.within(0..=37), random.within(1..=29)];
        let k = if random.chance(4) { random.within(200..=700) } else { random.within(1..=40) };
        let [a_gap, c_gap, r_gap] = [(); 3].map(|()| random.within(0..=5));
        let extreme = random.chance(3);
        let layer = Layer::new(random, k, n);
        let a = values(random, (m * (k + a_gap)).saturating_sub(a_gap), extreme);
        let residual = values(random, (m * (n + r_gap)).saturating_sub(r_gap), false);
        let mut packed = vec![0; packed_len(k, n)];
        product::pack(layer.columns(), k, n, &mut packed);
        let (rows, b) = (Rows { data: &a, stride: k + a_gap }, Packed { data: &packed, k, n });
        let scaled = |row: usize, column: usize| {
            let weights = layer.weights[column * k..][..k].iter().copied();
            layer.scaled(column, weights.zip(a[row * (k + a_gap)..].iter().copied()))
        };

        let table = table(random);
        let bend = some_bend(random, &table);
        let added = Residual { rows: Rows { data: &residual, stride: n + r_gap }, scale: 0.7, offset: -21.5 };
        let with = random.chance(2) && !matches!(bend, Bend::Table(_));
        let ending = Ending { bend, residual: with.then_some(added) };
        let mut c = vec![UNTOUCHED; (m * (n + c_gap)).saturating_sub(c_gap)];
        product::product(m, rows, b, RowsMut { data: &mut c, stride: n + c_gap }, ending);
        for (i, byte) in c.iter().enumerate() {
            let (row, column) = (i / (n + c_gap), i % (n + c_gap));
            let right = if column < n { end(scaled(row, column), &ending, row, column) } else { UNTOUCHED };
            assert_eq!(*byte, right, "seed {seed}: {m} × {k} × {n}, row {row}, column {column}, {ending:?}");
        }

        let floats: Vec<f32> = residual.iter().map(|byte| f32::from(*byte) / 3.0).collect();
        let residual = with.then_some(Rows { data: &floats, stride: n + r_gap });
        let ending = FloatEnding { low: -20.0, high: f32::INFINITY, residual };
        let mut c = vec![-1e9; (m * (n + c_gap)).saturating_sub(c_gap)];
        product_to_floats(m, rows, b, RowsMut { data: &mut c, stride: n + c_gap }, ending);
        for (i, number) in c.iter().enumerate() {
            let (row, column) = (i / (n + c_gap), i % (n + c_gap));
            let added = residual.map_or(0.0, |residual| {
                residual.data[(row * residual.stride + column).min(floats.len() - 1)]
            });
            let right = if column < n { scaled(row, column).max(-20.0) + added } else { -1e9 };
            assert_eq!(*number, right, "seed {seed}: {m} × {k} × {n}, row {row}, column {column}");
        }
    }
}

/// A window that fits somewhere.
fn some_window(random: &mut Random, channels: usize) -> Window {
    let kernel = random.of(&[[1, 1], [3, 3], [5, 5], [7, 7], [3, 1], [1, 5], [2, 4]]);
    let stride = [random.within(1..=3), random.within(1..=3)];
    let dilation = [random.within(1..=2), random.within(1..=2)];
    let [height, width] = [(); 2].map(|()| random.within(1..=13));
    let [pad_top, pad_left] = [random.within(0..=3), random.within(0..=3)];
    let out = |side: usize, n: usize, before: usize| {
        let padded = n + before + random_free(side);
        let reach = (kernel[side] - 1) * dilation[side] + 1;
        if padded < reach { 1 } else { (padded - reach) / stride[side] + 1 }
    };
    let (out_height, out_width) = (out(0, height, pad_top), out(1, width, pad_left));
    Window { height, width, channels, kernel, stride, dilation, pad_top, pad_left, out_height, out_width }
}

/// Zeros after the image.
fn random_free(side: usize) -> usize {
    2 - side
}

/// The bytes of a channel under a window, tap by tap.
fn under<'a>(
    window: &'a Window,
    x: &'a [u8],
    zero: u8,
    pixel: usize,
    channel: usize,
) -> impl Iterator<Item = u8> + 'a {
    let Window { height, width, channels, kernel, stride, dilation, pad_top, pad_left, out_width, .. } =
        *window;
    (0..kernel[0] * kernel[1]).map(move |tap| {
        let inside = |at: usize, tap: usize, side: usize, pad: usize, n: usize| {
            (at * stride[side] + tap * dilation[side]).checked_sub(pad).filter(|i| *i < n)
        };
        let y = inside(pixel / out_width, tap / kernel[1], 0, pad_top, height);
        let at = inside(pixel % out_width, tap % kernel[1], 1, pad_left, width);
        y.zip(at).map_or(zero, |(y, at)| x[(y * width + at) * channels + channel])
    })
}

pub(crate) fn depthwise_of_bytes_equals_naive_loops() {
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let channels = random.within(1..=70);
        let window = some_window(random, channels);
        let taps = window.kernel[0] * window.kernel[1];
        let layer = Layer::new(random, taps, channels);
        let extreme = random.chance(3);
        let x = values(random, window.height * window.width * channels, extreme);
        let zero = random.within(0..=127) as u8;
        let gap = random.within(0..=3);
        let mut filters = vec![0; depthwise::packed_len(window.kernel, channels)];
        depthwise::pack(layer.columns(), window.kernel, channels, &mut filters);
        let first = random.within(0..=window.out_height - 1);
        let rows = first..random.within(first..=window.out_height);
        let pixels: Range<usize> = rows.start * window.out_width..rows.end * window.out_width;
        let residual = values(random, pixels.len() * channels, false);
        let table = table(random);
        let bend = some_bend(random, &table);
        let added = Residual { rows: Rows { data: &residual, stride: channels }, scale: 0.3, offset: 4.0 };
        let with = random.chance(2) && !matches!(bend, Bend::Table(_));
        let ending = Ending { bend, residual: with.then_some(added) };
        let stride = channels + gap;
        let mut y = vec![UNTOUCHED; (pixels.len() * stride).saturating_sub(gap)];
        let mut scratch = vec![255; depthwise::scratch_len(&window)];
        let out = RowsMut { data: &mut y, stride };
        let image = Image { window: &window, data: &x, zero };
        depthwise::depthwise(image, &filters, rows.clone(), out, ending, &mut scratch);
        for (i, byte) in y.iter().enumerate() {
            let (row, channel) = (i / stride, i % stride);
            let right = if channel < channels {
                let weights = layer.weights[channel * taps..][..taps].iter().copied();
                let products = weights.zip(under(&window, &x, zero, pixels.start + row, channel));
                end(layer.scaled(channel, products), &ending, row, channel)
            } else {
                UNTOUCHED
            };
            assert_eq!(*byte, right, "seed {seed}: {window:?}, pixel {row}, channel {channel}, {ending:?}");
        }
    }
}

pub(crate) fn windows_of_bytes_are_copied_whole() {
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let channels = random.within(1..=40);
        let window = some_window(random, channels);
        let x = values(random, window.height * window.width * channels, false);
        let count = if random.chance(2) { channels } else { random.within(1..=channels) };
        let first = if count == channels && random.chance(2) {
            0
        } else {
            random.within(0..=channels) as isize - random.within(0..=3) as isize
        };
        let zero = 99;
        let all = window.out_height * window.out_width;
        let pixels = random.within(0..=all - 1)..all;
        let len = row_len(window.kernel, count);
        let mut rows = vec![0; pixels.len() * len];
        let image = Image { window: &window, data: &x, zero };
        copy_windows(image, Part { first, count }, pixels.clone(), &mut rows);
        for (row, pixel) in rows.chunks_exact(len).zip(pixels) {
            for channel in 0..count {
                let at = usize::try_from(first + channel as isize).ok().filter(|at| *at < channels);
                for tap in 0..window.kernel[0] * window.kernel[1] {
                    let byte =
                        at.map_or(zero, |at| under(&window, &x, zero, pixel, at).nth(tap).unwrap_or(zero));
                    assert_eq!(row[tap * count + channel], byte, "seed {seed}: {window:?}, {first}, {count}");
                }
            }
        }
    }
}

pub(crate) fn simple_layers_of_bytes_equal_naive_loops() {
    for seed in 0..200 {
        let random = &mut Random::new(seed);
        let len = random.within(0..=100);
        let [a, b] = [(); 2].map(|()| values(random, len, false));
        let mut y = vec![0; len];
        let terms = Terms { scales: [0.73, 0.5], offset: -31.5, low: 5.0, high: 120.5 };
        add(&a, &b, terms, &mut y);
        let sum = |i: usize| f32::from(a[i]) * 0.73 + (f32::from(b[i]) * 0.5 - 31.5);
        assert!((0..len).all(|i| y[i] == sum(i).clamp(5.0, 120.5).round_ties_even() as u8), "seed {seed}");
        multiply(&a, &b, Factors { zeros: [40, 3], scale: 0.011, zero: 22.0 }, &mut y);
        let product = |i: usize| ((i32::from(a[i]) - 40) * (i32::from(b[i]) - 3)) as f32 * 0.011 + 22.0;
        assert!(
            (0..len).all(|i| y[i] == product(i).clamp(0.0, 127.0).round_ties_even() as u8),
            "seed {seed}"
        );
        let numbers: Vec<f32> = a.iter().zip(&b).map(|(a, b)| f32::from(*a) - 0.25 * f32::from(*b)).collect();
        quantise(&numbers, 1.5, 7.0, &mut y);
        let byte = |x: f32| (x * 1.5 + 7.0).clamp(0.0, 127.0).round_ties_even() as u8;
        assert!((0..len).all(|i| y[i] == byte(numbers[i])), "seed {seed}");
        let mut back = vec![0.0; len];
        dequantise(&a, 0.3, 9, &mut back);
        assert!((0..len).all(|i| back[i] == (i32::from(a[i]) - 9) as f32 * 0.3), "seed {seed}");
        let tables = [table(random), table(random), table(random)];
        let whole = len / 3 * 3;
        look_up(&a[..whole], &tables, 3, &mut y[..whole]);
        assert!((0..whole).all(|i| y[i] == tables[i % 3][usize::from(a[i])]), "seed {seed}");
    }
}

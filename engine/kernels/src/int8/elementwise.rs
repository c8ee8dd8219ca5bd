//! Kernels that need no sums of products.

use std::ops::Range;

use super::MOST;
use super::lanes::{Bytes, I32x4};
use crate::f32x4::{F32x4, LANES};
use crate::matrix::check_len;

/// The nearest byte from `low` to `high`, which lie between 0 and 255; of two the even one.
#[inline(always)]
pub fn round(t: f32, low: f32, high: f32) -> u8 {
    // Compilers make one instruction of each comparison, unlike of `f32::clamp`.
    let t = if t > low { t } else { low };
    let t = if t < high { t } else { high };
    // What is added leaves the rounded number in the lowest bits.
    (t + 12_582_912.0).to_bits() as u8
}

/// Rounds numbers between two bounds: `four` gives those from a place on that has four, `one` a single one.
#[inline(always)]
fn fill(y: &mut [u8], (low, high): (f32, f32), four: impl Fn(usize) -> F32x4, one: impl Fn(usize) -> f32) {
    const VECTORS: usize = 4;
    let [lows, highs] = [low, high].map(F32x4::splat);
    let (whole, rest) = y.as_chunks_mut::<{ VECTORS * LANES }>();
    let first = whole.len() * VECTORS * LANES;
    for (i, y) in whole.iter_mut().enumerate() {
        let numbers: [I32x4; VECTORS] = std::array::from_fn(|v| {
            // What is no number becomes the lower bound.
            I32x4::round(lows.max(four((i * VECTORS + v) * LANES)).min(highs))
        });
        *y = Bytes::narrow(numbers).to_array();
    }
    for (i, y) in rest.iter_mut().enumerate() {
        *y = round(one(first + i), low, high);
    }
}

/// Four values from a place on as numbers.
///
/// # Safety
/// There are four.
#[inline(always)]
unsafe fn values(x: &[u8], at: usize) -> F32x4 {
    // SAFETY: the caller's promise.
    unsafe { I32x4::widen_four(x.as_ptr().add(at)).to_f32() }
}

/// `y = x · factor + zero`, rounded: numbers to values. Panics where lengths differ, as all here.
pub fn quantise(x: &[f32], factor: f32, zero: f32, y: &mut [u8]) {
    check_len("numbers", x.len(), &[y.len()]);
    let [factors, zeros] = [factor, zero].map(F32x4::splat);
    // SAFETY: there are as many numbers as bytes.
    let four = |i: usize| unsafe { F32x4::load(x.as_ptr().add(i)) } * factors + zeros;
    fill(y, (0.0, f32::from(MOST)), four, |i| x[i] * factor + zero);
}

/// `y = (x - zero) · scale`: values to numbers.
pub fn dequantise(x: &[u8], scale: f32, zero: u8, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = (i32::from(*x) - i32::from(zero)) as f32 * scale;
    }
}

/// Two terms of a sum in its steps, and the bounds of the sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Steps of the sum that a step of each is.
    pub scales: [f32; 2],
    /// Added besides.
    pub offset: f32,
    /// The lower bound.
    pub low: f32,
    /// The upper bound.
    pub high: f32,
}

/// `y = a · scales[0] + (b · scales[1] + offset)`, rounded between two bounds.
pub fn add(a: &[u8], b: &[u8], terms: Terms, y: &mut [u8]) {
    let Terms { scales, offset, low, high } = terms;
    check_len("terms", a.len(), &[y.len()]);
    check_len("terms", b.len(), &[y.len()]);
    let [first, second, offsets] = [scales[0], scales[1], offset].map(F32x4::splat);
    // SAFETY: there are as many values as sums.
    let four = |i: usize| unsafe { values(a, i) * first + (values(b, i) * second + offsets) };
    let one = |i: usize| f32::from(a[i]) * scales[0] + (f32::from(b[i]) * scales[1] + offset);
    fill(y, (low, high), four, one);
}

/// What two factors' bytes mean for their product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Their bytes of 0.
    pub zeros: [u8; 2],
    /// Steps of the product that a product of steps is.
    pub scale: f32,
    /// The product's byte of 0.
    pub zero: f32,
}

/// `y = (a - zeros[0]) · (b - zeros[1]) · scale + zero`, rounded.
pub fn multiply(a: &[u8], b: &[u8], factors: Factors, y: &mut [u8]) {
    let Factors { zeros, scale, zero } = factors;
    check_len("factors", a.len(), &[y.len()]);
    check_len("factors", b.len(), &[y.len()]);
    let zeros = zeros.map(f32::from);
    let [first, second, scales, offsets] = [zeros[0], zeros[1], scale, zero].map(F32x4::splat);
    // The products of integers are exact. SAFETY: there are as many values as products.
    let four = |i: usize| unsafe { (values(a, i) - first) * (values(b, i) - second) } * scales + offsets;
    let one = |i: usize| (f32::from(a[i]) - zeros[0]) * (f32::from(b[i]) - zeros[1]) * scale + zero;
    fill(y, (0.0, f32::from(MOST)), four, one);
}

/// The largest values of some pixels of a map that is `width` wide, channel by channel.
pub fn max_window(x: &[u8], width: usize, lines: Range<usize>, pixels: Range<usize>, y: &mut [u8]) {
    let channels = y.len();
    y.fill(0);
    for pixel in lines.flat_map(|line| pixels.clone().map(move |pixel| line * width + pixel)) {
        for (y, x) in y.iter_mut().zip(&x[pixel * channels..][..channels]) {
            *y = (*y).max(*x);
        }
    }
}

/// Adds values to sums.
pub fn add_to_sums(x: &[u8], sums: &mut [i32]) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum += i32::from(*x);
    }
}

/// The byte that stands in the place of each value, in its channel's table where there is one for each.
pub fn look_up(x: &[u8], tables: &[[u8; 256]], channels: usize, y: &mut [u8]) {
    if let [table] = tables {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = table[usize::from(*x)]);
        return;
    }
    for (y, x) in y.chunks_mut(channels).zip(x.chunks(channels)) {
        for ((y, x), table) in y.iter_mut().zip(x).zip(tables) {
            *y = table[usize::from(*x)];
        }
    }
}

/// Channels of each position, in the order of a map, into rows of `stride` bytes.
pub fn gather(x: &[u8], channels: usize, map: &[u32], y: &mut [u8], stride: usize) {
    for (x, y) in x.chunks_exact(channels).zip(y.chunks_mut(stride)) {
        for (y, channel) in y.iter_mut().zip(map) {
            *y = x[*channel as usize];
        }
    }
}

//! Reproducible numbers: a tensor's values follow from its name alone.
//!
//! Used for goldens, whose weights and inputs another implementation can draw bit for bit, and for random
//! weights. The generator is SplitMix64's finaliser over the index, seeded with the name's FNV-1a hash.

use std::ops::Range;

use crate::decode::RgbImage;
use crate::graph::ParamKind;

/// FNV-1a, 64 bits, over the UTF-8 bytes of a name.
pub fn seed(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64's output for state `x`.
pub fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in [-1, 1) with 24 bits, exact in f32.
fn uniform(seed: u64, index: u64) -> f64 {
    ((mix(seed.wrapping_add(index)) >> 40) as f64 - 8_388_608.0) / 8_388_608.0
}

/// A parameter's values, row-major; `gain` scales weights only: their variance is gain / fan-in.
pub fn tensor(name: &str, shape: &[usize], kind: ParamKind, gain: f64) -> Vec<f32> {
    part(name, shape, kind, gain, 0..shape.iter().product())
}

/// Those of a parameter's values that `range` counts.
pub fn part(name: &str, shape: &[usize], kind: ParamKind, gain: f64, range: Range<usize>) -> Vec<f32> {
    let seed = seed(name);
    let fan_in: usize = shape.iter().skip(1).product();
    let scale = (3.0 * gain / fan_in as f64).sqrt() as f32;
    let value = |u: f32| match kind {
        ParamKind::Weight => u * scale,
        ParamKind::Bias | ParamKind::NormBias | ParamKind::BnMean => 0.1 * u,
        ParamKind::NormWeight => 1.0 + 0.1 * u,
        ParamKind::BnVar => 1.0 + 0.2 * u,
        ParamKind::Prelu => 0.25 + 0.1 * u,
    };
    range.map(|i| value(uniform(seed, i as u64) as f32)).collect()
}

/// A smooth, slightly noisy input (H, W, 3), already normalised.
pub fn input(h: usize, w: usize) -> Vec<f32> {
    input_of(h, w, 3)
}

/// The same of any number of channels, (H, W, C).
pub fn input_of(h: usize, w: usize, channels: usize) -> Vec<f32> {
    let (lattice, noise) = (seed("input"), seed("input.noise"));
    let corner =
        |c: usize, y: usize, x: usize| uniform(lattice, ((c as u64) << 32) + ((y as u64) << 16) + x as u64);
    let mut values = Vec::with_capacity(h * w * channels);
    for y in 0..h {
        for x in 0..w {
            for c in 0..channels {
                let (gy, gx) = (y / 16, x / 16);
                let (fy, fx) = ((y % 16) as f64 / 16.0, (x % 16) as f64 / 16.0);
                let smooth = corner(c, gy, gx) * (1.0 - fy) * (1.0 - fx)
                    + corner(c, gy, gx + 1) * (1.0 - fy) * fx
                    + corner(c, gy + 1, gx) * fy * (1.0 - fx)
                    + corner(c, gy + 1, gx + 1) * fy * fx;
                let index = (c * h + y) * w + x;
                values.push((2.0 * smooth + 0.25 * uniform(noise, index as u64)) as f32);
            }
        }
    }
    values
}

/// An image with gradients in red and green and a checkerboard in blue.
pub fn gradient(h: u32, w: u32) -> RgbImage {
    let pixels = (0..h)
        .flat_map(|y| (0..w).map(move |x| (y, x)))
        .flat_map(|(y, x)| {
            let blue = if (x / 16 + y / 16) % 2 == 1 { 224 } else { 32 };
            let ramp = |at: u32, n: u32| (at * 255 / (n - 1).max(1)) as u8;
            [ramp(x, w), ramp(y, h), blue]
        })
        .collect();
    RgbImage { width: w, height: h, pixels }
}

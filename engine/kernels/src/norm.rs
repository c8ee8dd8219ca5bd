//! Layer normalisation.

use crate::f32x4::{F32x4, LANES};
use crate::matrix::check_len;

/// `out[r, d] = (x[r, d] - mean_r) / sqrt(variance_r + eps) * weight[d] + bias[d]` with the mean and the (population)
/// variance of each row (arXiv 1607.06450).
///
/// `x` and `out` are `[rows, d]`, `weight` and `bias` are `[d]`. The variance is summed over deviations from the mean, so
/// that rows far from zero lose no digits. Panics where the lengths do not fit.
pub fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32]) {
    let d = weight.len().max(1);
    check_len("layer norm's input", x.len(), &[x.len() / d, d]);
    assert_eq!(x.len(), out.len(), "input and output have as many elements");
    assert_eq!(weight.len(), bias.len(), "weight and bias have as many elements");
    for (x, out) in x.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
        let mean = sum(x, 0.0, |x| x) / d as f32;
        let center = F32x4::splat(mean);
        let variance = sum(x, mean, |x| (x - center) * (x - center)) / d as f32;
        let scale = F32x4::splat(1.0 / (variance + eps).sqrt());
        // SAFETY: all five slices hold d floats.
        unsafe { normalise(x, center, scale, weight.as_ptr(), bias.as_ptr(), out.as_mut_ptr()) };
    }
}

/// The mean, and `1 / sqrt(variance + eps)`. Sums are taken over blocks, so that they lose no digits where there are many.
pub fn moments(x: &[f32], eps: f32) -> (f32, f32) {
    const BLOCK: usize = 4096;
    let count = x.len() as f64;
    let total = |neutral: f32, f: &dyn Fn(F32x4) -> F32x4| -> f64 {
        x.chunks(BLOCK).map(|block| f64::from(sum(block, neutral, f))).sum()
    };
    let mean = (total(0.0, &|x| x) / count) as f32;
    let center = F32x4::splat(mean);
    let variance = total(mean, &|x| (x - center) * (x - center)) / count;
    (mean, (1.0 / (variance + f64::from(eps)).sqrt()) as f32)
}

/// `out[r, d] = (x[r, d] - mean) * scale * weight[d] + bias[d]`. Panics where the lengths do not fit.
pub fn layer_norm_by(x: &[f32], mean: f32, scale: f32, weight: &[f32], bias: &[f32], out: &mut [f32]) {
    let d = weight.len().max(1);
    check_len("layer norm's input", x.len(), &[x.len() / d, d]);
    assert_eq!(x.len(), out.len(), "input and output have as many elements");
    assert_eq!(weight.len(), bias.len(), "weight and bias have as many elements");
    let (mean, scale) = (F32x4::splat(mean), F32x4::splat(scale));
    for (x, out) in x.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
        // SAFETY: all four slices hold d floats.
        unsafe { normalise(x, mean, scale, weight.as_ptr(), bias.as_ptr(), out.as_mut_ptr()) };
    }
}

/// The sum of `f` over `x`; the lanes beyond the end are filled with `neutral`, of which `f` gives 0.
#[inline(always)]
fn sum(x: &[f32], neutral: f32, f: impl Fn(F32x4) -> F32x4) -> f32 {
    const SUMS: usize = 4;
    let mut sums = [F32x4::zero(); SUMS];
    let (blocks, rest) = x.as_chunks::<{ SUMS * LANES }>();
    for block in blocks {
        for (sum, lanes) in sums.iter_mut().zip(block.as_chunks::<LANES>().0) {
            *sum = *sum + f(F32x4::from_array(*lanes));
        }
    }
    for (sum, rest) in sums.iter_mut().zip(rest.chunks(LANES)) {
        let mut lanes = [neutral; LANES];
        lanes[..rest.len()].copy_from_slice(rest);
        *sum = *sum + f(F32x4::from_array(lanes));
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum()
}

/// `out = (x - center) * scale * weight + bias`.
///
/// # Safety
/// The pointers are valid for as many floats as `x` has.
#[inline(always)]
unsafe fn normalise(
    x: &[f32],
    center: F32x4,
    scale: F32x4,
    weight: *const f32,
    bias: *const f32,
    out: *mut f32,
) {
    let (vectors, rest) = x.as_chunks::<LANES>();
    let normal = |x: F32x4, weight: F32x4, bias: F32x4| ((x - center) * scale).madd(weight, bias);
    // SAFETY: all accesses are below x.len().
    unsafe {
        for (i, lanes) in vectors.iter().enumerate() {
            let at = i * LANES;
            let weight = F32x4::load(weight.add(at));
            normal(F32x4::from_array(*lanes), weight, F32x4::load(bias.add(at))).store(out.add(at));
        }
        let (at, count) = (vectors.len() * LANES, rest.len());
        if count > 0 {
            let weight = F32x4::load_first(weight.add(at), count);
            let bias = F32x4::load_first(bias.add(at), count);
            normal(F32x4::load_first(x.as_ptr().add(at), count), weight, bias)
                .store_first(out.add(at), count);
        }
    }
}

//! Sums, channel-wise products, and other orders of channels.

use crate::f32x4::{F32x4, LANES};
use crate::matrix::check_len;

/// `out[i] = a[i] + b[i]`. Panics unless the lengths are equal.
pub fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
    zip(a, b, out, |a, b| a + b);
}

/// `a[i] += b[i]`. Panics unless the lengths are equal.
pub fn add_assign(a: &mut [f32], b: &[f32]) {
    zip_in_place(a, b, |a, b| a + b);
}

/// `a[i] += b[i] * factor`. Panics unless the lengths are equal.
pub fn add_product(a: &mut [f32], b: &[f32], factor: f32) {
    let factor = F32x4::splat(factor);
    zip_in_place(a, b, |a, b| b.madd(factor, a));
}

/// `out[i] = max(a[i], 0) * b[i]`. Panics unless the lengths are equal.
pub fn relu_product(a: &[f32], b: &[f32], out: &mut [f32]) {
    zip(a, b, out, |a, b| a.max(F32x4::zero()) * b);
}

/// `out[p, c] = x[p, c] * scale[c]`: squeeze-and-excitation. `x` and `out` are `[pixels, channels]`, `scale` is
/// `[channels]`; panics where the lengths do not fit.
pub fn scale_channels(x: &[f32], scale: &[f32], out: &mut [f32]) {
    let channels = scale.len().max(1);
    check_len("scaled image", x.len(), &[x.len() / channels, channels]);
    assert_eq!(x.len(), out.len(), "input and output have as many elements");
    for (x, out) in x.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
        zip(x, scale, out, |x, scale| x * scale);
    }
}

/// `out[i]`, of `n`, is the largest over the pieces k of `a[i] * factors[2 k n + i] + b[i] * factors[(2 k + 1) n + i]`. Panics where the
/// lengths do not fit or there is no piece.
pub fn shift_max(a: &[f32], b: &[f32], factors: &[f32], out: &mut [f32]) {
    let n = out.len();
    assert!(a.len() == n && b.len() == n, "{}, {} and {n} elements", a.len(), b.len());
    assert!(factors.len() >= 2 * n && factors.len().is_multiple_of(2 * n.max(1)), "factors of {n} elements");
    for i in 0..n {
        let sum = |piece: &[f32]| a[i] * piece[i] + b[i] * piece[n + i];
        let mut pieces = factors.chunks_exact(2 * n);
        let first = pieces.next().map_or(0.0, sum);
        // NaN stays.
        out[i] = pieces.fold(first, |most, piece| {
            let sum = sum(piece);
            if most >= sum || most.is_nan() { most } else { sum }
        });
    }
}

/// `x[p, c]` becomes `x[p, c] * slope[c]` where it is negative: PReLU. `x` is `[pixels, channels]`, `slope` is `[channels]`; panics
/// where the lengths do not fit.
pub fn prelu(x: &mut [f32], slope: &[f32]) {
    let channels = slope.len().max(1);
    check_len("PReLU's image", x.len(), &[x.len() / channels, channels]);
    for x in x.chunks_exact_mut(channels) {
        // The bound is what `max` and `min` leave where there is NaN.
        zip_in_place(x, slope, |x, slope| x.min(F32x4::zero()).madd(slope, x.max(F32x4::zero())));
    }
}

/// `out[p, i] = x[p, channels[i]]`: `x` is `[pixels, from]`, and the rows of `out` begin `stride` apart. Panics where a channel is
/// beyond `from` or `out` is too short.
pub fn gather(x: &[f32], from: usize, channels: &[u32], out: &mut [f32], stride: usize) {
    let pixels = x.len() / from.max(1);
    if pixels == 0 || channels.is_empty() {
        return;
    }
    check_len("map", x.len(), &[pixels, from]);
    assert!(channels.iter().all(|channel| (*channel as usize) < from), "channels beyond {from}");
    assert!(
        out.len() >= (pixels - 1) * stride + channels.len(),
        "{pixels} rows {stride} apart in {}",
        out.len()
    );
    for pixel in 0..pixels {
        // SAFETY: every channel is below `from`, and the rows of `out` are there, both checked above.
        unsafe {
            let (x, out) = (x.as_ptr().add(pixel * from), out.as_mut_ptr().add(pixel * stride));
            for (i, channel) in channels.iter().enumerate() {
                *out.add(i) = *x.add(*channel as usize);
            }
        }
    }
}

/// `out = f(a, b)`.
#[inline(always)]
fn zip(a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(F32x4, F32x4) -> F32x4) {
    assert!(
        a.len() == b.len() && a.len() == out.len(),
        "{}, {} and {} elements",
        a.len(),
        b.len(),
        out.len()
    );
    // SAFETY: the three lengths are equal.
    unsafe { zip_pointers(a.as_ptr(), b.as_ptr(), out.as_mut_ptr(), out.len(), f) }
}

/// `a = f(a, b)`.
#[inline(always)]
fn zip_in_place(a: &mut [f32], b: &[f32], f: impl Fn(F32x4, F32x4) -> F32x4) {
    assert_eq!(a.len(), b.len(), "both operands have as many elements");
    let out = a.as_mut_ptr();
    // SAFETY: the lengths are equal, and each element of `a` is read before it is written, all through `out`.
    unsafe { zip_pointers(out, b.as_ptr(), out, a.len(), f) }
}

/// # Safety
/// The pointers are valid for `len` floats; `out` may equal `a`.
#[inline(always)]
unsafe fn zip_pointers(
    a: *const f32,
    b: *const f32,
    out: *mut f32,
    len: usize,
    f: impl Fn(F32x4, F32x4) -> F32x4,
) {
    let mut i = 0;
    // SAFETY: all accesses are below `len`.
    unsafe {
        while i + LANES <= len {
            f(F32x4::load(a.add(i)), F32x4::load(b.add(i))).store(out.add(i));
            i += LANES;
        }
        let rest = len - i;
        if rest > 0 {
            f(F32x4::load_first(a.add(i), rest), F32x4::load_first(b.add(i), rest))
                .store_first(out.add(i), rest);
        }
    }
}

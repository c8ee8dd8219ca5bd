//! Operations on whole feature maps.

use crate::graph::Shape;

/// x[p, c] · gate[c].
pub(super) fn scale(x: &[f32], gate: &[f32]) -> Vec<f32> {
    x.chunks_exact(gate.len()).flat_map(|pixel| pixel.iter().zip(gate).map(|(x, g)| x * g)).collect()
}

/// The channels of x, then those of y, at every pixel.
pub(super) fn concat(x: &[f32], x_channels: usize, y: &[f32], y_channels: usize) -> Vec<f32> {
    let pixels = x.chunks_exact(x_channels).zip(y.chunks_exact(y_channels));
    pixels.flat_map(|(x, y)| x.iter().chain(y).copied()).collect()
}

/// Mean over all pixels, per channel.
pub(super) fn global_average_pool(x: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0; channels];
    for pixel in x.chunks_exact(channels) {
        for (sum, x) in sums.iter_mut().zip(pixel) {
            *sum += f64::from(*x);
        }
    }
    let pixels = (x.len() / channels) as f64;
    sums.into_iter().map(|sum| (sum / pixels) as f32).collect()
}

/// Bilinear without aligned corners (PyTorch's `align_corners=False`): output pixel centres lie at
/// (o + ½) · in / out - ½, clamped to the map.
pub(super) fn resize_bilinear(x: &[f32], from: Shape, to: Shape) -> Vec<f32> {
    let ((h, w), (out_h, out_w), c) = (from.size(), to.size(), from.channels());
    let source = |o: usize, input: usize, output: usize| {
        let at = ((o as f64 + 0.5) * input as f64 / output as f64 - 0.5).max(0.0);
        let low = at as usize;
        (low, (low + 1).min(input - 1), at - low as f64)
    };
    let mut y = Vec::with_capacity(to.elements());
    for oy in 0..out_h {
        let (top, bottom, fy) = source(oy, h, out_h);
        for ox in 0..out_w {
            let (left, right, fx) = source(ox, w, out_w);
            for i in 0..c {
                let at = |y: usize, x_at: usize| f64::from(x[(y * w + x_at) * c + i]);
                let upper = at(top, left) * (1.0 - fx) + at(top, right) * fx;
                let lower = at(bottom, left) * (1.0 - fx) + at(bottom, right) * fx;
                y.push((upper * (1.0 - fy) + lower * fy) as f32);
            }
        }
    }
    y
}

/// Tokens (sequence, token, dim) from a map: see [`Op::Unfold`](crate::graph::Op::Unfold).
pub(super) fn unfold(x: &[f32], from: Shape, patch: usize) -> Vec<f32> {
    let ((h, w), c) = (from.size(), from.channels());
    pixels_in_token_order(h, w, patch).flat_map(|pixel| x[pixel * c..][..c].iter().copied()).collect()
}

/// The inverse of [`unfold`].
pub(super) fn fold(tokens: &[f32], to: Shape, patch: usize) -> Vec<f32> {
    let ((h, w), c) = (to.size(), to.channels());
    let mut y = vec![0.0; to.elements()];
    for (token, pixel) in tokens.chunks_exact(c).zip(pixels_in_token_order(h, w, patch)) {
        y[pixel * c..][..c].copy_from_slice(token);
    }
    y
}

/// Pixel numbers of an h×w map in the order in which unfolded tokens follow each other.
fn pixels_in_token_order(h: usize, w: usize, patch: usize) -> impl Iterator<Item = usize> {
    let offsets = (0..patch).flat_map(move |py| (0..patch).map(move |px| (py, px)));
    offsets.flat_map(move |(py, px)| {
        (0..h / patch).flat_map(move |y| (0..w / patch).map(move |x| (y * patch + py) * w + x * patch + px))
    })
}

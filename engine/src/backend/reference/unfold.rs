//! From maps to tokens.

use super::{Define, Of};
use crate::graph::op::Unfold;

impl Define for Unfold {
    /// Tokens (sequence, token, dim) from a map.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((h, w), c) = (of.shapes[0].size(), of.shapes[0].channels());
        let pixels = pixels_in_token_order(h, w, self.patch);
        pixels.flat_map(|pixel| of.inputs[0][pixel * c..][..c].iter().copied()).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((h, w), c) = (of.shapes[0].size(), of.shapes[0].channels());
        let mut pulled = vec![0.0; of.inputs[0].len()];
        for (seed, pixel) in seed.chunks_exact(c).zip(pixels_in_token_order(h, w, self.patch)) {
            pulled[pixel * c..][..c].copy_from_slice(seed);
        }
        vec![pulled]
    }
}

/// Pixel numbers of an h×w map in the order in which unfolded tokens follow each other.
pub(super) fn pixels_in_token_order(h: usize, w: usize, patch: usize) -> impl Iterator<Item = usize> {
    let offsets = (0..patch).flat_map(move |py| (0..patch).map(move |px| (py, px)));
    offsets.flat_map(move |(py, px)| {
        (0..h / patch).flat_map(move |y| (0..w / patch).map(move |x| (y * patch + py) * w + x * patch + px))
    })
}

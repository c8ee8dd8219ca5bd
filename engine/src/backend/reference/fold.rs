//! From tokens to maps.

use super::unfold::pixels_in_token_order;
use super::{Define, Of};
use crate::graph::op::Fold;

impl Define for Fold {
    /// The inverse of unfolding.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((h, w), c) = (self.size, of.output.channels());
        let mut y = vec![0.0; of.output.elements()];
        for (token, pixel) in of.inputs[0].chunks_exact(c).zip(pixels_in_token_order(h, w, self.patch)) {
            y[pixel * c..][..c].copy_from_slice(token);
        }
        y
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((h, w), c) = (self.size, of.output.channels());
        let pixels = pixels_in_token_order(h, w, self.patch);
        vec![pixels.flat_map(|pixel| seed[pixel * c..][..c].iter().copied()).collect()]
    }
}

//! Mean over all pixels.

use super::{Define, Of};
use crate::graph::op::GlobalAveragePool;

impl Define for GlobalAveragePool {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let channels = of.output.channels();
        let mut sums = vec![0.0; channels];
        for pixel in of.inputs[0].chunks_exact(channels) {
            for (sum, x) in sums.iter_mut().zip(pixel) {
                *sum += f64::from(*x);
            }
        }
        let pixels = of.shapes[0].positions() as f64;
        sums.into_iter().map(|sum| (sum / pixels) as f32).collect()
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let pixels = of.shapes[0].positions();
        let share: Vec<f64> = seed.iter().map(|seed| seed / pixels as f64).collect();
        vec![share.repeat(pixels)]
    }
}

//! Concatenation.

use super::{Define, Of};
use crate::graph::op::Concat;

impl Define for Concat {
    /// The channels of the first value that are meant, then those of the second, and so on, at every position.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let mut y = Vec::with_capacity(of.output.elements());
        for position in 0..of.output.positions() {
            for (input, (x, shape)) in of.inputs.iter().zip(&of.shapes).enumerate() {
                let pixel = &x[position * shape.channels()..][..shape.channels()];
                match self.gather(input) {
                    Some(map) => y.extend(map.iter().map(|channel| pixel[channel])),
                    None => y.extend_from_slice(pixel),
                }
            }
        }
        y
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let mut pulled: Vec<Vec<f64>> = of.inputs.iter().map(|x| vec![0.0; x.len()]).collect();
        let mut seed = seed.iter();
        for position in 0..of.output.positions() {
            for (input, (x, shape)) in pulled.iter_mut().zip(&of.shapes).enumerate() {
                let pixel = &mut x[position * shape.channels()..][..shape.channels()];
                match self.gather(input) {
                    Some(map) => map.iter().zip(&mut seed).for_each(|(channel, seed)| pixel[channel] += seed),
                    None => pixel.iter_mut().zip(&mut seed).for_each(|(x, seed)| *x += seed),
                }
            }
        }
        pulled
    }
}

//! Linear layers.

use super::{Define, Of, conv};
use crate::graph::op::{Epilogue, Flattened, Linear};

impl Define for Linear {
    /// y[p, o] = bias[o] + Σ over the inputs i of o's group of x[p, i] · w[o, i]; of a map all numbers are one position.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (weight, bias) = (of.weights.get(self.weight), self.bias.map(|bias| of.weights.get(bias)));
        let (read, channels) = (self.read(of.shapes[0]), of.shapes[0].channels());
        let x = match self.flattened {
            Some(Flattened::ChannelsFirst) => {
                let pixels = of.shapes[0].positions();
                (0..read).map(|i| of.inputs[0][i % pixels * channels + i / pixels]).collect()
            }
            Some(Flattened::ChannelsLast) | None => of.inputs[0].to_vec(),
        };
        let mut y = Vec::with_capacity(of.output.elements());
        for position in x.chunks_exact(read * self.groups) {
            for (o, row) in weight.chunks_exact(read).enumerate() {
                let group = o / (self.out / self.groups);
                let inputs = &position[group * read..][..read];
                let products = inputs.iter().zip(row).map(|(x, w)| f64::from(*x) * f64::from(*w));
                y.push((bias.map_or(0.0, |bias| f64::from(bias[o])) + products.sum::<f64>()) as f32);
            }
        }
        let residual = self.epilogue.residual.then(|| of.inputs[1]);
        conv::epilogue(&self.epilogue, of.weights, y, residual)
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        assert_eq!(self.epilogue, Epilogue::NONE, "{}", super::AS_BUILT);
        let weight = of.weights.get(self.weight);
        let (read, channels) = (self.read(of.shapes[0]), of.shapes[0].channels());
        let mut pulled = vec![0.0; of.inputs[0].len()];
        for (x, seed) in pulled.chunks_exact_mut(read * self.groups).zip(seed.chunks_exact(self.out)) {
            for ((o, row), seed) in weight.chunks_exact(read).enumerate().zip(seed) {
                let group = o / (self.out / self.groups);
                let inputs = x[group * read..][..read].iter_mut();
                inputs.zip(row).for_each(|(x, w)| *x += seed * f64::from(*w));
            }
        }
        if self.flattened == Some(Flattened::ChannelsFirst) {
            let pixels = of.shapes[0].positions();
            pulled = (0..read).map(|at| pulled[at % channels * pixels + at / channels]).collect();
        }
        vec![pulled]
    }
}

//! Linear layers.

use super::{Define, Of, conv};
use crate::graph::op::Linear;

impl Define for Linear {
    /// y[p, o] = bias[o] + Σ over i of x[p, i] · w[o, i].
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let (x, inputs) = (of.inputs[0], of.shapes[0].channels());
        let (weight, bias) = (of.weights.get(self.weight), self.bias.map(|bias| of.weights.get(bias)));
        let mut y = Vec::with_capacity(of.output.elements());
        for position in x.chunks_exact(inputs) {
            for (o, row) in weight.chunks_exact(inputs).enumerate() {
                let products = position.iter().zip(row).map(|(x, w)| f64::from(*x) * f64::from(*w));
                y.push((bias.map_or(0.0, |bias| f64::from(bias[o])) + products.sum::<f64>()) as f32);
            }
        }
        let residual = self.epilogue.residual.then(|| of.inputs[1]);
        conv::epilogue(&self.epilogue, of.weights, y, residual)
    }
}

//! Separable self-attention.

use super::attention::softmax;
use super::{Define, Of};
use crate::graph::op::SeparableAttention;

impl Define for SeparableAttention {
    /// y[t, d] = relu(value[t, d]) · Σ over s of softmax(query)[s] · key[s, d] in every sequence.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((_, tokens), dim) = (of.output.size(), of.output.channels());
        let row = 1 + 2 * dim;
        let mut y = Vec::with_capacity(of.output.elements());
        for sequence in of.inputs[0].chunks_exact(tokens * row) {
            let rows = || sequence.chunks_exact(row);
            let queries: Vec<f64> = rows().map(|row| f64::from(row[0])).collect();
            let shares = softmax(&queries);
            let context = |d: usize| -> f64 {
                rows().zip(&shares).map(|(row, share)| share * f64::from(row[1 + d])).sum()
            };
            let contexts: Vec<f64> = (0..dim).map(context).collect();
            for row in rows() {
                let values = row[1 + dim..].iter().zip(&contexts);
                y.extend(
                    values.map(|(v, context)| (f64::from(v.clamp(0.0, f32::INFINITY)) * context) as f32),
                );
            }
        }
        y
    }
}

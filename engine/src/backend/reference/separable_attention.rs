//! Separable self-attention.

use super::attention::{softmax, softmax_pull};
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

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((_, tokens), dim) = (of.output.size(), of.output.channels());
        let row = 1 + 2 * dim;
        let mut pulled = vec![0.0; of.inputs[0].len()];
        let parts = of.inputs[0].chunks_exact(tokens * row).zip(seed.chunks_exact(tokens * dim));
        for ((sequence, seed), pulled) in parts.zip(pulled.chunks_exact_mut(tokens * row)) {
            let number = |token: usize, at: usize| f64::from(sequence[token * row + at]);
            let queries: Vec<f64> = (0..tokens).map(|token| number(token, 0)).collect();
            let shares = softmax(&queries);
            let mut by_share = vec![0.0; tokens];
            for d in 0..dim {
                let context: f64 = (0..tokens).map(|token| shares[token] * number(token, 1 + d)).sum();
                let mut by_context = 0.0;
                for token in 0..tokens {
                    let (value, seed) = (number(token, 1 + dim + d), seed[token * dim + d]);
                    by_context += seed * value.max(0.0);
                    pulled[token * row + 1 + dim + d] = if value > 0.0 { seed * context } else { 0.0 };
                }
                for token in 0..tokens {
                    pulled[token * row + 1 + d] = shares[token] * by_context;
                    by_share[token] += by_context * number(token, 1 + d);
                }
            }
            for (token, by_query) in softmax_pull(&shares, &by_share).into_iter().enumerate() {
                pulled[token * row] = by_query;
            }
        }
        vec![pulled]
    }
}

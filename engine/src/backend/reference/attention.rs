//! Multi-head self-attention.

use crate::graph::Shape;

/// softmax(q · kᵀ / √(dim / heads)) · v in every sequence and head. Each token of `qkv` holds its query, its
/// key and its value one after the other, each of them head by head.
pub(super) fn attention(qkv: &[f32], to: Shape, heads: usize) -> Vec<f32> {
    let ((sequences, tokens), dim) = (to.size(), to.channels());
    let head_dim = dim / heads;
    let scale = 1.0 / (head_dim as f64).sqrt();
    let mut out = vec![0.0; to.elements()];
    for s in 0..sequences {
        for head in 0..heads {
            let part = |token: usize, which: usize| {
                let start = (s * tokens + token) * 3 * dim + which * dim + head * head_dim;
                &qkv[start..][..head_dim]
            };
            for i in 0..tokens {
                let scores: Vec<f64> = (0..tokens).map(|j| scale * dot(part(i, 0), part(j, 1))).collect();
                let probabilities = softmax(&scores);
                for d in 0..head_dim {
                    let sum: f64 =
                        probabilities.iter().enumerate().map(|(j, p)| p * f64::from(part(j, 2)[d])).sum();
                    out[(s * tokens + i) * dim + head * head_dim + d] = sum as f32;
                }
            }
        }
    }
    out
}

fn dot(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

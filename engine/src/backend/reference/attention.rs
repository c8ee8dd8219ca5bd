//! Multi-head self-attention.

use super::{Define, Of};
use crate::graph::op::Attention;

impl Define for Attention {
    /// softmax(q · kᵀ / √(dim / heads)) · v in every sequence and head. Each token of the input holds its query, its key and
    /// its value one after the other, each of them head by head.
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        let ((sequences, tokens), dim) = (of.output.size(), of.output.channels());
        let head_dim = dim / self.heads;
        let scale = 1.0 / (head_dim as f64).sqrt();
        let mut out = vec![0.0; of.output.elements()];
        for s in 0..sequences {
            for head in 0..self.heads {
                let part = |token: usize, which: usize| {
                    let start = (s * tokens + token) * 3 * dim + which * dim + head * head_dim;
                    &of.inputs[0][start..][..head_dim]
                };
                for i in 0..tokens {
                    let scores: Vec<f64> = (0..tokens).map(|j| scale * dot(part(i, 0), part(j, 1))).collect();
                    let probabilities = softmax(&scores);
                    for d in 0..head_dim {
                        let products =
                            probabilities.iter().enumerate().map(|(j, p)| p * f64::from(part(j, 2)[d]));
                        out[(s * tokens + i) * dim + head * head_dim + d] = products.sum::<f64>() as f32;
                    }
                }
            }
        }
        out
    }

    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
        let ((sequences, tokens), dim) = (of.output.size(), of.output.channels());
        let head_dim = dim / self.heads;
        let scale = 1.0 / (head_dim as f64).sqrt();
        let mut pulled = vec![0.0; of.inputs[0].len()];
        for s in 0..sequences {
            for head in 0..self.heads {
                let start = |token: usize, which: usize| {
                    (s * tokens + token) * 3 * dim + which * dim + head * head_dim
                };
                let part = |token: usize, which: usize| &of.inputs[0][start(token, which)..][..head_dim];
                for i in 0..tokens {
                    let scores: Vec<f64> = (0..tokens).map(|j| scale * dot(part(i, 0), part(j, 1))).collect();
                    let probabilities = softmax(&scores);
                    let seed = &seed[(s * tokens + i) * dim + head * head_dim..][..head_dim];
                    let by_probability = |j: usize| -> f64 {
                        part(j, 2).iter().zip(seed).map(|(value, seed)| f64::from(*value) * seed).sum()
                    };
                    let by_probability: Vec<f64> = (0..tokens).map(by_probability).collect();
                    let by_score = softmax_pull(&probabilities, &by_probability);
                    for j in 0..tokens {
                        for d in 0..head_dim {
                            pulled[start(i, 0) + d] += scale * by_score[j] * f64::from(part(j, 1)[d]);
                            pulled[start(j, 1) + d] += scale * by_score[j] * f64::from(part(i, 0)[d]);
                            pulled[start(j, 2) + d] += probabilities[j] * seed[d];
                        }
                    }
                }
            }
        }
        vec![pulled]
    }
}

/// From derivatives by probabilities to those by the scores that they are the softmax of.
pub(super) fn softmax_pull(probabilities: &[f64], seed: &[f64]) -> Vec<f64> {
    let mean: f64 = probabilities.iter().zip(seed).map(|(p, seed)| p * seed).sum();
    probabilities.iter().zip(seed).map(|(p, seed)| p * (seed - mean)).collect()
}

fn dot(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

pub(super) fn softmax(scores: &[f64]) -> Vec<f64> {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

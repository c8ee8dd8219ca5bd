//! From logits to classes.

use serde::{Deserialize, Serialize};

/// A class with its score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Position in the network's output.
    pub index: usize,
    /// Softmax probability, 0..1.
    pub probability: f32,
    /// Logit.
    pub logit: f32,
}

/// The `k` most probable classes, most probable first; equal ones in the order of the output. A NaN comes last.
pub fn top_k(logits: &[f32], k: usize) -> Vec<Score> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |logit: f32| f64::from(logit - max).exp();
    let sum: f64 = logits.iter().map(|logit| power(*logit)).sum();
    let mut order: Vec<usize> = (0..logits.len()).collect();
    let key = |i: &usize| if logits[*i].is_nan() { f32::NEG_INFINITY } else { logits[*i] };
    order.sort_by(|a, b| key(b).total_cmp(&key(a)));
    let score = |index| {
        let logit: f32 = logits[index];
        Score { index, probability: (power(logit) / sum) as f32, logit }
    };
    order.into_iter().take(k).map(score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_softmax_in_order() {
        let top = top_k(&[1.0, 3.0, 2.0, 3.0], 3);
        assert_eq!(top.iter().map(|s| s.index).collect::<Vec<_>>(), [1, 3, 2]);
        let sum = 1f64.exp() + 2f64.exp() + 2.0 * 3f64.exp();
        assert!((f64::from(top[0].probability) - 3f64.exp() / sum).abs() < 1e-7);
        assert_eq!(top_k(&[f32::NAN, 1000.0, -1000.0], 5)[0].index, 1);
        assert!(top_k(&[], 5).is_empty());
    }
}

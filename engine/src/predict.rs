//! From logits to classes.

use serde::{Deserialize, Serialize};

use crate::order;

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

/// The `k` most probable classes, most probable first; equal ones in the order of the output.
///
/// `None` if a logit is not finite: weights that do not belong together (a negative variance), or values beyond the range of
/// f16, give no answer.
pub fn top_k(logits: &[f32], k: usize) -> Option<Vec<Score>> {
    if !logits.iter().all(|logit| logit.is_finite()) {
        return None;
    }
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let power = |logit: f32| f64::from(logit - max).exp();
    let sum: f64 = logits.iter().map(|logit| power(*logit)).sum();
    let order = order::descending(logits.iter().map(|logit| order::key(f64::from(*logit))));
    let score = |index| {
        let logit: f32 = logits[index];
        Score { index, probability: (power(logit) / sum) as f32, logit }
    };
    Some(order.into_iter().take(k).map(score).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_softmax_in_order() {
        let top = top_k(&[1.0, 3.0, 2.0, 3.0], 3).expect("finite");
        assert_eq!(top.iter().map(|s| s.index).collect::<Vec<_>>(), [1, 3, 2]);
        let sum = 1f64.exp() + 2f64.exp() + 2.0 * 3f64.exp();
        assert!((f64::from(top[0].probability) - 3f64.exp() / sum).abs() < 1e-7);
        let far = top_k(&[-1000.0, 1000.0], 5).expect("finite");
        assert_eq!(far.iter().map(|s| (s.index, s.probability)).collect::<Vec<_>>(), [(1, 1.0), (0, 0.0)]);
        assert_eq!(top_k(&[], 5), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_number_is_no_answer() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(top_k(&[1.0, odd, 2.0], 1), None, "{odd}");
        }
    }
}

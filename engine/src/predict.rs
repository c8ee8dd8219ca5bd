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

/// How sure networks that know the same classes are together: the largest mean probability of a class. Of each network its likeliest
/// classes with their probabilities; any other counts as impossible. `None` without networks.
pub fn sureness(networks: &[Vec<(usize, f32)>]) -> Option<f32> {
    let mean = |class: usize| {
        let of = |answers: &Vec<(usize, f32)>| {
            answers.iter().find(|(other, _)| *other == class).map_or(0.0, |(_, probability)| *probability)
        };
        networks.iter().map(of).sum::<f32>() / networks.len() as f32
    };
    let most = networks.iter().flatten().map(|(class, _)| mean(*class)).fold(0.0, f32::max);
    (!networks.is_empty()).then_some(most)
}

/// The class of every pixel of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelClasses {
    /// Row by row the most probable class; of equal ones the first.
    pub classes: Vec<u8>,
    /// The classes that are anywhere with their shares of the pixels, the largest first.
    pub shares: Vec<(usize, f32)>,
}

/// The classes of a map of logits (H, W, C), C being `count`.
///
/// `None` if a logit is not finite, and where there are no classes or more than a byte tells apart.
pub fn pixel_classes(logits: &[f32], count: usize) -> Option<PixelClasses> {
    if !(1..=256).contains(&count) || !logits.iter().all(|logit| logit.is_finite()) {
        return None;
    }
    let best = |pixel: &[f32]| {
        let larger = |best: usize, class: usize| if pixel[class] > pixel[best] { class } else { best };
        (0..pixel.len()).fold(0, larger)
    };
    let classes: Vec<u8> = logits.chunks_exact(count).map(|pixel| best(pixel) as u8).collect();
    let mut pixels = vec![0u32; count];
    classes.iter().for_each(|class| pixels[usize::from(*class)] += 1);
    let order = order::descending(pixels.iter().map(|pixels| order::key(f64::from(*pixels))));
    let share = |class: usize| (class, pixels[class] as f32 / classes.len() as f32);
    let shares = order.into_iter().filter(|class| pixels[*class] > 0).map(share).collect();
    Some(PixelClasses { classes, shares })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_as_sure_together_as_of_the_class_that_they_share() {
        let (sure, other) = (vec![(3, 0.9), (1, 0.05)], vec![(5, 0.95), (3, 0.02)]);
        let near = |sureness: Option<f32>, expected: f32| (sureness.unwrap() - expected).abs() < 1e-6;
        assert!(near(sureness(std::slice::from_ref(&sure)), 0.9));
        assert!(near(sureness(&[sure.clone(), other]), 0.475));
        assert!(near(sureness(&[sure, vec![(3, 0.4)]]), 0.65));
        assert_eq!(sureness(&[]), None);
    }

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
    fn every_pixel_has_its_class_and_every_class_its_share() {
        // Two by two pixels of three classes; the third has two equal ones.
        let logits = [0.0, 1.0, 0.5, 2.0, 1.0, 0.0, 3.0, 3.0, 1.0, 0.0, 0.0, 9.0];
        let map = pixel_classes(&logits, 3).expect("finite");
        assert_eq!(map.classes, [1, 0, 0, 2]);
        assert_eq!(map.shares, [(0, 0.5), (1, 0.25), (2, 0.25)]);
        assert_eq!(pixel_classes(&[1.0, f32::NAN], 2), None);
        assert_eq!(pixel_classes(&[], 0), None);
        assert_eq!(pixel_classes(&[0.0; 257], 257), None);
    }

    #[test]
    fn what_is_no_number_is_no_answer() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(top_k(&[1.0, odd, 2.0], 1), None, "{odd}");
        }
    }
}

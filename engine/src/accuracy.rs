//! How often a classifier is right, how sure that is, and how well it notices what it does not know.

use serde::{Deserialize, Serialize};

/// The standard normal distribution's 97.5 % quantile: intervals hold with 95 % probability.
const Z: f64 = 1.959_963_984_540_054;

/// Guesses on labelled images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Images that were guessed right.
    pub correct: u32,
    /// All images.
    pub images: u32,
}

impl Accuracy {
    /// Enters a guess.
    pub fn count(&mut self, right: bool) {
        self.correct += u32::from(right);
        self.images += 1;
    }

    /// The share of right guesses in percent; NaN without images.
    pub fn percent(self) -> f64 {
        100.0 * f64::from(self.correct) / f64::from(self.images)
    }

    /// Wilson's 95 % interval of that share, in percent (Wilson 1927): where the accuracy on more images of the same
    /// kind is to be expected. NaN without images.
    pub fn interval_percent(self) -> (f64, f64) {
        let (n, share) = (f64::from(self.images), self.percent() / 100.0);
        let scale = 1.0 / (1.0 + Z * Z / n);
        let middle = scale * (share + Z * Z / (2.0 * n));
        let half = scale * Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        (100.0 * (middle - half).clamp(0.0, 1.0), 100.0 * (middle + half).clamp(0.0, 1.0))
    }
}

/// How well images that show none of a classifier's classes are told by how sure it is: those at which it is less sure than a
/// threshold are taken for such.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rejection {
    /// The threshold.
    pub threshold: f32,
    /// Images of its classes, and how many of them were taken for others.
    pub false_alarms: Accuracy,
    /// Images of other classes, and how many of them were noticed.
    pub noticed: Accuracy,
    /// How probable it is that it is surer at an image of its classes than at another, ties counting half: the area under the
    /// curve of all thresholds (AUROC).
    pub auroc: f64,
}

impl Rejection {
    /// At a threshold, from how sure a classifier is at images of its classes and at others. NaN counts as not sure at all.
    pub fn at(threshold: f32, known: &[f32], others: &[f32]) -> Self {
        let rejected = |sure: &[f32]| {
            let mut rejected = Accuracy::default();
            sure.iter().for_each(|sure| rejected.count(sure.is_nan() || *sure < threshold));
            rejected
        };
        Self {
            threshold,
            false_alarms: rejected(known),
            noticed: rejected(others),
            auroc: auroc(known, others),
        }
    }

    /// At the threshold, in hundredths, that notices most and takes at most this share of the images of its classes for others.
    pub fn with_false_alarms(most: f64, known: &[f32], others: &[f32]) -> Self {
        let at = |hundredths: u32| Self::at(hundredths as f32 / 100.0, known, others);
        let is_allowed = |of: &Self| of.false_alarms.percent() <= 100.0 * most;
        (1..=100).rev().map(at).find(is_allowed).unwrap_or_else(|| at(0))
    }
}

/// See [`Rejection::auroc`]; NaN without images of either kind.
fn auroc(known: &[f32], others: &[f32]) -> f64 {
    let mut others = others.to_vec();
    others.sort_by(f32::total_cmp);
    let wins = |sure: &f32| {
        let below = others.partition_point(|other| other < sure);
        let not_above = others.partition_point(|other| other <= sure);
        (below + not_above) as f64 / 2.0
    };
    known.iter().map(wins).sum::<f64>() / (known.len() * others.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(correct: u32, images: u32) -> (f64, f64) {
        Accuracy { correct, images }.interval_percent()
    }

    #[test]
    fn intervals_are_wilsons() {
        // statsmodels.stats.proportion.proportion_confint(correct, images, method="wilson")
        for (correct, images, low, high) in [
            (8500, 10_000, 84.286_718, 85.686_402),
            (7, 10, 39.677_815, 89.220_873),
            (0, 10, 0.0, 27.753_280),
            (10, 10, 72.246_720, 100.0),
        ] {
            let (found_low, found_high) = interval(correct, images);
            assert!((found_low - low).abs() < 1e-6, "{correct} of {images}: {found_low}");
            assert!((found_high - high).abs() < 1e-6, "{correct} of {images}: {found_high}");
        }
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_the_right_order() {
        let (known, others) = ([0.9, 0.5, 0.5, 0.2], [0.1, 0.5, 0.3]);
        let score = |(a, b): (f32, f32)| {
            if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            }
        };
        let pairs = known.iter().flat_map(|a| others.iter().map(move |b| (*a, *b)));
        let share = pairs.map(score).sum::<f64>() / 12.0;
        assert!((auroc(&known, &others) - share).abs() < 1e-12);
        assert!(auroc(&[], &others).is_nan() && auroc(&known, &[]).is_nan());
    }

    #[test]
    fn a_threshold_notices_as_many_as_the_false_alarms_allow() {
        let known: Vec<f32> = (0..100).map(|i| i as f32 / 100.0).collect();
        let rejection = Rejection::with_false_alarms(0.1, &known, &[0.05, 0.099, 0.5, f32::NAN]);
        assert_eq!(rejection.threshold, 0.1);
        assert_eq!(rejection.false_alarms, Accuracy { correct: 10, images: 100 });
        assert_eq!(rejection.noticed, Accuracy { correct: 3, images: 4 });
        let none = Rejection::with_false_alarms(0.0, &[0.0, 1.0], &[0.5]);
        assert_eq!((none.threshold, none.noticed.correct), (0.0, 0));
    }

    #[test]
    fn without_images_nothing_is_known() {
        let none = Accuracy::default();
        assert!(none.percent().is_nan() && none.interval_percent().0.is_nan());
        let mut one = none;
        one.count(true);
        one.count(false);
        assert_eq!((one, one.percent()), (Accuracy { correct: 1, images: 2 }, 50.0));
    }
}

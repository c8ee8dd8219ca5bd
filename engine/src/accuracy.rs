//! How often a classifier is right, and how sure that is.

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
    fn without_images_nothing_is_known() {
        let none = Accuracy::default();
        assert!(none.percent().is_nan() && none.interval_percent().0.is_nan());
        let mut one = none;
        one.count(true);
        one.count(false);
        assert_eq!((one, one.percent()), (Accuracy { correct: 1, images: 2 }, 50.0));
    }
}

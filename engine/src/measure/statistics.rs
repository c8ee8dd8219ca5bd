//! What samples say about a latency.

use serde::{Deserialize, Serialize};

use super::Dice;
use crate::order;

/// Resamples of a bootstrap: enough for the second digit of an interval's ends.
const RESAMPLES: usize = 1000;
/// A 95th percentile of fewer samples would be one of the last three.
const LEAST_FOR_P95: usize = 60;
/// Thirds of fewer samples say nothing.
const LEAST_FOR_DRIFT: usize = 9;

/// A summary of samples, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Middle sample.
    pub median_ms: f64,
    /// Bootstrap 95 % interval of the median.
    pub interval_ms: (f64, f64),
    /// Fastest sample.
    pub min_ms: f64,
    /// 10th percentile.
    pub p10_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 95th percentile; `None` for fewer than 60 samples.
    pub p95_ms: Option<f64>,
    /// Median of the distances from the median.
    pub mad_ms: f64,
    /// By which share the last third's median exceeds the first third's; `None` for fewer than 9 samples.
    pub drift: Option<f64>,
}

impl Statistics {
    /// Summarises samples that are in the order in which they were taken.
    ///
    /// # Panics
    /// If there is no sample.
    pub fn of(samples: &[f64], seed: u32) -> Self {
        let sorted = ascending(samples.to_vec());
        Self {
            median_ms: quantile(&sorted, 0.5),
            interval_ms: median_interval(samples, seed),
            min_ms: sorted[0],
            p10_ms: quantile(&sorted, 0.1),
            p90_ms: quantile(&sorted, 0.9),
            p95_ms: (sorted.len() >= LEAST_FOR_P95).then(|| quantile(&sorted, 0.95)),
            mad_ms: mad(samples),
            drift: drift(samples),
        }
    }
}

/// The value at share `q` (0..1) of sorted samples, between two of them if need be.
///
/// # Panics
/// If there is no sample.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The middle sample, or the mean of the two in the middle.
///
/// # Panics
/// If there is no sample.
pub fn median(samples: &[f64]) -> f64 {
    quantile(&ascending(samples.to_vec()), 0.5)
}

/// The median of the distances from the median.
///
/// # Panics
/// If there is no sample.
pub fn mad(samples: &[f64]) -> f64 {
    let middle = median(samples);
    median(&samples.iter().map(|sample| (sample - middle).abs()).collect::<Vec<_>>())
}

/// By which share the median of the last third of samples exceeds that of the first third.
pub fn drift(samples: &[f64]) -> Option<f64> {
    let third = samples.len() / 3;
    (samples.len() >= LEAST_FOR_DRIFT)
        .then(|| median(&samples[samples.len() - third..]) / median(&samples[..third]) - 1.0)
}

/// The interval that holds 95 % of the medians of resamples (percentile bootstrap).
///
/// # Panics
/// If there is no sample.
pub fn median_interval(samples: &[f64], seed: u32) -> (f64, f64) {
    let sorted = ascending(samples.to_vec());
    let mut dice = Dice::new(seed);
    let mut ranks = vec![0; sorted.len()];
    let (low, high) = ((sorted.len() - 1) / 2, sorted.len() / 2);
    let medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            ranks.fill_with(|| dice.roll(sorted.len()));
            // The middle of a resample follows from the ranks of what was drawn; only they need an order.
            let (below, upper, _) = ranks.select_nth_unstable(high);
            let lower = if low == high { *upper } else { below.iter().copied().max().unwrap_or(*upper) };
            f64::midpoint(sorted[lower], sorted[*upper])
        })
        .collect();
    let medians = ascending(medians);
    (quantile(&medians, 0.025), quantile(&medians, 0.975))
}

fn ascending(samples: Vec<f64>) -> Vec<f64> {
    order::sorted(samples, |sample| order::key(*sample))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_samples() {
        let samples = [4.0, 1.0, 3.0, 2.0, 10.0];
        let statistics = Statistics::of(&samples, 1);
        assert_eq!((statistics.median_ms, statistics.min_ms), (3.0, 1.0));
        // Distances 2, 1, 1, 0, 7.
        assert_eq!(statistics.mad_ms, 1.0);
        // As NumPy's default: 1 + 0.4 · (2 - 1), 4 + 0.6 · (10 - 4).
        assert!((statistics.p10_ms - 1.4).abs() < 1e-12 && (statistics.p90_ms - 7.6).abs() < 1e-12);
        assert_eq!((statistics.p95_ms, statistics.drift), (None, None));
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert_eq!(Statistics::of(&[5.0], 0).interval_ms, (5.0, 5.0));
    }

    #[test]
    fn the_95th_percentile_needs_sixty_samples() {
        let samples: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(Statistics::of(&samples[..59], 1).p95_ms, None);
        assert!((Statistics::of(&samples, 1).p95_ms.unwrap() - 56.05).abs() < 1e-9);
    }

    #[test]
    fn drift_compares_the_first_with_the_last_third() {
        let steady = [10.0; 30];
        assert_eq!(drift(&steady), Some(0.0));
        let slower: Vec<f64> = (0..30).map(|i| if i < 20 { 10.0 } else { 12.0 }).collect();
        assert!((drift(&slower).unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(drift(&steady[..8]), None);
    }

    #[test]
    fn intervals_hold_the_true_median_about_as_often_as_they_say() {
        let mut dice = Dice::new(7);
        // Squares of evenly spread numbers: skewed as latencies are; their median is 0.25.
        let mut sample = || {
            let u = dice.roll(1 << 20) as f64 / f64::from(1 << 20);
            u * u
        };
        let trials = 400;
        let held = (0..trials)
            .filter(|trial| {
                let samples: Vec<f64> = (0..40).map(|_| sample()).collect();
                let (low, high) = median_interval(&samples, *trial);
                (low..=high).contains(&0.25)
            })
            .count();
        assert!((360..=392).contains(&held), "{held} of {trials}");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let samples: Vec<f64> = (0..50).map(|i| f64::from(i * 37 % 50)).collect();
        let (low, high) = median_interval(&samples, 3);
        assert_eq!((low, high), median_interval(&samples, 3));
        assert!(low < 24.5 && 24.5 < high && low > 10.0 && high < 40.0, "{low} {high}");
    }
}

//! Which of two networks that were measured in turns is faster.

use serde::{Deserialize, Serialize};

use super::{median, median_interval};

/// Fewer pairs have no interval worth the name.
const LEAST_ROUNDS: usize = 5;

/// Networks that differ by less are not called faster or slower: in 11 of 100 comparisons one that was measured beside itself differed
/// by so much, though the interval said otherwise (`cargo xtask bench --aa`, docs/METHODOLOGY.md).
const LEAST_DIFFERENCE: f64 = 0.02;

/// What can be said about two latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The first takes less time.
    Faster,
    /// The first takes more time.
    Slower,
    /// The ratio's interval does not include 1, but it is nearer to it than what may come of chance.
    WithinTwoPercent,
    /// The ratio's interval includes 1.
    NoDetectableDifference,
    /// They did not take turns often enough.
    TooFewRounds,
}

/// The ratio of two latencies. Both were measured in every round, so what slows the machine for a while slows both
/// and leaves their ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Median over the rounds of the first's time by the second's.
    pub ratio: f64,
    /// Bootstrap 95 % interval of it.
    pub interval: (f64, f64),
    /// Rounds in which both ran.
    pub rounds: usize,
    /// In one word.
    pub verdict: Verdict,
}

impl Comparison {
    /// Compares the medians of rounds, round by round; `None` where no round has both.
    pub fn of(first_ms: &[f64], second_ms: &[f64], seed: u32) -> Option<Self> {
        let ratios: Vec<f64> = first_ms.iter().zip(second_ms).map(|(first, second)| first / second).collect();
        if ratios.is_empty() {
            return None;
        }
        let (low, high) = median_interval(&ratios, seed);
        let ratio = median(&ratios);
        let verdict = match ratios.len() {
            ..LEAST_ROUNDS => Verdict::TooFewRounds,
            _ if low <= 1.0 && high >= 1.0 => Verdict::NoDetectableDifference,
            _ if (ratio - 1.0).abs() < LEAST_DIFFERENCE => Verdict::WithinTwoPercent,
            _ if high < 1.0 => Verdict::Faster,
            _ => Verdict::Slower,
        };
        Some(Self { ratio, interval: (low, high), rounds: ratios.len(), verdict })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_from_the_interval() {
        let base = [10.0, 10.4, 9.8, 10.1, 10.2, 9.9, 10.0, 10.3];
        let same = [10.1, 10.3, 9.9, 10.0, 10.3, 9.8, 10.1, 10.2];
        let verdict = |first: &[f64], second: &[f64]| Comparison::of(first, second, 5).unwrap().verdict;
        assert_eq!(verdict(&same, &base), Verdict::NoDetectableDifference);
        assert_eq!(verdict(&base.map(|ms| 1.2 * ms), &base), Verdict::Slower);
        assert_eq!(verdict(&base.map(|ms| 0.8 * ms), &base), Verdict::Faster);
        assert_eq!(verdict(&base[..4], &base[..4]), Verdict::TooFewRounds);
        assert_eq!(verdict(&base.map(|ms| 1.015 * ms), &base), Verdict::WithinTwoPercent);
        assert_eq!(verdict(&base.map(|ms| 0.985 * ms), &base), Verdict::WithinTwoPercent);
        assert_eq!(verdict(&base.map(|ms| 1.021 * ms), &base), Verdict::Slower);
        assert_eq!(Comparison::of(&[], &base, 5), None);
    }

    #[test]
    fn what_slows_both_leaves_the_ratio() {
        // The machine is three times slower in every other round.
        let second: Vec<f64> = (0..12).map(|round| if round % 2 == 0 { 10.0 } else { 30.0 }).collect();
        let first: Vec<f64> = second.iter().map(|ms| 1.1 * ms).collect();
        let comparison = Comparison::of(&first, &second, 1).unwrap();
        assert!((comparison.ratio - 1.1).abs() < 1e-9 && (comparison.interval.1 - 1.1).abs() < 1e-9);
        assert_eq!((comparison.verdict, comparison.rounds), (Verdict::Slower, 12));
    }
}

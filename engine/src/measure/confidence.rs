//! How far a measurement can be trusted, and why not further.

use serde::{Deserialize, Serialize};

use super::Statistics;
use super::schedule::{LEAST_SAMPLES, LEAST_STEPS};

/// A drift above this share has its cause in the machine, not in the network.
const MOST_DRIFT: f64 = 0.1;
/// Half of the interval's width, as a share of the median, above which digits are lost …
const WIDE: f64 = 0.05;
/// … and above which comparisons are.
const VERY_WIDE: f64 = 0.15;
/// Fewer samples say little about spread.
const VERY_FEW: usize = 10;

/// Something that makes a measurement less certain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fewer than 30 samples.
    FewSamples {
        /// How many.
        n: usize,
    },
    /// The median's interval is wide.
    WideInterval {
        /// Half of its width in percent of the median.
        percent: f64,
    },
    /// The last third is slower or faster than the first.
    Drift {
        /// By so many percent.
        percent: f64,
    },
    /// The runs before the first sample still differed by more than 5 %, or were too few to tell.
    WarmUp,
    /// A sample lasts fewer than 50 steps of the clock.
    CoarseClock {
        /// The step.
        step_ms: f64,
    },
}

/// From `A`, nothing to say against it, to `D`, no more than a first impression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// No reason for doubt.
    A,
    /// Slight ones.
    B,
    /// A serious one.
    C,
    /// Several serious ones.
    D,
}

impl Grade {
    /// Its letter.
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// A grade with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// The grade.
    pub grade: Grade,
    /// Why it is not better; empty for `A`.
    pub reasons: Vec<Reason>,
}

impl Confidence {
    /// Judges `n` samples of `batch` runs each; `flat` says whether warming up had come to rest.
    pub fn of(statistics: &Statistics, n: usize, batch: u32, flat: bool, step_ms: f64) -> Self {
        let (low, high) = statistics.interval_ms;
        let half_width = (high - low) / 2.0 / statistics.median_ms.max(f64::MIN_POSITIVE);
        let drift = statistics.drift.unwrap_or_default();
        let all = [
            (n < LEAST_SAMPLES, n < VERY_FEW, Reason::FewSamples { n }),
            (half_width > WIDE, half_width > VERY_WIDE, Reason::WideInterval { percent: 100.0 * half_width }),
            (drift.abs() > MOST_DRIFT, true, Reason::Drift { percent: 100.0 * drift }),
            (!flat, false, Reason::WarmUp),
            (
                statistics.median_ms * f64::from(batch) < LEAST_STEPS * step_ms * 0.9,
                false,
                Reason::CoarseClock { step_ms },
            ),
        ];
        let reasons: Vec<_> = all.into_iter().filter(|(applies, ..)| *applies).collect();
        let grade = match reasons.iter().filter(|(_, serious, _)| *serious).count() {
            0 if reasons.is_empty() => Grade::A,
            0 => Grade::B,
            1 => Grade::C,
            _ => Grade::D,
        };
        Self { grade, reasons: reasons.into_iter().map(|(.., reason)| reason).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(samples: &[f64], batch: u32, flat: bool, step_ms: f64) -> Confidence {
        Confidence::of(&Statistics::of(samples, 1), samples.len(), batch, flat, step_ms)
    }

    #[test]
    fn grades_follow_from_their_reasons() {
        let steady = [10.0; 40];
        assert_eq!(judge(&steady, 1, true, 0.005), Confidence { grade: Grade::A, reasons: Vec::new() });
        assert_eq!(
            judge(&steady, 1, false, 0.005),
            Confidence { grade: Grade::B, reasons: vec![Reason::WarmUp] }
        );
        let few = judge(&steady[..20], 1, true, 0.005);
        assert_eq!(few, Confidence { grade: Grade::B, reasons: vec![Reason::FewSamples { n: 20 }] });
        assert_eq!(judge(&steady[..5], 1, true, 0.005).grade, Grade::C);
        let coarse = judge(&steady, 1, true, 1.0);
        assert_eq!(
            coarse,
            Confidence { grade: Grade::B, reasons: vec![Reason::CoarseClock { step_ms: 1.0 }] }
        );
        assert_eq!(judge(&steady, 5, true, 1.0).grade, Grade::A, "50 ms are 50 steps");
    }

    #[test]
    fn drift_and_spread_are_serious() {
        let slower: Vec<f64> = (0..60).map(|i| if i < 25 { 10.0 } else { 12.0 }).collect();
        let confidence = judge(&slower, 1, true, 0.005);
        assert!(confidence.grade >= Grade::C, "{confidence:?}");
        assert!(
            confidence
                .reasons
                .iter()
                .any(|r| matches!(r, Reason::Drift { percent } if (percent - 20.0).abs() < 1e-9))
        );
        let wild: Vec<f64> = (0..12).map(|i| if i % 2 == 0 { 5.0 } else { 20.0 }).collect();
        let confidence = judge(&wild, 1, true, 0.005);
        assert_eq!(confidence.grade, Grade::C, "{confidence:?}");
        assert!(confidence.reasons.iter().any(|reason| matches!(reason, Reason::WideInterval { .. })));
    }
}

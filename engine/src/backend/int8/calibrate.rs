//! Which numbers a network's values take: what their bytes have to reach.

use serde::{Deserialize, Serialize};

use crate::backend::Threads;
use crate::backend::cpu::Cpu;
use crate::graph::{Graph, NodeId};
use crate::weights::Parameters;

/// Bins of a value's histogram.
const BINS: usize = 1024;

/// Shares of a value's reach that are tried for its bytes: whole, and less by a step at a time.
const STEPS: usize = 48;

/// The least share that is tried.
const LEAST_SHARE: f32 = 0.25;

/// What calibration knows of the values of a fused graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranges {
    /// One a node.
    pub values: Vec<Observed>,
}

/// What calibration knows of a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The least and the largest number that its bytes should reach, 0 between them; none where numbers were not finite or not seen.
    pub range: Option<(f32, f32)>,
    /// The mean of every channel, where it is known.
    pub means: Vec<f32>,
}

impl Ranges {
    /// Runs a network in f32 on some normalised inputs. Without any, nothing is known, and the network stays f32.
    ///
    /// What `keep` names remains a value (see [`crate::graph::passes::fuse_keeping`]).
    ///
    /// # Panics
    /// If an input has another length than the network's.
    pub fn calibrate(
        graph: &Graph,
        weights: &dyn Parameters,
        threads: &Threads,
        keep: &[String],
        inputs: &[Vec<f32>],
    ) -> Self {
        let mut session = Cpu::prepare_keeping(graph, weights, threads, keep, None);
        let mut seen: Vec<Seen> =
            session.graph().nodes.iter().map(|node| Seen::new(node.shape.channels())).collect();
        for input in inputs {
            session.run(input, &mut |NodeId(node), values| seen[node].extend(&values.numbers()));
        }
        for seen in &mut seen {
            seen.bins = vec![0; if seen.reach().is_some() { BINS } else { 0 }];
        }
        for input in inputs {
            session.run(input, &mut |NodeId(node), values| seen[node].count(&values.numbers()));
        }
        Self { values: seen.into_iter().map(Seen::summary).collect() }
    }
}

/// A value's numbers, as far as they have been seen.
struct Seen {
    low: f32,
    high: f32,
    is_finite: bool,
    sums: Vec<f64>,
    positions: usize,
    bins: Vec<u32>,
}

impl Seen {
    fn new(channels: usize) -> Self {
        let sums = vec![0.0; channels];
        Self { low: 0.0, high: 0.0, is_finite: true, sums, positions: 0, bins: Vec::new() }
    }

    fn extend(&mut self, numbers: &[f32]) {
        for position in numbers.chunks_exact(self.sums.len()) {
            for (number, sum) in position.iter().zip(&mut self.sums) {
                self.is_finite &= number.is_finite();
                self.low = self.low.min(*number);
                self.high = self.high.max(*number);
                *sum += f64::from(*number);
            }
            self.positions += 1;
        }
    }

    /// From the least to the largest number, 0 between them, if all were finite and one was not 0.
    fn reach(&self) -> Option<(f32, f32)> {
        let is_known = self.positions > 0 && self.is_finite && self.high - self.low > 0.0;
        (is_known && (self.high - self.low).is_finite()).then_some((self.low, self.high))
    }

    fn count(&mut self, numbers: &[f32]) {
        let Some((low, high)) = self.reach() else { return };
        let scale = BINS as f32 / (high - low);
        for number in numbers {
            let bin = ((number - low) * scale) as usize;
            self.bins[bin.min(BINS - 1)] += 1;
        }
    }

    fn summary(self) -> Observed {
        let range = self.reach().map(|reach| least_error(reach, &self.bins));
        let means = self.sums.iter().map(|sum| (sum / self.positions.max(1) as f64) as f32).collect();
        Observed { range, means: if range.is_some() { means } else { Vec::new() } }
    }
}

/// The range whose bytes are off by the least squares: first of the upper end, then of the lower.
fn least_error((low, high): (f32, f32), bins: &[u32]) -> (f32, f32) {
    let width = f64::from(high - low) / bins.len() as f64;
    let error = |(from, to): (f32, f32)| -> f64 {
        let (from, to) = (f64::from(from), f64::from(to));
        // A number between two steps is off by a twelfth of a step's square.
        let step = (to - from) / 127.0;
        let inside = step * step / 12.0;
        let centre = |bin: usize| f64::from(low) + (bin as f64 + 0.5) * width;
        let off = |x: f64| if x < from { from - x } else { (x - to).max(0.0) };
        let counted = bins.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(bin, count)| f64::from(*count) * (inside + off(centre(bin)).powi(2))).sum()
    };
    let shares = || (0..=STEPS).map(|step| 1.0 - step as f32 / STEPS as f32 * (1.0 - LEAST_SHARE));
    let best = |of: &dyn Fn(f32) -> (f32, f32)| {
        let ranges = shares().map(of).filter(|(from, to)| to > from);
        ranges.map(|range| (error(range), range)).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, range)| range)
    };
    let (_, high) = best(&|share| (low, share * high)).unwrap_or((low, high));
    best(&|share| (share * low, high)).unwrap_or((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(numbers: &[f32]) -> Observed {
        let mut seen = Seen::new(1);
        seen.extend(numbers);
        seen.bins = vec![0; BINS];
        seen.count(numbers);
        seen.summary()
    }

    #[test]
    fn zero_is_within_every_range_and_what_is_not_finite_has_none() {
        assert_eq!(seen(&[1.0, 2.0, 3.0]).range.map(|range| range.0), Some(0.0));
        assert_eq!(seen(&[-1.0, -2.0]).range.map(|range| range.1), Some(0.0));
        for numbers in [&[f32::NAN, 1.0][..], &[f32::INFINITY], &[0.0, 0.0], &[], &[f32::MIN, f32::MAX]] {
            assert_eq!(seen(numbers), Observed::default(), "{numbers:?}");
        }
        assert_eq!(seen(&[1.0, 2.0, 3.0]).means, [2.0]);
    }

    #[test]
    fn a_single_large_number_does_not_widen_the_steps_of_many_others() {
        let mut numbers: Vec<f32> = (0..100_000).map(|i| (i % 1000) as f32 / 1000.0).collect();
        numbers.push(3.0);
        let (low, high) = seen(&numbers).range.unwrap();
        // n (h / 127)² / 12 + (3 − h)² is least where n h / (6 · 127²) = 2 (3 − h).
        let least = 6.0 / (2.0 + numbers.len() as f32 / (6.0 * 127.0 * 127.0));
        let step = 3.0 * (1.0 - LEAST_SHARE) / STEPS as f32;
        assert!(low == 0.0 && (high - least).abs() <= step, "{low}, {high}, least error at {least}");
    }
}

//! Measuring without a clock: what to run next, and what the times of the runs say.
//!
//! Whoever owns a clock asks a [`Schedule`] for the next [`Turn`], times it and hands the time back;
//! [`Statistics`], [`Confidence`] and [`Comparison`] are pure functions of the samples. The rules are those of
//! `docs/METHODOLOGY.md`; all times are in milliseconds.

mod compare;
mod confidence;
mod schedule;
mod statistics;

pub use compare::{Comparison, Verdict};
pub use confidence::{Confidence, Grade, Reason};
pub use schedule::{Contender, Effort, Kind, Schedule, Turn, is_flat};
pub use statistics::{Statistics, drift, mad, median, median_interval, quantile};

use crate::synthetic::mix;

/// Random numbers that follow from a seed, so that an order or an interval can be had again.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn new(seed: u32) -> Self {
        Self(mix(u64::from(seed)))
    }

    /// A number below `sides`, each about equally likely.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // The upper half of the product of a 32-bit number: no slow division, and no bias that matters here.
        (((mix(self.0) >> 32) * sides as u64) >> 32) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(last + 1));
        }
    }
}

//! How often something happens.

use std::collections::VecDeque;

/// As many milliseconds count.
const SPAN_MS: f64 = 3000.0;

/// Moments of the last seconds.
#[derive(Clone, Debug, Default)]
pub struct Rate(VecDeque<f64>);

impl Rate {
    /// Something has happened, so many milliseconds after some beginning.
    pub fn count(&mut self, now_ms: f64) {
        self.0.push_back(now_ms);
        while self.0.front().is_some_and(|first| now_ms - first > SPAN_MS) {
            self.0.pop_front();
        }
    }

    /// How often a second; `None` before it has happened twice.
    pub fn per_second(&self) -> Option<f64> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        let span = last - first;
        (span > 0.0).then(|| 1000.0 * (self.0.len() - 1) as f64 / span)
    }
}

/// The middle of the last times, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Recent(VecDeque<f64>);

/// As many times count.
const MOST: usize = 15;

impl Recent {
    /// One more.
    pub fn add(&mut self, ms: f64) {
        self.0.push_back(ms);
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// Their median; `None` without any.
    pub fn median(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), None);
        rate.count(0.0);
        assert_eq!(rate.per_second(), None);
        for at in 1..=100 {
            rate.count(100.0 * f64::from(at));
        }
        assert!((rate.per_second().unwrap() - 10.0).abs() < 1e-9);
        // The clock of some browsers stands still for a while.
        let mut coarse = Rate::default();
        coarse.count(5.0);
        coarse.count(5.0);
        assert_eq!(coarse.per_second(), None);
    }

    #[test]
    fn medians_are_of_the_last_times() {
        let mut recent = Recent::default();
        assert_eq!(recent.median(), None);
        (0..100).for_each(|ms| recent.add(f64::from(ms)));
        assert_eq!(recent.median(), Some(92.0));
    }
}

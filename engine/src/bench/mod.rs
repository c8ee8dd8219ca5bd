//! Timing single kernels: the shapes of the networks, and the machine's peak. The clock is an argument.
//!
//! Nothing here is part of a worker that does not ask for it: its feature `bench` does.

mod shapes;

use kernels::peak;

pub use shapes::{KernelTiming, kernels};

/// Steps of one measurement of the peak: about a millisecond, 200 steps of an isolated page's clock. The fastest of
/// many measurements is short by up to one step.
const PEAK_STEPS: usize = 1_000_000;
/// Seconds that each number of accumulators is tried for.
const PEAK_SECS: f64 = 0.2;

/// How fast multiply-adds can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Independent sums that the kernel kept.
    pub accumulators: usize,
    /// Of the fastest measurement, a multiply-add counted as two operations.
    pub gflops: f64,
}

/// The fastest of many measurements for each of [`peak::ACCUMULATORS`], on one thread; `now` gives seconds.
pub fn peaks(now: &dyn Fn() -> f64) -> [Peak; 2] {
    peak::ACCUMULATORS.map(|accumulators| {
        let budget = now() + PEAK_SECS;
        let mut gflops: f64 = 0.0;
        while gflops == 0.0 || now() < budget {
            let start = now();
            let macs = peak::multiply_add(accumulators, PEAK_STEPS);
            let secs = now() - start;
            // A coarse clock may not have moved at all.
            if secs > 0.0 {
                gflops = gflops.max(2e-9 * macs as f64 / secs);
            }
        }
        Peak { accumulators, gflops }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_peak_is_that_of_the_fastest_measurement() {
        let start = Instant::now();
        for peak in peaks(&|| start.elapsed().as_secs_f64()) {
            assert!(peak.gflops > 0.0 && peak.gflops.is_finite(), "{peak:?}");
        }
    }

    #[test]
    fn only_shapes_that_fit_the_filter_are_timed() {
        let start = Instant::now();
        let mut timings = Vec::new();
        kernels("classifier", &|| start.elapsed().as_secs_f64(), &mut |timing| timings.push(timing));
        assert_eq!(timings.len(), 1);
        assert_eq!((timings[0].macs, timings[0].count), (Some(1024 * 1000), 1));
        assert!(timings[0].best_secs > 0.0 && timings[0].gflops().unwrap() > 0.0);
    }
}

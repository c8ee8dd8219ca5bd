//! What the benchmark asks for besides networks: single kernels, the machine's peak, and runs for a clock outside.

use engine::bench;
use worker::protocol::{Config, KernelTime, PeakRate, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::{platform, session};

/// Times the kernels whose names contain `filter`.
pub fn kernels(filter: &str) -> Vec<KernelTime> {
    let mut times = Vec::new();
    bench::kernels(filter, &now_secs, &mut |timing| {
        times.push(KernelTime {
            group: timing.group.to_owned(),
            name: timing.name,
            macs: timing.macs.map(|macs| macs as u64),
            count: timing.count as u32,
            best_ms: timing.best_secs * 1e3,
        });
    });
    times
}

/// The most multiply-adds that this build does on one thread.
pub fn peaks() -> Vec<PeakRate> {
    let rate = |peak: bench::Peak| PeakRate { accumulators: peak.accumulators as u32, gflops: peak.gflops };
    bench::peaks(&now_secs).map(rate).to_vec()
}

/// Runs a network so many times without looking at a clock.
pub async fn repeat(lab: &Lab, job: &Job, config: &Config, runs: u32) -> Result<(), Problem> {
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), false).await?;
    let input = ready.synthetic_input();
    for _ in 0..runs {
        ready.session.run(&input, |_| ()).await?;
    }
    Ok(())
}

fn now_secs() -> f64 {
    platform::now_ms() / 1e3
}

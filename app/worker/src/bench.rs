//! Timing a network: from the input tensor in memory to the logits in memory.

use engine::backend::Session;
use engine::synthetic;
use worker::protocol::{Config, Problem, Progress, Timing};

use crate::job::Job;
use crate::lab::Lab;
use crate::{gpu, platform, session};

/// Warm-up ends when this many runs in a row …
const FLAT_RUNS: usize = 3;
/// … differ by less than this share, …
const FLAT: f64 = 0.05;
/// … or after this many runs, …
const MOST_WARMUP_RUNS: u32 = 20;
/// … or after this time in milliseconds.
const MOST_WARMUP_MS: f64 = 2000.0;
/// Samples are taken until there are this many …
const LEAST_SAMPLES: u32 = 30;
/// … and this time in milliseconds has passed, …
const LEAST_SAMPLING_MS: f64 = 1000.0;
/// … but a slow backend is not kept longer than this …
const MOST_SAMPLING_MS: f64 = 20_000.0;
/// … once it has this many samples.
const FEWEST_SAMPLES: u32 = 3;
/// Between pauses that let a cancellation in, in milliseconds.
const PAUSE_EVERY_MS: f64 = 100.0;

/// Times a network on a synthetic input; what the numbers of an input are does not change the work.
pub async fn bench(
    lab: &Lab,
    job: &Job,
    config: &Config,
    warmup: Option<u32>,
    runs: Option<u32>,
) -> Result<Timing, Problem> {
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), true).await?;
    let (height, width) = ready.variant.resolution;
    let mut clock = Clock {
        job,
        input: synthetic::input(height as usize, width as usize),
        last_pause: platform::now_ms(),
        done: 0,
        total: warmup.unwrap_or(FLAT_RUNS as u32) + runs.unwrap_or(LEAST_SAMPLES) + 1,
    };
    let first_run_ms = clock.run(&mut ready.session).await?;
    let warmup = clock.warm_up(&mut ready.session, warmup).await?;
    clock.total = clock.done + runs.unwrap_or(LEAST_SAMPLES);
    let samples_ms = clock.sample(&mut ready.session, runs).await?;

    let mut sorted = samples_ms.clone();
    sorted.sort_by(f64::total_cmp);
    let timing = Timing {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        fallback: ready.fallback,
        prepare_ms: ready.prepare_ms,
        first_run_ms,
        warmup,
        median_ms: quantile(&sorted, 0.5),
        min_ms: quantile(&sorted, 0.0),
        p10_ms: quantile(&sorted, 0.1),
        p90_ms: quantile(&sorted, 0.9),
        samples_ms,
        weight_bytes: ready.session.weight_bytes(),
        activation_bytes: ready.session.activation_bytes(),
    };
    lab.sessions.borrow_mut().put(ready.key, ready.session);
    Ok(timing)
}

struct Clock<'a> {
    job: &'a Job,
    input: Vec<f32>,
    last_pause: f64,
    done: u32,
    total: u32,
}

impl Clock<'_> {
    /// One run, in milliseconds.
    async fn run(&mut self, session: &mut Session) -> Result<f64, Problem> {
        if platform::now_ms() - self.last_pause > PAUSE_EVERY_MS {
            self.job.progress(Progress::Running { done: self.done, total: self.total.max(self.done) });
            self.job.pause().await?;
            self.last_pause = platform::now_ms();
        }
        let start = platform::now_ms();
        session.run(&self.input).await.map_err(|error| gpu::problem(&error))?;
        self.done += 1;
        Ok(platform::now_ms() - start)
    }

    /// As many runs as asked for, or until they are flat; returns how many.
    async fn warm_up(&mut self, session: &mut Session, runs: Option<u32>) -> Result<u32, Problem> {
        let start = platform::now_ms();
        let mut last = Vec::new();
        loop {
            let enough = match runs {
                Some(runs) => last.len() as u32 >= runs,
                None => {
                    last.len() as u32 >= MOST_WARMUP_RUNS
                        || platform::now_ms() - start > MOST_WARMUP_MS
                        || is_flat(&last)
                }
            };
            if enough {
                return Ok(last.len() as u32);
            }
            last.push(self.run(session).await?);
        }
    }

    async fn sample(&mut self, session: &mut Session, runs: Option<u32>) -> Result<Vec<f64>, Problem> {
        let start = platform::now_ms();
        let mut samples = Vec::new();
        loop {
            let (taken, spent) = (samples.len() as u32, platform::now_ms() - start);
            let enough = match runs {
                Some(runs) => taken >= runs.max(1),
                None => {
                    taken >= LEAST_SAMPLES && spent >= LEAST_SAMPLING_MS
                        || taken >= FEWEST_SAMPLES && spent >= MOST_SAMPLING_MS
                }
            };
            if enough {
                return Ok(samples);
            }
            samples.push(self.run(session).await?);
        }
    }
}

fn is_flat(runs: &[f64]) -> bool {
    let Some(start) = runs.len().checked_sub(FLAT_RUNS) else { return false };
    let (least, most) = runs[start..]
        .iter()
        .fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), ms| (least.min(*ms), most.max(*ms)));
    most - least <= FLAT * most
}

/// The value at share `q` of sorted samples, between two of them if need be.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

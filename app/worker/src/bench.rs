//! Timing networks: from the input tensor in memory to the logits in memory. What runs when is decided by
//! [`engine::measure::Schedule`]; here are the clock and the networks.

use engine::measure::{Comparison, Confidence, Contender, Effort, Schedule, Statistics, Turn};
use worker::protocol::{Beside, Code, Config, Measured, Problem, Progress, Timing};

use crate::job::Job;
use crate::lab::Lab;
use crate::session::Ready;
use crate::{platform, session};

/// Between pauses that let a cancellation in, in milliseconds.
const PAUSE_EVERY_MS: f64 = 100.0;

/// Times networks on a synthetic input; what the numbers of an input are does not change the work.
pub async fn bench(
    lab: &Lab,
    job: &Job,
    configs: &[Config],
    effort: Effort,
    seed: u32,
) -> Result<Vec<Measured>, Problem> {
    let step_ms = platform::timer_step_ms();
    let mut schedule = Schedule::new(configs.len(), effort, step_ms, seed);
    let mut entrants = Vec::with_capacity(configs.len());
    for (i, config) in configs.iter().enumerate() {
        let entrant = Entrant::prepare(lab, job, config).await;
        match &entrant {
            Err(problem) if problem.is_cancelled() || problem.code == Code::GpuLost => {
                return Err(problem.clone());
            }
            Err(_) => schedule.fail(i),
            Ok(_) => {}
        }
        entrants.push(entrant);
    }

    let mut last_pause = platform::now_ms();
    while let Some(turn) = schedule.turn() {
        if platform::now_ms() - last_pause > PAUSE_EVERY_MS {
            let (done, total) = schedule.progress();
            job.progress(Progress::Running { done, total });
            job.pause().await?;
            last_pause = platform::now_ms();
        }
        let entrant = &mut entrants[turn.contender];
        let time = match entrant {
            Ok(entrant) => entrant.time(turn).await,
            Err(problem) => Err(problem.clone()),
        };
        match time {
            Ok(ms) => schedule.record(ms),
            // The measurement is repeated: see `gpu::recovering`.
            Err(problem) if problem.code == Code::GpuLost => return Err(problem),
            Err(problem) => {
                *entrant = Err(problem);
                schedule.fail(turn.contender);
            }
        }
    }

    let contenders = schedule.contenders();
    let fastest = fastest(contenders, &entrants);
    Ok(entrants
        .into_iter()
        .enumerate()
        .map(|(i, entrant)| match entrant {
            Ok(entrant) if contenders[i].too_coarse => Measured::Failed(too_coarse(&entrant.model, step_ms)),
            Ok(entrant) => {
                let beside_fastest = fastest.filter(|fastest| *fastest != i).and_then(|fastest| {
                    let rounds = |i: usize| contenders[i].round_medians();
                    let comparison = Comparison::of(&rounds(i), &rounds(fastest), seed)?;
                    Some(Beside { other: configs[fastest].clone(), comparison })
                });
                let timing = entrant.timing(&contenders[i], step_ms, seed, beside_fastest);
                Measured::Timing(Box::new(timing))
            }
            Err(problem) => Measured::Failed(problem),
        })
        .collect())
}

/// The network with the smallest median among those that were timed to the end.
fn fastest(contenders: &[Contender], entrants: &[Result<Entrant<'_>, Problem>]) -> Option<usize> {
    let all = contenders.iter().zip(entrants).enumerate();
    let timed = all.filter(|(_, (contender, entrant))| entrant.is_ok() && !contender.samples_ms.is_empty());
    let medians = timed.map(|(i, (contender, _))| (i, engine::measure::median(&contender.samples_ms)));
    medians.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(i, _)| i)
}

/// The clock's steps are too long for a figure.
fn too_coarse(model: &str, step_ms: f64) -> Problem {
    let message = format!(
        "this browser's clock moves in steps of {step_ms} ms, too coarse to time {model}; use a browser with a finer clock, \
         or switch its protection against fingerprinting off"
    );
    Problem::new(Code::BenchClock, message).with("model", model).with("step_ms", step_ms)
}

/// A network that takes part.
struct Entrant<'a> {
    ready: Ready<'a>,
    input: Vec<f32>,
    model: String,
    checkpoint: Option<String>,
}

impl<'a> Entrant<'a> {
    async fn prepare(lab: &'a Lab, job: &Job, config: &Config) -> Result<Self, Problem> {
        let entry = session::checkpoint(lab, job, config).await?;
        let ready = session::ready(lab, job, config, entry.as_ref(), true).await?;
        Ok(Self {
            input: ready.synthetic_input(),
            ready,
            model: config.model.clone(),
            checkpoint: entry.map(|entry| entry.info.id),
        })
    }

    /// Runs a turn; milliseconds in all.
    async fn time(&mut self, turn: Turn) -> Result<f64, Problem> {
        let start = platform::now_ms();
        for _ in 0..turn.runs {
            self.ready.session.run(&self.input, |_| ()).await?;
        }
        Ok(platform::now_ms() - start)
    }

    fn timing(
        &self,
        measured: &Contender,
        step_ms: f64,
        seed: u32,
        beside_fastest: Option<Beside>,
    ) -> Timing {
        let (samples_ms, batch) = (measured.samples_ms.clone(), measured.batch);
        let statistics = Statistics::of(&samples_ms, seed);
        Timing {
            model: self.model.clone(),
            checkpoint: self.checkpoint.clone(),
            resolution: self.ready.variant.resolution,
            backend: self.ready.backend,
            threads: self.ready.threads,
            fallback: self.ready.fallback.clone(),
            prepare_ms: self.ready.prepare_ms,
            // At most so long, where the clock shows nothing.
            first_run_ms: measured.first_ms.unwrap_or_default().max(step_ms),
            warmup: measured.warmup_ms.len() as u32,
            batch,
            rounds: measured.rounds.iter().map(|samples| *samples as u32).collect(),
            confidence: Confidence::of(&statistics, samples_ms.len(), batch, measured.is_flat(), step_ms),
            statistics,
            samples_ms,
            timer_step_ms: step_ms,
            seed,
            beside_fastest,
            weight_bytes: self.ready.session.weight_bytes(),
            activation_bytes: self.ready.session.activation_bytes(),
        }
    }
}

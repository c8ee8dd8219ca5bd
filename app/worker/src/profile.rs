//! Timing a network layer by layer, and what the device could do at best.

use engine::backend::Profile;
use engine::graph::Graph;
use engine::roofline::{Roofs, compute_graph, memory_graph};
use engine::weights::Random;
use worker::protocol::{Backend, Code, Config, LayerTimes, Problem, Progress};

use crate::job::Job;
use crate::lab::Lab;
use crate::{platform, session};

/// Runs before those that count.
const WARMUP_RUNS: u32 = 3;
/// Runs that count, unless they take too long.
const RUNS: u32 = 40;
/// A slow network stops after this time in milliseconds …
const MOST_MS: f64 = 10_000.0;
/// … once it has run so often.
const FEWEST_RUNS: u32 = 3;
/// Steps of the clock that a run takes at least, for its layers to have a time.
const FEWEST_STEPS: f64 = 10.0;
/// Runs of the graphs that measure the roofs.
const ROOF_RUNS: usize = 20;

/// Times every layer of a network on a synthetic input.
pub async fn profile(lab: &Lab, job: &Job, config: &Config) -> Result<LayerTimes, Problem> {
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), false).await?;
    let input = ready.synthetic_input();
    let mut profile = Profile::default();
    let mut start = platform::now_ms();
    for done in 0..WARMUP_RUNS + RUNS {
        if done >= WARMUP_RUNS + FEWEST_RUNS && platform::now_ms() - start > MOST_MS {
            break;
        }
        job.progress(Progress::Running { done, total: WARMUP_RUNS + RUNS });
        job.pause().await?;
        if done == WARMUP_RUNS {
            start = platform::now_ms();
        }
        let run = ready.session.profile(&input, 1).await?.ok_or_else(no_clock)?;
        if done >= WARMUP_RUNS {
            profile.extend(run);
        }
    }
    let step_ms = profile.gpu_step_ms.unwrap_or_else(platform::timer_step_ms);
    let run_ms = (platform::now_ms() - start) / profile.runs_ms.len().max(1) as f64;
    if run_ms < FEWEST_STEPS * step_ms {
        let message = format!(
            "this browser's clock moves in steps of {step_ms} ms and a run takes some {run_ms:.1} ms: single layers cannot be timed"
        );
        return Err(Problem::new(Code::ProfileClock, message)
            .with("step_ms", step_ms)
            .with("run_ms", format!("{run_ms:.1}")));
    }
    let roofs = match ready.session.in_bytes() {
        Some(network) => {
            let roof_ms = |moves| network.roof_ms(moves, ROOF_RUNS as u32).map(|ms| at_least(ms, step_ms));
            Roofs::measured(roof_ms(false)?, roof_ms(true)?)
        }
        None => Roofs::measured(
            last_node_ms(lab, ready.backend, &compute_graph(), step_ms).await?,
            last_node_ms(lab, ready.backend, &memory_graph(), step_ms).await?,
        ),
    };
    let exactness = session::exactness(lab, &ready, entry.as_ref()).await?;
    Ok(LayerTimes {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        runs: profile.runs_ms.len() as u32,
        layers: ready.session.graph().layers(),
        nodes_ms: profile.nodes_ms(),
        exactness,
        roofs,
        timer_step_ms: step_ms,
    })
}

/// How long a graph's last node takes, as layers are timed. Where the clock's step is longer, the time may be found to be
/// nothing: no more can be said then than that the runs together took less than a step.
async fn last_node_ms(lab: &Lab, backend: Backend, graph: &Graph, step_ms: f64) -> Result<f64, Problem> {
    let mut session = session::prepare(lab, backend, graph, &Random(graph)).await?;
    let input = vec![0.5; session.input_len()];
    let profile = session.profile(&input, ROOF_RUNS, &mut platform::now_ms).await;
    let profile = profile.map_err(|error| Problem::of(&error))?.ok_or_else(no_clock)?;
    let last_ms = profile.nodes_ms().pop().unwrap_or_default();
    Ok(at_least(last_ms, step_ms))
}

fn at_least(last_ms: f64, step_ms: f64) -> f64 {
    last_ms.max(step_ms / ROOF_RUNS as f64)
}

fn no_clock() -> Problem {
    let message = "this GPU has no clock for single layers (timestamp-query); measure whole networks on the board, or \
                   choose the CPU backend";
    Problem::new(Code::ProfileNoClock, message)
}

//! Timing a network layer by layer, and what the device could do at best.

use engine::backend::{Profile, Session};
use engine::graph::Graph;
use engine::roofline::{Roofs, compute_graph, memory_graph};
use engine::synthetic;
use engine::weights::Random;
use worker::protocol::{Backend, Config, LayerTimes, Problem, Progress};

use crate::job::Job;
use crate::lab::{self, Lab};
use crate::{platform, session, threads};

/// Runs before those that count.
const WARMUP_RUNS: u32 = 3;
/// Runs that count, unless they take too long.
const RUNS: u32 = 40;
/// A slow network stops after this time in milliseconds …
const MOST_MS: f64 = 10_000.0;
/// … once it has run so often.
const FEWEST_RUNS: u32 = 3;
/// Runs of the graphs that measure the roofs.
const ROOF_RUNS: usize = 20;

/// Times every layer of a network on a synthetic input.
pub async fn profile(lab: &Lab, job: &Job, config: &Config) -> Result<LayerTimes, Problem> {
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), false).await?;
    let (height, width) = ready.variant.resolution;
    let input = synthetic::input(height as usize, width as usize);
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
        let run = ready.session.profile(&input, 1, &mut platform::now_ms);
        if done >= WARMUP_RUNS {
            profile.extend(run);
        }
    }
    let times = LayerTimes {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        runs: profile.runs_ms.len() as u32,
        layers: ready.session.graph().layers(),
        nodes_ms: profile.nodes_ms(),
        roofs: Roofs::measured(
            last_node_ms(ready.backend, &compute_graph()),
            last_node_ms(ready.backend, &memory_graph()),
        ),
        timer_step_ms: platform::timer_step_ms(),
    };
    lab.sessions.borrow_mut().put(ready.key, ready.session);
    Ok(times)
}

/// The shortest time of a graph's last node.
fn last_node_ms(backend: Backend, graph: &Graph) -> f64 {
    let mut session = Session::prepare_on(lab::kind(backend), graph, &Random(graph), threads::threads());
    let input = vec![0.5; session.input_len()];
    let profile = session.profile(&input, ROOF_RUNS, &mut platform::now_ms);
    let last = profile.runs_ms.iter().filter_map(|run| run.last().copied());
    last.fold(f64::INFINITY, f64::min)
}

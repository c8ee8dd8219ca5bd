//! How long each node of a network takes.

use super::{GpuError, Session};
use crate::measure::median;

/// Times of the nodes of a session's graph, run by run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// For each run the milliseconds of every node, the input included, in the graph's order.
    pub runs_ms: Vec<Vec<f64>>,
    /// The step of the GPU's clock in milliseconds, where that took the times.
    pub gpu_step_ms: Option<f64>,
}

impl Session {
    /// Runs the network `repeats` times and asks `clock` (milliseconds) after every node. A node's time starts when the
    /// one before it is done, so that a run's times add up to the run.
    ///
    /// A GPU times its dispatches itself; a node that another's dispatch computes along the way takes no time. `None` if it
    /// has no clock for that.
    ///
    /// # Errors
    /// [`GpuError`] on a GPU.
    ///
    /// # Panics
    /// If `input` has not [`Session::input_len`] numbers.
    pub async fn profile(
        &mut self,
        input: &[f32],
        repeats: usize,
        clock: &mut dyn FnMut() -> f64,
    ) -> Result<Option<Profile>, GpuError> {
        let nodes = self.graph().nodes.len();
        let mut profile = Profile::default();
        for _ in 0..repeats {
            let mut times = vec![0.0; nodes];
            if let Self::WebGpu(session) = self {
                // Coarse clocks do not see a single dispatch; software has fine ones and is slow.
                let dispatches = if session.gpu().about().is_software { 1 } else { 16 };
                let Some(gpu) = session.profile(input, dispatches).await? else { return Ok(None) };
                gpu.steps.iter().for_each(|(node, ns)| times[node.0] += ns / 1e6);
                profile.gpu_step_ms = Some(gpu.quantum_ns / 1e6);
            } else {
                let mut last = clock();
                self.run_observed(input, &mut |node, _| {
                    let now = clock();
                    times[node.0] = now - last;
                    last = now;
                })
                .await?;
            }
            profile.runs_ms.push(times);
        }
        Ok(Some(profile))
    }
}

impl Profile {
    /// Adds the runs of another one of the same network.
    pub fn extend(&mut self, other: Self) {
        self.runs_ms.extend(other.runs_ms);
        self.gpu_step_ms = other.gpu_step_ms;
    }

    /// Milliseconds of each node: means over the faster half of the runs.
    ///
    /// Of whole runs, because then the nodes' times add up; means, because on a coarse clock a short node takes now
    /// nothing, now a whole step, and only their mean tells; the faster half, because what slows a run down comes from
    /// outside.
    pub fn nodes_ms(&self) -> Vec<f64> {
        let totals: Vec<f64> = self.runs_ms.iter().map(|run| run.iter().sum()).collect();
        if totals.is_empty() {
            return Vec::new();
        }
        let limit = median(&totals);
        let kept: Vec<_> = self.runs_ms.iter().zip(&totals).filter(|(_, total)| **total <= limit).collect();
        let mean = |node: usize| kept.iter().map(|(run, _)| run[node]).sum::<f64>() / kept.len() as f64;
        (0..self.runs_ms[0].len()).map(mean).collect()
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use pollster::block_on;

    use crate::backend::{Target, Threads};
    use crate::synthetic;
    use crate::weights::Random;
    use crate::zoo::Zoo;

    #[test]
    fn every_node_is_timed_and_a_run_is_their_sum() {
        let graph =
            Zoo::builtin().find("mobilenetv3_small_050").unwrap().with_resolution(32, 32).graph().unwrap();
        for target in [Target::Cpu(&Threads::alone()), Target::Reference] {
            let mut session = block_on(Session::prepare(target, &graph, &Random(&graph))).unwrap();
            let nodes = session.graph().nodes.len();
            // A clock that shows 2 ms more each time it is asked.
            let mut now = 0.0;
            let mut clock = || {
                now += 2.0;
                now
            };
            let mut profile = |runs| {
                block_on(session.profile(&synthetic::input(32, 32), runs, &mut clock)).unwrap().unwrap()
            };
            let (mut profile, more) = (profile(2), profile(1));
            assert_eq!(profile.runs_ms, vec![vec![2.0; nodes]; 2]);
            profile.extend(more);
            assert_eq!(profile.nodes_ms(), vec![2.0; nodes]);
        }
    }

    #[test]
    fn slow_runs_do_not_count_and_short_nodes_do() {
        // The first node takes 0.3 ms, which a clock of 1 ms shows as 1 in three runs of ten; one run is disturbed.
        let mut runs_ms: Vec<_> =
            (0..10).map(|i| vec![f64::from(u8::from(i < 3)), 5.0 - f64::from(u8::from(i < 3))]).collect();
        runs_ms.extend([vec![1.0, 50.0], vec![0.0, 60.0]]);
        let times = Profile { runs_ms, gpu_step_ms: None }.nodes_ms();
        assert!((times[0] - 0.3).abs() < 1e-12 && (times[1] - 4.7).abs() < 1e-12, "{times:?}");
        assert!(Profile::default().nodes_ms().is_empty());
    }
}

//! Layer times of the networks on the board.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Code, Config, JobId, LayerTimes, Problem, Progress, WeightsChoice};

use super::{ColumnConfig, Lab};

/// The timing of a network's layers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LayerTimingRun {
    job: JobId,
    /// The network.
    pub(crate) name: String,
    /// What the worker said last.
    pub(crate) progress: Option<Progress>,
}

/// What was measured of layers, and the measurement under way.
#[derive(Clone, Copy, Default)]
pub(crate) struct LayerTiming {
    /// By what was asked for.
    times: RwSignal<HashMap<Config, LayerTimes>>,
    now: RwSignal<Option<LayerTimingRun>>,
}

impl LayerTiming {
    /// What was measured of a configuration's layers; reactive.
    pub(crate) fn times(self, config: &ColumnConfig) -> Option<LayerTimes> {
        self.times.with(|times| times.get(&config.to_protocol()).cloned())
    }

    /// The network whose layers are being timed; reactive.
    pub(crate) fn now(self) -> Option<LayerTimingRun> {
        self.now.get()
    }

    pub(super) fn forget(self, weights: &WeightsChoice) {
        self.times.update(|times| times.retain(|config, _| config.weights != *weights));
    }
}

impl Lab {
    /// Times the layers of these configurations, one after another; a failure in one leaves the others.
    pub(crate) fn start_layer_timing(self, configs: Vec<ColumnConfig>) {
        if self.layer_timing.now.with_untracked(Option::is_some) {
            return;
        }
        spawn_local(async move {
            for config in configs {
                let name = untrack(|| self.name(&config));
                match self.time_layers(&config, name.clone()).await {
                    Ok(times) => self.layer_timing.times.update(|all| {
                        all.insert(config.to_protocol(), times);
                    }),
                    Err(problem) => {
                        let stop = matches!(problem.code, Code::Cancelled | Code::BenchHidden);
                        self.tell(Some(name), problem);
                        if stop {
                            break;
                        }
                    }
                }
            }
            self.layer_timing.now.set(None);
        });
    }

    async fn time_layers(self, config: &ColumnConfig, name: String) -> Result<LayerTimes, Problem> {
        let now = self.layer_timing.now;
        let progressed = move |progress| {
            now.update(|now| {
                if let Some(now) = now {
                    now.progress = Some(progress);
                }
            });
        };
        let job = self.engine.client()?.profile(self.without_download(config), progressed);
        now.set(Some(LayerTimingRun { job: job.id, name, progress: None }));
        self.unless_hidden(job).await.map(|times| *times)
    }

    /// Ends the measurement; layers of networks that are done stay.
    pub(crate) fn stop_layer_timing(self) {
        if let Some(job) = self.layer_timing.now.with_untracked(|now| now.as_ref().map(|now| now.job)) {
            self.engine.cancel(job);
        }
    }
}

//! Layer times of the networks on the board.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::LayerTimes;

use super::{ColumnConfig, Lab, Profiling};

impl Lab {
    /// What was measured of a configuration's layers; reactive.
    pub(crate) fn layer_times(&self, config: &ColumnConfig) -> Option<LayerTimes> {
        self.layer_times.with(|times| times.get(&config.to_protocol()).cloned())
    }

    /// Times the layers of these configurations, one after another; a failure in one leaves the others.
    pub(crate) fn start_profiling(self, configs: Vec<ColumnConfig>) {
        if self.profiling.get_untracked().is_some() {
            return;
        }
        spawn_local(async move {
            for config in configs {
                let request = self.without_download(&config);
                let progressed = move |now| {
                    self.profiling.update(|profiling| {
                        if let Some(profiling) = profiling {
                            profiling.progress = Some(now);
                        }
                    });
                };
                let answer = match self.client() {
                    Ok(client) => {
                        let job = client.profile(request, progressed);
                        let name = untrack(|| self.name(&config));
                        self.profiling.set(Some(Profiling { job: job.id, name, progress: None }));
                        self.unless_hidden(job).await
                    }
                    Err(problem) => Err(problem),
                };
                match answer {
                    Ok(times) => self.layer_times.update(|all| {
                        all.insert(config.to_protocol(), *times);
                    }),
                    Err(problem) => {
                        let stop = ["cancelled", "bench.hidden"].contains(&problem.code.as_str());
                        self.tell(Some(untrack(|| self.name(&config))), problem);
                        if stop {
                            break;
                        }
                    }
                }
            }
            self.profiling.set(None);
        });
    }

    /// Ends the measurement; layers of networks that are done stay.
    pub(crate) fn stop_profiling(self) {
        if let Some(profiling) = self.profiling.get_untracked() {
            self.cancel(profiling.job);
        }
    }
}

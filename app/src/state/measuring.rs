//! Measuring: one way for the board and for scripts.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Config, JobId, Measured, Problem, Progress, Timing, WeightsChoice};

use super::{ColumnConfig, Lab, Measure, is_near};
use crate::runtime::{BenchEffort, Job};
use crate::strings::problems;

impl Lab {
    /// Times networks in turns. `started` hears the job's id before anything else happens.
    ///
    /// # Errors
    /// `bench.hidden` if the page is or becomes hidden: browsers slow hidden pages down, so what was being measured is
    /// worth nothing. `cancelled` after [`Lab::cancel`].
    pub(crate) async fn bench(
        self,
        configs: Vec<Config>,
        effort: BenchEffort,
        started: impl FnOnce(JobId),
        progress: impl Fn(Progress) + 'static,
    ) -> Result<Vec<Measured>, Problem> {
        if document().hidden() {
            return Err(problems::hidden());
        }
        let job = self.client()?.bench(configs, effort, progress);
        started(job.id);
        self.unless_hidden(job).await
    }

    /// The answer of a job that measures, unless the page is hidden meanwhile.
    pub(super) async fn unless_hidden<T>(self, job: Job<T>) -> Result<T, Problem> {
        let id = job.id;
        let was_hidden = Rc::new(Cell::new(false));
        let seen = Rc::clone(&was_hidden);
        let listener = window_event_listener_untyped("visibilitychange", move |_| {
            if document().hidden() {
                seen.set(true);
                self.cancel(id);
            }
        });
        let answer = job.answer().await;
        listener.remove();
        // Even an answer that was on its way already comes from a slowed page.
        if was_hidden.get() { Err(problems::hidden()) } else { answer }
    }

    /// Measures all columns in turns; a failure in one leaves the others.
    pub(crate) fn start_measuring(self) {
        if self.measure.get_untracked() != Measure::Idle {
            return;
        }
        let columns: Vec<ColumnConfig> = self
            .columns
            .with_untracked(|columns| columns.iter().map(|column| column.config.clone()).collect());
        let requests = columns.iter().map(|config| self.without_download(config)).collect();
        let count = columns.len();
        let started = move |job| self.measure.set(Measure::Running { job, count, progress: None });
        let progressed = move |now| {
            self.measure.update(|measure| {
                if let Measure::Running { progress, .. } = measure {
                    *progress = Some(now);
                }
            });
        };
        spawn_local(async move {
            match self.bench(requests, BenchEffort::default(), started, progressed).await {
                Ok(measured) => {
                    for (config, measured) in columns.iter().zip(measured) {
                        self.note(self.timings, config, measured);
                    }
                }
                Err(problem) => self.tell(None, problem),
            }
            self.measure.set(Measure::Idle);
            for config in &columns {
                if let Some(timing) = untrack(|| self.timing(config)) {
                    self.check_parity(&timing.model, timing.backend).await;
                }
            }
        });
    }

    /// Ends the measurement; what was measured before stays.
    pub(crate) fn stop_measuring(self) {
        if let Measure::Running { job, .. } = self.measure.get_untracked() {
            self.cancel(job);
        }
    }

    /// What was measured of a column; reactive.
    pub(crate) fn timing(&self, config: &ColumnConfig) -> Option<Timing> {
        self.timings.with(|timings| timings.get(&config.to_protocol()).cloned())
    }

    /// Keeps what was measured, or says why there is nothing.
    pub(super) fn note(
        self,
        timings: RwSignal<HashMap<Config, Timing>>,
        config: &ColumnConfig,
        measured: Measured,
    ) {
        match measured {
            Measured::Timing(timing) => timings.update(|timings| {
                timings.insert(config.to_protocol(), *timing);
            }),
            Measured::Failed(problem) => self.tell(Some(untrack(|| self.name(config))), problem),
        }
    }

    /// A column's network for timing. Measuring is no reason to download: random numbers take as long.
    pub(crate) fn without_download(self, config: &ColumnConfig) -> Config {
        let near = config
            .checkpoint()
            .is_some_and(|id| self.checkpoints().iter().any(|info| info.id == id && is_near(info)));
        let mut request = config.to_protocol();
        if !near {
            request.weights = WeightsChoice::Random;
        }
        request
    }
}

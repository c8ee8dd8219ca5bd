//! Measuring: one way for the board and for scripts.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Config, JobId, Measured, Problem, Progress, Timing, WeightsChoice};

use super::{ColumnConfig, Lab, is_near};
use crate::runtime::{BenchEffort, Job};
use crate::strings::problems;

/// Timings by what was asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Timings(RwSignal<HashMap<Config, Timing>>);

impl Timings {
    /// What was measured of a configuration; reactive.
    pub(super) fn get(self, config: &ColumnConfig) -> Option<Timing> {
        self.0.with(|timings| timings.get(&config.to_protocol()).cloned())
    }

    pub(super) fn set(self, config: &ColumnConfig, timing: Timing) {
        self.0.update(|timings| {
            timings.insert(config.to_protocol(), timing);
        });
    }

    /// Forgets what was measured with these weights.
    pub(super) fn forget(self, weights: &WeightsChoice) {
        self.0.update(|timings| timings.retain(|config, _| config.weights != *weights));
    }
}

/// A measurement of all columns, in turns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measurement {
    job: JobId,
    /// How many columns there are.
    pub(crate) count: usize,
    /// What the worker said last.
    pub(crate) progress: Option<Progress>,
}

/// What was measured of columns, and the measurement under way.
#[derive(Clone, Copy, Default)]
pub(crate) struct Measuring {
    timings: Timings,
    now: RwSignal<Option<Measurement>>,
}

impl Measuring {
    /// What was measured of a column; reactive.
    pub(crate) fn timing(self, config: &ColumnConfig) -> Option<Timing> {
        self.timings.get(config)
    }

    /// The measurement under way; reactive.
    pub(crate) fn now(self) -> Option<Measurement> {
        self.now.get()
    }

    pub(super) fn forget(self, weights: &WeightsChoice) {
        self.timings.forget(weights);
    }
}

impl Lab {
    /// Times networks in turns. `started` hears the job's id before anything else happens.
    ///
    /// # Errors
    /// `bench.hidden` if the page is or becomes hidden: browsers slow hidden pages down, so what was being measured is
    /// worth nothing. `cancelled` after [`super::engine_handle::EngineHandle::cancel`].
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
        let job = self.engine.client()?.bench(configs, effort, progress);
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
                self.engine.cancel(id);
            }
        });
        let answer = job.answer().await;
        listener.remove();
        // Even an answer that was on its way already comes from a slowed page.
        if was_hidden.get() { Err(problems::hidden()) } else { answer }
    }

    /// Measures all columns in turns; a failure in one leaves the others.
    pub(crate) fn start_measuring(self) {
        let now = self.measuring.now;
        if now.with_untracked(Option::is_some) {
            return;
        }
        let columns = self.board.configs();
        let requests = columns.iter().map(|config| self.without_download(config)).collect();
        let count = columns.len();
        let started = move |job| now.set(Some(Measurement { job, count, progress: None }));
        let progressed = move |progress| {
            now.update(|now| {
                if let Some(now) = now {
                    now.progress = Some(progress);
                }
            });
        };
        spawn_local(async move {
            match self.bench(requests, BenchEffort::default(), started, progressed).await {
                Ok(measured) => {
                    for (config, measured) in columns.iter().zip(measured) {
                        self.note(self.measuring.timings, config, measured);
                    }
                }
                Err(problem) => self.tell(None, problem),
            }
            now.set(None);
            self.check_parities(self.measuring.timings, &columns).await;
        });
    }

    /// Ends the measurement; what was measured before stays.
    pub(crate) fn stop_measuring(self) {
        if let Some(job) = self.measuring.now.with_untracked(|now| now.as_ref().map(|now| now.job)) {
            self.engine.cancel(job);
        }
    }

    /// Keeps what was measured, or says why there is nothing.
    pub(super) fn note(self, timings: Timings, config: &ColumnConfig, measured: Measured) {
        match measured {
            Measured::Timing(timing) => timings.set(config, *timing),
            Measured::Failed(problem) => self.tell(Some(untrack(|| self.name(config))), problem),
        }
    }

    /// A column's network for timing. Nothing is downloaded for that: random weights take as long.
    pub(crate) fn without_download(self, config: &ColumnConfig) -> Config {
        let near = untrack(|| config.checkpoint().and_then(|id| self.checkpoints.get(id)))
            .is_some_and(|info| is_near(&info));
        let mut request = config.to_protocol();
        if !near {
            request.weights = WeightsChoice::Random;
        }
        request
    }
}

//! Measuring: one way for the board and for scripts.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Backend, Code, Config, JobId, Measured, Problem, Progress, Timing, WeightsChoice};

use super::samples::saves_data;
use super::{Answers, ColumnConfig, Lab, is_near};
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

/// Samples of each network when the page measures by itself: enough for an interval, over soon.
const FEW: u32 = 10;
/// The page measures by itself once nothing has happened for so long, in milliseconds.
const IDLE_MS: u64 = 400;

/// A measurement of columns, in turns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measurement {
    job: JobId,
    /// What is measured.
    columns: Vec<ColumnConfig>,
    /// What the worker said last.
    pub(crate) progress: Option<Progress>,
}

/// What was measured of columns, and the measurement under way.
#[derive(Clone, Copy, Default)]
pub(crate) struct Measuring {
    timings: Timings,
    now: RwSignal<Option<Measurement>>,
    /// What the page has begun to measure by itself, which it does once.
    begun: StoredValue<HashSet<Config>>,
    is_hidden: RwSignal<bool>,
    /// Whether there are thorough measurements that no file has.
    is_unsaved: StoredValue<bool>,
}

impl Measurement {
    /// How many columns there are.
    pub(crate) fn count(&self) -> usize {
        self.columns.len()
    }
}

impl Measuring {
    /// Whether there are thorough measurements that no file has.
    pub(super) fn is_unsaved(self) -> bool {
        self.is_unsaved.get_value()
    }

    /// A file has what was measured.
    pub(crate) fn saved(self) {
        self.is_unsaved.set_value(false);
    }

    /// Whether a column is being measured; reactive.
    pub(crate) fn measures(self, config: &ColumnConfig) -> bool {
        self.now.with(|now| now.as_ref().is_some_and(|now| now.columns.contains(config)))
    }

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
    pub(crate) async fn unless_hidden<T>(self, job: Job<T>) -> Result<T, Problem> {
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

    /// Measures all columns in turns, thoroughly.
    pub(crate) fn start_measuring(self) {
        self.measure(self.board.configs(), BenchEffort::default());
    }

    /// Measures columns by itself, briefly, once they have answered and nothing else goes on; never where the visitor saves
    /// data.
    pub(crate) fn keep_measuring(self, answers: Answers) {
        if saves_data() {
            return;
        }
        self.measuring.is_hidden.set(document().hidden());
        Effect::new(move |_| {
            if self.unmeasured(answers).is_empty() {
                return;
            }
            let begin = move || {
                let columns = untrack(|| self.unmeasured(answers));
                if columns.is_empty() {
                    return;
                }
                self.measuring.begun.update_value(|begun| {
                    begun.extend(columns.iter().map(ColumnConfig::to_protocol));
                });
                let effort = BenchEffort { runs: Some(FEW), ..BenchEffort::default() };
                self.measure(columns, effort);
            };
            set_timeout(begin, Duration::from_millis(IDLE_MS));
        });
        let is_hidden = self.measuring.is_hidden;
        let seen =
            window_event_listener_untyped("visibilitychange", move |_| is_hidden.set(document().hidden()));
        on_cleanup(move || seen.remove());
    }

    /// The columns that the page should measure by itself now; reactive.
    fn unmeasured(self, answers: Answers) -> Vec<ColumnConfig> {
        let (done, total) = answers.progress();
        let is_busy = self.measuring.is_hidden.get()
            || !self.engine.is_ready()
            || !self.opening.is_idle()
            || done < total
            || total == 0
            || self.measuring.now.with(Option::is_some)
            || self.grid.now().is_some()
            || self.layer_timing.now().is_some();
        if is_busy {
            return Vec::new();
        }
        let is_new = |config: &ColumnConfig| {
            let key = config.to_protocol();
            // The reference backend takes minutes.
            config.backend != Some(Backend::Reference)
                && self.measuring.timing(config).is_none()
                && self.measuring.begun.with_value(|begun| !begun.contains(&key))
        };
        self.board.with(|columns| columns.iter().map(|column| column.config.clone()).filter(is_new).collect())
    }

    /// Measures columns in turns; a failure in one leaves the others.
    fn measure(self, columns: Vec<ColumnConfig>, effort: BenchEffort) {
        let now = self.measuring.now;
        if now.with_untracked(Option::is_some) {
            return;
        }
        let is_brief = effort.runs.is_some();
        let requests = columns.iter().map(|config| self.without_download(config)).collect();
        let measured = columns.clone();
        let started = move |job| now.set(Some(Measurement { job, columns: measured, progress: None }));
        let progressed = move |progress| {
            now.update(|now| {
                if let Some(now) = now {
                    now.progress = Some(progress);
                }
            });
        };
        spawn_local(async move {
            match self.bench(requests, effort, started, progressed).await {
                Ok(measured) => {
                    self.measuring.is_unsaved.update_value(|unsaved| *unsaved |= !is_brief);
                    for (config, measured) in columns.iter().zip(measured) {
                        self.note(self.measuring.timings, config, measured);
                    }
                }
                // The page tries again by itself once it is seen.
                Err(problem) if is_brief && problem.code == Code::BenchHidden => {
                    self.measuring.begun.update_value(|begun| {
                        begun.retain(|config| columns.iter().all(|column| column.to_protocol() != *config));
                    });
                }
                Err(problem) => self.tell(None, problem),
            }
            now.set(None);
            if !is_brief {
                self.check_parities(self.measuring.timings, &columns).await;
            }
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

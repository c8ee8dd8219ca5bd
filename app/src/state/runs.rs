//! Classifies photos: the shown photo first, then the others, one run at a time. So new requests wait for at most one
//! run.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{ClassScore, Config, ImageId, JobId, Prediction, Presence, Problem, WeightsChoice};

use super::{ColumnConfig, Lab, is_near};

/// Classes that a column shows.
const TOP: usize = 5;

/// What came of running one configuration on one photo.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run {
    /// Not answered yet.
    Running(JobId),
    /// Answered.
    Done(Prediction),
    /// The visitor stopped it.
    Cancelled,
    /// It went wrong.
    Failed(Problem),
}

impl Run {
    /// What an answer makes of a run.
    fn of(answer: Result<Prediction, Problem>) -> Self {
        match answer {
            Ok(prediction) => Self::Done(prediction),
            Err(problem) if problem.is_cancelled() => Self::Cancelled,
            Err(problem) => Self::Failed(problem),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }
}

/// What a run's result is kept under.
pub(crate) type RunKey = (ImageId, Config);

/// The key of a configuration's run on an image.
pub(crate) fn run_key(image: ImageId, config: &ColumnConfig) -> RunKey {
    (image, config.to_protocol())
}

/// All runs that have begun.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    all: RwSignal<HashMap<RunKey, Run>>,
    /// Whether photos are classified that are not shown.
    goes_on: RwSignal<bool>,
}

impl Runs {
    pub(super) fn new() -> Self {
        Self { all: RwSignal::default(), goes_on: RwSignal::new(true) }
    }

    /// Something of all runs; reactive.
    pub(super) fn with<T>(self, read: impl FnOnce(&HashMap<RunKey, Run>) -> T) -> T {
        self.all.with(read)
    }

    /// What came of a run; `None` until it begins. Reactive.
    pub(crate) fn get(self, key: &RunKey) -> Option<Run> {
        self.with(|runs| runs.get(key).cloned())
    }

    /// The most probable class of a run that is done; reactive.
    pub(crate) fn top(self, key: &RunKey) -> Option<ClassScore> {
        self.with(|runs| match runs.get(key)? {
            Run::Done(prediction) => prediction.top.first().cloned(),
            Run::Running(_) | Run::Cancelled | Run::Failed(_) => None,
        })
    }

    /// Whether photos are classified that are not shown; reactive.
    pub(crate) fn goes_on(self) -> bool {
        self.goes_on.get()
    }

    /// Classifies photos that are not shown, too.
    pub(crate) fn go_on(self) {
        self.goes_on.set(true);
    }

    fn set(self, key: RunKey, run: Run) {
        self.all.update(|runs| {
            runs.insert(key, run);
        });
    }
}

impl Lab {
    /// Starts runs whenever there is something to run, for as long as the page lives.
    pub(crate) fn keep_classifying(self) {
        Effect::new(move |_| {
            self.abandon_runs();
            if let Some((image, config)) = self.next_run() {
                self.start_run(image, &config);
            }
        });
    }

    /// Runs no more but on the photo that is shown.
    pub(crate) fn stop_classifying(self) {
        self.runs.goes_on.set(false);
        let shown = untrack(|| self.selected_image());
        self.drop_runs(|(image, _), run| Some(*image) != shown && run.is_running());
    }

    /// Forgets a run's result, so that it starts anew.
    pub(crate) fn forget_run(self, key: &RunKey) {
        self.drop_runs(|other, _| other == key);
    }

    /// Forgets what a checkpoint has answered.
    pub(super) fn forget_answers(self, checkpoint: &str) {
        let gone = WeightsChoice::Checkpoint(checkpoint.to_owned());
        self.drop_runs(|(_, config), _| config.weights == gone);
    }

    /// Forgets runs, and ends those that are under way.
    pub(super) fn drop_runs(self, is_gone: impl Fn(&RunKey, &Run) -> bool) {
        // Without a change nobody is notified.
        if !untrack(|| self.runs.with(|runs| runs.iter().any(|(key, run)| is_gone(key, run)))) {
            return;
        }
        let mut jobs = Vec::new();
        self.runs.all.update(|runs| {
            runs.retain(|key, run| {
                let gone = is_gone(key, run);
                if let (true, Run::Running(job)) = (gone, &*run) {
                    jobs.push(*job);
                }
                !gone
            });
        });
        jobs.into_iter().for_each(|job| self.engine.cancel(job));
    }

    /// Drops runs that are under way for a configuration that is not on the board any more; reactive.
    fn abandon_runs(self) {
        let wanted: Vec<Config> =
            self.board.with(|columns| columns.iter().map(|column| column.config.to_protocol()).collect());
        self.runs.all.track();
        self.drop_runs(|(_, config), run| run.is_running() && !wanted.contains(config));
    }

    /// What to run next; `None` where nothing is left or something runs.
    fn next_run(self) -> Option<(ImageId, ColumnConfig)> {
        let shown = self.selected_image();
        let others = if self.runs.goes_on() { self.photos.images() } else { Vec::new() };
        let configs = self.predicting();
        self.runs.with(|runs| {
            if runs.values().any(Run::is_running) {
                return None;
            }
            let missing = |image: ImageId| {
                let is_missing = |config: &ColumnConfig| !runs.contains_key(&run_key(image, config));
                let config = configs.iter().find(|(config, is_ready)| *is_ready && is_missing(config));
                config.map(|(config, _)| (image, config.clone()))
            };
            shown.into_iter().chain(others).find_map(missing)
        })
    }

    /// Runs a configuration on a photo.
    fn start_run(self, image: ImageId, config: &ColumnConfig) {
        let key = run_key(image, config);
        let Ok(client) = self.engine.client() else { return };
        let job = client.classify(image, config.to_protocol(), TOP);
        let running = Run::Running(job.id);
        self.runs.set(key.clone(), running.clone());
        spawn_local(async move {
            let answer = job.answer().await;
            // Dropped meanwhile.
            if untrack(|| self.runs.get(&key)) == Some(running) {
                self.runs.set(key, Run::of(answer));
            }
        });
    }

    /// The configurations on the board that predict, now or once their weights are here, each once, and whether they are
    /// ready; reactive.
    pub(crate) fn predicting(self) -> Vec<(ColumnConfig, bool)> {
        let mut predicting: Vec<(ColumnConfig, bool)> = Vec::new();
        self.board.with(|columns| {
            for config in columns.iter().map(|column| &column.config) {
                let Some(info) = config.checkpoint().and_then(|id| self.checkpoints.get(id)) else {
                    continue;
                };
                let is_coming = match self.checkpoints.load_state(&info.id) {
                    Some(load) => load.job().is_some(),
                    None => is_near(&info),
                };
                if is_coming && predicting.iter().all(|(other, _)| other != config) {
                    predicting.push((config.clone(), info.presence == Presence::Loaded));
                }
            }
        });
        predicting
    }

    fn selected_image(self) -> Option<ImageId> {
        self.photos.selected().map(|photo| photo.info.id)
    }
}

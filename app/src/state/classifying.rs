//! Which network looks at which photo when: the shown photo first, then the others, one run at a time, so that what the
//! visitor asks for meanwhile waits for one run at most.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Config, ImageId, Presence, Problem};

use super::{ColumnConfig, Lab, LoadState, Run, RunKey, TOP, is_near, run_key};
use crate::agreement::{self, Agreement, Answer};

/// In which order the strip shows photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhotoOrder {
    /// As they came.
    Added,
    /// Those first on which the networks differ most.
    Disagreement,
}

/// What follows from all answers; remembered, because every photo of the strip asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Answers {
    /// Answers that there are, and that there will be.
    pub(crate) progress: Memo<(usize, usize)>,
    /// Whether the columns agree; photos and columns are numbered as they stand on the page.
    pub(crate) agreement: Memo<Agreement>,
    /// The photos' keys in the order in which they are shown.
    pub(crate) order: Memo<Vec<u32>>,
}

impl Answers {
    /// The answers of a page.
    pub(crate) fn of(lab: Lab) -> Self {
        let progress = Memo::new(move |_| lab.progress());
        let agreement = Memo::new(move |_| agreement::agreement(&lab.answers()));
        let order = Memo::new(move |_| {
            let keys = lab.photos.with(|photos| photos.iter().map(|photo| photo.key).collect::<Vec<_>>());
            match lab.photo_order.get() {
                PhotoOrder::Added => keys,
                PhotoOrder::Disagreement => agreement.with(|agreement| {
                    let order = agreement::by_disagreement(&agreement.verdicts);
                    order.into_iter().filter_map(|index| keys.get(index).copied()).collect()
                }),
            }
        });
        Self { progress, agreement, order }
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
        self.classifying.set(false);
        let shown = self.selected_image();
        let running = self.runs.with_untracked(|runs| {
            let others =
                runs.iter().filter(|(key, run)| Some(key.0) != shown && matches!(run, Run::Running(_)));
            others.map(|(key, _)| key.clone()).collect()
        });
        self.drop_runs(running);
    }

    /// Forgets a run's result, so that it starts anew.
    pub(crate) fn forget_run(self, key: &RunKey) {
        self.drop_runs(vec![key.clone()]);
    }

    /// Forgets runs, and ends those that are under way.
    pub(super) fn drop_runs(self, keys: Vec<RunKey>) {
        if keys.is_empty() {
            return;
        }
        let dropped = self.runs.try_update(|runs| keys.iter().filter_map(|key| runs.remove(key)).collect());
        let dropped: Vec<Run> = dropped.unwrap_or_default();
        for run in dropped {
            if let Run::Running(job) = run {
                self.cancel(job);
            }
        }
    }

    /// Drops runs that are under way for a configuration that is not on the board any more.
    fn abandon_runs(self) {
        let wanted: Vec<Config> =
            self.columns.with(|columns| columns.iter().map(|column| column.config.to_protocol()).collect());
        let unwanted = self.runs.with(|runs| {
            let running = runs.iter().filter(|(_, run)| matches!(run, Run::Running(_)));
            running.filter(|(key, _)| !wanted.contains(&key.1)).map(|(key, _)| key.clone()).collect()
        });
        self.drop_runs(unwanted);
    }

    /// What to run next; `None` where nothing is left or something runs.
    fn next_run(self) -> Option<(ImageId, ColumnConfig)> {
        let shown = self.selected_image();
        let others = if self.classifying.get() { self.images() } else { Vec::new() };
        let configs = self.predicting();
        self.runs.with(|runs| {
            if runs.values().any(|run| matches!(run, Run::Running(_))) {
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
        let Ok(client) = self.client() else { return };
        let job = client.classify(image, config.to_protocol(), TOP);
        let running = Run::Running(job.id);
        self.set_run(key.clone(), running.clone());
        spawn_local(async move {
            let answer = job.answer().await;
            // Dropped meanwhile: nobody wants to know.
            if self.runs.with_untracked(|runs| runs.get(&key) == Some(&running)) {
                self.set_run(key, Run::of(answer));
            }
        });
    }

    fn set_run(self, key: RunKey, run: Run) {
        self.runs.update(|runs| {
            runs.insert(key, run);
        });
    }

    /// The configurations on the board that predict, now or once their weights are here, each once, and whether they are
    /// ready; reactive.
    fn predicting(self) -> Vec<(ColumnConfig, bool)> {
        let mut predicting: Vec<(ColumnConfig, bool)> = Vec::new();
        self.columns.with(|columns| {
            for config in columns.iter().map(|column| &column.config) {
                let Some(info) = config.checkpoint().and_then(|id| self.checkpoint(id)) else { continue };
                let is_coming = match self.loads.with(|loads| loads.get(&info.id).cloned()) {
                    Some(LoadState::Failed(_) | LoadState::Cancelled) => false,
                    Some(_) => true,
                    None => is_near(&info),
                };
                if is_coming && predicting.iter().all(|(other, _)| other != config) {
                    predicting.push((config.clone(), info.presence == Presence::Loaded));
                }
            }
        });
        predicting
    }

    fn progress(self) -> (usize, usize) {
        let (images, configs) = (self.images(), self.predicting());
        let over = self.runs.with(|runs| {
            let is_over = |key: &RunKey| !matches!(runs.get(key), None | Some(Run::Running(_)));
            let keys =
                images.iter().flat_map(|image| configs.iter().map(|(config, _)| run_key(*image, config)));
            keys.filter(is_over).count()
        });
        (over, images.len() * configs.len())
    }

    /// Of each photo every column's answer.
    fn answers(self) -> Vec<Vec<Option<Answer>>> {
        let columns: Vec<(Config, Option<String>)> = self.columns.with(|columns| {
            let labels = |config: &ColumnConfig| {
                let info = self.checkpoint(config.checkpoint()?)?;
                // Classes without names may be any.
                (info.labels != "numbers").then_some(info.labels)
            };
            columns.iter().map(|column| (column.config.to_protocol(), labels(&column.config))).collect()
        });
        self.runs.with(|runs| {
            let answer = |image: ImageId, (config, labels): &(Config, Option<String>)| {
                let Some(Run::Done(prediction)) = runs.get(&(image, config.clone())) else { return None };
                Some(Answer { labels: labels.clone()?, class: prediction.top.first()?.index })
            };
            let images = self.images().into_iter();
            images.map(|image| columns.iter().map(|column| answer(image, column)).collect()).collect()
        })
    }

    /// The photos, by the worker's numbers; reactive.
    fn images(self) -> Vec<ImageId> {
        self.photos.with(|photos| photos.iter().map(|photo| photo.info.id).collect())
    }

    fn selected_image(self) -> Option<ImageId> {
        self.selected_photo().map(|photo| photo.info.id)
    }
}

impl Run {
    /// What an answer makes of a run.
    fn of(answer: Result<worker::protocol::Prediction, Problem>) -> Self {
        match answer {
            Ok(prediction) => Self::Done(prediction),
            Err(problem) if problem.code == "cancelled" => Self::Cancelled,
            Err(problem) => Self::Failed(problem),
        }
    }
}

/// What follows from the answers, from any component.
pub(crate) fn use_answers() -> Answers {
    expect_context::<Answers>()
}

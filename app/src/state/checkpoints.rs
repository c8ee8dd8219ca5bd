//! Checkpoints: which there are, which are on their way, and which are taken off the page.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use engine::weights::Origin;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{
    Catalog, CheckpointInfo, JobId, Presence, Problem, Progress, SourceKind, WeightsChoice,
};

use super::{ColumnConfig, Lab, first_choice};
use crate::kept_names;

/// How far a checkpoint's weights have been loaded. Once they are in memory, the catalog says so and this is removed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LoadState {
    /// Asked for, nothing heard yet.
    Waiting(JobId),
    /// Bytes arrive.
    Downloading {
        /// The job.
        job: JobId,
        /// Bytes that have arrived.
        done_bytes: u64,
        /// Bytes in all, if known.
        total_bytes: Option<u64>,
    },
    /// The visitor stopped it.
    Cancelled,
    /// It went wrong.
    Failed(Problem),
}

impl LoadState {
    /// The job that brings the weights; `None` once it has ended.
    pub(crate) fn job(&self) -> Option<JobId> {
        match self {
            Self::Waiting(job) | Self::Downloading { job, .. } => Some(*job),
            Self::Cancelled | Self::Failed(_) => None,
        }
    }
}

/// Checkpoints by id.
#[derive(Clone, Copy)]
pub(crate) struct Checkpoints {
    /// `None` until the worker has read the manifests.
    catalog: RwSignal<Option<Catalog>>,
    /// Classes of every checkpoint: all that counts depend on. Charts and layers would be drawn anew otherwise whenever
    /// a checkpoint is loaded.
    classes: Memo<HashMap<String, u32>>,
    /// Those on their way.
    loads: RwSignal<HashMap<String, LoadState>>,
}

impl Checkpoints {
    pub(super) fn new() -> Self {
        let catalog = RwSignal::new(None::<Catalog>);
        let classes = Memo::new(move |_| {
            catalog.with(|catalog| {
                let checkpoints = catalog.iter().flat_map(|catalog| &catalog.checkpoints);
                checkpoints.map(|info| (info.id.clone(), info.classes)).collect()
            })
        });
        Self { catalog, classes, loads: RwSignal::default() }
    }

    /// Whether the worker has listed them; reactive.
    pub(crate) fn are_listed(self) -> bool {
        self.catalog.with(Option::is_some)
    }

    /// Something of all of them, of none before they are listed; reactive.
    pub(crate) fn with<T>(self, read: impl FnOnce(&[CheckpointInfo]) -> T) -> T {
        self.catalog.with(|catalog| read(catalog.as_ref().map_or(&[], |catalog| &catalog.checkpoints)))
    }

    /// All of them; not reactive.
    pub(crate) fn all(self) -> Vec<CheckpointInfo> {
        untrack(|| self.with(<[CheckpointInfo]>::to_vec))
    }

    /// The one with this id; reactive.
    pub(crate) fn get(self, id: &str) -> Option<CheckpointInfo> {
        self.with(|all| all.iter().find(|checkpoint| checkpoint.id == id).cloned())
    }

    /// How far one has been loaded; `None` where it is in memory or was not asked for. Reactive.
    pub(crate) fn load_state(self, id: &str) -> Option<LoadState> {
        self.loads.with(|loads| loads.get(id).cloned())
    }

    /// Classes of a configuration: those of its checkpoint, or of its network as it was published; reactive.
    pub(super) fn classes(self, config: &ColumnConfig) -> u32 {
        let of_checkpoint = config.checkpoint().and_then(|id| self.classes.with(|all| all.get(id).copied()));
        of_checkpoint.or_else(|| Some(config.variant()?.classes)).unwrap_or_default()
    }

    /// Takes the worker's list. What the visitor has given meanwhile stays.
    fn list(self, mut catalog: Catalog) {
        let is_new = |info: &CheckpointInfo| catalog.checkpoints.iter().all(|one| one.id != info.id);
        let given: Vec<CheckpointInfo> = self.all().into_iter().filter(is_new).collect();
        catalog.checkpoints.extend(given);
        self.catalog.set(Some(catalog));
    }

    /// Takes in what is known of a checkpoint.
    fn learn(self, info: CheckpointInfo) {
        self.catalog.update(|catalog| {
            let checkpoints = &mut catalog.get_or_insert_default().checkpoints;
            match checkpoints.iter_mut().find(|known| known.id == info.id) {
                Some(known) => *known = info,
                None => checkpoints.push(info),
            }
        });
    }

    fn forget(self, id: &str) {
        self.catalog.update(|catalog| {
            catalog.get_or_insert_default().checkpoints.retain(|other| other.id != id);
        });
    }

    fn set_load_state(self, id: &str, state: Option<LoadState>) {
        self.loads.update(|loads| {
            match state {
                Some(state) => loads.insert(id.to_owned(), state),
                None => loads.remove(id),
            };
        });
    }

    /// Forgets how loading one has ended.
    pub(super) fn forget_load(self, id: &str) {
        self.set_load_state(id, None);
    }

    fn is_on_its_way(self, id: &str) -> bool {
        untrack(|| self.load_state(id)).is_some_and(|state| state.job().is_some())
    }
}

impl Lab {
    /// Environment and catalog, at the start.
    pub(super) async fn ask_worker(self) {
        let Ok(client) = self.engine.client() else { return };
        let (environment, catalog) = (client.environment(), client.catalog());
        let before = self.board.configs();
        self.engine.learn(environment.answer().await);
        match catalog.answer().await {
            Ok(catalog) => {
                for problem in &catalog.problems {
                    self.tell(None, problem.clone());
                }
                self.checkpoints.list(catalog);
                let first = first_choice::columns(&self.checkpoints.all());
                // What the visitor has changed meanwhile stays, with the weights that are here.
                if self.board.configs() == before {
                    self.board.begin_with(first);
                    self.follow_link();
                } else {
                    self.board.give_weights(&self.checkpoints.all());
                }
            }
            // A worker that cannot run at all has its own, larger message.
            Err(_) if untrack(|| self.engine.has_failed()) => {}
            Err(problem) => self.tell(None, problem),
        }
    }

    /// Puts a file's checkpoint into the catalog. If the file was there, as another network, its answers and times are
    /// forgotten.
    pub(crate) fn learn_file(self, info: CheckpointInfo) {
        let id = info.id.clone();
        self.checkpoints.learn(info);
        self.forget_answers(&id);
        // It may have another number of classes.
        let gone = WeightsChoice::Checkpoint(id);
        self.measuring.forget(&gone);
        self.grid.forget(&gone);
        self.layer_timing.forget(&gone);
    }

    /// Says how a checkpoint is to be used; its answers so far are forgotten, and its columns take its input's size.
    ///
    /// # Errors
    /// What cannot be used of it.
    pub(crate) async fn declare(
        self,
        checkpoint: &str,
        by: Origin,
        said: BTreeMap<String, String>,
    ) -> Result<CheckpointInfo, Problem> {
        let before = untrack(|| self.checkpoints.get(checkpoint)).map(|info| info.resolution);
        let names = said.get("label_names").cloned();
        let info = *self.engine.client()?.declare(checkpoint.to_owned(), by, said).answer().await?;
        self.checkpoints.learn(info.clone());
        if let (Some(names), Some(sha256)) = (names, &info.sha256)
            && info.has_own_names()
        {
            kept_names::keep(sha256, &names);
        }
        self.forget_answers(checkpoint);
        if let Some(before) = before.filter(|before| *before != info.resolution) {
            self.board.resize(checkpoint, before, info.resolution);
        }
        Ok(info)
    }

    /// Brings a checkpoint's weights into memory, showing how far that is.
    ///
    /// # Errors
    /// The worker's problem, which [`Checkpoints::load_state`] shows as well.
    pub(crate) async fn load(self, checkpoint: String) -> Result<CheckpointInfo, Problem> {
        let id = checkpoint.clone();
        let note = move |state| self.checkpoints.set_load_state(&id, Some(state));
        let report = note.clone();
        // The callback needs the job's id, which exists only once the job has been sent.
        let job_id = Rc::new(Cell::new(0));
        let id = Rc::clone(&job_id);
        let job = self.engine.client()?.load(checkpoint.clone(), move |progress| {
            let job = id.get();
            match progress {
                Progress::Downloading { done_bytes, total_bytes } => {
                    report(LoadState::Downloading { job, done_bytes, total_bytes });
                }
                Progress::Preparing | Progress::Running { .. } => {}
            }
        });
        job_id.set(job.id);
        note(LoadState::Waiting(job.id));
        let answer = job.answer().await.map(|info| *info);
        match &answer {
            Ok(info) => {
                self.checkpoints.learn(CheckpointInfo { presence: Presence::Loaded, ..info.clone() });
                self.checkpoints.set_load_state(&checkpoint, None);
            }
            Err(problem) if problem.is_cancelled() => note(LoadState::Cancelled),
            Err(problem) => note(LoadState::Failed(problem.clone())),
        }
        answer
    }

    /// [`Lab::load`] unless it is under way.
    pub(crate) fn start_load(self, checkpoint: String) {
        if !self.checkpoints.is_on_its_way(&checkpoint) {
            spawn_local(async move {
                // The state that a failure leaves behind is what the visitor sees.
                let _ = self.load(checkpoint).await;
            });
        }
    }

    /// Drops a checkpoint's weights and its kept download; one that came as a file is forgotten.
    pub(crate) fn remove_checkpoint(self, info: CheckpointInfo) {
        spawn_local(async move {
            let removed = match self.engine.client() {
                Ok(client) => client.remove(info.id.clone()).answer().await,
                Err(problem) => Err(problem),
            };
            match removed {
                Ok(()) => self.forget_checkpoint(info),
                Err(problem) => self.tell(Some(info.id), problem),
            }
        });
    }

    fn forget_checkpoint(self, info: CheckpointInfo) {
        self.checkpoints.set_load_state(&info.id, None);
        // A run that waits for its turn would download the weights again.
        self.forget_answers(&info.id);
        if info.source == SourceKind::File {
            self.checkpoints.forget(&info.id);
            self.board.replace_weights(&info.id, &self.checkpoints.all());
        } else {
            let gone = CheckpointInfo { presence: Presence::Remote, remarks: Vec::new(), ..info };
            self.checkpoints.learn(gone);
        }
    }
}

//! What there is and what is on its way: environment, catalog, weights.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, Problem, Progress, WeightsChoice};

use super::{EngineState, Lab, LoadState};

impl Lab {
    /// Environment and catalog, at the start.
    pub(super) async fn ask_worker(self) {
        let Ok(client) = self.client() else { return };
        let (environment, catalog) = (client.environment(), client.catalog());
        let before = self.columns.get_untracked();
        match environment.answer().await {
            Ok(environment) => self.engine.set(EngineState::Ready(environment)),
            Err(problem) => self.engine.set(EngineState::Failed(problem)),
        }
        match catalog.answer().await {
            Ok(mut catalog) => {
                for problem in &catalog.problems {
                    self.tell(None, problem.clone());
                }
                // What the visitor has given and changed meanwhile stays.
                let is_new = |info: &CheckpointInfo| catalog.checkpoints.iter().all(|one| one.id != info.id);
                let given: Vec<CheckpointInfo> = self.checkpoints().into_iter().filter(is_new).collect();
                catalog.checkpoints.extend(given);
                let columns = self.starting_columns(&catalog.checkpoints);
                self.catalog.set(Some(catalog));
                if self.columns.get_untracked() == before {
                    self.columns.set(columns);
                    self.follow_link();
                }
            }
            // A worker that cannot run at all has its own, larger message.
            Err(_) if matches!(self.engine.get_untracked(), EngineState::Failed(_)) => {}
            Err(problem) => self.tell(None, problem),
        }
    }

    /// Puts a checkpoint's state into the catalog.
    pub(crate) fn learn_checkpoint(self, info: CheckpointInfo) {
        self.catalog.update(|catalog| {
            let checkpoints = &mut catalog.get_or_insert_default().checkpoints;
            match checkpoints.iter_mut().find(|known| known.id == info.id) {
                Some(known) => *known = info,
                None => checkpoints.push(info),
            }
        });
    }

    /// Puts a file's checkpoint into the catalog. A file of the same name may have been there before: what that
    /// one has answered is no answer of this one, and its times are not this one's.
    pub(crate) fn learn_file(self, info: CheckpointInfo) {
        let id = info.id.clone();
        self.learn_checkpoint(info);
        self.forget_answers(&id);
        // It may have another number of classes.
        let gone = WeightsChoice::Checkpoint(id);
        for timings in [self.timings, self.grid_timings] {
            timings.update(|timings| timings.retain(|config, _| config.weights != gone));
        }
        self.layer_times.update(|times| times.retain(|config, _| config.weights != gone));
    }

    /// Forgets what a checkpoint has answered.
    pub(super) fn forget_answers(self, checkpoint: &str) {
        let gone = WeightsChoice::Checkpoint(checkpoint.to_owned());
        let keys = self.runs.with_untracked(|runs| {
            runs.keys().filter(|(_, config)| config.weights == gone).cloned().collect()
        });
        self.drop_runs(keys);
    }

    /// Brings a checkpoint's weights into memory, showing how far that is.
    ///
    /// # Errors
    /// The worker's problem, which [`Lab::loads`] shows as well.
    pub(crate) async fn load(self, checkpoint: String) -> Result<CheckpointInfo, Problem> {
        let key = checkpoint.clone();
        let note = move |state: LoadState| {
            self.loads.update(|loads| {
                loads.insert(key.clone(), state);
            });
        };
        let report = note.clone();
        // The callback needs the job's id, which exists only once the job has been sent.
        let job_id = Rc::new(Cell::new(0));
        let id = Rc::clone(&job_id);
        let job = self.client()?.load(checkpoint.clone(), move |progress| {
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
        let answer = job.answer().await;
        match &answer {
            Ok(info) => {
                let info = CheckpointInfo { presence: Presence::Loaded, ..info.clone() };
                self.learn_checkpoint(info);
                self.loads.update(|loads| {
                    loads.remove(&checkpoint);
                });
            }
            Err(problem) if problem.code == "cancelled" => note(LoadState::Cancelled),
            Err(problem) => note(LoadState::Failed(problem.clone())),
        }
        answer
    }

    /// [`Lab::load`] unless it is under way.
    pub(crate) fn start_load(self, checkpoint: String) {
        let busy = self.loads.with_untracked(|loads| {
            matches!(loads.get(&checkpoint), Some(LoadState::Waiting(_) | LoadState::Downloading { .. }))
        });
        if !busy {
            spawn_local(async move {
                // The state that a failure leaves behind is what the visitor sees.
                let _ = self.load(checkpoint).await;
            });
        }
    }

    /// Ends a job.
    pub(crate) fn cancel(self, job: worker::protocol::JobId) {
        if let Ok(client) = self.client() {
            client.cancel(job);
        }
    }
}

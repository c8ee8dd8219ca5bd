//! What takes time: everything that asks the worker.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Blob;
use worker::protocol::{CheckpointInfo, Presence, Problem, Progress, WeightsChoice};

use super::{Choice, Credit, EngineState, Lab, LoadState, Photo, Run, TOP, run_key};
use crate::runtime::Opened;
use crate::state::ColumnConfig;
use crate::strings::problems;

impl Lab {
    /// Environment and catalog, at the start.
    pub(super) async fn ask_worker(self) {
        let Ok(client) = self.client() else { return };
        let (environment, catalog) = (client.environment(), client.catalog());
        match environment.answer().await {
            Ok(environment) => self.engine.set(EngineState::Ready(environment)),
            Err(problem) => self.engine.set(EngineState::Failed(problem)),
        }
        match catalog.answer().await {
            Ok(catalog) => {
                for problem in &catalog.problems {
                    self.tell(None, problem.clone());
                }
                let columns = self.starting_columns(&catalog.checkpoints);
                self.catalog.set(Some(catalog));
                self.columns.set(columns);
                self.follow_link();
            }
            // A worker that cannot run at all has its own, larger message.
            Err(_) if matches!(self.engine.get_untracked(), EngineState::Failed(_)) => {}
            Err(problem) => self.tell(None, problem),
        }
    }

    /// Opens files one after another: photos join the strip, checkpoints the catalog, results (by
    /// their name, `.json`) the latency chart. What cannot be used
    /// gets a message and changes nothing else.
    pub(crate) fn open_files(self, files: Vec<(Blob, String, Option<Credit>)>) {
        let (results, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(_, name, _)| name.to_lowercase().ends_with(".json"));
        self.import_results(results.into_iter().map(|(blob, name, _)| (blob, name)).collect());
        spawn_local(async move {
            let mut first = true;
            for (blob, name, credit) in files {
                match self.open(&blob, &name, None).await {
                    Ok(Opened::Image(info)) => {
                        let key = self.add_photo(&blob, name, credit, info);
                        if first {
                            self.selected.set(key);
                            first = false;
                        }
                    }
                    Ok(Opened::Checkpoint(info)) => self.add_checkpoint(blob, name, info),
                    Err(problem) => self.tell(Some(name), problem),
                }
            }
        });
    }

    /// Takes a dropped checkpoint for another of the networks that it fits.
    pub(crate) fn choose_network(self, choice: Choice, model: String) {
        self.choice.set(None);
        spawn_local(async move {
            match self.open(&choice.blob, &choice.name, Some(model)).await {
                Ok(Opened::Checkpoint(info)) => {
                    self.learn_file(info.clone());
                    self.show_checkpoint(&info);
                }
                Ok(Opened::Image(_)) => self.tell(Some(choice.name), problems::unexpected_reply()),
                Err(problem) => self.tell(Some(choice.name), problem),
            }
        });
    }

    async fn open(self, blob: &Blob, name: &str, model: Option<String>) -> Result<Opened, Problem> {
        let job = self.client()?.open(blob, name.to_owned(), model);
        let id = job.id;
        self.opening.update(|opening| opening.push((id, name.to_owned())));
        let answer = job.answer().await;
        self.opening.update(|opening| opening.retain(|(job, _)| *job != id));
        answer
    }

    fn add_photo(
        self,
        blob: &Blob,
        name: String,
        credit: Option<Credit>,
        info: worker::protocol::ImageInfo,
    ) -> Option<u32> {
        let url = web_sys::Url::create_object_url_with_blob(blob).ok()?;
        let key = self.next_key();
        self.photos.update(|photos| photos.push(Photo { key, name, url, credit, info }));
        Some(key)
    }

    fn add_checkpoint(self, blob: Blob, name: String, info: CheckpointInfo) {
        self.learn_file(info.clone());
        self.show_checkpoint(&info);
        if info.candidates.len() > 1 {
            self.choice.set(Some(Choice { blob, name, checkpoint: info }));
        }
    }

    /// Removes a photo and what was computed for it, and shows its neighbour.
    pub(crate) fn remove_photo(self, key: u32) {
        let Some(index) =
            self.photos.with_untracked(|photos| photos.iter().position(|photo| photo.key == key))
        else {
            return;
        };
        let photo = self.photos.try_update(|photos| photos.remove(index));
        let Some(photo) = photo else { return };
        // The browser would keep the file's bytes until the page closes.
        let _ = web_sys::Url::revoke_object_url(&photo.url);
        if self.selected.get_untracked() == Some(key) {
            let neighbour = self
                .photos
                .with_untracked(|photos| photos.get(index).or(photos.last()).map(|photo| photo.key));
            self.selected.set(neighbour);
        }
        let prefix = format!("{} ", photo.info.id);
        self.runs.update(|runs| runs.retain(|key, _| !key.starts_with(&prefix)));
        if let Ok(client) = self.client() {
            let closed = client.close(photo.info.id);
            spawn_local(async move {
                // The photo is gone from the page either way.
                let _ = closed.answer().await;
            });
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
    /// one has answered is no answer of this one.
    pub(crate) fn learn_file(self, info: CheckpointInfo) {
        let weights = format!("{:?}", WeightsChoice::Checkpoint(info.id.clone()));
        self.learn_checkpoint(info);
        self.runs.update(|runs| runs.retain(|key, _| !key.contains(&weights)));
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
                Progress::Preparing => report(LoadState::Preparing(job)),
                Progress::Running { .. } => {}
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
            matches!(
                loads.get(&checkpoint),
                Some(LoadState::Waiting(_) | LoadState::Downloading { .. } | LoadState::Preparing(_))
            )
        });
        if !busy {
            spawn_local(async move {
                // The state that a failure leaves behind is what the visitor sees.
                let _ = self.load(checkpoint).await;
            });
        }
    }

    /// Runs a configuration on a photo, unless that has been done.
    pub(crate) fn start_run(self, image: worker::protocol::ImageId, config: &ColumnConfig) {
        let key = run_key(image, config);
        if self.runs.with_untracked(|runs| runs.contains_key(&key)) {
            return;
        }
        let job = match self.client() {
            Ok(client) => client.classify(image, config.to_protocol(), TOP),
            Err(_) => return,
        };
        self.set_run(key.clone(), Run::Running(job.id));
        spawn_local(async move {
            let answer = job.answer().await;
            // Forgotten meanwhile: nobody wants to know.
            if !self.runs.with_untracked(|runs| runs.contains_key(&key)) {
                return;
            }
            self.set_run(
                key,
                match answer {
                    Ok(prediction) => Run::Done(prediction),
                    Err(problem) if problem.code == "cancelled" => Run::Cancelled,
                    Err(problem) => Run::Failed(problem),
                },
            );
        });
    }

    /// Forgets a run's result, so that it starts anew where it is still wanted.
    pub(crate) fn forget_run(self, key: &str) {
        self.runs.update(|runs| {
            runs.remove(key);
        });
    }

    /// Cancels and forgets a run that no column waits for any more.
    pub(crate) fn abandon_run(self, key: &str) {
        if let Some(Run::Running(job)) = self.runs.with_untracked(|runs| runs.get(key).cloned()) {
            self.forget_run(key);
            self.cancel(job);
        }
    }

    fn set_run(self, key: String, run: Run) {
        self.runs.update(|runs| {
            runs.insert(key, run);
        });
    }

    /// Ends a job.
    pub(crate) fn cancel(self, job: worker::protocol::JobId) {
        if let Ok(client) = self.client() {
            client.cancel(job);
        }
    }
}

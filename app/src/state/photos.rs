//! Files that the visitor gives: opened one after another, so that fifty take no more room than one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AbortController, Blob, Url};
use worker::protocol::{CheckpointInfo, ImageInfo, Problem};

use super::{Choice, Credit, Lab, Opening, Page, Photo, Step};
use crate::address;
use crate::runtime::Opened;
use crate::strings::problems;

/// What waits for its turn.
#[derive(Clone)]
pub(crate) struct Waiting {
    source: Source,
    /// Of those that came together, the first one to be a photo is shown.
    is_first: bool,
}

#[derive(Clone)]
enum Source {
    File(Given),
    Address(String),
}

/// A file that the visitor gave.
#[derive(Clone)]
pub(crate) struct Given {
    blob: Blob,
    name: String,
    credit: Option<Credit>,
    /// The network that a checkpoint is for, where the visitor has said so.
    model: Option<String>,
}

impl Lab {
    /// Opens files one after another: photos join the strip, checkpoints the catalog, results (by
    /// their name, `.json`) the latency chart. What cannot be used
    /// gets a message and changes nothing else.
    pub(crate) fn open_files(self, files: Vec<(Blob, String, Option<Credit>)>) {
        let (results, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, name, _)| is_results(name));
        self.import_results(results.into_iter().map(|(blob, name, _)| (blob, name)).collect());
        let given = |(blob, name, credit)| Source::File(Given { blob, name, credit, model: None });
        self.enqueue(files.into_iter().map(given));
    }

    /// Takes a dropped checkpoint for another of the networks that it fits.
    pub(crate) fn choose_network(self, choice: Choice, model: String) {
        self.choice.set(None);
        let Choice { blob, name, .. } = choice;
        self.enqueue([Source::File(Given { blob, name, credit: None, model: Some(model) })]);
    }

    /// Opens what the addresses in a text lead to; says so if it holds none.
    pub(crate) fn open_addresses(self, text: &str) {
        let addresses = address::listed(text);
        if addresses.is_empty() {
            self.tell(None, problems::address_invalid(&address::short(text)));
        }
        self.enqueue(addresses.into_iter().map(Source::Address));
    }

    /// Opens none of the files that wait, nor the one that is being opened.
    pub(crate) fn cancel_opening(self) {
        self.waiting.update(|waiting| waiting.clear());
        match self.opening.with_untracked(|opening| opening.as_ref()?.step.clone()) {
            Some(Step::Fetch(controller)) => controller.abort(),
            Some(Step::Decode(job)) => self.cancel(job),
            None => {}
        }
    }

    fn enqueue(self, more: impl IntoIterator<Item = Source>) {
        let more = more.into_iter().enumerate();
        self.waiting.update(|waiting| {
            waiting.extend(more.map(|(index, source)| Waiting { source, is_first: index == 0 }));
        });
        if self.opening.with_untracked(Option::is_none) {
            self.opening.set(Some(Opening::default()));
            spawn_local(self.open_waiting());
        }
    }

    async fn open_waiting(self) {
        let mut show_next = false;
        let mut done = 0;
        while let Some(next) = self.waiting.try_update(|waiting| waiting.pop_front()).flatten() {
            show_next |= next.is_first;
            let file = match next.source {
                Source::File(file) => Some(file),
                Source::Address(address) => self.fetch(&address, done).await,
            };
            let Some(file) = file else { continue };
            match self.open(&file, done).await {
                Ok(Opened::Image(info, thumbnail, picture)) => {
                    let key = self.add_photo(file, info, thumbnail, picture);
                    if show_next && key.is_some() {
                        self.selected.set(key);
                        show_next = false;
                    }
                }
                Ok(Opened::Checkpoint(info)) => self.add_checkpoint(file, info),
                Err(problem) => self.tell(Some(file.name), problem),
            }
            done += 1;
        }
        self.opening.set(None);
    }

    /// The file at an address; `None` if there is none, which is said then, or if it holds results, which are taken in.
    async fn fetch(self, address: &str, done: usize) -> Option<Given> {
        // Refused nowhere that WebAssembly runs.
        let controller = AbortController::new().ok()?;
        let step = Some(Step::Fetch(controller.clone()));
        self.opening.set(Some(Opening { step, name: address::short(address), done }));
        match address::fetch(address, &controller.signal()).await {
            Ok((blob, Some(name))) if is_results(&name) => {
                self.import_results(vec![(blob, name)]);
                None
            }
            Ok((blob, name)) => {
                let name = name.unwrap_or_else(|| self.language.get_untracked().strings().picture.to_owned());
                Some(Given { blob, name, credit: None, model: None })
            }
            Err(problem) => {
                self.tell(None, problem);
                None
            }
        }
    }

    async fn open(self, file: &Given, done: usize) -> Result<Opened, Problem> {
        let job = self.client()?.open(&file.blob, file.name.clone(), file.model.clone());
        self.opening.set(Some(Opening { step: Some(Step::Decode(job.id)), name: file.name.clone(), done }));
        job.answer().await
    }

    fn add_photo(
        self,
        file: Given,
        info: ImageInfo,
        thumbnail: Option<Blob>,
        picture: Option<Blob>,
    ) -> Option<u32> {
        // What the networks see; what the browser makes of the file may be another picture.
        let url = Url::create_object_url_with_blob(picture.as_ref().unwrap_or(&file.blob)).ok()?;
        let thumbnail = thumbnail.and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
        let key = self.next_key();
        let thumbnail = thumbnail.unwrap_or_else(|| url.clone());
        let photo = Photo { key, name: file.name, url, thumbnail, credit: file.credit, info };
        self.photos.update(|photos| photos.push(photo));
        self.classifying.set(true);
        self.show_page(Page::Compare);
        Some(key)
    }

    fn add_checkpoint(self, file: Given, info: CheckpointInfo) {
        self.learn_file(info.clone());
        self.show_checkpoint(&info);
        if file.model.is_none() && info.candidates.len() > 1 {
            self.choice.set(Some(Choice { blob: file.blob, name: file.name, checkpoint: info }));
        }
    }

    /// Removes a photo; if it was shown, the one that was added after it is, else the one before.
    pub(crate) fn remove_photo(self, key: u32) {
        let order =
            self.photos.with_untracked(|photos| photos.iter().map(|photo| photo.key).collect::<Vec<_>>());
        let Some(index) = order.iter().position(|other| *other == key) else { return };
        if self.selected.get_untracked() == Some(key) {
            let neighbour = order.get(index + 1).or_else(|| order.get(index.checked_sub(1)?));
            self.selected.set(neighbour.copied());
        }
        if let Some(photo) = self.photos.try_update(|photos| photos.remove(index)) {
            self.forget_photos(&[photo]);
        }
    }

    /// Removes all photos.
    pub(crate) fn clear_photos(self) {
        self.cancel_opening();
        self.selected.set(None);
        let photos = self.photos.try_update(std::mem::take).unwrap_or_default();
        self.forget_photos(&photos);
    }

    /// Gives back what photos take, here and in the worker, and forgets their answers.
    fn forget_photos(self, photos: &[Photo]) {
        let is_gone = |image| photos.iter().any(|photo| photo.info.id == image);
        let gone =
            self.runs.with_untracked(|runs| runs.keys().filter(|key| is_gone(key.0)).cloned().collect());
        self.drop_runs(gone);
        for photo in photos {
            for url in [&photo.url, &photo.thumbnail] {
                // The browser would keep the file's bytes until the page closes.
                let _ = Url::revoke_object_url(url);
            }
            if let Ok(client) = self.client() {
                // The photo is gone from the page, whatever the worker answers.
                drop(client.close(photo.info.id));
            }
        }
    }
}

/// Whether a file of this name holds results.
fn is_results(name: &str) -> bool {
    name.to_lowercase().ends_with(".json")
}

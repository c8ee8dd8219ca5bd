//! Files that the visitor gives: opened one after another, so that fifty take no more room than one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Blob, Url};
use worker::protocol::{CheckpointInfo, ImageInfo, Problem};

use super::{Choice, Credit, Lab, Opening, Page, Photo};
use crate::address;
use crate::runtime::Opened;
use crate::strings::problems;

/// A file that waits for its turn.
#[derive(Clone)]
pub(crate) struct Waiting {
    blob: Blob,
    name: String,
    credit: Option<Credit>,
    /// The network that a checkpoint is for, where the visitor has said so.
    model: Option<String>,
    /// Of those that came together, the first one to be a photo is shown.
    is_first: bool,
}

impl Lab {
    /// Opens files one after another: photos join the strip, checkpoints the catalog, results (by
    /// their name, `.json`) the latency chart. What cannot be used
    /// gets a message and changes nothing else.
    pub(crate) fn open_files(self, files: Vec<(Blob, String, Option<Credit>)>) {
        let (results, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(_, name, _)| name.to_lowercase().ends_with(".json"));
        self.import_results(results.into_iter().map(|(blob, name, _)| (blob, name)).collect());
        let waiting = files.into_iter().enumerate().map(|(index, (blob, name, credit))| Waiting {
            blob,
            name,
            credit,
            model: None,
            is_first: index == 0,
        });
        self.enqueue(waiting.collect());
    }

    /// Takes a dropped checkpoint for another of the networks that it fits.
    pub(crate) fn choose_network(self, choice: Choice, model: String) {
        self.choice.set(None);
        let Choice { blob, name, .. } = choice;
        self.enqueue(vec![Waiting { blob, name, credit: None, model: Some(model), is_first: false }]);
    }

    /// Fetches a file by its address and opens it.
    pub(crate) fn open_address(self, address: String) {
        spawn_local(async move {
            match address::fetch(&address).await {
                Ok((blob, name)) => {
                    let name =
                        name.unwrap_or_else(|| self.language.get_untracked().strings().picture.to_owned());
                    self.open_files(vec![(blob, name, None)]);
                }
                Err(problem) => self.tell(None, problem),
            }
        });
    }

    /// Opens none of the files that wait, nor the one that is being opened.
    pub(crate) fn cancel_opening(self) {
        self.waiting.update(|waiting| waiting.clear());
        if let Some(job) = self.opening.with_untracked(|opening| opening.as_ref()?.job) {
            self.cancel(job);
        }
    }

    fn enqueue(self, files: Vec<Waiting>) {
        self.waiting.update(|waiting| waiting.extend(files));
        if self.opening.with_untracked(Option::is_none) {
            self.opening.set(Some(Opening::default()));
            spawn_local(self.open_waiting());
        }
    }

    async fn open_waiting(self) {
        let mut show_next = false;
        let mut done = 0;
        while let Some(file) = self.waiting.try_update(|waiting| waiting.pop_front()).flatten() {
            show_next |= file.is_first;
            match self.open(&file, done).await {
                Ok(Opened::Image(info, thumbnail)) => {
                    let key = self.add_photo(file, info, thumbnail);
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

    async fn open(self, file: &Waiting, done: usize) -> Result<Opened, Problem> {
        let job = self.client()?.open(&file.blob, file.name.clone(), file.model.clone());
        self.opening.set(Some(Opening { job: Some(job.id), name: file.name.clone(), done }));
        job.answer().await
    }

    fn add_photo(self, file: Waiting, info: ImageInfo, thumbnail: Option<Blob>) -> Option<u32> {
        let url = Url::create_object_url_with_blob(&file.blob).ok()?;
        let thumbnail = thumbnail.and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
        let key = self.next_key();
        let thumbnail = thumbnail.unwrap_or_else(|| url.clone());
        let photo = Photo { key, name: file.name, url, thumbnail, credit: file.credit, info };
        self.photos.update(|photos| photos.push(photo));
        self.classifying.set(true);
        self.show_page(Page::Compare);
        Some(key)
    }

    fn add_checkpoint(self, file: Waiting, info: CheckpointInfo) {
        self.learn_file(info.clone());
        self.show_checkpoint(&info);
        if file.model.is_none() && info.candidates.len() > 1 {
            self.choice.set(Some(Choice { blob: file.blob, name: file.name, checkpoint: info }));
        }
    }

    /// Removes a photo, and shows its neighbour.
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

    /// Opens what the addresses in a text lead to; says so if it holds none.
    pub(crate) fn open_addresses(self, text: &str) {
        let addresses = address::listed(text);
        if addresses.is_empty() {
            self.tell(None, problems::address_invalid(&address::short(text)));
        }
        addresses.into_iter().for_each(|address| self.open_address(address));
    }
}

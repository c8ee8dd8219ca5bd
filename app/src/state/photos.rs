//! The visitor's photos.

use leptos::prelude::*;
use web_sys::{Blob, Url};
use worker::protocol::{ImageId, ImageInfo};

use super::opening::Given;
use super::{Keys, Lab};

/// Who made a sample photo, and under which terms it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    /// The author.
    pub(crate) author: String,
    /// The licence.
    pub(crate) licence: String,
}

/// A photo that the visitor chose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Photo {
    /// Unique on this page.
    pub(crate) key: u32,
    /// The file's name.
    pub(crate) name: String,
    /// Object URL of the pixels that networks get, or where the worker cannot draw them, of the file; for `<img>`.
    pub(crate) url: String,
    /// Object URL of a small picture of it.
    pub(crate) thumbnail: String,
    /// Of sample photos.
    pub(crate) credit: Option<Credit>,
    /// What the worker decoded.
    pub(crate) info: ImageInfo,
    /// Whether the page has opened it by itself.
    pub(crate) is_welcome: bool,
}

impl Photo {
    /// Whether it would be lost with the page: samples come back.
    pub(super) fn is_own(&self) -> bool {
        self.credit.is_none()
    }
}

/// In which order the strip shows photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhotoOrder {
    /// As they came.
    Added,
    /// Those first on which the networks differ most.
    Disagreement,
}

/// The photos, as they came, and the one that is shown large.
#[derive(Clone, Copy)]
pub(crate) struct Photos {
    all: RwSignal<Vec<Photo>>,
    /// Its key.
    selected: RwSignal<Option<u32>>,
    order: RwSignal<PhotoOrder>,
    keys: Keys,
}

impl Photos {
    pub(super) fn new(keys: Keys) -> Self {
        Self {
            all: RwSignal::default(),
            selected: RwSignal::new(None),
            order: RwSignal::new(PhotoOrder::Added),
            keys,
        }
    }

    /// Something of all photos; reactive.
    pub(crate) fn with<T>(self, read: impl FnOnce(&[Photo]) -> T) -> T {
        self.all.with(|photos| read(photos))
    }

    /// How many there are; reactive.
    pub(crate) fn count(self) -> usize {
        self.with(<[Photo]>::len)
    }

    /// The photos by the worker's numbers; reactive.
    pub(super) fn images(self) -> Vec<ImageId> {
        self.with(|photos| photos.iter().map(|photo| photo.info.id).collect())
    }

    /// Key of the photo that is shown large; reactive.
    pub(crate) fn selected_key(self) -> Option<u32> {
        self.selected.get()
    }

    /// The photo that is shown large; reactive.
    pub(crate) fn selected(self) -> Option<Photo> {
        let key = self.selected.get()?;
        self.with(|photos| photos.iter().find(|photo| photo.key == key).cloned())
    }

    /// Shows a photo large.
    pub(crate) fn select(self, key: u32) {
        self.selected.set(Some(key));
    }

    /// In which order the strip shows them; reactive.
    pub(crate) fn order(self) -> PhotoOrder {
        self.order.get()
    }

    /// Shows them in another order.
    pub(crate) fn set_order(self, order: PhotoOrder) {
        self.order.set(order);
    }

    /// Adds a photo to the end; its key, unless the browser refuses it.
    pub(super) fn add(
        self,
        file: Given,
        info: ImageInfo,
        thumbnail: Option<Blob>,
        picture: Option<Blob>,
    ) -> Option<u32> {
        // What the networks see; what the browser makes of the file may be another picture.
        let url = Url::create_object_url_with_blob(picture.as_ref().unwrap_or(&file.blob)).ok()?;
        let thumbnail = thumbnail.and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
        let thumbnail = thumbnail.unwrap_or_else(|| url.clone());
        let key = self.keys.next();
        let Given { name, credit, is_welcome, .. } = file;
        let photo = Photo { key, name, url, thumbnail, credit, info, is_welcome };
        self.all.update(|photos| photos.push(photo));
        Some(key)
    }

    /// Takes a photo out; if it was shown, the one that was added after it is, else the one before.
    fn take(self, key: u32) -> Option<Photo> {
        let keys: Vec<u32> = untrack(|| self.with(|photos| photos.iter().map(|photo| photo.key).collect()));
        let index = keys.iter().position(|other| *other == key)?;
        if self.selected.get_untracked() == Some(key) {
            let neighbour = keys.get(index + 1).or_else(|| keys.get(index.checked_sub(1)?));
            self.selected.set(neighbour.copied());
        }
        self.all.try_update(|photos| photos.remove(index))
    }

    fn take_all(self) -> Vec<Photo> {
        self.selected.set(None);
        self.all.try_update(std::mem::take).unwrap_or_default()
    }
}

impl Lab {
    /// Removes a photo.
    pub(crate) fn remove_photo(self, key: u32) {
        if let Some(photo) = self.photos.take(key) {
            self.forget_photos(&[photo]);
        }
    }

    /// Removes the photo that the page has opened by itself.
    pub(super) fn remove_welcome(self) {
        let is_welcome = |photo: &&Photo| photo.is_welcome;
        let key = untrack(|| self.photos.with(|photos| Some(photos.iter().find(is_welcome)?.key)));
        if let Some(key) = key {
            self.remove_photo(key);
        }
    }

    /// Removes all photos, and opens no more.
    pub(crate) fn clear_photos(self) {
        self.cancel_opening();
        self.forget_photos(&self.photos.take_all());
    }

    /// Gives back what photos take, here and in the worker, and forgets their answers.
    fn forget_photos(self, photos: &[Photo]) {
        self.drop_runs(|(image, _), _| photos.iter().any(|photo| photo.info.id == *image));
        for photo in photos {
            for url in [&photo.url, &photo.thumbnail] {
                // The browser would keep the file's bytes until the page closes.
                let _ = Url::revoke_object_url(url);
            }
            if let Ok(client) = self.engine.client() {
                // The photo is gone from the page, whatever the worker answers.
                drop(client.close(photo.info.id));
            }
        }
    }
}

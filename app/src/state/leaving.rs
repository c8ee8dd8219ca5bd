//! Leaving the page: asked about once where something would be lost.

use leptos::ev::beforeunload;
use leptos::prelude::*;

use super::{Lab, Photo};

impl Lab {
    /// Has the browser ask before photos or measurements are lost.
    pub(crate) fn keep_from_leaving(self) {
        let asked = window_event_listener(beforeunload, move |event| {
            let has_photos = untrack(|| self.photos.with(|photos| photos.iter().any(Photo::is_own)));
            if has_photos || self.measuring.is_unsaved() {
                event.prevent_default();
            }
        });
        on_cleanup(move || asked.remove());
    }
}

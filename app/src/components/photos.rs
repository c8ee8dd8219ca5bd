//! Ways to add photos (files, addresses, the camera, samples), and the strip of added photos.

use leptos::prelude::*;

use super::address_field::AddressField;
use super::camera::Camera;
use super::file_button::FileButton;
use super::photo_strip::PhotoStrip;
use super::photo_tools::{PhotoPairs, PhotoTools};
use super::progress_bar::ProgressBar;
use super::samples::Samples;
use crate::state::use_lab;
use crate::strings::fill;

/// The first section of the page.
#[component]
pub(crate) fn Photos() -> impl IntoView {
    let lab = use_lab();
    // Files that are open, all files, and the name of the one that is being opened.
    let opening = move || {
        let now = lab.opening.now()?;
        Some((now.done, now.done + 1 + lab.opening.waiting(), now.name))
    };
    let opening_text = Signal::derive(move || match opening() {
        None => String::new(),
        Some((_, 1, name)) => fill(lab.strings().photos.opening, &[("file", &name)]),
        Some((done, total, name)) => fill(
            lab.strings().photos.opening_of,
            &[("file", &name), ("position", &(done + 1).to_string()), ("total", &total.to_string())],
        ),
    });
    let opening_fraction = Signal::derive(move || {
        let (done, total, _) = opening().filter(|(_, total, _)| *total > 1)?;
        Some(done as f64 / total as f64)
    });
    let is_opening = Memo::new(move |_| !lab.opening.is_idle());
    let progress = move || {
        is_opening.get().then(|| {
            view! {
                <div class="late" role="status" data-testid="opening">
                    <ProgressBar
                        text=opening_text
                        fraction=opening_fraction
                        on_cancel=Callback::new(move |()| lab.cancel_opening())
                    />
                </div>
            }
        })
    };
    view! {
        <section class="card photos" aria-labelledby="photos-title">
            <div class="sources">
                <div class="source-text">
                    <h2 id="photos-title" tabindex="-1">{lab.t(|s| s.photos.title)}</h2>
                    <p>{lab.t(|s| s.photos.photos_hint)}</p>
                </div>
                <div class="buttons">
                    <AddressField />
                    <Camera />
                    <FileButton
                        text=lab.label(|s| s.photos.choose_files)
                        accept="image/*,.safetensors"
                        class="primary"
                        testid="file-input"
                    />
                </div>
            </div>
            <Samples />
            {progress}
            <PhotoTools />
            <PhotoStrip />
            <PhotoPairs />
        </section>
    }
}

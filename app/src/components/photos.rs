//! Where photos come from: files, the clipboard, samples; and the strip of those that are here.

use leptos::prelude::*;

use super::drop_target::files;
use super::photo_strip::PhotoStrip;
use super::samples::Samples;
use crate::state::use_lab;
use crate::strings::fill;

/// The first section of the page.
#[component]
pub(crate) fn Photos() -> impl IntoView {
    let lab = use_lab();
    let input = NodeRef::<leptos::html::Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get() {
            lab.open_files(files(input.files()));
            // Otherwise choosing the same file again would be no change.
            input.set_value("");
        }
    };
    let opening = move || {
        let names: Vec<_> = lab.opening.get();
        (!names.is_empty()).then(|| {
            let buttons: Vec<_> = names
                .into_iter()
                .map(|(job, name)| {
                    view! {
                        <span class="opening">
                            {fill(lab.strings().opening, &[("file", &name)])}
                            <button
                                type="button"
                                class="quiet late"
                                data-testid="cancel"
                                on:click=move |_| lab.cancel(job)
                            >
                                {lab.t(|s| s.cancel)}
                            </button>
                        </span>
                    }
                })
                .collect();
            view! {
                <p class="late" role="status">
                    {buttons}
                </p>
            }
        })
    };
    view! {
        <section class="card photos" aria-labelledby="photos-title">
            <div class="sources">
                <div class="source-text">
                    <h2 id="photos-title">{lab.t(|s| s.photos)}</h2>
                    <p>{lab.t(|s| s.photos_hint)}</p>
                </div>
                <label class="button primary file">
                    <input
                        type="file"
                        multiple
                        accept="image/*,.safetensors"
                        data-testid="file-input"
                        node_ref=input
                        on:change=choose
                    />
                    {lab.t(|s| s.choose_files)}
                </label>
            </div>
            <Samples />
            {opening}
            <PhotoStrip />
        </section>
    }
}

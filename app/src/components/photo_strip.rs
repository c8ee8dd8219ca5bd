//! The photos that are here.

use leptos::prelude::*;

use crate::state::{Photo, use_answers, use_lab};
use crate::strings::{fill, problem_text};

/// A row of photos; the pressed one is the one that the networks look at.
#[component]
pub(crate) fn PhotoStrip() -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    let photos = move || {
        let keys = answers.order();
        lab.photos.with(|photos| {
            let photo = |key: &u32| photos.iter().find(|photo| photo.key == *key).cloned();
            keys.iter().filter_map(photo).collect::<Vec<_>>()
        })
    };
    view! {
        <ul class="strip" aria-label=lab.t(|s| s.photos.title)>
            <For each=photos key=|photo| photo.key let:photo>
                <StripItem photo=photo />
            </For>
        </ul>
    }
}

/// One photo of the strip.
#[component]
fn StripItem(
    /// The photo.
    photo: Photo,
) -> impl IntoView {
    let lab = use_lab();
    let key = photo.key;
    let selected = move || lab.photos.selected_key() == Some(key);
    let name = photo.name.clone();
    let remove = move || fill(lab.strings().photos.remove_named, &[("name", &name)]);
    view! {
        <li class="strip-item" class:selected=selected data-testid="image" data-name=photo.name.clone()>
            <button
                type="button"
                class="strip-button"
                aria-pressed=move || selected().to_string()
                on:click=move |_| lab.photos.select(key)
            >
                <img src=photo.thumbnail.clone() alt="" width="56" height="56" loading="lazy" decoding="async" />
                <span class="strip-text">
                    <span class="strip-name">{photo.name.clone()}</span>
                    <PhotoVerdict key=key />
                    <PhotoFacts photo=photo.clone() />
                </span>
            </button>
            <button
                type="button"
                class="icon"
                aria-label=remove.clone()
                title=remove
                on:click=move |_| lab.remove_photo(key)
            >
                "✕"
            </button>
        </li>
    }
}

/// Whether the columns agree on a photo; nothing where they cannot be compared.
#[component]
fn PhotoVerdict(
    /// The photo's.
    key: u32,
) -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    let verdict = Memo::new(move |_| {
        let index = lab.photos.with(|photos| photos.iter().position(|photo| photo.key == key))?;
        answers.agreement(|agreement| agreement.verdicts.get(index).copied())
    });
    move || {
        let verdict = verdict.get().filter(|verdict| verdict.pairs.compared > 0)?;
        let strings = lab.strings();
        let (class, text) = match verdict.pairs.is_unanimous() {
            true => ("verdict", strings.photos.verdict_same.to_owned()),
            false => (
                "verdict differs",
                fill(strings.photos.verdict_differs, &[("answers", &verdict.answers.to_string())]),
            ),
        };
        Some(view! { <small class=class data-testid="verdict">{text}</small> })
    }
}

/// Size, format and remarks of a photo, and whether the browser decoded it.
#[component]
pub(crate) fn PhotoFacts(
    /// The photo.
    photo: Photo,
) -> impl IntoView {
    let lab = use_lab();
    let info = photo.info;
    let is_by_browser = info.decoder == "browser";
    let decoded = move || is_by_browser.then(|| format!(" · {}", lab.strings().photos.decoded_by_browser));
    let notes: Vec<_> = info
        .notes
        .into_iter()
        .map(|note| {
            view! { <small class="remark">{move || problem_text(lab.language(), &note)}</small> }
        })
        .collect();
    view! {
        <small>
            {format!("{} × {} · {}", info.width, info.height, info.format)} {decoded}
        </small>
        {notes}
    }
}

//! The photos that are here, with what every network sees in each.

use leptos::prelude::*;

use worker::protocol::{ClassScore, ImageId};

use crate::charts::{Look, Mark};
use crate::state::{Column, Photo, run_key, use_answers, use_lab};
use crate::strings::{class_name, fill, problem_text};

/// A grid of photos; the pressed one is the one that the networks look at. The photo that the page begins with has no need
/// of one.
#[component]
pub(crate) fn PhotoStrip() -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    let photos = move || {
        let keys = answers.order();
        lab.photos.with(|photos| {
            if photos.iter().all(|photo| photo.is_welcome) {
                return Vec::new();
            }
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
                    <Tags image=photo.info.id />
                    <PhotoVerdict key=key />
                    <PhotoNotes photo=photo.clone() />
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

/// A label of each network's colour with its most probable class.
#[component]
fn Tags(
    /// The photo.
    image: ImageId,
) -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    // Answers come by the hundred: labels are drawn anew for their own photo's alone.
    let classes = Memo::new(move |_| {
        lab.board.with(|columns| {
            let class = |column: &Column| lab.runs.top(&run_key(image, &column.config));
            columns.iter().map(class).collect::<Vec<_>>()
        })
    });
    let tag = move |((name, look), class): ((String, Look), Option<ClassScore>)| {
        let class = class_name(lab.language(), &class?);
        Some(view! {
            <small class="tag" data-testid="tag" style=look.style() title=name>
                <Mark look=look />
                {class}
            </small>
        })
    };
    let tags = move || answers.signs().into_iter().zip(classes.get()).filter_map(tag).collect::<Vec<_>>();
    view! { <span class="tags">{tags}</span> }
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
            // Answers of another label set are neither the same nor different.
            false if answers.knowledge().len() > 1 => {
                ("verdict differs", strings.photos.verdict_differs_within.to_owned())
            }
            false => (
                "verdict differs",
                fill(strings.photos.verdict_differs, &[("answers", &verdict.answers.to_string())]),
            ),
        };
        Some(view! { <small class=class data-testid="verdict">{text}</small> })
    }
}

/// Size, format and remarks of a photo, and its decoder where that is not the engine.
#[component]
pub(crate) fn PhotoFacts(
    /// The photo.
    photo: Photo,
) -> impl IntoView {
    let lab = use_lab();
    let info = &photo.info;
    let facts = format!("{} × {} · {}", info.width, info.height, info.format);
    let by_browser = info.decoder == "browser";
    let decoder = move || by_browser.then(|| format!(" · {}", lab.strings().photos.decoded_by_browser));
    view! {
        <small>{facts} {decoder}</small>
        <PhotoNotes photo=photo />
    }
}

/// Remarks on a photo.
#[component]
fn PhotoNotes(
    /// The photo.
    photo: Photo,
) -> impl IntoView {
    let lab = use_lab();
    let note =
        move |note| view! { <small class="remark">{move || problem_text(lab.language(), &note)}</small> };
    photo.info.notes.into_iter().map(note).collect::<Vec<_>>()
}

//! A row of the models' table, opened, and what can be done with its weights.

use engine::zoo;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, SourceKind};

use super::models::is_kept;
use super::other_weights::download_text;
use super::preparation::preparation;
use super::weights_facts::{Origin, labels_and_classes, published, remarks, tested};
use crate::format;
use crate::shelf::{Place, Row};
use crate::state::{LoadState, Page, use_lab};
use crate::strings::{Strings, fill, problems};

/// Digits of a hash that tell files apart.
const SHORT: usize = 12;

/// What is known of a checkpoint, or of a network without any.
#[component]
pub(super) fn Facts(
    /// The row.
    row: Row,
) -> impl IntoView {
    let lab = use_lab();
    let paper = row.family().map(|family| {
        let number = family.paper.trim_start_matches("arXiv ");
        view! {
            <p>
                {format!("{} · {} · ", family.title, family.year)}
                <a href=format!("https://arxiv.org/abs/{number}") target="_blank" rel="noreferrer">
                    {family.paper}
                </a>
            </p>
        }
    });
    let facts = match row.info {
        Some(info) => view! { <OfCheckpoint info=info /> }.into_any(),
        None => {
            let config = row.config;
            let text = move || {
                let (strings, size) = (lab.strings(), config.resolution);
                let params = lab.costs(&config).map(|costs| {
                    let values = [("count", &*format::count(costs.params)), ("size", &format::size(size))];
                    fill(strings.models.params_size, &values)
                });
                let authors = zoo::published_top1(&config.model, size.0).map(|(top1, source)| {
                    let values = [("top1", &*format!("{top1:.1}")), ("source", strings.quoted(source.title))];
                    fill(strings.models.authors_top1, &values)
                });
                let lines = [Some(strings.models.weightless_note.to_owned()), params, authors];
                lines.into_iter().flatten().map(|line| view! { <p>{line}</p> }).collect::<Vec<_>>()
            };
            text.into_any()
        }
    };
    view! { <div class="facts">{facts} {paper}</div> }
}

/// What is known of a checkpoint.
#[component]
fn OfCheckpoint(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let summary = {
        let info = info.clone();
        move || {
            let size = info.bytes.map(format::bytes);
            let input = format!("{} px", format::size(info.resolution));
            let facts = [Some(labels_and_classes(lab.strings(), &info)), Some(input), size];
            facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
    };
    let accuracy = {
        let info = info.clone();
        move || {
            let strings = lab.strings();
            let own = info.training.map(|training| tested(strings, training.test));
            own.or_else(|| published(strings, &info)).unwrap_or_else(|| strings.models.no_accuracy.to_owned())
        }
    };
    let licence = {
        let licence = info.licence.clone();
        move || {
            let strings = lab.strings();
            let licence =
                licence.as_deref().map_or(strings.models.unknown_licence, |text| strings.quoted(text));
            fill(strings.checkpoint.licence, &[("licence", licence)])
        }
    };
    let prepared = {
        let info = info.clone();
        move || preparation(lab.strings(), &info)
    };
    let remarks = remarks(lab, &info);
    view! {
        <p>{summary}</p>
        <p>{accuracy}</p>
        <Origin info=info.clone() />
        <p>{prepared}</p>
        <p>{licence}</p>
        {info.sha256.map(|sha256| view! { <Hash sha256=sha256 id=info.id /> })}
        {remarks}
    }
}

/// A hash's first digits; the button copies all of them.
#[component]
fn Hash(
    /// All digits.
    sha256: String,
    /// The checkpoint's.
    id: String,
) -> impl IntoView {
    let lab = use_lab();
    let copied = RwSignal::new(false);
    let short: String = sha256.chars().take(SHORT).collect();
    let title = sha256.clone();
    let copy = move |_| {
        let sha256 = sha256.clone();
        spawn_local(async move {
            let done = crate::clipboard::write(&sha256).await;
            copied.set(done);
            if !done {
                lab.tell(None, problems::clipboard());
            }
        });
    };
    view! {
        <p class="hash">
            "SHA-256 " <code title=title>{format!("{short}…")}</code>
            <button
                type="button"
                class="quiet"
                data-testid="copy-hash"
                aria-label=move || format!("{} SHA-256 {id}", lab.strings().models.copy)
                on:click=copy
            >
                {lab.t(|s| s.models.copy)}
            </button>
            <span role="status">{move || copied.get().then(|| lab.strings().models.hash_copied)}</span>
        </p>
    }
}

/// What can be done with a row: every button's name says with which.
#[component]
pub(super) fn Actions(
    /// The row.
    row: Row,
    /// How far its weights have been loaded.
    load: Memo<Option<LoadState>>,
) -> impl IntoView {
    let lab = use_lab();
    let place = row.place();
    let about = |text: fn(&'static Strings) -> &'static str| {
        let id = row.id.clone();
        move || format!("{} {id}", text(lab.strings()))
    };
    let (show_label, delete_label) = (about(|s| s.board.compare), about(|s| s.models.delete));
    let shown = row.clone();
    let show = move |_| {
        match &shown.info {
            Some(info) => lab.show_checkpoint(info),
            None => {
                lab.show_config(shown.config.clone());
            }
        }
        lab.pages.show(Page::Compare);
    };
    let removed = row.info.clone().filter(|_| row.is_removable());
    let delete = removed.map(|info| {
        view! {
            <button
                type="button"
                class="quiet"
                data-testid="delete"
                aria-label=delete_label
                on:click=move |_| lab.remove_checkpoint(info.clone())
            >
                {lab.t(|s| s.models.delete)}
            </button>
        }
    });
    let offered = row.info.filter(|_| place == Place::Download);
    let download = move || {
        let info = offered.clone().filter(|_| load.get().is_none())?;
        let id = info.id.clone();
        let label = move || format!("{} {}", download_text(lab.strings(), &info), info.id);
        Some(view! {
            <button
                type="button"
                data-testid="download"
                aria-label=label
                on:click=move |_| lab.start_load(id.clone())
            >
                {lab.t(|s| s.models.download)}
            </button>
        })
    };
    view! {
        <div class="shelf-actions">
            {download} {delete}
            <button type="button" class="quiet" data-testid="show" aria-label=show_label on:click=show>
                {lab.t(|s| s.board.compare)}
            </button>
        </div>
    }
}

/// Where a checkpoint comes from, and whether it is here.
pub(super) fn presence(strings: &'static Strings, info: Option<&CheckpointInfo>) -> String {
    let Some(info) = info else { return strings.models.presence_none.to_owned() };
    let source = match (info.source, info.presence) {
        (SourceKind::Bundled, _) => strings.board.source_bundled,
        (SourceKind::Local, _) => strings.board.source_local,
        (SourceKind::File, _) => strings.board.source_file,
        (SourceKind::Hub, Presence::Remote) => strings.models.presence_remote,
        (SourceKind::Hub, _) if is_kept(info) => strings.models.presence_cached,
        (SourceKind::Hub, _) => return strings.models.presence_loaded.to_owned(),
    };
    match info.presence {
        Presence::Loaded => format!("{source} · {}", strings.models.presence_loaded),
        Presence::Remote | Presence::Cached => source.to_owned(),
    }
}

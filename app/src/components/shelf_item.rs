//! A checkpoint on the shelf.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, SourceKind};

use super::load_status::LoadStatus;
use super::models::is_kept;
use super::other_weights::download_text;
use super::preparation::preparation;
use super::weights_facts::{Origin, labels_and_classes, published, remarks, tested};
use crate::charts::Mark;
use crate::state::{ColumnConfig, Page, is_near, use_lab};
use crate::strings::{Strings, fill, problems};

/// Digits of a hash that tell files apart.
const SHORT: usize = 12;

/// Network, classes, accuracy, licence, origin, hash and state of a checkpoint, and what can be done with it.
#[component]
pub(crate) fn ShelfItem(
    /// The checkpoint's.
    id: String,
) -> impl IntoView {
    let lab = use_lab();
    let info = Memo::new(move |_| lab.checkpoints.get(&id));
    move || info.get().map(|info| view! { <Facts info=info /> })
}

/// What is known of it.
#[component]
fn Facts(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let config = ColumnConfig::of_checkpoint(&info);
    let look = config.look();
    let id = info.id.clone();
    let summary = {
        let info = info.clone();
        move || {
            let strings = lab.strings();
            let size = info.bytes.map(crate::format::bytes);
            let facts =
                [Some(labels_and_classes(strings, &info)), size, Some(presence(strings, &info).to_owned())];
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
            let licence = licence.as_deref().unwrap_or(strings.models.unknown_licence);
            fill(strings.checkpoint.licence, &[("licence", licence)])
        }
    };
    let prepared = {
        let info = info.clone();
        move || preparation(lab.strings(), &info)
    };
    let remarks = remarks(lab, &info);
    view! {
        <li
            class="shelf-item"
            style=look.style()
            data-testid="checkpoint"
            data-checkpoint=id.clone()
        >
            <div class="shelf-name">
                <Mark look=look />
                <div>
                    <h4>{config.name()}</h4>
                    <p class="note">{id.clone()}</p>
                </div>
            </div>
            <div class="facts">
                <p data-testid="presence">{summary}</p>
                <p>{accuracy}</p>
                <Origin info=info.clone() />
                <p>{prepared}</p>
                <p>{licence}</p>
                {info.sha256.clone().map(|sha256| view! { <Hash sha256=sha256 /> })}
                {remarks}
            </div>
            <Actions info=info />
        </li>
    }
}

/// A hash's first digits; the button copies all of them.
#[component]
fn Hash(
    /// All digits.
    sha256: String,
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
            <button type="button" class="quiet" data-testid="copy-hash" on:click=copy>
                {lab.t(|s| s.models.copy)}
            </button>
            <span role="status">{move || copied.get().then(|| lab.strings().models.hash_copied)}</span>
        </p>
    }
}

/// What can be done with it.
#[component]
fn Actions(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let id = info.id.clone();
    let load = {
        let id = id.clone();
        Memo::new(move |_| lab.checkpoints.load_state(&id))
    };
    let start = Callback::new(move |()| lab.start_load(id.clone()));
    let about = |text: fn(&'static Strings) -> &'static str| {
        let id = info.id.clone();
        move || format!("{} {id}", text(lab.strings()))
    };
    let (show_label, delete_label) = (about(|s| s.models.show_on_board), about(|s| s.models.delete));
    let shown = info.clone();
    let show = move |_| {
        lab.show_checkpoint(&shown);
        lab.pages.show(Page::Compare);
    };
    let removable = info.source == SourceKind::File || (info.source == SourceKind::Hub && is_near(&info));
    let delete = removable.then(|| {
        let removed = info.clone();
        view! {
            <button
                type="button"
                class="quiet"
                data-testid="delete"
                aria-label=delete_label
                on:click=move |_| lab.remove_checkpoint(removed.clone())
            >
                {lab.t(|s| s.models.delete)}
            </button>
        }
    });
    let download = move || match load.get() {
        Some(load) => Some(view! { <LoadStatus load=load again=start /> }.into_any()),
        None if is_near(&info) => None,
        None => {
            let text = {
                let info = info.clone();
                move || download_text(lab.strings(), &info)
            };
            Some(
                view! {
                    <button type="button" data-testid="download" on:click=move |_| start.run(())>
                        {text}
                    </button>
                }
                .into_any(),
            )
        }
    };
    view! {
        <div class="shelf-actions">
            {download}
            {delete}
            <button type="button" class="quiet" data-testid="show" aria-label=show_label on:click=show>
                {lab.t(|s| s.models.show_on_board)}
            </button>
        </div>
    }
}

/// Whether a checkpoint is here.
fn presence(strings: &'static Strings, info: &CheckpointInfo) -> &'static str {
    match (info.source, info.presence) {
        (SourceKind::Hub, Presence::Remote) => strings.models.presence_remote,
        (SourceKind::Hub, Presence::Cached) => strings.models.presence_cached,
        (SourceKind::Hub, Presence::Loaded) if is_kept(info) => strings.models.presence_cached_loaded,
        (_, Presence::Loaded) => strings.models.presence_loaded,
        _ => strings.models.presence_near,
    }
}

//! The shelf: every checkpoint that the site knows, and what the browser keeps of them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, SourceKind};

use super::shelf_item::ShelfItem;
use crate::format;
use crate::state::{EngineState, Lab, use_lab};
use crate::storage::{self, Storage};
use crate::strings::{Strings, fill};

/// The shelf's parts: where checkpoints come from, the heading and what it means.
type Part = (SourceKind, fn(&'static Strings) -> &'static str, fn(&'static Strings) -> &'static str);
const PARTS: [Part; 4] = [
    (SourceKind::File, |s| s.models.shelf_file, |s| s.models.shelf_file_note),
    (SourceKind::Local, |s| s.models.shelf_local, |s| s.models.shelf_local_note),
    (SourceKind::Bundled, |s| s.models.shelf_bundled, |s| s.models.shelf_bundled_note),
    (SourceKind::Hub, |s| s.models.shelf_hub, |s| s.models.shelf_hub_note),
];

/// The page.
#[component]
pub(crate) fn Models() -> impl IntoView {
    let lab = use_lab();
    let nothing = move || {
        let text = match (lab.engine.state(), lab.checkpoints.are_listed()) {
            (EngineState::Failed(_), _) => lab.strings().board.no_engine,
            (_, false) => lab.strings().board.starting,
            (_, true) if checkpoints(lab, |_| true).is_empty() => lab.strings().models.shelf_empty,
            _ => return None,
        };
        Some(view! { <p class="card placeholder" role="status" data-testid="shelf-empty">{text}</p> })
    };
    view! {
        <section class="shelf" aria-labelledby="models-title" data-testid="shelf">
            <div class="shelf-head">
                <h2 id="models-title">{lab.t(|s| s.header.models)}</h2>
                <p>{lab.t(|s| s.models.models_hint)}</p>
            </div>
            <StorageCard />
            {nothing}
            {PARTS.map(|part| view! { <ShelfPart part=part /> })}
        </section>
    }
}

/// The checkpoints of one source; nothing where there are none.
#[component]
fn ShelfPart(
    /// The source with its texts.
    part: Part,
) -> impl IntoView {
    let lab = use_lab();
    let (source, heading, note) = part;
    let ids = Memo::new(move |_| {
        let all = checkpoints(lab, |info| info.source == source);
        all.into_iter().map(|info| info.id).collect::<Vec<_>>()
    });
    let some = Memo::new(move |_| !ids.with(Vec::is_empty));
    move || {
        some.get().then(|| {
            view! {
                <div class="card shelf-part">
                    <div class="shelf-head">
                        <h3>{lab.t(heading)}</h3>
                        <p class="note">{lab.t(note)}</p>
                    </div>
                    <ul>
                        <For each=move || ids.get() key=|id| id.clone() let:id>
                            <ShelfItem id=id />
                        </For>
                    </ul>
                </div>
            }
        })
    }
}

/// How much the browser keeps, and whether it may delete that by itself.
#[component]
fn StorageCard() -> impl IntoView {
    let lab = use_lab();
    let storage = RwSignal::new(None::<Storage>);
    let declined = RwSignal::new(false);
    let look = move || spawn_local(async move { storage.set(storage::estimate().await) });
    let kept = Memo::new(move |_| {
        let kept = checkpoints(lab, is_kept);
        (kept.len(), kept.iter().filter_map(|info| info.bytes).sum::<u64>())
    });
    Effect::new(move |_| {
        kept.track();
        look();
    });
    let kept_text = move || {
        let (count, bytes) = kept.get();
        match count {
            0 => lab.strings().models.kept_none.to_owned(),
            _ => fill(
                lab.strings().models.kept,
                &[("count", &count.to_string()), ("bytes", &format::bytes(bytes))],
            ),
        }
    };
    let used = move || {
        let strings = lab.strings();
        storage.get().map_or_else(
            || strings.models.storage_unknown.to_owned(),
            |Storage { usage_bytes, quota_bytes, .. }| {
                let values = [("used", usage_bytes), ("quota", quota_bytes)];
                let [used, quota] = values.map(|(name, bytes)| (name, format::bytes(bytes as u64)));
                fill(strings.models.storage_used, &[(used.0, &used.1), (quota.0, &quota.1)])
            },
        )
    };
    let ask = move |_| {
        spawn_local(async move {
            declined.set(!storage::persist().await);
            storage.set(storage::estimate().await);
        });
    };
    let persistence = move || {
        let storage = storage.get()?;
        Some(match (storage.is_persistent, declined.get()) {
            (true, _) => view! { <p role="status">{lab.t(|s| s.models.persistent)}</p> }.into_any(),
            (false, true) => view! { <p role="status">{lab.t(|s| s.models.persist_declined)}</p> }.into_any(),
            (false, false) => view! {
                <p>{lab.t(|s| s.models.not_persistent)}</p>
                <button type="button" class="quiet" data-testid="persist" on:click=ask>
                    {lab.t(|s| s.models.persist)}
                </button>
            }
            .into_any(),
        })
    };
    let share = move || storage.get().map(|storage| storage.usage_bytes / storage.quota_bytes.max(1.0));
    view! {
        <div class="card storage" data-testid="storage">
            <p>
                <strong data-testid="kept">{kept_text}</strong>
            </p>
            <div class="storage-used">
                {move || share().map(|share| view! { <meter min="0" max="1" value=share aria-label=used></meter> })}
                <p class="note">{used}</p>
            </div>
            <div class="buttons note">{persistence}</div>
        </div>
    }
}

/// Whether the browser keeps a download for the next visit.
pub(super) fn is_kept(info: &CheckpointInfo) -> bool {
    let is_refused = info.remarks.iter().any(|remark| remark.code.is_not_kept());
    info.source == SourceKind::Hub && info.presence != Presence::Remote && !is_refused
}

/// The checkpoints that `wanted` picks; reactive.
fn checkpoints(lab: Lab, wanted: impl Fn(&CheckpointInfo) -> bool) -> Vec<CheckpointInfo> {
    lab.checkpoints.with(|all| all.iter().filter(|info| wanted(info)).cloned().collect())
}

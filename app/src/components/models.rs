//! The page of models: every network and checkpoint that the site knows, and what the browser keeps of them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence, SourceKind};

use super::models_table::ModelsTable;
use super::survey::Survey;
use crate::format;
use crate::state::{EngineState, Lab, Page, use_lab};
use crate::storage::{self, Storage};
use crate::strings::fill;

/// The page.
pub(crate) fn page() -> AnyView {
    view! { <Models /> }.into_any()
}

#[component]
fn Models() -> impl IntoView {
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
                <p>
                    <a href=format!("#{}", Page::Cubes.id()) data-testid="to-cubes">
                        {lab.t(|s| s.cubes.link)}
                    </a>
                </p>
            </div>
            <Survey />
            <h2>{lab.t(|s| s.models.weights_title)}</h2>
            <StorageCard />
            {nothing}
            <Show when=move || lab.checkpoints.are_listed()>
                <ModelsTable />
            </Show>
        </section>
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
    let in_memory = Memo::new(move |_| {
        let loaded = checkpoints(lab, |info| info.presence == Presence::Loaded);
        (loaded.len(), loaded.iter().filter_map(|info| info.bytes).sum::<u64>())
    });
    let in_memory_text = move || {
        let (count, bytes) = in_memory.get();
        let values = [("count", &*count.to_string()), ("bytes", &format::bytes(bytes))];
        fill(lab.strings().models.in_memory, &values)
    };
    Effect::new(move |_| {
        kept.track();
        in_memory.track();
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
            <div>
                <p>
                    <strong data-testid="kept">{kept_text}</strong>
                </p>
                <p class="note" data-testid="in-memory">
                    {in_memory_text}
                </p>
            </div>
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

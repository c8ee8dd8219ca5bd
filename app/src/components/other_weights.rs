//! Weights for the same network that would have to be downloaded.

use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, WeightsChoice};

use super::weights_facts::labels_and_classes;
use crate::format;
use crate::model_costs::file_bytes;
use crate::state::{ColumnId, is_near, use_lab, weights_name};
use crate::strings::{Strings, fill};

/// A button for each checkpoint of a column's network that answers with other classes and is not here yet.
#[component]
pub(crate) fn OtherWeights(
    /// The column.
    id: ColumnId,
    /// The checkpoint that it shows.
    shown: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let others = Memo::new(move |_| {
        let is_other = |info: &&CheckpointInfo| {
            info.model == shown.model && info.labels != shown.labels && !is_near(info)
        };
        lab.checkpoints.with(|all| all.iter().filter(is_other).cloned().collect::<Vec<CheckpointInfo>>())
    });
    let button = move |info: CheckpointInfo| {
        let checkpoint = info.id.clone();
        let choose = move |_| {
            lab.choose_weights(id, WeightsChoice::Checkpoint(checkpoint.clone()));
            lab.start_load(checkpoint.clone());
        };
        let text = move || {
            let strings = lab.strings();
            // Two checkpoints of a network may have the same classes and size.
            let name = weights_name(&info.id, &info.model);
            format!("{name} · {} · {}", labels_and_classes(strings, &info), download_text(strings, &info))
        };
        view! {
            <li>
                <button type="button" data-testid="other-weights" on:click=choose>
                    {text}
                </button>
            </li>
        }
    };
    move || {
        (!others.with(Vec::is_empty)).then(|| {
            view! {
                <div class="facts other-weights">
                    <p>{lab.t(|s| s.checkpoint.other_weights)}</p>
                    <ul>{others.get().into_iter().map(button).collect_view()}</ul>
                </div>
            }
        })
    }
}

/// `Download 14.2 MB`.
pub(super) fn download_text(strings: &Strings, info: &CheckpointInfo) -> String {
    let (template, bytes) = match file_bytes(info) {
        Some((bytes, true)) => (strings.board.download, format::bytes(bytes)),
        Some((bytes, false)) => (strings.board.download_about, format::bytes(bytes)),
        None => (strings.board.download, String::new()),
    };
    fill(template, &[("size", &bytes)])
}

//! What the network that ships with the page and knows the most things says: it is larger than what the page begins with, so
//! its weights are loaded only when it is asked for, and its answers for the samples came with the page.

use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, SourceKind};

use crate::format;
use crate::state::{Column, ColumnConfig, Lab, bytes, use_lab};
use crate::strings::{class_name, fill};

/// A line above the networks, while that network is not among them.
#[component]
pub(crate) fn BroadAnswer() -> impl IntoView {
    let lab = use_lab();
    let broad = Memo::new(move |_| broadest(lab));
    let text = move |info: &CheckpointInfo| {
        let home = &lab.strings().home;
        let config = ColumnConfig::of_checkpoint(info);
        let (name, count) = (config.title(), info.classes.to_string());
        let answer = || {
            let sample = match lab.photos.selected() {
                Some(photo) => lab.samples.of_photo(&photo)?,
                None => lab.samples.built()?,
            };
            lab.samples.built_answer(&sample, &info.id)
        };
        match answer() {
            Some(class) => {
                let values = [
                    ("name", &*name),
                    ("count", &*count),
                    ("class", &*class_name(lab.language(), &class)),
                    ("share", &*format::percent(class.probability)),
                ];
                fill(home.broad_says, &values)
            }
            None => fill(home.broad_knows, &[("name", &name), ("count", &count)]),
        }
    };
    move || {
        let info = broad.get()?;
        let size = format::bytes(bytes(&info));
        let (shown, config) = (info.clone(), ColumnConfig::of_checkpoint(&info));
        Some(view! {
            <div class="broad" data-testid="broad-answer" data-checkpoint=info.id>
                <p>{move || text(&shown)}</p>
                <button
                    type="button"
                    class="quiet"
                    data-testid="broad-run"
                    on:click=move |_| {
                        lab.show_config(config.clone());
                    }
                >
                    {move || fill(lab.strings().home.broad_run, &[("size", &size)])}
                </button>
            </div>
        })
    }
}

/// The checkpoint of the page's own that knows more than every network of the board.
fn broadest(lab: Lab) -> Option<CheckpointInfo> {
    let classes = |column: Column| Some(lab.checkpoints.get(column.config.checkpoint()?)?.classes);
    let most = lab.board.columns().into_iter().filter_map(classes).max().unwrap_or(0);
    lab.checkpoints.with(|all| {
        let own = all.iter().filter(|info| info.source == SourceKind::Bundled && info.classes > most);
        own.max_by_key(|info| info.classes).cloned()
    })
}

//! The photo, and beside it the networks, a row each.

use leptos::prelude::*;

use super::broad_answer::BroadAnswer;
use super::column::NetworkRow;
use super::knowledge::Knowledge;
use super::measure_button::{MeasureButton, measuring};
use super::photo_strip::PhotoStrip;
use super::photo_tools::{PhotoPairs, PhotoTools};
use super::photo_view::PhotoView;
use super::presets::Presets;
use super::samples::Samples;
use super::sharing::CopyLink;
use crate::format;
use crate::state::{ColumnConfig, is_near, run_key, use_lab};
use crate::strings::{class_name, fill};

/// The board.
#[component]
pub(crate) fn Board() -> impl IntoView {
    let lab = use_lab();
    let nothing_here = move || {
        let empty = lab.checkpoints.are_listed() && lab.checkpoints.with(|all| !all.iter().any(is_near));
        empty.then(|| {
            view! {
                <div class="notice neutral" role="status" data-testid="no-weights">
                    <div>
                        <p>
                            <strong>{lab.t(|s| s.board.no_weights)}</strong>
                        </p>
                        <ul>
                            <li>{lab.t(|s| s.board.no_weights_hub)}</li>
                            <li>{lab.t(|s| s.board.no_weights_file)}</li>
                            <li>
                                {lab.t(|s| s.board.no_weights_serve)}
                                " "
                                <code>"cargo xtask serve --weights DIR"</code>
                            </li>
                        </ul>
                    </div>
                </div>
            }
        })
    };
    view! {
        <section id="board" class="board" aria-labelledby="board-title" tabindex="-1">
            <h2 id="board-title" class="visually-hidden">{lab.t(|s| s.board.compare)}</h2>
            {nothing_here}
            <div class="board-grid">
                <PhotoView />
                <div class="card networks" role="group" aria-label=lab.t(|s| s.board.networks)>
                    <BroadAnswer />
                    <div class="networks-head">
                        <span>{lab.t(|s| s.board.networks)}</span>
                        <span>{lab.t(|s| s.home.sees)}</span>
                        <span>{lab.t(|s| s.home.costs)}</span>
                        <span>{lab.t(|s| s.home.takes)}</span>
                    </div>
                    <For each=move || lab.board.columns() key=|column| column.id let:column>
                        <NetworkRow id=column.id />
                    </For>
                    <Knowledge />
                    <Actions />
                </div>
                <Samples />
            </div>
            <Announcement />
            <PhotoTools />
            <PhotoStrip />
            <PhotoPairs />
        </section>
    }
}

/// What can be done with all rows.
#[component]
fn Actions() -> impl IntoView {
    let lab = use_lab();
    view! {
        <div class="board-actions">
            <button
                type="button"
                data-testid="add-column"
                disabled=move || lab.board.is_full()
                on:click=move |_| lab.add_column()
            >
                {lab.t(|s| s.board.add_network)}
            </button>
            <MeasureButton
                text=lab.label(|s| s.home.measure)
                start=Callback::new(move |()| lab.start_measuring())
                running=Signal::derive(move || measuring(lab))
                stop=Callback::new(move |()| lab.stop_measuring())
                testid="measure"
            />
            <button
                type="button"
                class="quiet"
                data-testid="all-details"
                aria-pressed=move || lab.settings.details().to_string()
                on:click=move |_| lab.settings.set_details(!untrack(|| lab.settings.details()))
            >
                {move || {
                    let home = &lab.strings().home;
                    if lab.settings.details() { home.close_all } else { home.open_all }
                }}
            </button>
            <CopyLink />
            <Presets />
        </div>
    }
}

/// One announcement to screen readers when all networks have answered for the photo that is shown.
#[component]
fn Announcement() -> impl IntoView {
    let lab = use_lab();
    let text = Memo::new(move |_| {
        let image = lab.photos.selected()?.info.id;
        let predicting = lab.predicting();
        let answer = |(config, _): &(ColumnConfig, bool)| {
            let top = lab.runs.top(&run_key(image, config))?;
            let class = class_name(lab.language(), &top);
            let share = format::percent(top.probability);
            let values = [("name", &*lab.name(config)), ("class", &*class), ("share", &*share)];
            Some(fill(lab.strings().home.announced, &values))
        };
        let all: Option<Vec<String>> = predicting.iter().map(answer).collect();
        Some(all?.join(" "))
    });
    view! {
        <p class="visually-hidden" role="status" data-testid="announcement">{text}</p>
    }
}

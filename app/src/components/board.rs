//! The photo and the networks side by side.

use leptos::prelude::*;

use super::column::ColumnCard;
use super::photo_view::PhotoView;
use super::presets::Presets;
use super::sharing::CopyLink;
use crate::state::{is_near, use_lab};

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
    let full = move || lab.board.is_full();
    view! {
        <section id="board" class="board" aria-labelledby="board-title" tabindex="-1">
            <div class="section-head">
                <h2 id="board-title">{lab.t(|s| s.board.compare)}</h2>
                <div class="buttons">
                    <CopyLink />
                    <button
                        type="button"
                        data-testid="add-column"
                        disabled=full
                        on:click=move |_| lab.add_column()
                    >
                        {lab.t(|s| s.board.add_network)}
                    </button>
                </div>
            </div>
            <Presets />
            {nothing_here}
            <div class="board-grid">
                <PhotoView />
                <div class="columns" tabindex="0" role="group" aria-label=lab.t(|s| s.board.networks)>
                    <For each=move || lab.board.columns() key=|column| column.id let:column>
                        <ColumnCard id=column.id />
                    </For>
                </div>
            </div>
        </section>
    }
}

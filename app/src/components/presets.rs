//! Boards that one click sets.

use leptos::prelude::*;

use crate::presets::PRESETS;
use crate::state::use_lab;

/// A button for each of them.
#[component]
pub(crate) fn Presets() -> impl IntoView {
    let lab = use_lab();
    // Weights are chosen from the catalog.
    let waiting = move || !lab.checkpoints.are_listed();
    let buttons = PRESETS.each_ref().map(|preset| {
        view! {
            <button
                type="button"
                class="quiet"
                data-testid=format!("preset-{}", preset.name)
                disabled=waiting
                on:click=move |_| lab.show_board(preset)
            >
                {lab.t(preset.label)}
            </button>
        }
    });
    view! {
        <div class="presets" role="group" aria-labelledby="presets-title">
            <span id="presets-title" class="soft">{lab.t(|s| s.home.try_board)}</span>
            {buttons}
        </div>
    }
}

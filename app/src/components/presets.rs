//! Boards that one click sets.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::presets::PRESETS;
use crate::state::use_lab;

/// A button for each of them. They are one stop of the Tab key; arrows go from one to the next.
#[component]
pub(crate) fn Presets() -> impl IntoView {
    let lab = use_lab();
    // Weights are chosen from the catalog.
    let waiting = move || !lab.checkpoints.are_listed();
    let mut position = 0;
    let buttons = PRESETS.each_ref().map(|preset| {
        let tabindex = if position == 0 { "0" } else { "-1" };
        position += 1;
        view! {
            <button
                type="button"
                class="quiet"
                data-testid=format!("preset-{}", preset.name)
                tabindex=tabindex
                disabled=waiting
                on:click=move |_| lab.show_board(preset)
            >
                {lab.t(preset.label)}
            </button>
        }
    });
    view! {
        <div
            class="presets"
            role="toolbar"
            aria-labelledby="presets-title"
            on:keydown=move |event| {
                let here: Element = event_target(&event);
                let next = match event.key().as_str() {
                    "ArrowRight" => here.next_element_sibling(),
                    "ArrowLeft" => here.previous_element_sibling(),
                    _ => return,
                };
                if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
                    event.prevent_default();
                    // What cannot have the focus leaves it where it is.
                    let _ = next.focus();
                }
            }
        >
            <span id="presets-title" class="soft">{lab.t(|s| s.home.try_board)}</span>
            {buttons}
        </div>
    }
}

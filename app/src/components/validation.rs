//! How good the board's networks are on the visitor's own labelled photos: a module of its own.

use leptos::prelude::*;

use super::module::Module;
use crate::state::use_lab;

/// The section's content.
#[component]
pub(crate) fn Validation() -> impl IntoView {
    let lab = use_lab();
    let texts = Signal::derive(move || vec![lab.language().tag().to_owned()]);
    view! {
        <div class="validation card" data-testid="validation">
            <link rel="stylesheet" href="static/validation/validation.css" />
            <Module name="validation" texts=texts class="validation-shown" />
        </div>
    }
}

//! Sections that are modules of their own: how good the board's networks are on the visitor's labelled photos, and what they
//! see in the camera's picture.

use leptos::prelude::*;

use super::module::Module;
use crate::state::use_lab;

/// A section's content, with the module's own style sheet.
#[component]
pub(crate) fn Section(
    /// The module's name.
    name: &'static str,
) -> impl IntoView {
    let lab = use_lab();
    let texts = Signal::derive(move || vec![lab.language().tag().to_owned()]);
    view! {
        <div class=format!("{name} card") data-testid=name>
            <link rel="stylesheet" href=format!("static/{name}/{name}.css") />
            <Module name=name texts=texts class="module-shown" />
        </div>
    }
}

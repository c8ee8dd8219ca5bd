//! Sections that are modules of their own: how good the board's networks are on the visitor's labelled photos, teaching them other
//! classes, what they see in the camera's picture, and a look inside them.

use leptos::prelude::*;

use super::module::Module;
use crate::state::use_lab;

/// A section's content, with the module's own style sheet.
#[component]
pub(crate) fn Section(
    /// The module's name.
    name: &'static str,
    /// Whether it looks at the photo that the page shows.
    #[prop(optional)]
    looks: bool,
) -> impl IntoView {
    let lab = use_lab();
    // Those that look at the page's photo with the board's networks look again when one is another.
    let board = Memo::new(move |_| {
        let weights = lab.board.configs().iter().map(|config| format!("{config:?}")).collect::<String>();
        if looks { format!("{:?} {weights}", lab.photos.selected_key()) } else { String::new() }
    });
    let texts = Signal::derive(move || vec![lab.language().tag().to_owned(), board.get()]);
    view! {
        <div class=format!("{name} card") data-testid=name>
            <link rel="stylesheet" href=format!("static/{name}/{name}.css") />
            <Module name=name texts=texts class="module-shown" />
        </div>
    }
}

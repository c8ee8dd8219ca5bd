//! One problem or remark, in the visitor's language.

use leptos::prelude::*;
use worker::protocol::Problem;

use crate::state::use_lab;
use crate::strings::problem_text;

/// A message that says what, why and what next; it is announced to screen readers.
#[component]
pub(crate) fn Notice(
    /// The file or network that it is about.
    #[prop(optional_no_strip)]
    about: Option<String>,
    /// What happened.
    problem: Problem,
    /// Adds a button that takes it away.
    #[prop(optional)]
    on_dismiss: Option<Callback<()>>,
    /// Further buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let lab = use_lab();
    let code = problem.code.name();
    view! {
        <div class="notice" role="alert" data-testid="message" data-code=code>
            <p>
                {about.map(|about| view! { <strong>{about}": "</strong> })}
                {move || problem_text(lab.language(), &problem)}
            </p>
            {children.map(|children| children())}
            {on_dismiss
                .map(|dismiss| {
                    view! {
                        <button
                            type="button"
                            class="icon"
                            aria-label=lab.t(|s| s.messages.dismiss)
                            title=lab.t(|s| s.messages.dismiss)
                            on:click=move |_| dismiss.run(())
                        >
                            "✕"
                        </button>
                    }
                })}
        </div>
    }
}

//! How far something is, and a way to stop it.

use leptos::prelude::*;

use crate::state::use_lab;

/// A bar with text; without a known end it only says that something happens.
#[component]
pub(crate) fn ProgressBar(
    /// What happens.
    #[prop(into)]
    text: Signal<String>,
    /// How much of it has happened, where screen readers are told `text`: they would speak all the time.
    #[prop(optional_no_strip)]
    count: Option<Signal<String>>,
    /// How far it is, 0..1, if known.
    #[prop(into)]
    fraction: Signal<Option<f64>>,
    /// Stops it.
    on_cancel: Callback<()>,
    /// What is stopped, for those who hear the button without seeing what it stands beside.
    #[prop(optional)]
    about: String,
) -> impl IntoView {
    let lab = use_lab();
    let label = (!about.is_empty()).then_some(move || format!("{} {about}", lab.strings().messages.cancel));
    let bar = move || match fraction.get() {
        Some(fraction) => view! { <progress max="1" value=fraction aria-label=text></progress> }.into_any(),
        None => view! { <progress aria-label=text></progress> }.into_any(),
    };
    view! {
        <div class="progress">
            <span>
                <span role=count.map(|_| "status")>{text}</span>
                {count.map(|count| view! { <span aria-hidden="true">" " {count}</span> })}
            </span>
            {bar}
            <button
                type="button"
                class="quiet"
                data-testid="cancel"
                aria-label=label
                on:click=move |_| on_cancel.run(())
            >
                {lab.t(|s| s.messages.cancel)}
            </button>
        </div>
    }
}

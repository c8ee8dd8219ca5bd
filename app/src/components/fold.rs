//! A section that is out of the way until somebody asks.

use leptos::prelude::*;

use crate::state::use_lab;

/// A heading that opens what is below it. What has not been opened is not on the page.
#[component]
pub(crate) fn Fold(
    /// The heading's.
    id: &'static str,
    /// What it asks or says.
    title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let lab = use_lab();
    // Who wants all details wants these, too.
    let is_open = RwSignal::new(untrack(|| lab.settings.details()));
    let was_open = ever(move || is_open.get());
    view! {
        <details
            class="fold"
            open=move || is_open.get()
            on:toggle=move |event| {
                is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
            }
        >
            <summary>
                <h2 id=id>{title}</h2>
            </summary>
            {move || was_open.get().then(|| children())}
        </details>
    }
}

/// Whether something has been so since it was first asked; what was shown once stays, with what was set in it.
pub(crate) fn ever(is: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    Memo::new(move |was: Option<&bool>| is() || was.is_some_and(|was| *was))
}

//! Sections of the page whose code is loaded when they are first shown.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::Problem;

use crate::part::{self, NotLoaded, Views};
use crate::state::use_lab;
use crate::strings::problem_text;

thread_local! {
    /// Once they are here, nobody waits for them.
    static VIEWS: Cell<Option<Views>> = const { Cell::new(None) };
}

/// A section.
#[component]
pub(crate) fn Later(
    /// Picks what shows it.
    show: impl Fn(Views) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let lab = use_lab();
    let views = RwSignal::new(VIEWS.get().map(Ok::<_, NotLoaded>));
    let load = move || {
        views.set(None);
        spawn_local(async move {
            let loaded = part::views().await;
            VIEWS.set(loaded.ok());
            // The section may be gone by now.
            let _ = views.try_set(Some(loaded));
        });
    };
    if views.get_untracked().is_none() {
        load();
    }
    move || match views.get() {
        Some(Ok(views)) => show(views),
        Some(Err(problem)) => {
            let problem = Problem::from(problem);
            let text = Signal::derive(move || problem_text(lab.language(), &problem));
            view! { <NotHere text=text retry=Callback::new(move |()| load()) testid="not-loaded" /> }
                .into_any()
        }
        None => view! { <Coming /> }.into_any(),
    }
}

/// What stands where something is being loaded.
#[component]
pub(super) fn Coming() -> impl IntoView {
    let lab = use_lab();
    view! { <p class="card placeholder late" role="status">{lab.t(|s| s.messages.loading)}</p> }
}

/// What stands where something could not be loaded.
#[component]
pub(super) fn NotHere(
    /// Why.
    text: Signal<String>,
    /// Tries it again.
    retry: Callback<()>,
    #[prop(into)] testid: String,
) -> impl IntoView {
    let lab = use_lab();
    view! {
        <div class="card placeholder" role="alert" data-testid=testid>
            <p>{text}</p>
            <button type="button" on:click=move |_| retry.run(())>
                {lab.t(|s| s.messages.again)}
            </button>
        </div>
    }
}

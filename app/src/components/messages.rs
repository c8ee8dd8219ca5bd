//! What went wrong and has not been dismissed.

use leptos::prelude::*;

use super::notice::Notice;
use crate::state::{EngineState, use_lab};

/// The page's messages, newest last; the engine's own failure stays on top, because nothing can mend it.
#[component]
pub(crate) fn Messages() -> impl IntoView {
    let lab = use_lab();
    let fatal = move || match lab.engine.state() {
        EngineState::Failed(problem) => Some(view! { <Notice about=None problem=problem /> }),
        EngineState::Starting | EngineState::Ready(_) => None,
    };
    view! {
        <section class="messages" aria-label=lab.t(|s| s.messages.messages)>
            {fatal}
            <For each=move || lab.messages.all() key=|message| message.key let:message>
                <Notice
                    about=message.about
                    problem=message.problem
                    on_dismiss=Callback::new(move |()| lab.messages.dismiss(message.key))
                />
            </For>
        </section>
    }
}

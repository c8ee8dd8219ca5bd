//! The whole site.

use leptos::prelude::*;

use crate::components::{
    board::Board, charts::Charts, checkpoint_choice::CheckpointChoice, drop_target::DropTarget,
    environment_card::EnvironmentCard, header::Header, layers::Layers, messages::Messages, models::Models,
    photos::Photos, textures::Textures,
};
use crate::state::{Answers, Lab, Page};

/// The site.
#[component]
pub(crate) fn App() -> impl IntoView {
    let lab = Lab::start();
    provide_context(lab);
    provide_context(Answers::of(lab));
    lab.keep_classifying();
    lab.keep_address();
    crate::api::install(lab);
    let followed = window_event_listener_untyped("hashchange", move |_| lab.follow_address());
    on_cleanup(move || followed.remove());
    let is_hidden = move |page| move || lab.page.get() != page;
    // Who has gone to another page goes on reading at its beginning.
    Effect::new(move |before: Option<Page>| {
        let page = lab.page.get();
        if before.is_some_and(|before| before != page) {
            crate::focus::on(page.id());
        }
        page
    });
    view! {
        <Textures />
        <a class="skip" href="#board">
            {lab.t(|s| s.skip)}
        </a>
        <Header />
        <main>
            <Messages />
            <CheckpointChoice />
            <div id=Page::Compare.id() class="page" tabindex="-1" hidden=is_hidden(Page::Compare)>
                <Photos />
                <Board />
                <Charts />
                <Layers />
            </div>
            <div id=Page::Models.id() class="page" tabindex="-1" hidden=is_hidden(Page::Models)>
                <Show when=move || lab.page.get() == Page::Models>
                    <Models />
                </Show>
            </div>
        </main>
        <EnvironmentCard />
        <DropTarget />
    }
}

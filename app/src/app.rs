//! The whole page.

use leptos::prelude::*;

use crate::components::{
    board::Board, charts::Charts, checkpoint_choice::CheckpointChoice, drop_target::DropTarget,
    environment_card::EnvironmentCard, header::Header, layers::Layers, messages::Messages, photos::Photos,
    textures::Textures,
};
use crate::state::Lab;

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let lab = Lab::start();
    provide_context(lab);
    crate::api::install(lab);
    let followed = window_event_listener_untyped("hashchange", move |_| lab.follow_link());
    on_cleanup(move || followed.remove());
    view! {
        <Textures />
        <a class="skip" href="#board">
            {lab.t(|s| s.skip)}
        </a>
        <Header />
        <main>
            <Messages />
            <CheckpointChoice />
            <Photos />
            <Board />
            <Charts />
            <Layers />
        </main>
        <EnvironmentCard />
        <DropTarget />
    }
}

//! The whole site.

use leptos::prelude::*;

use crate::charts::Surroundings;
use crate::components::environment_card::environment_lines;
use crate::components::{
    board::Board, checkpoint_choice::CheckpointChoice, cost_section::CostSection, drop_target::DropTarget,
    environment_card::EnvironmentCard, header::Header, layers::Layers, messages::Messages, models::Models,
    photos::Photos, textures::Textures,
};
use crate::state::{Answers, Lab, Page};
use crate::strings::{fill, problems};

/// The site.
#[component]
pub(crate) fn App() -> impl IntoView {
    let lab = Lab::start();
    provide_context(lab);
    provide_context(Answers::of(lab));
    provide_context(surroundings(lab));
    lab.keep_classifying();
    lab.keep_address();
    crate::api::install(lab);
    let followed = window_event_listener_untyped("hashchange", move |_| lab.follow_address());
    on_cleanup(move || followed.remove());
    let is_hidden = move |page| move || lab.pages.shown() != page;
    // After a change of page the focus moves to its beginning.
    Effect::new(move |before: Option<Page>| {
        let page = lab.pages.shown();
        if before.is_some_and(|before| before != page) {
            crate::focus::on(page.id());
        }
        page
    });
    // To what is below the header of the page that is shown; another page's part would lead away from it.
    let skip = move || match lab.pages.shown() {
        Page::Compare => ("#board", lab.strings().header.skip),
        Page::Models => ("#models", lab.strings().header.skip_models),
    };
    view! {
        <Textures />
        <a class="skip" href=move || skip().0>
            {move || skip().1}
        </a>
        <Header />
        <main>
            <Messages />
            <CheckpointChoice />
            <div id=Page::Compare.id() class="page" tabindex="-1" hidden=is_hidden(Page::Compare)>
                <Photos />
                <Board />
                <CostSection />
                <Layers />
            </div>
            <div id=Page::Models.id() class="page" tabindex="-1" hidden=is_hidden(Page::Models)>
                <Show when=move || lab.pages.shown() == Page::Models>
                    <Models />
                </Show>
            </div>
        </main>
        <EnvironmentCard />
        <DropTarget />
    }
}

/// What charts need of this page.
fn surroundings(lab: Lab) -> Surroundings {
    Surroundings {
        as_table: Signal::derive(move || lab.strings().charts.as_table),
        as_chart: Signal::derive(move || lab.strings().charts.as_chart),
        export_label: Callback::new(move |(title, format): (String, &str)| {
            fill(lab.strings().charts.export_as, &[("title", &title), ("format", format)])
        }),
        origin: Callback::new(move |()| environment_lines(lab)),
        on_failure: Callback::new(move |(title, reason): (String, String)| {
            lab.tell(Some(title), problems::picture(&reason));
        }),
    }
}

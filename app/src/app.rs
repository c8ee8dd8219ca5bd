//! The whole site.

use leptos::prelude::*;

use crate::charts::Surroundings;
use crate::components::environment_card::environment_lines;
use crate::components::{
    board::Board,
    checkpoint_choice::CheckpointChoice,
    cost_section::CostSection,
    drop_target::DropTarget,
    environment_card::{EnvironmentCard, Footer},
    fold::{Fold, ever},
    header::Header,
    later::Later,
    learn::{Explained, Learn, Term},
    messages::Messages,
    scatter::ScatterCard,
    section::Section,
    textures::Textures,
};
use crate::state::{Answers, Lab, Page};
use crate::strings::{fill, problems};

/// The site.
#[component]
pub(crate) fn App() -> impl IntoView {
    let lab = Lab::start();
    provide_context(lab);
    let answers = Answers::of(lab);
    provide_context(answers);
    provide_context(surroundings(lab));
    lab.keep_loading();
    lab.keep_classifying();
    lab.keep_measuring(answers);
    lab.keep_address();
    lab.keep_from_leaving();
    crate::api::install(lab);
    let followed = window_event_listener_untyped("hashchange", move |_| lab.follow_address());
    on_cleanup(move || followed.remove());
    let is_hidden = move |page| move || lab.pages.shown() != page;
    // What it is set to stays.
    let layers_seen = ever(move || lab.pages.shown() == Page::Layers);
    // After a change of page or article the focus moves to its beginning.
    Effect::new(move |before: Option<(Page, String)>| {
        let place = (lab.pages.shown(), lab.pages.article());
        if before.is_some_and(|before| before != place) {
            crate::focus::on(place.0.id());
        }
        place
    });
    view! {
        <Textures />
        <a class="skip" href="#board" on:click=move |event| skip(lab, &event)>
            {move || match lab.pages.shown() {
                Page::Compare => lab.strings().header.skip,
                Page::Layers => lab.strings().header.skip_layers,
                Page::Models => lab.strings().header.skip_models,
                Page::Learn => lab.strings().header.skip_learn,
                Page::Cubes => lab.strings().header.skip_cubes,
            }}
        </a>
        <Header />
        <main>
            <Messages />
            <CheckpointChoice />
            <div id=Page::Compare.id() class="page" tabindex="-1" hidden=is_hidden(Page::Compare)>
                <Board />
                <ScatterCard />
                <div class="folds">
                    <Fold id="charts-title" title=lab.label(|s| s.home.bars)>
                        <Explained term=Term::Memory what=lab.label(|s| s.charts.activations) />
                        <CostSection />
                    </Fold>
                    <Fold id="heat-title" title=lab.label(|s| s.home.width_and_resolution)>
                        <Explained term=Term::WidthAndResolution what=lab.label(|s| s.home.width_and_resolution) />
                        <Later show=|views| (views.heat_map)() />
                    </Fold>
                    <Fold id="inside-title" title=lab.label(|s| s.home.inside)>
                        <Section name="inside" looks=true />
                    </Fold>
                    <Fold id="validation-title" title=lab.label(|s| s.home.validation)>
                        <Section name="validation" />
                    </Fold>
                    <Fold id="teach-title" title=lab.label(|s| s.home.teach)>
                        <Section name="teach" />
                    </Fold>
                    <Fold id="live-title" title=lab.label(|s| s.home.live)>
                        <Section name="live" />
                    </Fold>
                    <Fold id="mac-title" title=lab.label(|s| s.home.what_is_a_mac)>
                        <p class="prose">
                            {lab.t(|s| s.home.mac_text)} " "
                            <Explained term=Term::Macs what=lab.label(|s| s.charts.macs) />
                        </p>
                    </Fold>
                    <Fold id="environment-title" title=lab.label(|s| s.environment.title)>
                        <EnvironmentCard />
                    </Fold>
                    <a class="fold-link" href=format!("#{}", Page::Layers.id())>
                        {lab.t(|s| s.home.layer_by_layer)}
                    </a>
                </div>
            </div>
            <div id=Page::Layers.id() class="page" tabindex="-1" hidden=is_hidden(Page::Layers)>
                <Show when=move || layers_seen.get()>
                    <Later show=|views| (views.layers)() />
                </Show>
            </div>
            <div id=Page::Models.id() class="page" tabindex="-1" hidden=is_hidden(Page::Models)>
                <Show when=move || lab.pages.shown() == Page::Models>
                    <Later show=|views| (views.models)() />
                </Show>
            </div>
            <div id=Page::Learn.id() class="page" tabindex="-1" hidden=is_hidden(Page::Learn)>
                <Show when=move || lab.pages.shown() == Page::Learn>
                    <Learn />
                </Show>
            </div>
            <div id=Page::Cubes.id() class="page" tabindex="-1" hidden=is_hidden(Page::Cubes)>
                <Show when=move || lab.pages.shown() == Page::Cubes>
                    <Later show=|views| (views.cubes)() />
                </Show>
            </div>
        </main>
        <Footer />
        <DropTarget />
    }
}

/// Goes past the header, to the page that is shown; the address stays.
fn skip(lab: Lab, event: &web_sys::MouseEvent) {
    event.prevent_default();
    crate::focus::on(match untrack(|| lab.pages.shown()) {
        Page::Compare => "board",
        other => other.id(),
    });
}

/// What charts need of this page.
fn surroundings(lab: Lab) -> Surroundings {
    Surroundings {
        menu_label: Callback::new(move |title: String| {
            fill(lab.strings().home.file_menu, &[("title", &title)])
        }),
        all_details: Signal::derive(move || lab.settings.details()),
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

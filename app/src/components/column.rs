//! One network: what it is set to, what it sees.

use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, Presence};

use super::column_settings::ColumnSettings;
use super::load_status::{Busy, LoadStatus, Stopped};
use super::other_weights::{OtherWeights, download_text};
use super::prediction_list::PredictionList;
use super::preparation::Preparation;
use super::weights_facts::WeightsFacts;
use crate::charts::Mark;
use crate::state::{ColumnConfig, ColumnId, EngineState, Lab, LoadState, Run, RunKey, run_key, use_lab};
use crate::strings::fill;

/// What stands between a column and its answer.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// The engine or the catalog is not here yet.
    Starting,
    /// The engine cannot run here.
    NoEngine,
    /// Random weights: there is nothing to predict with.
    Random,
    /// The checkpoint would have to be downloaded from elsewhere.
    Offered(CheckpointInfo),
    /// The checkpoint is near and is fetched as soon as there is a photo.
    Near(CheckpointInfo),
    /// The checkpoint is on its way.
    Loading(LoadState),
    /// Its weights are here, a photo is missing.
    NoPhoto,
    /// A run has been asked for, is under way or is over; `None` until it starts.
    Run(Option<Run>),
}

/// A column of the board.
#[component]
pub(crate) fn ColumnCard(
    /// The column.
    id: ColumnId,
) -> impl IntoView {
    let lab = use_lab();
    // The last configuration stays while the column is being taken off the page.
    let config = Memo::new(move |last: Option<&ColumnConfig>| {
        lab.board.config(id).or_else(|| last.cloned()).unwrap_or_else(|| ColumnConfig::of_model("", &[]))
    });
    let image = Memo::new(move |_| lab.photos.selected().map(|photo| photo.info.id));
    let info = Memo::new(move |_| config.get().checkpoint().and_then(|id| lab.checkpoints.get(id)));
    let key = Memo::new(move |_| image.get().map(|image| run_key(image, &config.get())));
    let stage = Memo::new(move |_| stage(lab, &config.get(), info.get(), key.get()));

    Effect::new(move |_| {
        if let Stage::Near(info) = stage.get()
            && image.get().is_some()
        {
            lab.start_load(info.id);
        }
    });

    let look = move || config.get().look();
    let facts = move || {
        info.get().map(|info| view! { <WeightsFacts info=info.clone() /> <OtherWeights id=id shown=info /> })
    };
    let removable = move || lab.board.can_shrink();
    view! {
        <article
            class="card column"
            style=move || look().style()
            aria-label=move || lab.name(&config.get())
            data-testid="column"
            data-model=move || config.get().model
            data-checkpoint=move || config.get().checkpoint().unwrap_or_default().to_owned()
        >
            <header class="column-head">
                {move || view! { <Mark look=look() /> }}
                <h3>{move || lab.name(&config.get())}</h3>
                <button
                    type="button"
                    class="icon"
                    disabled=move || !removable()
                    aria-label=move || fill(lab.strings().photos.remove_named, &[("name", &lab.name(&config.get()))])
                    title=lab.t(|s| s.photos.remove)
                    on:click=move |_| lab.board.remove(id)
                >
                    "✕"
                </button>
            </header>
            <ColumnSettings id=id config=config />
            <div class="result">{move || result(lab, stage.get(), config, key)}</div>
            {facts}
            <Preparation checkpoint=Signal::derive(move || config.get().checkpoint().map(str::to_owned)) />
        </article>
    }
}

fn stage(lab: Lab, config: &ColumnConfig, info: Option<CheckpointInfo>, key: Option<RunKey>) -> Stage {
    match lab.engine.state() {
        EngineState::Starting => return Stage::Starting,
        EngineState::Failed(_) => return Stage::NoEngine,
        EngineState::Ready(_) => {}
    }
    if config.checkpoint().is_none() {
        return Stage::Random;
    }
    let Some(info) = info else { return Stage::Starting };
    if let Some(load) = lab.checkpoints.load_state(&info.id) {
        return Stage::Loading(load);
    }
    match info.presence {
        Presence::Remote if !crate::state::is_near(&info) => Stage::Offered(info),
        Presence::Remote | Presence::Cached => Stage::Near(info),
        Presence::Loaded => match key {
            None => Stage::NoPhoto,
            Some(key) => Stage::Run(lab.runs.get(&key)),
        },
    }
}

fn result(lab: Lab, stage: Stage, config: Memo<ColumnConfig>, key: Memo<Option<RunKey>>) -> AnyView {
    let again = Callback::new(move |()| {
        if let Some(key) = key.get_untracked() {
            lab.forget_run(&key);
        }
    });
    let load_again = Callback::new(move |()| {
        if let Some(id) = config.get_untracked().checkpoint() {
            lab.start_load(id.to_owned());
        }
    });
    match stage {
        Stage::Starting => hint(lab.strings().board.starting),
        Stage::NoEngine => hint(lab.strings().board.no_engine),
        Stage::Random => hint(lab.strings().board.random_no_prediction),
        Stage::NoPhoto | Stage::Near(_) => hint(lab.strings().board.waiting_for_photo),
        Stage::Offered(info) => offer(lab, info),
        Stage::Loading(load) => view! { <LoadStatus load=load again=load_again /> }.into_any(),
        Stage::Run(None) => hint(lab.strings().board.running),
        Stage::Run(Some(Run::Running(job))) => view! {
            <Busy text=lab.label(|s| s.board.running) fraction=None job=job />
        }
        .into_any(),
        Stage::Run(Some(Run::Done(prediction))) => {
            view! { <PredictionList prediction=prediction /> }.into_any()
        }
        Stage::Run(Some(Run::Cancelled)) => view! { <Stopped problem=None again=again /> }.into_any(),
        Stage::Run(Some(Run::Failed(problem))) => {
            view! { <Stopped problem=Some(problem) again=again /> }.into_any()
        }
    }
}

fn hint(text: &'static str) -> AnyView {
    view! { <p class="placeholder">{text}</p> }.into_any()
}

fn offer(lab: Lab, info: CheckpointInfo) -> AnyView {
    let strings = lab.strings();
    let text = download_text(strings, &info);
    let id = info.id;
    view! {
        <div class="offer">
            <p>{strings.board.not_here}</p>
            <button type="button" class="primary" data-testid="download" on:click=move |_| lab.start_load(id.clone())>
                {text}
            </button>
        </div>
    }
    .into_any()
}

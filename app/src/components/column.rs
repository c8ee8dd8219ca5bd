//! One network in a row: what it sees, what it costs, how long it takes here; opened, what it is set to and the rest.

use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, ClassScore, Presence, WeightsChoice};

use super::column_settings::ColumnSettings;
use super::latency_bars::{beside_lines, timing_lines};
use super::later::Later;
use super::load_status::{Busy, LoadStatus, Stopped};
use super::other_weights::{OtherWeights, download_text};
use super::prediction_list::PredictionList;
use super::weights_facts::WeightsFacts;
use crate::charts::Mark;
use crate::format;
use crate::model_costs::file_bytes;
use crate::state::{
    Column, ColumnConfig, ColumnId, EngineState, Lab, LoadState, Run, RunKey, is_near, run_key, use_answers,
    use_lab,
};
use crate::strings::{class_name, fill, problem_text};

/// What stands between a network and its answer.
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

/// A network of the board.
#[component]
pub(crate) fn NetworkRow(
    /// Its column.
    id: ColumnId,
) -> impl IntoView {
    let lab = use_lab();
    // The last configuration stays while the row is being taken off the page.
    let config = Memo::new(move |last: Option<&ColumnConfig>| {
        lab.board.config(id).or_else(|| last.cloned()).unwrap_or_else(|| ColumnConfig::of_model("", &[]))
    });
    let image = Memo::new(move |_| lab.photos.selected().map(|photo| photo.info.id));
    let info = Memo::new(move |_| config.get().checkpoint().and_then(|id| lab.checkpoints.get(id)));
    let key = Memo::new(move |_| image.get().map(|image| run_key(image, &config.get())));
    let stage = Memo::new(move |_| stage(lab, &config.get(), info.get(), key.get()));
    // Until the visitor opens or closes this one, all are as the button above them says.
    let own = RwSignal::new(None::<bool>);
    let is_open = Memo::new(move |_| own.get().unwrap_or_else(|| lab.settings.details()));
    Effect::new(move |before: Option<bool>| {
        let all = lab.settings.details();
        if before.is_some_and(|before| before != all) {
            own.set(None);
        }
        all
    });

    let look = move || lab.look(&config.get());
    let place = format!("network-{id}");
    let details =
        move || is_open.get().then(|| view! { <Details id=id config=config stage=stage info=info /> });
    view! {
        <article
            class="network"
            class:open=is_open
            style=move || look().style()
            aria-label=move || lab.name(&config.get())
            data-testid="column"
            data-model=move || config.get().model
            data-checkpoint=move || config.get().checkpoint().unwrap_or_default().to_owned()
        >
            <h3>
                <button
                    type="button"
                    class="network-name"
                    data-testid="open-row"
                    aria-expanded=move || is_open.get().to_string()
                    aria-controls=place.clone()
                    title=move || fill(lab.strings().home.settings_of, &[("name", &lab.name(&config.get()))])
                    on:click=move |_| own.set(Some(!is_open.get_untracked()))
                >
                    {move || view! { <Mark look=look() /> }}
                    <span>
                        <span class="network-title">{move || config.get().title()}</span>
                        " "
                        <small>{move || setting(lab, &config.get())}</small>
                    </span>
                    <span class="chevron" aria-hidden="true"></span>
                </button>
            </h3>
            <div class="sees result">{move || result(lab, stage.get(), config, key)}</div>
            <Costs config=config info=info />
            <Takes config=config />
            <div class="network-details" id=place hidden=move || !is_open.get()>{details}</div>
        </article>
    }
}

/// Whether it is known with which weights, and so at which size, networks are shown.
fn is_settled(lab: Lab) -> bool {
    lab.checkpoints.are_listed() || lab.engine.has_failed()
}

/// `width 1.0 · 64 px`, and what else it takes to tell the row from others.
fn setting(lab: Lab, config: &ColumnConfig) -> String {
    if !is_settled(lab) {
        return String::new();
    }
    let home = &lab.strings().home;
    let size = config.side();
    let text = match config.shown_width() {
        Some(width) => fill(home.setting, &[("width", &width), ("size", &size)]),
        None => fill(home.setting_px, &[("size", &size)]),
    };
    let (name, all) = (config.name(), lab.name(config));
    format!("{text}{}", all.strip_prefix(&name).unwrap_or_default())
}

/// What is in a row that is opened.
#[component]
fn Details(
    id: ColumnId,
    config: Memo<ColumnConfig>,
    stage: Memo<Stage>,
    info: Memo<Option<CheckpointInfo>>,
) -> impl IntoView {
    let lab = use_lab();
    let predictions = move || match stage.get() {
        Stage::Run(Some(Run::Done(prediction))) => Some(view! { <PredictionList prediction=prediction /> }),
        _ => None,
    };
    let timing = move || {
        let timing = lab.measuring.timing(&config.get())?;
        let beside = timing.beside_fastest.iter().flat_map(|beside| beside_lines(lab, &timing, beside));
        let lines = timing_lines(lab.strings(), &timing).into_iter().chain(beside);
        Some(
            view! { <div class="facts">{lines.map(|line| view! { <p>{line}</p> }).collect::<Vec<_>>()}</div> },
        )
    };
    let facts = move || {
        info.get().map(|info| view! { <WeightsFacts info=info.clone() /> <OtherWeights id=id shown=info /> })
    };
    let checkpoint = Memo::new(move |_| config.get().checkpoint().map(str::to_owned));
    let preparation = move || {
        checkpoint.get().map(|id| view! { <Later show=move |views| (views.preparation)(id.clone()) /> })
    };
    let removable = move || lab.board.can_shrink();
    view! {
        <div class="network-settings">
            <ColumnSettings id=id config=config />
            <button
                type="button"
                class="quiet"
                data-testid="remove"
                disabled=move || !removable()
                on:click=move |_| lab.board.remove(id)
            >
                {move || fill(lab.strings().photos.remove_named, &[("name", &lab.name(&config.get()))])}
            </button>
        </div>
        <div>{predictions}</div>
        <div class="network-facts">
            {timing} {facts}
            {preparation}
        </div>
    }
}

/// MACs, parameters and bytes.
#[component]
fn Costs(config: Memo<ColumnConfig>, info: Memo<Option<CheckpointInfo>>) -> impl IntoView {
    let lab = use_lab();
    let counted = Memo::new(move |_| {
        if !is_settled(lab) {
            return None;
        }
        let costs = lab.costs(&config.get())?;
        // The file's bytes where there is one.
        let file = info.get().as_ref().and_then(file_bytes);
        Some((costs.macs(), costs.params, file.map_or_else(|| costs.weight_bytes_f32(), |(bytes, _)| bytes)))
    });
    let text = move || {
        let (macs, params, bytes) = counted.get()?;
        let home = &lab.strings().home;
        let params = fill(home.params, &[("count", &format::count(params))]);
        Some(view! {
            <span class="figure-large">{fill(home.macs, &[("count", &format::count(macs))])}</span>
            " "
            <small title=params>{format::bytes(bytes)}</small>
        })
    };
    view! { <div class="costs" data-testid="costs">{text}</div> }
}

/// The median here, beside those of the other rows.
#[component]
fn Takes(config: Memo<ColumnConfig>) -> impl IntoView {
    let lab = use_lab();
    let longest = Memo::new(move |_| {
        let median = |column: &Column| Some(lab.measuring.timing(&column.config)?.statistics.median_ms);
        lab.board.columns().iter().filter_map(median).fold(0.0, f64::max)
    });
    let body = move || {
        let strings = lab.strings();
        let Some(timing) = lab.measuring.timing(&config.get()) else {
            let is_measuring = lab.measuring.measures(&config.get());
            let text = if is_measuring { strings.home.measuring } else { strings.charts.not_measured };
            return view! { <span class="soft">{text}</span> }.into_any();
        };
        let median = timing.statistics.median_ms;
        let (low, high) = timing.statistics.interval_ms;
        let share = |ms: f64| (100.0 * ms / longest.get().max(median)).min(100.0);
        let place =
            format!("--share: {:.1}%; --low: {:.1}%; --high: {:.1}%", share(median), share(low), share(high));
        let is_broken = lab.parities.of(&timing).is_some_and(|parity| parity.is_broken());
        view! {
            <span class="figure-large" class:struck=is_broken title=timing_lines(strings, &timing).join(" · ")>
                {format!("{} ms", format::sampled(median, &timing))}
            </span>
            <small>{fill(strings.home.margin, &[("percent", &format::margin(&timing))])}</small>
            <span class="meter whiskered" style=place aria-hidden="true"></span>
        }
        .into_any()
    };
    view! { <div class="takes" data-testid="takes">{body}</div> }
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
        Presence::Remote if !is_near(&info) => Stage::Offered(info),
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
        Stage::Starting => built(lab, config).unwrap_or_else(|| hint(lab.strings().board.starting)),
        Stage::NoEngine => hint(lab.strings().board.no_engine),
        Stage::Random => hint(lab.strings().board.random_no_prediction),
        Stage::NoPhoto | Stage::Near(_) => {
            built(lab, config).unwrap_or_else(|| hint(lab.strings().board.waiting_for_photo))
        }
        Stage::Offered(info) => offer(lab, info),
        Stage::Loading(load) => {
            let way_back = load.job().is_none().then(|| way_back(lab, config));
            view! { <LoadStatus load=load again=load_again /> {way_back} }.into_any()
        }
        Stage::Run(None) => hint(lab.strings().board.running),
        Stage::Run(Some(Run::Running(job))) => view! {
            <Busy text=lab.label(|s| s.board.running) fraction=None job=job />
        }
        .into_any(),
        Stage::Run(Some(Run::Done(prediction))) => {
            let fallback = prediction.fallback.clone();
            let top = prediction.top.into_iter().next();
            view! {
                {top.map(|top| view! { <TopAnswer class=top config=config testid="top1" /> })}
                {fallback.map(|reason| view! {
                    <small class="soft" data-testid="fallback">{move || problem_text(lab.language(), &reason)}</small>
                })}
            }
            .into_any()
        }
        Stage::Run(Some(Run::Cancelled)) => view! { <Stopped problem=None again=again /> }.into_any(),
        Stage::Run(Some(Run::Failed(problem))) => {
            view! { <Stopped problem=Some(problem) again=again /> }.into_any()
        }
    }
}

/// The most probable class.
#[component]
fn TopAnswer(class: ClassScore, config: Memo<ColumnConfig>, testid: &'static str) -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    let is_guess = Memo::new(move |_| {
        let config = config.get();
        let position = lab.board.with(|columns| columns.iter().position(|column| column.config == config));
        position.is_some_and(|position| answers.is_guess(position))
    });
    let share = format::percent(class.probability);
    let meter = format!("--share: {:.1}%", 100.0 * class.probability);
    view! {
        <div class="answer" class:guess=is_guess>
            <p class="top1" data-testid=testid>{move || class_name(lab.language(), &class)}</p>
            <span class="share">{share}</span>
            <span class="meter" style=meter aria-hidden="true"></span>
        </div>
    }
}

/// What the network saw in the sample when the page was built, until it computes here.
fn built(lab: Lab, config: Memo<ColumnConfig>) -> Option<AnyView> {
    let sample = lab.samples.built().filter(|_| lab.photos.count() == 0)?;
    let class = lab.samples.built_answer(&sample, config.get().checkpoint()?)?;
    Some(view! { <TopAnswer class=class config=config testid="built-answer" /> }.into_any())
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

/// A button that gives the network the best weights that are here; nothing where none are.
fn way_back(lab: Lab, config: Memo<ColumnConfig>) -> Option<impl IntoView> {
    let config = config.get_untracked();
    let is_other = |info: &&CheckpointInfo| {
        info.model == config.model && is_near(info) && Some(&*info.id) != config.checkpoint()
    };
    let near: Vec<CheckpointInfo> =
        untrack(|| lab.checkpoints.with(|all| all.iter().filter(is_other).cloned().collect()));
    let WeightsChoice::Checkpoint(other) = ColumnConfig::of_model(&config.model, &near).weights else {
        return None;
    };
    let back = move |_| {
        let columns = untrack(|| lab.board.columns());
        if let Some(column) = columns.into_iter().find(|column| column.config == config) {
            lab.choose_weights(column.id, WeightsChoice::Checkpoint(other.clone()));
        }
    };
    Some(view! {
        <button type="button" class="quiet" data-testid="way-back" on:click=back>
            {lab.t(|s| s.home.back_to_here)}
        </button>
    })
}

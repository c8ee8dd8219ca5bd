//! One network over its widths α and resolutions ρ, counted at once and measured at a click.

use engine::spec::Model;
use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, Timing, WeightsChoice};

use super::column_settings::network_groups;
use super::latency_bars::timing_lines;
use super::measure_button::MeasureButton;
use super::prediction_list::backend_and_threads;
use super::select::{Group, Select};
use crate::charts::{Figure, Mark, Table};
use crate::format;
use crate::model_costs::{COUNTS, Count};
use crate::networks;
use crate::state::{ColumnConfig, Lab, use_lab, widths};
use crate::strings::fill;

/// CellNumber first: both multipliers matter in it.
const FIRST: &str = "mobilenetv2_{width}";
/// Value of the choice "latency".
const LATENCY: &str = "latency";

/// What the grid shows: a count, or times where there is none.
type CellNumber = Option<&'static Count>;

/// A width at a resolution.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    config: ColumnConfig,
    /// α.
    width: f64,
    /// What decides its colour.
    value: Option<f64>,
    /// The number, or a dash.
    text: String,
    /// What is said of it beside its number.
    details: Vec<String>,
    /// Half its interval in percent, of times.
    margin: Option<String>,
    /// Whether there are no trained weights for it here.
    is_random: bool,
    /// Whether its time counts for nothing, as the details say.
    is_struck: bool,
    timing: Option<Timing>,
}

/// The grid with its choices and the button that measures.
pub(crate) fn card() -> AnyView {
    view! { <HeatMap /> }.into_any()
}

#[component]
fn HeatMap() -> impl IntoView {
    let lab = use_lab();
    let first = networks::models().into_iter().find(|model| model.id == FIRST);
    let model = RwSignal::new(first.unwrap_or_else(|| networks::models()[0].clone()));
    let shown = RwSignal::new(CellNumber::Some(&COUNTS[0]));
    let pointed = RwSignal::new(None::<ColumnConfig>);
    let placed = RwSignal::new(None::<(ColumnConfig, usize)>);
    let rows = Memo::new(move |_| rows(lab, &model.get(), shown.get()));

    let title = Signal::derive(move || {
        let metric = shown.get().map_or(lab.strings().charts.latency, |count| (count.label)(lab.strings()));
        fill(lab.strings().heat_map.title, &[("metric", metric), ("name", &model.get().title)])
    });
    let metrics = Signal::derive(move || {
        let strings = lab.strings();
        let counts = COUNTS.iter().map(|count| (count.name, (count.label)(strings)));
        let choices = counts.chain([(LATENCY, strings.charts.latency)]);
        Group::plain(choices.map(|(name, text)| (name.to_owned(), text.to_owned())).collect::<Vec<_>>())
    });
    let measure = Callback::new(move |()| {
        shown.set(None);
        lab.start_grid(rows.get_untracked().into_iter().flatten().map(|cell| cell.config).collect());
    });
    let detail = move || {
        let pointed = pointed.get()?;
        rows.with(|rows| {
            let cell = rows.iter().flatten().find(|cell| cell.config == pointed)?;
            Some(spoken(cell))
        })
    };
    let on_board = move || {
        let (config, position) = placed.get()?;
        let position = (position + 1).to_string();
        Some(fill(lab.strings().heat_map.placed, &[("name", &lab.name(&config)), ("position", &position)]))
    };
    let put = Callback::new(move |config: ColumnConfig| {
        let position = lab.show_config(config.clone());
        placed.set(Some((config, position)));
    });
    // One that was disturbed need not cost all of them anew.
    let again = move || {
        let (config, _) = placed.get().filter(|(config, _)| lab.grid.timing(config).is_some())?;
        let label = fill(lab.strings().heat_map.again, &[("name", &config.name())]);
        Some(view! {
            <button
                type="button"
                class="quiet"
                data-testid="measure-cell"
                disabled=move || lab.grid.now().is_some()
                on:click=move |_| lab.start_grid(vec![config.clone()])
            >
                {label}
            </button>
        })
    };
    view! {
        <Figure
            name="heat-map"
            title=title
            note=lab.label(|s| s.heat_map.note)
            table=Signal::derive(move || table(lab, &model.get(), shown.get(), &rows.get()))
            picture=move || view! { <Grid title=title rows=rows pointed=pointed put=put /> }
            is_table=true
        >
            <div class="controls">
                <Select
                    label=lab.label(|s| s.board.network)
                    groups=Signal::derive(|| network_groups(has_grid))
                    value=Signal::derive(move || model.get().id.to_string())
                    on_change=Callback::new(move |id: String| {
                        if let Some(found) = networks::models().into_iter().find(|candidate| candidate.id == id) {
                            model.set(found);
                        }
                    })
                    testid="heat-network"
                />
                <Select
                    label=lab.label(|s| s.heat_map.shown)
                    groups=metrics
                    value=Signal::derive(move || shown.get().map_or(LATENCY, |count| count.name).to_owned())
                    on_change=Callback::new(move |name: String| {
                        shown.set(COUNTS.iter().find(|count| count.name == name));
                    })
                    testid="heat-shown"
                />
                <MeasureButton
                    text=lab.label(|s| s.heat_map.measure)
                    start=measure
                    running=Signal::derive(move || measuring(lab))
                    stop=Callback::new(move |()| lab.stop_grid())
                    testid="measure-grid"
                />
            </div>
            <Ramp rows=rows />
            <p class="heat-detail">
                <span aria-hidden="true" data-testid="heat-detail">{detail}</span>
                <span role="status" data-testid="heat-placed">{on_board}</span>
            </p>
            {again}
        </Figure>
    }
}

/// Whether there is something to choose in both directions, or much in one.
fn has_grid(model: &Model) -> bool {
    widths(model).len() * model.resolutions.len() > 3
}

/// The cell that is being measured, and how far the grid is.
fn measuring(lab: Lab) -> Option<(String, Option<f64>)> {
    let now = lab.grid.now()?;
    let [cell, cells] = [now.done + 1, now.total].map(|count| count.to_string());
    let values = [("name", &*now.name), ("cell", &cell), ("cells", &cells)];
    Some((fill(lab.strings().heat_map.measuring, &values), Some(now.done as f64 / now.total.max(1) as f64)))
}

/// The cells, a row a width.
fn rows(lab: Lab, model: &Model, shown: CellNumber) -> Vec<Vec<Cell>> {
    let checkpoints = lab.checkpoints.with(<[CheckpointInfo]>::to_vec);
    let cell = |width: f64, side: u32| {
        let config = ColumnConfig::on_imagenet(&model.id_at(width), side, &checkpoints);
        filled(lab, config, width, shown)
    };
    let sides = sides(model);
    let row = |width: f64| sides.iter().map(|side| cell(width, *side)).collect();
    widths(model).into_iter().map(row).collect()
}

/// Resolutions in ascending order.
fn sides(model: &Model) -> Vec<u32> {
    let mut sides = model.resolutions.to_vec();
    sides.sort_unstable();
    sides
}

fn filled(lab: Lab, config: ColumnConfig, width: f64, shown: CellNumber) -> Cell {
    let strings = lab.strings();
    let timing = lab.grid.timing(&config);
    // What would be measured: nothing is downloaded for that.
    let mut is_random = lab.without_download(&config).weights == WeightsChoice::Random;
    let mut is_struck = false;
    let mut margin = None;
    let mut details = Vec::new();
    let (value, text) = match (shown, &timing) {
        (Some(count), _) => match lab.costs(&config) {
            Some(costs) => ((count.get)(costs) as f64, (count.text)((count.get)(costs))),
            None => (f64::NAN, strings.charts.not_built.to_owned()),
        },
        (None, None) => {
            details.push(strings.charts.not_measured.to_owned());
            (f64::NAN, "–".to_owned())
        }
        (None, Some(timing)) => {
            is_random = timing.checkpoint.is_none();
            is_struck = lab.parities.of(timing).is_some_and(|parity| parity.is_broken());
            details = timing_lines(strings, timing).into();
            if is_struck {
                details.push(strings.scatter.wrong_values.to_owned());
            }
            margin = Some(fill(strings.home.margin, &[("percent", &format::margin(timing))]));
            let median_ms = timing.statistics.median_ms;
            (median_ms, format::sampled(median_ms, timing))
        }
    };
    if is_random {
        details.push(strings.heat_map.random.to_owned());
    }
    let value = value.is_finite().then_some(value);
    Cell { config, width, value, text, details, margin, is_random, is_struck, timing }
}

/// Name, number and everything else, as one line.
fn spoken(cell: &Cell) -> String {
    let start = format!("{}: {}", cell.config.name(), cell.text);
    std::iter::once(start).chain(cell.details.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// The least and the most of what is known.
fn extremes(rows: &[Vec<Cell>]) -> Option<(&Cell, &Cell)> {
    let known = || rows.iter().flatten().filter(|cell| cell.value.is_some());
    let order = |a: &&Cell, b: &&Cell| a.value.partial_cmp(&b.value).unwrap_or(std::cmp::Ordering::Equal);
    Some((known().min_by(order)?, known().max_by(order)?))
}

/// How strong a cell's colour is, 0..1: equal ratios are equal steps, because both multipliers act by factors.
fn strength(value: f64, least: f64, most: f64) -> f64 {
    if least > 0.0 && most > least { (value / least).ln() / (most / least).ln() } else { 0.5 }
}

/// The cells as a table with headings in both directions.
#[component]
fn Grid(
    /// Accessible name.
    title: Signal<String>,
    /// The cells.
    rows: Memo<Vec<Vec<Cell>>>,
    /// The cell under the pointer or with the focus.
    pointed: RwSignal<Option<ColumnConfig>>,
    /// Puts a cell's configuration on the board.
    put: Callback<ColumnConfig>,
) -> impl IntoView {
    let lab = use_lab();
    let heading = |side: u32| view! { <th scope="col">{side}</th> };
    let cell = move |cell: &Cell, range: Option<(f64, f64)>, all_random: bool| {
        let strength = cell.value.zip(range).map(|(value, (least, most))| strength(value, least, most));
        let style = strength.map(|strength| format!("--strength: {:.0}%", 100.0 * strength));
        let label = fill(lab.strings().heat_map.put, &[("cell", &spoken(cell))]);
        let here = cell.config.clone();
        let (entered, focused) = (here.clone(), here.clone());
        view! {
            <td class:known=strength.is_some() style=style>
                <button
                    type="button"
                    class="cell"
                    class:struck=cell.is_struck
                    aria-label=label
                    data-testid="cell"
                    on:pointerenter=move |_| pointed.set(Some(entered.clone()))
                    on:focus=move |_| pointed.set(Some(focused.clone()))
                    on:click=move |_| put.run(here.clone())
                >
                    {cell.text.clone()}
                    {(cell.is_random && !all_random).then_some("†")}
                    {cell.margin.clone().map(|margin| view! { <small>{margin}</small> })}
                </button>
            </td>
        }
    };
    let head = move || {
        let sides = rows.with(|rows| {
            rows.first().map(|row| row.iter().map(|cell| cell.config.resolution.0).collect::<Vec<_>>())
        });
        sides.unwrap_or_default().into_iter().map(heading).collect::<Vec<_>>()
    };
    let body = move || {
        rows.with(|rows| {
            let range = extremes(rows).and_then(|(least, most)| least.value.zip(most.value));
            let all_random = rows.iter().flatten().all(|cell| cell.is_random);
            let row = |row: &Vec<Cell>| {
                let width = row.first().map(|cell| format!("{:?}", cell.width));
                let cells: Vec<_> = row.iter().map(|one| cell(one, range, all_random)).collect();
                view! {
                    <tr>
                        <th scope="row">{width}</th>
                        {cells}
                    </tr>
                }
            };
            rows.iter().map(row).collect::<Vec<_>>()
        })
    };
    view! {
        <div
            class="scroll-x"
            tabindex="0"
            role="region"
            aria-label=title
            on:pointerleave=move |_| pointed.set(None)
        >
            <table class="heat">
                <caption class="visually-hidden">{title}</caption>
                <thead>
                    <tr>
                        <th scope="col">"α \\ ρ"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

/// What the colours mean, from the least to the most.
#[component]
fn Ramp(
    /// The cells.
    rows: Memo<Vec<Vec<Cell>>>,
) -> impl IntoView {
    let lab = use_lab();
    move || {
        rows.with(|rows| {
            let (least, most) = extremes(rows)?;
            let look = lab.look(&least.config);
            Some(view! {
                <div class="ramp" style=look.style() aria-hidden="true">
                    <Mark look=look />
                    <span>{least.text.clone()}</span>
                    <span class="ramp-bar"></span>
                    <span>{most.text.clone()}</span>
                    <span>
                        {if rows.iter().flatten().all(|cell| cell.is_random) {
                            lab.strings().heat_map.random
                        } else {
                            lab.strings().heat_map.random_mark
                        }}
                    </span>
                </div>
            })
        })
    }
}

/// The cells one below the other, with everything that is known of them.
fn table(lab: Lab, model: &Model, shown: CellNumber, rows: &[Vec<Cell>]) -> Table {
    let s = lab.strings();
    let metric = shown.map_or(s.charts.median_ms, |count| (count.label)(s));
    let common = [s.board.network, "α", "ρ", metric, s.board.weights];
    let measured = [
        s.charts.interval_low_ms,
        s.charts.interval_high_ms,
        "n",
        s.charts.confidence_heading,
        s.board.backend,
    ];
    let headings = common.into_iter().chain(measured.into_iter().filter(|_| shown.is_none()));
    let row = |cell: &Cell| {
        let number = match (shown, cell.value) {
            (Some(_), Some(value)) => format::exact(value as u64),
            (None, Some(_)) => cell.text.clone(),
            (_, None) => String::new(),
        };
        let weights = match &cell.timing {
            Some(timing) if shown.is_none() => timing.checkpoint.clone(),
            _ => cell.config.checkpoint().filter(|_| !cell.is_random).map(str::to_owned),
        };
        let mut row = vec![
            model.title.to_string(),
            format!("{:?}", cell.width),
            cell.config.resolution.0.to_string(),
            number,
            weights.unwrap_or_else(|| s.board.random.to_owned()),
        ];
        if shown.is_none() {
            row.extend(cell.timing.as_ref().map_or_else(Default::default, |timing| {
                let (low, high) = timing.statistics.interval_ms;
                [
                    format::sampled(low, timing),
                    format::sampled(high, timing),
                    timing.samples_ms.len().to_string(),
                    timing.confidence.grade.letter().to_owned(),
                    backend_and_threads(s, timing.backend, timing.threads),
                ]
            }));
        }
        row
    };
    Table { headings: headings.map(str::to_owned).collect(), rows: rows.iter().flatten().map(row).collect() }
}

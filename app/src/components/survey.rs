//! Every family: when it came and from what, its block, its networks, and all of them in one picture.

use engine::zoo::{self, FAMILIES, Family};
use leptos::prelude::*;

use super::latency_bars::timing_lines;
use super::learn::{Explained, Term};
use super::measure_button::MeasureButton;
use super::models_table::measured;
use super::scatter::{AxisMetric, METRICS, Plotted};
use super::select::{Group, Select};
use crate::block_diagram;
use crate::charts::{Axis, Diagram, Event, Figure, Mark, Range, Scatter, Table, Timeline, front_of};
use crate::format;
use crate::model_costs::Costs;
use crate::networks;
use crate::state::{ColumnConfig, Lab, Page, use_lab};
use crate::strings::{Language, fill};
use crate::{families, strings};

/// Networks that one run measures: some minutes on a phone.
const MOST_MEASURED: usize = 30;

/// The families, the chosen one, and the scatter of all networks.
#[component]
pub(super) fn Survey() -> impl IntoView {
    let lab = use_lab();
    let chosen = RwSignal::new(FAMILIES[0].0.id);
    let title = lab.label(|s| s.survey.timeline);
    view! {
        <Figure
            name="families"
            title=title
            note=lab.label(|s| s.survey.timeline_note)
            table=Signal::derive(move || table(lab))
            picture=move || {
                view! {
                    <Timeline
                        title=title
                        events=events()
                        chosen=chosen.into()
                        choose=Callback::new(move |id| chosen.set(id))
                    />
                }
            }
        />
        {move || zoo::family(chosen.get()).map(|family| view! { <FamilyCard family=family choose=chosen /> })}
        <AllNetworks />
    }
}

fn events() -> Vec<Event> {
    let event = |(family, _): &(Family, _)| Event {
        id: family.id,
        title: family.title,
        year: family.year,
        look: families::look(family.id, 0),
        lane: families::lane(family.id),
        parents: parents(family).map(|parent| position(parent.id)).collect(),
    };
    FAMILIES.iter().map(event).collect()
}

fn position(id: &str) -> usize {
    FAMILIES.iter().position(|(family, _)| family.id == id).unwrap_or(0)
}

/// The families of the zoo that one took from.
fn parents(family: &Family) -> impl Iterator<Item = &'static Family> {
    family.parents.iter().filter_map(|id| zoo::family(id))
}

/// Families that took from one.
fn children(family: &Family) -> impl Iterator<Item = &'static Family> {
    let id = family.id;
    FAMILIES.iter().map(|(other, _)| other).filter(move |other| other.parents.contains(&id))
}

/// A family's idea in the visitor's language.
fn idea(lab: Lab, family: &'static Family) -> &'static str {
    match lab.language() {
        Language::English => family.idea,
        Language::Chinese => strings::ideas::in_chinese(family.id).unwrap_or(family.idea),
    }
}

fn table(lab: Lab) -> Table {
    let strings = lab.strings();
    let s = &strings.survey;
    let titles = |all: Vec<&'static str>| all.join(strings.messages.comma);
    let row = |(family, models): &'static (Family, &'static [_])| {
        vec![
            family.title.to_owned(),
            family.year.to_string(),
            family.paper.to_owned(),
            idea(lab, family).to_owned(),
            titles(parents(family).map(|parent| parent.title).collect()),
            models.len().to_string(),
        ]
    };
    Table {
        headings: [s.family, strings.models.year, s.paper, s.idea, s.parents, s.networks]
            .map(str::to_owned)
            .into(),
        rows: FAMILIES.iter().map(row).collect(),
    }
}

/// A family: its idea, its block and its networks.
#[component]
fn FamilyCard(
    /// Whose.
    family: &'static Family,
    /// Where another one is chosen.
    choose: RwSignal<&'static str>,
) -> impl IntoView {
    let lab = use_lab();
    let number = family.paper.trim_start_matches("arXiv ");
    let look = families::look(family.id, 0);
    let named = move |template: &str, families: Vec<&'static Family>| {
        let (before, after) = template.split_once("{names}").unwrap_or((template, ""));
        let links: Vec<_> = families
            .into_iter()
            .map(|other| {
                view! {
                    " "
                    <button type="button" class="quiet" on:click=move |_| choose.set(other.id)>
                        {other.title}
                    </button>
                }
            })
            .collect();
        view! { <p class="lineage">{before.to_owned()} {links} {after.to_owned()}</p> }
    };
    let lineage = move || {
        let (before, after): (Vec<_>, Vec<_>) = (parents(family).collect(), children(family).collect());
        let s = &lab.strings().survey;
        [(s.took, before), (s.taken, after)]
            .into_iter()
            .filter(|(_, families)| !families.is_empty())
            .map(|(template, families)| named(template, families))
            .collect::<Vec<_>>()
    };
    let variants = Memo::new(move |_| {
        networks::variants()
            .into_iter()
            .filter(|variant| variant.model.family == family.id)
            .map(|v| v.id())
            .collect::<Vec<_>>()
    });
    view! {
        <section class="card family" style=look.style() aria-labelledby="family-title" data-testid="family-card">
            <h3 id="family-title">
                <Mark look=look />
                {family.title}
                <small>{family.year}</small>
            </h3>
            <p>
                {move || idea(lab, family)} " "
                <a href=format!("https://arxiv.org/abs/{number}") target="_blank" rel="noreferrer">
                    {family.paper}
                </a>
            </p>
            {lineage}
            <Block family=family />
            <div class="scroll-x">
                <table>
                    <caption class="visually-hidden">{family.title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{lab.t(|s| s.survey.network)}</th>
                            <th scope="col" class="number">{lab.t(|s| s.charts.params)}</th>
                            <th scope="col" class="number">{lab.t(|s| s.charts.macs)}</th>
                            <th scope="col" class="number">{lab.t(|s| s.survey.authors)}</th>
                            <th scope="col" class="number">{lab.t(|s| s.survey.here)}</th>
                            <th></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || variants.get() key=|id| id.clone() let:id>
                            <NetworkRow id=id />
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

/// The block of a family's first network that has one.
#[component]
fn Block(
    /// Whose.
    family: &'static Family,
) -> impl IntoView {
    let lab = use_lab();
    move || {
        let strings = lab.strings();
        let models = networks::models();
        let mut of_family = models.iter().filter(|model| model.family == family.id);
        let found = of_family.find_map(|model| {
            let variant = networks::find(&model.id_at(model.default_width())).ok()?;
            Some((block_diagram::steps(strings, &variant)?, variant))
        });
        match found {
            Some((steps, variant)) => {
                let name = ColumnConfig::of_model(&variant.id(), &[]).title();
                let values = [("name", &*name), ("size", &format::size(variant.resolution))];
                let title = fill(strings.survey.block, &values);
                let region = title.clone();
                view! {
                    <figure class="block-figure">
                        <figcaption>{title.clone()}</figcaption>
                        <div class="scroll-x" tabindex="0" role="region" aria-label=region>
                            <Diagram title=title steps=steps />
                        </div>
                        <p class="note">
                            {strings.survey.block_note} " "
                            <Explained term=Term::Families what=strings.survey.family />
                        </p>
                    </figure>
                }
                .into_any()
            }
            None => view! { <p class="note">{strings.survey.no_block}</p> }.into_any(),
        }
    }
}

/// A network with its numbers.
#[component]
fn NetworkRow(
    /// Zoo id.
    id: String,
) -> impl IntoView {
    let lab = use_lab();
    let config = {
        let id = id.clone();
        Memo::new(move |_| lab.checkpoints.with(|all| ColumnConfig::of_model(&id, all)))
    };
    let own = ColumnConfig::of_model(&id, &[]);
    let counted = untrack(|| lab.costs(&own));
    let count = |get: fn(Costs) -> u64| counted.map(get).map_or_else(|| "–".to_owned(), format::count);
    let (params, macs) = (count(|costs| costs.params), count(|costs| costs.macs()));
    let published = zoo::published_top1(&id, own.resolution.0);
    let published = move || {
        published.map_or_else(
            || view! { <td class="number nothing">"–"</td> }.into_any(),
            |(top1, source)| {
                view! {
                    <td class="number" data-label="Top-1" title=lab.strings().quoted(source.title)>
                        <a href=source.url target="_blank" rel="noreferrer">
                            {format!("{top1:.1} %")}
                        </a>
                    </td>
                }
                .into_any()
            },
        )
    };
    let here = move || config.with(|config| measured(lab, config));
    let label = {
        let id = id.clone();
        move || format!("{} {id}", lab.strings().board.compare)
    };
    let show = move |_| {
        lab.show_config(config.get_untracked());
        lab.pages.show(Page::Compare);
    };
    let name = id.clone();
    view! {
        <tr data-testid="network" data-network=name>
            <th scope="row">
                {own.name()} " " <small>{id}</small>
            </th>
            <td class="number" data-label=lab.t(|s| s.layers.metric_params)>
                {params}
            </td>
            <td class="number" data-label=lab.t(|s| s.layers.metric_macs)>
                {macs}
            </td>
            {published}
            <td
                class="number"
                class:nothing=move || here().is_none()
                data-label=lab.t(|s| s.survey.here)
                title=move || here().map(|timing| timing_lines(lab.strings(), &timing).join(" · "))
            >
                {move || {
                    here().map_or_else(
                        || "–".to_owned(),
                        |timing| format!("{} ms", format::sampled(timing.statistics.median_ms, &timing)),
                    )
                }}
            </td>
            <td>
                <button type="button" class="quiet" data-testid="show" aria-label=label on:click=show>
                    {lab.t(|s| s.board.compare)}
                </button>
            </td>
        </tr>
    }
}

/// Every network, the first of each family before the others.
fn all(lab: Lab) -> Vec<ColumnConfig> {
    let checkpoints = lab.checkpoints.with(<[_]>::to_vec);
    let models = networks::models();
    let is_first =
        |position: usize| models[..position].iter().all(|model| model.family != models[position].family);
    let config = |position: &usize| {
        let model = &models[*position];
        ColumnConfig::of_model(&model.id_at(model.default_width()), &checkpoints)
    };
    let (first, others): (Vec<usize>, Vec<usize>) =
        (0..models.len()).partition(|position| is_first(*position));
    let named = first.iter().chain(&others).map(config);
    let widths =
        networks::variants().into_iter().map(|variant| ColumnConfig::of_model(&variant.id(), &checkpoints));
    let mut all: Vec<ColumnConfig> = Vec::new();
    for config in named.chain(widths) {
        if !all.contains(&config) {
            all.push(config);
        }
    }
    all
}

/// All networks over two numbers, and the button that measures them.
#[component]
fn AllNetworks() -> impl IntoView {
    let lab = use_lab();
    let across = RwSignal::new(METRICS[0]);
    let metrics = move || [across.get(), AxisMetric::Authors];
    // The smallest and the largest differ a thousandfold.
    let axes = move || {
        let [x, y] = metrics().map(|metric| metric.axis(lab.strings()));
        [Axis { range: Range::Logarithmic, ..x }, y]
    };
    let all = Memo::new(move |_| all(lab));
    let plotted = Memo::new(move |_| {
        let entries = all.get().into_iter().filter_map(|config| {
            zoo::published_top1(&config.model, config.resolution.0)?;
            let timing = measured(lab, &config);
            Some((config.name(), config, timing))
        });
        let mut plotted = Plotted::of(lab, metrics(), entries);
        let front = front_of(&plotted.points, &axes());
        for (position, point) in plotted.points.iter_mut().enumerate() {
            if !front.contains(&position) {
                point.label.clear();
            }
        }
        plotted
    });
    let title = Signal::derive(move || {
        let strings = lab.strings();
        let [x, y] = metrics().map(|metric| metric.label(strings));
        fill(strings.survey.scatter, &[("x", x), ("y", y)])
    });
    let choices = Signal::derive(move || {
        let choice = |metric: AxisMetric| (metric.name().to_owned(), metric.label(lab.strings()).to_owned());
        Group::plain(
            METRICS.into_iter().filter(|metric| !metric.is_accuracy()).map(choice).collect::<Vec<_>>(),
        )
    });
    let next = Memo::new(move |_| {
        let all = all.get();
        let new: Vec<ColumnConfig> = all
            .iter()
            .filter(|config| measured(lab, config).is_none())
            .take(MOST_MEASURED)
            .cloned()
            .collect();
        if new.is_empty() { (all.into_iter().take(MOST_MEASURED).collect(), true) } else { (new, false) }
    });
    let text = Signal::derive(move || {
        let s = &lab.strings().survey;
        next.with(|(next, is_again)| match is_again {
            true => s.all_measured.to_owned(),
            false => fill(s.measure, &[("count", &next.len().to_string())]),
        })
    });
    let running = Signal::derive(move || {
        let now = lab.grid.now()?;
        let values =
            [("name", now.name.clone()), ("done", now.done.to_string()), ("total", now.total.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let share = now.done as f64 / now.total.max(1) as f64;
        Some((fill(lab.strings().survey.measuring, &values), Some(share)))
    });
    let start = Callback::new(move |()| {
        lab.start_grid(next.get_untracked().0);
        across.set(AxisMetric::Latency);
    });
    view! {
        <Figure
            name="all-networks"
            title=title
            note=lab.label(|s| s.survey.scatter_note)
            table=Signal::derive(move || plotted.with(|plotted| plotted.table.clone()))
            picture=move || {
                view! {
                    <Scatter
                        title=title
                        points=Signal::derive(move || plotted.with(|plotted| plotted.points.clone()))
                        axes=Signal::derive(axes)
                    />
                }
            }
        >
            <div class="controls">
                <Select
                    label=lab.label(|s| s.scatter.axis_x)
                    groups=choices
                    value=Signal::derive(move || across.get().name().to_owned())
                    on_change=Callback::new(move |name: String| {
                        if let Some(metric) = AxisMetric::named(&name) {
                            across.set(metric);
                        }
                    })
                    testid="all-x"
                />
                <MeasureButton
                    text=text
                    start=start
                    running=running
                    stop=Callback::new(move |()| lab.stop_grid())
                    testid="measure-all"
                />
            </div>
            <p class="note">
                {move || {
                    let most = MOST_MEASURED.to_string();
                    fill(lab.strings().survey.measure_note, &[("count", &most)])
                }}
            </p>
        </Figure>
    }
}

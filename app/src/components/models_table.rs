//! The models as a table: a row opens to what else is known.

use leptos::prelude::*;
use worker::protocol::{Backend, Timing};

use super::latency_bars::timing_lines;
use super::load_status::LoadStatus;
use super::select::{Group, Select};
use super::shelf_item::{Actions, Facts, presence};
use super::weights_facts::{label_set, published, tested};
use crate::charts::Mark;
use crate::format;
use crate::shelf::{self, Column, Place, Row, Sorting};
use crate::state::{ColumnConfig, Lab, use_lab};
use crate::strings::{Strings, fill};

/// What is not known.
const NOTHING: &str = "–";

/// Which rows are shown, by where their weights are.
type Choice = (&'static str, fn(&'static Strings) -> &'static str, fn(Place) -> bool);
const CHOICES: [Choice; 3] = [
    ("all", |s| s.models.show_all, |_| true),
    ("here", |s| s.models.show_here, |place| matches!(place, Place::Here)),
    ("download", |s| s.models.show_download, |place| matches!(place, Place::Download)),
];

/// The table with what filters it.
#[component]
pub(super) fn ModelsTable() -> impl IntoView {
    let lab = use_lab();
    let sorting = RwSignal::new(Sorting { column: Column::Place, is_descending: false });
    let words = RwSignal::new(String::new());
    let choice = RwSignal::new(CHOICES[0].0.to_owned());
    let all = Memo::new(move |_| {
        let models = crate::networks::models();
        lab.checkpoints.with(|checkpoints| shelf::rows(checkpoints, &models, |config| measured(lab, config)))
    });
    let shown = Memo::new(move |_| {
        let is_wanted =
            choice.with(|choice| CHOICES.iter().find(|(name, ..)| name == choice)).map(|choice| choice.2);
        let mut rows = all.get();
        rows.retain(|row| {
            is_wanted.is_none_or(|is_wanted| is_wanted(row.place()))
                && words.with(|words| shelf::has_words(&haystack(lab, row), words))
        });
        shelf::sorted(rows, sorting.get()).into_iter().map(|row| row.id).collect::<Vec<_>>()
    });
    let count = move || {
        let strings = lab.strings();
        let (shown, all) = (shown.with(Vec::len).to_string(), all.with(Vec::len).to_string());
        fill(strings.models.rows_shown, &[("shown", &shown), ("all", &all)])
    };
    let choices = Signal::derive(move || {
        let strings = lab.strings();
        Group::plain(CHOICES.map(|(name, text, _)| (name.to_owned(), text(strings).to_owned())))
    });
    let row = move |id: String| {
        let of_row = id.clone();
        let row = Memo::new(move |_| all.with(|all| all.iter().find(|row| row.id == of_row).cloned()));
        view! { <ModelRow id=id row=row /> }
    };
    view! {
        <div class="card model-table">
            <div class="controls">
                <label class="select">
                    <span>{lab.t(|s| s.models.filter)}</span>
                    <input
                        type="search"
                        autocomplete="off"
                        placeholder=lab.t(|s| s.models.filter_hint)
                        data-testid="filter"
                        on:input:target=move |event| words.set(event.target().value())
                    />
                </label>
                <Select
                    label=lab.label(|s| s.models.show)
                    groups=choices
                    value=choice
                    on_change=Callback::new(move |name| choice.set(name))
                    testid="filter-place"
                />
                <p class="note" role="status" data-testid="rows">
                    {count}
                </p>
            </div>
            <div class="scroll-x">
                <table>
                    <caption class="visually-hidden">{lab.t(|s| s.header.models)}</caption>
                    <thead>
                        <tr>{Column::ALL.map(|column| view! { <Heading column=column sorting=sorting /> })}</tr>
                    </thead>
                    <For each=move || shown.get() key=|id| id.clone() children=row />
                </table>
            </div>
        </div>
    }
}

/// A heading, which sorts the rows: once in ascending order, again in descending.
#[component]
fn Heading(
    /// The column.
    column: Column,
    /// The order of the rows.
    sorting: RwSignal<Sorting>,
) -> impl IntoView {
    let lab = use_lab();
    let text = move || {
        let s = lab.strings();
        match column {
            Column::Network => s.board.network,
            Column::Year => s.models.year,
            Column::Data => s.models.data,
            Column::Top1 => s.models.top1,
            Column::Size => s.models.size,
            Column::Licence => s.models.licence,
            Column::Here => s.models.here,
            Column::Place => s.models.place,
        }
    };
    let title = move || {
        let s = lab.strings();
        match column {
            Column::Year => Some(s.models.year_note),
            Column::Here => Some(s.models.here_note),
            _ => None,
        }
    };
    let direction = move || {
        let Sorting { column: by, is_descending } = sorting.get();
        (by == column).then_some(if is_descending { "descending" } else { "ascending" })
    };
    let sort = move |_| {
        sorting.update(|now| {
            *now = Sorting { column, is_descending: now.column == column && !now.is_descending };
        });
    };
    view! {
        <th scope="col" class=column.name() aria-sort=direction>
            <button type="button" title=title data-testid=format!("sort-{}", column.name()) on:click=sort>
                {text}
                <span class="arrow" aria-hidden="true"></span>
            </button>
        </th>
    }
}

/// A row, what its weights are up to, and, once it is opened, the facts.
#[component]
fn ModelRow(
    /// The row's.
    id: String,
    /// The row; `None` while it is being taken off the page.
    row: Memo<Option<Row>>,
) -> impl IntoView {
    let lab = use_lab();
    let is_open = RwSignal::new(false);
    let config = row.with_untracked(|row| row.as_ref().map(|row| row.config.clone()))?;
    let look = lab.look(&config);
    let load = {
        let id = id.clone();
        Memo::new(move |_| lab.checkpoints.load_state(&id))
    };
    let status = {
        let id = id.clone();
        move || {
            let about = id.clone();
            let start = about.clone();
            let again = Callback::new(move |()| lab.start_load(start.clone()));
            let wide = move |load| {
                view! {
                    <tr>
                        <td class="model-more" colspan=Column::ALL.len()>
                            <LoadStatus load=load again=again about=about />
                        </td>
                    </tr>
                }
            };
            load.get().map(wide)
        }
    };
    let facts = move || {
        let row = is_open.get().then(|| row.get()).flatten()?;
        Some(view! {
            <tr>
                <td class="model-more" colspan=Column::ALL.len()>
                    <Facts row=row />
                </td>
            </tr>
        })
    };
    let cells = [Column::Year, Column::Data, Column::Top1, Column::Size, Column::Licence, Column::Here].map(|column| {
        let cell = Memo::new(move |_| row.with(|row| Some(cell(lab, row.as_ref()?, column))).flatten());
        view! {
            <td class=column.name() class:nothing=move || cell.get().is_none() title=move || cell.get().map(|cell| cell.1)>
                {move || cell.get().map_or_else(|| NOTHING.to_owned(), |cell| cell.0)}
            </td>
        }
    });
    let is_checkpoint = row.with_untracked(|row| row.as_ref().is_some_and(|row| row.info.is_some()));
    let place = move || row.with(|row| row.as_ref().map(|row| presence(lab.strings(), row.info.as_ref())));
    Some(view! {
        <tbody
            style=look.style()
            data-testid=if is_checkpoint { "checkpoint" } else { "weightless" }
            data-checkpoint=id.clone()
        >
            <tr>
                <th scope="row">
                    <button
                        type="button"
                        class="model-name"
                        data-testid="open"
                        aria-expanded=move || is_open.get().to_string()
                        on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                    >
                        <Mark look=look />
                        <span>
                            {config.name()} <small>{id.clone()}</small>
                        </span>
                    </button>
                </th>
                {cells}
                <td class="place">
                    <div class="model-state">
                        <span data-testid="presence">{place}</span>
                        {move || row.get().map(|row| view! { <Actions row=row load=load /> })}
                    </div>
                </td>
            </tr>
            {status}
            {facts}
        </tbody>
    })
}

/// A cell's text, and what it does not say by itself; `None` where nothing is known.
fn cell(lab: Lab, row: &Row, column: Column) -> Option<(String, String)> {
    let strings = lab.strings();
    let info = row.info.as_ref();
    match column {
        Column::Network | Column::Place => None,
        Column::Year => row.family().map(|family| (family.year.to_string(), family.paper.to_owned())),
        Column::Data => {
            let info = info?;
            let values =
                [("labels", label_set(strings, &info.labels)), ("classes", &*info.classes.to_string())];
            Some((fill(strings.checkpoint.labels_classes, &values), String::new()))
        }
        Column::Top1 => {
            let (info, top1) = (info?, format!("{:.1} %", row.top1()?));
            Some(match info.training {
                Some(training) => {
                    (format!("{top1} {}", strings.models.tested), tested(strings, training.test))
                }
                None => (format!("{top1} {}", strings.models.published), published(strings, info)?),
            })
        }
        Column::Size => row.bytes().map(|(bytes, is_exact)| match (format::bytes(bytes), is_exact) {
            (text, true) => (text, String::new()),
            (text, false) => (format!("≈ {text}"), strings.models.size_guess.to_owned()),
        }),
        Column::Licence => {
            let licence = strings.quoted(info?.licence.as_deref()?);
            let short = licence.split([' ', '（']).next().filter(|_| licence.len() > 20).unwrap_or(licence);
            Some((short.to_owned(), licence.to_owned()))
        }
        Column::Here => row.here.as_ref().map(|timing| {
            let ms = format::sampled(timing.statistics.median_ms, timing);
            (format!("{ms} ms"), timing_lines(strings, timing).join(" · "))
        }),
    }
}

/// What the filter looks into.
fn haystack(lab: Lab, row: &Row) -> String {
    let cells = [Column::Year, Column::Data, Column::Top1, Column::Licence];
    let cells =
        cells.into_iter().filter_map(|column| cell(lab, row, column)).map(|(text, more)| text + " " + &more);
    let place = presence(lab.strings(), row.info.as_ref());
    [row.config.name(), row.id.clone(), place].into_iter().chain(cells).collect::<Vec<_>>().join(" ")
}

/// The fastest of a configuration's times on this page, whatever ran; none whose values were wrong. Reactive.
pub(super) fn measured(lab: Lab, config: &ColumnConfig) -> Option<Timing> {
    let backends = [None].into_iter().chain(Backend::ALL.map(Some));
    let timings = backends.flat_map(|backend| {
        let config = ColumnConfig { backend, ..config.clone() };
        [lab.measuring.timing(&config), lab.grid.timing(&config)]
    });
    let is_right = |timing: &Timing| !lab.parities.of(timing).is_some_and(|parity| parity.is_broken());
    let timings = timings.flatten().filter(is_right);
    timings.min_by(|a, b| a.statistics.median_ms.total_cmp(&b.statistics.median_ms))
}

//! Where a network's costs and time lie, layer by layer, and beside another one.

use common::version::version;
use engine::roofline::Bound;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{Exactness, LayerTimes};

use super::latency_bars::texture;
use super::learn::{Explained, Term};
use super::measure_button::{MeasureButton, fraction};
use super::prediction_list::backend_and_threads;
use super::receipt::Receipt;
use super::select::{Group, Select};
use crate::charts::{Bar, BarFigure, Texture};
use crate::format;
use crate::layers::{CopyFormat, HEAD, LayerKind, LayerMetric, LayerRow, LayerTable, share};
use crate::state::{ColumnConfig, ColumnId, Lab, use_lab};
use crate::strings::{Strings, fill, op_name, problems};

/// The choice of no second network.
const NOTHING: &str = "";

/// What the section shows; a handle that is copied freely.
#[derive(Clone, Copy)]
struct Selection {
    lab: Lab,
    first: RwSignal<Option<ColumnId>>,
    second: RwSignal<Option<ColumnId>>,
    metric: RwSignal<LayerMetric>,
}

/// The layers of one or two of the board's networks.
pub(crate) fn page() -> AnyView {
    view! { <Layers /> }.into_any()
}

#[component]
fn Layers() -> impl IntoView {
    let lab = use_lab();
    let selection = Selection {
        lab,
        first: RwSignal::new(None),
        second: RwSignal::new(None),
        metric: RwSignal::new(LayerMetric::Macs),
    };
    let tables = Memo::new(move |_| selection.tables());
    let sentences = move || {
        let sentence = |(_, table): &(ColumnConfig, LayerTable)| {
            sentence(lab, table).map(|text| view! { <p>{text}</p> })
        };
        tables.with(|tables| tables.iter().map(sentence).collect::<Vec<_>>())
    };
    let kinds = move |strings: &Strings| {
        LayerKind::ALL.map(|kind| kind_name(strings, kind)).join(strings.messages.comma)
    };
    view! {
        <section class="layers" aria-labelledby="layers-title" data-testid="layers">
            <div class="section-head">
                <h2 id="layers-title">{lab.t(|s| s.layers.title)}</h2>
                <p class="explanations">
                    <Explained term=Term::Separable what=lab.label(|s| s.layers.op_depthwise) shown=true />
                    <Explained term=Term::Roofline what=lab.label(|s| s.learn.roofline) shown=true />
                </p>
            </div>
            <Controls selection=selection />
            <div class="sentences" data-testid="layer-sentences" aria-live="polite">
                {sentences}
            </div>
            <BarFigure
                name="strides"
                title=Signal::derive(move || {
                    let strings = lab.strings();
                    fill(strings.layers.by_stride, &[("metric", metric_name(strings, selection.metric.get()))])
                })
                note=Signal::derive(move || {
                    let strings = lab.strings();
                    fill(strings.layers.by_stride_note, &[("kinds", &kinds(strings))])
                })
                bars=Signal::derive(move || tables.with(|tables| stride_bars(lab, tables, selection.metric.get())))
                headings=Signal::derive(move || {
                    let strings = lab.strings();
                    let names = LayerKind::ALL.map(|kind| kind_name(strings, kind)).into_iter();
                    let all = std::iter::once(strings.board.network).chain(names).chain([strings.charts.total]);
                    all.map(str::to_owned).collect::<Vec<_>>()
                })
                tick=tick
                testid="stride"
            />
            {move || {
                // A card is written in the language of its making.
                lab.strings();
                tables
                    .get()
                    .into_iter()
                    .map(|(config, table)| view! { <LayerCard config=config table=table /> })
                    .collect::<Vec<_>>()
            }}
            <p class="note">{lab.t(|s| s.layers.hint)}</p>
            <Receipt config=Signal::derive(move || selection.configs().into_iter().next()) />
        </section>
    }
}

impl Selection {
    /// The configurations that are selection, the first one first; reactive.
    fn configs(self) -> Vec<ColumnConfig> {
        let columns = self.lab.board.columns();
        let of = |id: Option<ColumnId>| columns.iter().find(|column| Some(column.id) == id);
        // A column that is gone gives way to the first one of the board.
        let first = of(self.first.get()).or(columns.first());
        let second = of(self.second.get()).filter(|second| first.is_none_or(|first| first.id != second.id));
        [first, second].into_iter().flatten().map(|column| column.config.clone()).collect()
    }

    fn tables(self) -> Vec<(ColumnConfig, LayerTable)> {
        let table = |config: ColumnConfig| {
            let (name, times) = (self.lab.name(&config), self.lab.layer_timing.times(&config));
            let table = LayerTable::new(name, self.lab.variant(&config)?, times)?;
            Some((config, table))
        };
        self.configs().into_iter().filter_map(table).collect()
    }
}

/// Which networks, which numbers, and the button that measures.
#[component]
fn Controls(
    /// What is chosen.
    selection: Selection,
) -> impl IntoView {
    let lab = selection.lab;
    let columns = move || -> Vec<(String, String)> {
        let columns = lab.board.columns();
        columns.iter().map(|column| (column.id.to_string(), lab.name(&column.config))).collect()
    };
    let value = move |id: Option<ColumnId>| id.map_or_else(|| NOTHING.to_owned(), |id| id.to_string());
    let first = move || {
        let chosen = value(selection.first.get());
        let columns = columns();
        let there = columns.iter().any(|(id, _)| *id == chosen);
        if there { chosen } else { columns.first().map(|(id, _)| id.clone()).unwrap_or_default() }
    };
    let seconds = move || {
        let first = first();
        let others = columns().into_iter().filter(|(id, _)| *id != first);
        let nothing = (NOTHING.to_owned(), lab.strings().layers.nothing.to_owned());
        Group::plain(std::iter::once(nothing).chain(others).collect::<Vec<_>>())
    };
    let metrics = move || {
        let strings = lab.strings();
        Group::plain(
            LayerMetric::ALL
                .map(|metric| (metric.name().to_owned(), metric_name(strings, metric).to_owned())),
        )
    };
    view! {
        <div class="layer-controls">
            <Select
                label=lab.label(|s| s.layers.first)
                groups=Signal::derive(move || Group::plain(columns()))
                value=Signal::derive(first)
                on_change=Callback::new(move |id: String| selection.first.set(id.parse().ok()))
                testid="layers-first"
            />
            <Select
                label=lab.label(|s| s.layers.second)
                groups=Signal::derive(seconds)
                value=Signal::derive(move || value(selection.second.get()))
                on_change=Callback::new(move |id: String| selection.second.set(id.parse().ok()))
                testid="layers-second"
            />
            <Select
                label=lab.label(|s| s.layers.metric)
                groups=Signal::derive(metrics)
                value=Signal::derive(move || selection.metric.get().name().to_owned())
                on_change=Callback::new(move |name: String| {
                    if let Some(metric) = LayerMetric::named(&name) {
                        selection.metric.set(metric);
                    }
                })
                testid="layers-metric"
            />
            <MeasureButton
                text=lab.label(|s| s.layers.measure)
                start=Callback::new(move |()| {
                    selection.metric.set(LayerMetric::Time);
                    lab.start_layer_timing(untrack(|| selection.configs()));
                })
                running=Signal::derive(move || measuring(lab))
                stop=Callback::new(move |()| lab.stop_layer_timing())
                testid="measure-layers"
            />
        </div>
    }
}

/// The network whose layers are being measured, and how far that is.
fn measuring(lab: Lab) -> Option<(String, Option<f64>)> {
    let now = lab.layer_timing.now()?;
    Some((fill(lab.strings().layers.measuring, &[("name", &now.name)]), fraction(now.progress)))
}

/// One network's table with its copies.
#[component]
fn LayerCard(
    /// The network.
    config: ColumnConfig,
    /// Its layers.
    table: LayerTable,
) -> impl IntoView {
    let lab = use_lab();
    let strings = lab.strings();
    let title = fill(strings.layers.of, &[("name", &table.name)]);
    let how = match &table.times {
        Some(times) => ran(strings, times),
        None => strings.layers.not_measured.to_owned(),
    };
    let (heading, region) = (title.clone(), title.clone());
    let copied = RwSignal::new(None);
    let step_ms = table.times.as_ref().map_or(1.0, |times| times.timer_step_ms);
    let metric = if table.times.is_some() { LayerMetric::Time } else { LayerMetric::Macs };
    let total = table.total(metric);
    let most = table.rows.iter().map(|row| row.value(metric)).fold(0.0, f64::max);
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| {
            layer_row(
                strings,
                row,
                (share(row.value(metric), total), share(row.value(metric), most)),
                step_ms,
            )
        })
        .collect();
    let headings = [
        strings.layers.layer,
        strings.layers.operation,
        strings.layers.shape_in,
        strings.layers.shape_out,
        strings.charts.params,
        "MACs",
        strings.layers.activation_bytes_heading,
        strings.layers.ms_here,
        strings.layers.share,
        strings.layers.predicted_ms,
        strings.layers.bound,
    ];
    let is_in_bytes = table.rows.iter().any(|row| row.exactness.is_some());
    let headings = headings.into_iter().chain(is_in_bytes.then_some(strings.layers.exactness));
    let headings: Vec<_> = headings.map(|heading| view! { <th scope="col">{heading}</th> }).collect();
    let copies = CopyFormat::ALL.map(|format| {
        let table = table.clone();
        let label = fill(
            strings.layers.copy_named,
            &[("name", &table.name), ("format", format_name(strings, format))],
        );
        view! {
            <button
                type="button"
                class="quiet"
                aria-label=label
                data-testid=format!("copy-{}", format.name())
                on:click=move |_| copy(lab, format.write(&table, &version()), format, copied)
            >
                {format_name(strings, format)}
            </button>
        }
    });
    let said = move || {
        let strings = lab.strings();
        copied.get().map(|format| fill(strings.layers.copied, &[("format", format_name(strings, format))]))
    };
    view! {
        <div class="card layer-card" style=lab.look(&config).style() data-testid="layer-card">
            <div class="layer-head">
                <h3>{heading}</h3>
                <div class="buttons">
                    <small>{strings.layers.copy_as}</small>
                    {copies}
                    <small role="status">{said}</small>
                </div>
            </div>
            <div class="layer-table" tabindex="0" role="region" aria-label=region>
                <table>
                    <caption class="visually-hidden">{title}</caption>
                    <thead>
                        <tr>{headings}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="note">{how}</p>
            {is_in_bytes.then(|| view! { <p class="note">{strings.layers.exactness_note}</p> })}
        </div>
    }
}

/// `shares`: of the whole, and of the largest layer.
fn layer_row(
    strings: &Strings,
    row: &LayerRow,
    (share, of_largest): (f64, f64),
    step_ms: f64,
) -> impl IntoView + use<> {
    let ms = |ms: Option<f64>| ms.map(|ms| mean_milliseconds(ms, step_ms)).unwrap_or_default();
    let bound = row.predicted.map(|(_, bound)| match bound {
        Bound::Compute => strings.layers.bound_compute,
        Bound::Memory => strings.layers.bound_memory,
    });
    view! {
        <tr>
            <th scope="row">{row.layer.cost.name.clone()}</th>
            <td>{op_name(strings, row.layer.cost.op)}</td>
            <td>{row.input()}</td>
            <td>{row.layer.cost.output.to_string()}</td>
            <td>{format::exact(row.layer.cost.params)}</td>
            <td>{format::exact(row.layer.cost.macs)}</td>
            <td>{format::exact(row.layer.activation_bytes)}</td>
            <td>{ms(row.ms)}</td>
            <td class="share" style=format!("--share: {:.1}%", 100.0 * of_largest)>
                {format::percent(share as f32)}
            </td>
            <td>{ms(row.predicted.map(|(ms, _)| ms))}</td>
            <td>{bound}</td>
            {row.exactness.map(|exactness| view! { <td>{exactness_text(strings, exactness)}</td> })}
        </tr>
    }
}

/// `int8 · 31 dB`.
fn exactness_text(strings: &Strings, exactness: Exactness) -> String {
    let form = if exactness.in_bytes { strings.layers.in_bytes } else { strings.layers.in_floats };
    match exactness.sqnr_db {
        Some(decibels) => format!("{form} · {decibels:.0} dB"),
        None => form.to_owned(),
    }
}

/// A mean of many runs is known more finely than one run is: by a tenth of the clock's step.
fn mean_milliseconds(ms: f64, step_ms: f64) -> String {
    format::milliseconds(ms, step_ms / 10.0)
}

fn ran(strings: &Strings, times: &LayerTimes) -> String {
    fill(
        strings.layers.ran,
        &[
            ("backend", &backend_and_threads(strings, times.backend, times.threads)),
            ("runs", &times.runs.to_string()),
            ("macs", &format::count((1000.0 * times.roofs.macs_per_ms) as u64)),
            ("bytes", &format::bytes((1000.0 * times.roofs.bytes_per_ms) as u64)),
        ],
    )
}

/// What dominates, in a sentence or two.
fn sentence(lab: Lab, table: &LayerTable) -> Option<String> {
    let strings = lab.strings();
    let dominance = table.dominance()?;
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let kind = kind_name(strings, dominance.kind);
    let (macs, (layer, part)) = (percent(dominance.macs), dominance.layer);
    let common = [
        ("name", table.name.as_str()),
        ("kind", kind),
        ("macs", &macs),
        ("layer", &layer),
        ("share", &percent(part)),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let mut values = common.to_vec();
    let template = match (dominance.time, table.predicted_ms(), &table.times) {
        (Some(time), Some(predicted), Some(times)) => {
            let ms = |ms| mean_milliseconds(ms, times.timer_step_ms);
            values.extend([
                ("time", percent(time)),
                ("predicted", ms(predicted)),
                ("ms", ms(table.total(LayerMetric::Time))),
                ("memory", dominance.memory_bound.to_string()),
                ("layers", table.rows.len().to_string()),
            ]);
            strings.layers.dominates_time
        }
        _ => strings.layers.dominates_macs,
    };
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(fill(template, &values))
}

/// A bar for each stride and network, the networks of one stride next to each other.
fn stride_bars(lab: Lab, tables: &[(ColumnConfig, LayerTable)], metric: LayerMetric) -> Vec<Bar> {
    let strings = lab.strings();
    let mut bars: Vec<(usize, Bar)> = Vec::new();
    for (config, table) in tables {
        let step_ms = table.times.as_ref().map_or(1.0, |times| times.timer_step_ms);
        let text = |value: f64| match metric {
            LayerMetric::Time => mean_milliseconds(value, step_ms),
            LayerMetric::Activations => format::bytes(value as u64),
            LayerMetric::Macs | LayerMetric::Params => format::count(value as u64),
        };
        let exact = |value: f64| match metric {
            LayerMetric::Time => text(value),
            _ => format::exact(value as u64),
        };
        let known = metric != LayerMetric::Time || table.times.is_some();
        for (stride, kinds) in table.by_stride(metric) {
            let total: f64 = kinds.iter().sum();
            let template = if stride == HEAD { strings.layers.stride_head } else { strings.layers.stride };
            let name = fill(template, &[("stride", &stride.to_string()), ("name", &table.name)]);
            let unit = if metric == LayerMetric::Time { " ms" } else { "" };
            bars.push((
                stride,
                Bar {
                    name,
                    look: lab.look(config),
                    parts: if known { kinds.to_vec() } else { Vec::new() },
                    label: if known { text(total) + unit } else { strings.charts.not_measured.to_owned() },
                    details: if known { largest(strings, &kinds) } else { Vec::new() },
                    texture: match &table.times {
                        Some(times) if metric == LayerMetric::Time => texture(times.backend, times.threads),
                        _ => Texture::Solid,
                    },
                    struck: false,
                    interval: None,
                    samples: Vec::new(),
                    cells: if known {
                        kinds.into_iter().chain([total]).map(exact).collect()
                    } else {
                        Vec::new()
                    },
                },
            ));
        }
    }
    // Stable: the first network stays first.
    bars.sort_by_key(|(stride, _)| *stride);
    bars.into_iter().map(|(_, bar)| bar).collect()
}

/// The three kinds with the largest shares, in one line.
fn largest(strings: &Strings, kinds: &[f64; LayerKind::ALL.len()]) -> Vec<String> {
    let total: f64 = kinds.iter().sum();
    let mut shares: Vec<_> = LayerKind::ALL.into_iter().zip(kinds.map(|value| share(value, total))).collect();
    shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let named = shares.iter().take(3).filter(|(_, share)| *share >= 0.005);
    let text = named.map(|(kind, share)| format!("{} {:.0} %", kind_name(strings, *kind), 100.0 * share));
    let line = text.collect::<Vec<_>>().join(strings.messages.comma);
    if line.is_empty() { Vec::new() } else { vec![line] }
}

fn tick(value: f64) -> String {
    // Milliseconds are small, everything else is counted in thousands at least.
    if value < 1000.0 { format!("{value}") } else { format::count(value as u64) }
}

/// Writes to the clipboard and says so.
fn copy(lab: Lab, text: String, format: CopyFormat, copied: RwSignal<Option<CopyFormat>>) {
    spawn_local(async move {
        if crate::clipboard::write(&text).await {
            copied.set(Some(format));
        } else {
            lab.tell(None, problems::clipboard());
        }
    });
}

fn format_name(strings: &Strings, format: CopyFormat) -> &'static str {
    match format {
        CopyFormat::Text => strings.layers.plain_text,
        other => other.name(),
    }
}

fn metric_name(strings: &Strings, metric: LayerMetric) -> &'static str {
    match metric {
        LayerMetric::Time => strings.layers.metric_time,
        LayerMetric::Macs => strings.layers.metric_macs,
        LayerMetric::Params => strings.layers.metric_params,
        LayerMetric::Activations => strings.layers.metric_activations,
    }
}

fn kind_name(strings: &Strings, kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Conv => strings.layers.kind_conv,
        LayerKind::Pointwise => strings.layers.kind_pointwise,
        LayerKind::Depthwise => strings.layers.kind_depthwise,
        LayerKind::Linear => strings.layers.kind_linear,
        LayerKind::Attention => strings.layers.kind_attention,
        LayerKind::Other => strings.layers.kind_other,
    }
}

//! Where a network's costs and time lie, layer by layer, and beside another one.

use engine::roofline::Bound;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::LayerTimes;

use super::latency_bars::texture;
use super::measure_button::{MeasureButton, fraction};
use super::prediction_list::backend_and_threads;
use super::receipt::Receipt;
use super::select::{Group, Select};
use crate::charts::{Bar, BarFigure, Texture};
use crate::format;
use crate::layers::{Format, HEAD, Kind, Metric, Row, Table, share};
use crate::state::{ColumnConfig, ColumnId, Lab, use_lab};
use crate::strings::{Strings, fill, problems};

/// The choice of no second network.
const NOTHING: &str = "";

/// What the section shows; a handle that is copied freely.
#[derive(Clone, Copy)]
struct Shown {
    lab: Lab,
    first: RwSignal<Option<ColumnId>>,
    second: RwSignal<Option<ColumnId>>,
    metric: RwSignal<Metric>,
}

/// The layers of one or two of the board's networks.
#[component]
pub(crate) fn Layers() -> impl IntoView {
    let lab = use_lab();
    let shown = Shown {
        lab,
        first: RwSignal::new(None),
        second: RwSignal::new(None),
        metric: RwSignal::new(Metric::Macs),
    };
    let tables = Memo::new(move |_| shown.tables());
    let sentences = move || {
        let sentence =
            |(_, table): &(ColumnConfig, Table)| sentence(lab, table).map(|text| view! { <p>{text}</p> });
        tables.with(|tables| tables.iter().map(sentence).collect::<Vec<_>>())
    };
    let kinds = move |strings: &Strings| Kind::ALL.map(|kind| kind_name(strings, kind)).join(", ");
    view! {
        <section class="layers" aria-labelledby="layers-title" data-testid="layers">
            <div class="section-head">
                <h2 id="layers-title">{lab.t(|s| s.layers)}</h2>
            </div>
            <Controls shown=shown />
            <div class="sentences" data-testid="layer-sentences" aria-live="polite">
                {sentences}
            </div>
            <BarFigure
                name="strides"
                title=Signal::derive(move || {
                    let strings = lab.strings();
                    fill(strings.by_stride, &[("metric", metric_name(strings, shown.metric.get()))])
                })
                note=Signal::derive(move || {
                    let strings = lab.strings();
                    fill(strings.by_stride_note, &[("kinds", &kinds(strings))])
                })
                bars=Signal::derive(move || tables.with(|tables| stride_bars(lab, tables, shown.metric.get())))
                headings=Signal::derive(move || {
                    let strings = lab.strings();
                    let names = Kind::ALL.map(|kind| kind_name(strings, kind)).into_iter();
                    let all = std::iter::once(strings.network).chain(names).chain([strings.total]);
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
            <p class="note">{lab.t(|s| s.layers_hint)}</p>
            <Receipt config=Signal::derive(move || shown.configs().into_iter().next()) />
        </section>
    }
}

impl Shown {
    /// The configurations that are shown, the first one first; reactive.
    fn configs(self) -> Vec<ColumnConfig> {
        let columns = self.lab.board.columns();
        let of = |id: Option<ColumnId>| columns.iter().find(|column| Some(column.id) == id);
        // A column that is gone gives way to the first one of the board.
        let first = of(self.first.get()).or(columns.first());
        let second = of(self.second.get()).filter(|second| first.is_none_or(|first| first.id != second.id));
        [first, second].into_iter().flatten().map(|column| column.config.clone()).collect()
    }

    fn tables(self) -> Vec<(ColumnConfig, Table)> {
        let table = |config: ColumnConfig| {
            let (name, times) = (self.lab.name(&config), self.lab.layer_timing.times(&config));
            let table = Table::new(name, self.lab.variant(&config)?, times)?;
            Some((config, table))
        };
        self.configs().into_iter().filter_map(table).collect()
    }
}

/// Which networks, which numbers, and the button that measures.
#[component]
fn Controls(
    /// What is chosen.
    shown: Shown,
) -> impl IntoView {
    let lab = shown.lab;
    let columns = move || -> Vec<(String, String)> {
        let columns = lab.board.columns();
        columns.iter().map(|column| (column.id.to_string(), lab.name(&column.config))).collect()
    };
    let value = move |id: Option<ColumnId>| id.map_or_else(|| NOTHING.to_owned(), |id| id.to_string());
    let first = move || {
        let chosen = value(shown.first.get());
        let columns = columns();
        let there = columns.iter().any(|(id, _)| *id == chosen);
        if there { chosen } else { columns.first().map(|(id, _)| id.clone()).unwrap_or_default() }
    };
    let seconds = move || {
        let first = first();
        let others = columns().into_iter().filter(|(id, _)| *id != first);
        let nothing = (NOTHING.to_owned(), lab.strings().layers_nothing.to_owned());
        Group::plain(std::iter::once(nothing).chain(others).collect::<Vec<_>>())
    };
    let metrics = move || {
        let strings = lab.strings();
        Group::plain(
            Metric::ALL.map(|metric| (metric.name().to_owned(), metric_name(strings, metric).to_owned())),
        )
    };
    view! {
        <div class="layer-controls">
            <Select
                label=lab.label(|s| s.layers_first)
                groups=Signal::derive(move || Group::plain(columns()))
                value=Signal::derive(first)
                on_change=Callback::new(move |id: String| shown.first.set(id.parse().ok()))
                testid="layers-first"
            />
            <Select
                label=lab.label(|s| s.layers_second)
                groups=Signal::derive(seconds)
                value=Signal::derive(move || value(shown.second.get()))
                on_change=Callback::new(move |id: String| shown.second.set(id.parse().ok()))
                testid="layers-second"
            />
            <Select
                label=lab.label(|s| s.layers_metric)
                groups=Signal::derive(metrics)
                value=Signal::derive(move || shown.metric.get().name().to_owned())
                on_change=Callback::new(move |name: String| {
                    if let Some(metric) = Metric::named(&name) {
                        shown.metric.set(metric);
                    }
                })
                testid="layers-metric"
            />
            <MeasureButton
                text=lab.label(|s| s.layers_measure)
                start=Callback::new(move |()| {
                    shown.metric.set(Metric::Time);
                    lab.start_layer_timing(untrack(|| shown.configs()));
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
    Some((fill(lab.strings().layers_measuring, &[("name", &now.name)]), fraction(now.progress)))
}

/// One network's table with its copies.
#[component]
fn LayerCard(
    /// The network.
    config: ColumnConfig,
    /// Its layers.
    table: Table,
) -> impl IntoView {
    let lab = use_lab();
    let strings = lab.strings();
    let title = fill(strings.layers_of, &[("name", &table.name)]);
    let how = match &table.times {
        Some(times) => ran(strings, times),
        None => strings.layers_not_measured.to_owned(),
    };
    let (heading, region) = (title.clone(), title.clone());
    let copied = RwSignal::new(None);
    let step_ms = table.times.as_ref().map_or(1.0, |times| times.timer_step_ms);
    let metric = if table.times.is_some() { Metric::Time } else { Metric::Macs };
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
        strings.layer,
        strings.operation,
        strings.shape_in,
        strings.shape_out,
        strings.params,
        "MACs",
        strings.activation_bytes_heading,
        strings.ms_here,
        strings.share,
        strings.predicted_ms,
        strings.bound,
    ]
    .map(|heading| view! { <th scope="col">{heading}</th> });
    let copies = Format::ALL.map(|format| {
        let table = table.clone();
        let label = fill(strings.copy_named, &[("name", &table.name), ("format", format.name())]);
        view! {
            <button
                type="button"
                class="quiet"
                aria-label=label
                data-testid=format!("copy-{}", format.name())
                on:click=move |_| copy(lab, format.write(&table), format, copied)
            >
                {format.name()}
            </button>
        }
    });
    let said =
        move || copied.get().map(|format: Format| fill(lab.strings().copied, &[("format", format.name())]));
    view! {
        <div class="card layer-card" style=config.look().style() data-testid="layer-card">
            <div class="layer-head">
                <h3>{heading}</h3>
                <div class="buttons">
                    <small>{strings.copy_as}</small>
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
        </div>
    }
}

/// `shares`: of the whole, and of the largest layer.
fn layer_row(
    strings: &Strings,
    row: &Row,
    (share, of_largest): (f64, f64),
    step_ms: f64,
) -> impl IntoView + use<> {
    let ms = |ms: Option<f64>| ms.map(|ms| mean_milliseconds(ms, step_ms)).unwrap_or_default();
    let bound = row.predicted.map(|(_, bound)| match bound {
        Bound::Compute => strings.bound_compute,
        Bound::Memory => strings.bound_memory,
    });
    view! {
        <tr>
            <th scope="row">{row.layer.cost.name.clone()}</th>
            <td>{op_name(strings, &row.layer.cost.op)}</td>
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
        </tr>
    }
}

/// A mean of many runs is known more finely than one run is: by a tenth of the clock's step.
fn mean_milliseconds(ms: f64, step_ms: f64) -> String {
    format::milliseconds(ms, step_ms / 10.0)
}

fn ran(strings: &Strings, times: &LayerTimes) -> String {
    fill(
        strings.layers_ran,
        &[
            ("backend", &backend_and_threads(strings, times.backend, times.threads)),
            ("runs", &times.runs.to_string()),
            ("macs", &format::count((1000.0 * times.roofs.macs_per_ms) as u64)),
            ("bytes", &format::bytes((1000.0 * times.roofs.bytes_per_ms) as u64)),
        ],
    )
}

/// What dominates, in a sentence or two.
fn sentence(lab: Lab, table: &Table) -> Option<String> {
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
                ("ms", ms(table.total(Metric::Time))),
                ("memory", dominance.memory_bound.to_string()),
                ("layers", table.rows.len().to_string()),
            ]);
            strings.dominates_time
        }
        _ => strings.dominates_macs,
    };
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(fill(template, &values))
}

/// A bar for each stride and network, the networks of one stride next to each other.
fn stride_bars(lab: Lab, tables: &[(ColumnConfig, Table)], metric: Metric) -> Vec<Bar> {
    let strings = lab.strings();
    let mut bars: Vec<(usize, Bar)> = Vec::new();
    for (config, table) in tables {
        let step_ms = table.times.as_ref().map_or(1.0, |times| times.timer_step_ms);
        let text = |value: f64| match metric {
            Metric::Time => mean_milliseconds(value, step_ms),
            Metric::Activations => format::bytes(value as u64),
            Metric::Macs | Metric::Params => format::count(value as u64),
        };
        let exact = |value: f64| match metric {
            Metric::Time => text(value),
            _ => format::exact(value as u64),
        };
        let known = metric != Metric::Time || table.times.is_some();
        for (stride, kinds) in table.by_stride(metric) {
            let total: f64 = kinds.iter().sum();
            let template = if stride == HEAD { strings.stride_head } else { strings.stride };
            let name = fill(template, &[("stride", &stride.to_string()), ("name", &table.name)]);
            let unit = if metric == Metric::Time { " ms" } else { "" };
            bars.push((
                stride,
                Bar {
                    name,
                    look: config.look(),
                    parts: if known { kinds.to_vec() } else { Vec::new() },
                    label: if known { text(total) + unit } else { strings.not_measured.to_owned() },
                    details: if known { largest(strings, &kinds) } else { Vec::new() },
                    texture: match &table.times {
                        Some(times) if metric == Metric::Time => texture(times.backend, times.threads),
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
fn largest(strings: &Strings, kinds: &[f64; Kind::ALL.len()]) -> Vec<String> {
    let total: f64 = kinds.iter().sum();
    let mut shares: Vec<_> = Kind::ALL.into_iter().zip(kinds.map(|value| share(value, total))).collect();
    shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let named = shares.iter().take(3).filter(|(_, share)| *share >= 0.005);
    let text = named.map(|(kind, share)| format!("{} {:.0} %", kind_name(strings, *kind), 100.0 * share));
    let line = text.collect::<Vec<_>>().join(", ");
    if line.is_empty() { Vec::new() } else { vec![line] }
}

fn tick(value: f64) -> String {
    // Milliseconds are small, everything else is counted in thousands at least.
    if value < 1000.0 { format!("{value}") } else { format::count(value as u64) }
}

/// Writes to the clipboard and says so.
fn copy(lab: Lab, text: String, format: Format, copied: RwSignal<Option<Format>>) {
    spawn_local(async move {
        if crate::clipboard::write(&text).await {
            copied.set(Some(format));
        } else {
            lab.tell(None, problems::clipboard());
        }
    });
}

fn metric_name(strings: &Strings, metric: Metric) -> &'static str {
    match metric {
        Metric::Time => strings.metric_time,
        Metric::Macs => strings.metric_macs,
        Metric::Params => strings.metric_params,
        Metric::Activations => strings.metric_activations,
    }
}

fn kind_name(strings: &Strings, kind: Kind) -> &'static str {
    match kind {
        Kind::Conv => strings.kind_conv,
        Kind::Pointwise => strings.kind_pointwise,
        Kind::Depthwise => strings.kind_depthwise,
        Kind::Linear => strings.kind_linear,
        Kind::Attention => strings.kind_attention,
        Kind::Other => strings.kind_other,
    }
}

/// An operation ([`engine::graph::Op::name`]) in the visitor's language.
fn op_name(strings: &Strings, op: &str) -> String {
    let name = match op {
        "conv" => strings.op_conv,
        "pointwise conv" => strings.op_pointwise,
        "depthwise conv" => strings.op_depthwise,
        "linear" => strings.op_linear,
        "batch norm" => strings.op_batch_norm,
        "activation" => strings.op_activation,
        "add" => strings.op_add,
        "scale" => strings.op_scale,
        "concat" => strings.op_concat,
        "global average pool" => strings.op_pool,
        "resize" => strings.op_resize,
        "unfold" => strings.op_unfold,
        "fold" => strings.op_fold,
        "layer norm" => strings.op_layer_norm,
        "attention" => strings.op_attention,
        other => other,
    };
    name.to_owned()
}

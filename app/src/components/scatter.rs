//! The columns of the board over two numbers that the visitor chooses.

use engine::zoo::{self, Publication, Published};
use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, Timing};

use super::latency_bars::{texture, timing_lines};
use super::select::{Group, Select};
use crate::charts::{Axis, Better, Figure, Point, Range, Scatter, Table, Texture, front_of};
use crate::format;
use crate::model_costs::{COUNTS, Count};
use crate::share::results::ResultEntry;
use crate::state::{ColumnConfig, Lab, use_lab};
use crate::strings::{Strings, fill};

/// What an axis can be. Accuracies that are not comparable are axes of their own.
#[derive(Clone, Copy)]
pub(super) enum AxisMetric {
    /// Counted on the graph.
    Counted(&'static Count),
    /// Measured here.
    Latency,
    /// Top-1 on ImageNet that the network's authors published.
    Authors,
    /// Top-1 on ImageNet that was published with the column's weights.
    Weights,
    /// Top-1 on CIFAR-10's test images, measured when the column's weights were trained.
    Cifar10,
}

pub(super) const METRICS: [AxisMetric; 8] = [
    AxisMetric::Counted(&COUNTS[0]),
    AxisMetric::Counted(&COUNTS[1]),
    AxisMetric::Counted(&COUNTS[2]),
    AxisMetric::Counted(&COUNTS[3]),
    AxisMetric::Latency,
    AxisMetric::Cifar10,
    AxisMetric::Weights,
    AxisMetric::Authors,
];

/// What the axis upwards is until the visitor chooses: the first of these accuracies that two columns have.
const ACCURACIES: [AxisMetric; 3] = [AxisMetric::Cifar10, AxisMetric::Weights, AxisMetric::Authors];

/// A column's number.
struct Value {
    number: f64,
    /// The number with its unit.
    text: String,
    /// The same in the table, with all its digits.
    exact: String,
    /// How it came about, line by line.
    how: Vec<String>,
    interval: Option<(f64, f64)>,
    /// Of a number that a backend produced.
    texture: Option<Texture>,
}

impl AxisMetric {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Counted(count) => count.name,
            Self::Latency => "latency",
            Self::Authors => "authors",
            Self::Weights => "weights-top1",
            Self::Cifar10 => "cifar10",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        METRICS.into_iter().find(|metric| metric.name() == name)
    }

    pub(super) fn label(self, strings: &'static Strings) -> &'static str {
        match self {
            Self::Counted(count) => (count.label)(strings),
            Self::Latency => strings.charts.latency,
            Self::Authors => strings.scatter.top1_authors,
            Self::Weights => strings.scatter.top1_weights,
            Self::Cifar10 => strings.scatter.top1_cifar10,
        }
    }

    /// Whether it is a share of right answers.
    pub(super) fn is_accuracy(self) -> bool {
        matches!(self, Self::Authors | Self::Weights | Self::Cifar10)
    }

    pub(super) fn axis(self, strings: &'static Strings) -> Axis {
        let is_accuracy = self.is_accuracy();
        Axis {
            title: self.label(strings).to_owned(),
            tick: match self {
                Self::Counted(count) => count.tick,
                _ => |value| value.to_string(),
            },
            range: if is_accuracy { Range::Around } else { Range::FromZero },
            better: if is_accuracy { Better::More } else { Better::Less },
        }
    }

    /// The number of a configuration and of what was measured of it, or why it has none; reactive.
    fn value(self, lab: Lab, config: &ColumnConfig, timing: Option<Timing>) -> Result<Value, String> {
        let strings = lab.strings();
        match self {
            Self::Counted(count) => {
                let number = (count.get)(lab.costs(config).ok_or(strings.charts.not_built)?);
                Ok(Value {
                    number: number as f64,
                    text: (count.text)(number),
                    exact: format::exact(number),
                    how: vec![strings.charts.counted.to_owned()],
                    interval: None,
                    texture: None,
                })
            }
            Self::Latency => latency(lab, timing),
            Self::Authors => {
                let (height, width) = config.resolution;
                let found = zoo::published_top1(&config.model, height).filter(|_| height == width);
                let missing =
                    || fill(strings.scatter.authors_missing, &[("size", &format::size(config.resolution))]);
                let (top1, source) = found.ok_or_else(missing)?;
                let how = fill(strings.scatter.authors_how, &[("source", source.title)]);
                Ok(accuracy(top1.into(), vec![how], None))
            }
            Self::Weights => {
                let info = trained(lab, config)?;
                let top1 = info.published_top1.ok_or(strings.scatter.weights_missing)?;
                at_its_size(strings, config, &info)?;
                let by = info.published_source.as_deref().unwrap_or(strings.checkpoint.publisher);
                let how = fill(strings.scatter.weights_how, &[("id", &info.id), ("source", by)]);
                Ok(accuracy(top1.into(), vec![how], None))
            }
            Self::Cifar10 => {
                let info = trained(lab, config)?;
                let training = info.training.filter(|_| info.labels == "cifar10");
                let test = training.ok_or(strings.scatter.cifar10_missing)?.test;
                at_its_size(strings, config, &info)?;
                let (low, high) = test.interval_percent();
                let [from, to] = [low, high].map(|share| format!("{share:.1}"));
                let images = format::exact(test.images.into());
                let how =
                    fill(strings.scatter.cifar10_how, &[("low", &from), ("high", &to), ("images", &images)]);
                Ok(accuracy(test.percent(), vec![how], Some((low, high))))
            }
        }
    }
}

fn accuracy(percent: f64, how: Vec<String>, interval: Option<(f64, f64)>) -> Value {
    let text = format!("{percent:.1} %");
    Value { number: percent, exact: text.clone(), text, how, interval, texture: None }
}

fn latency(lab: Lab, timing: Option<Timing>) -> Result<Value, String> {
    let strings = lab.strings();
    let timing = timing.ok_or(strings.charts.not_measured)?;
    if lab.parities.of(&timing).is_some_and(|parity| parity.is_broken()) {
        return Err(strings.scatter.wrong_values.to_owned());
    }
    let text = format!("{} ms", format::sampled(timing.statistics.median_ms, &timing));
    Ok(Value {
        number: timing.statistics.median_ms,
        exact: text.clone(),
        text,
        how: timing_lines(strings, &timing).into(),
        interval: Some(timing.statistics.interval_ms),
        texture: Some(texture(timing.backend, timing.threads)),
    })
}

/// The checkpoint of a column.
fn trained(lab: Lab, config: &ColumnConfig) -> Result<CheckpointInfo, String> {
    let info = config.checkpoint().and_then(|id| lab.checkpoints.get(id));
    info.ok_or_else(|| lab.strings().board.random.to_owned())
}

/// An accuracy holds for the size at which it was measured.
fn at_its_size(strings: &Strings, config: &ColumnConfig, info: &CheckpointInfo) -> Result<(), String> {
    if config.resolution == info.resolution {
        return Ok(());
    }
    Err(fill(strings.scatter.other_size, &[("size", &format::size(info.resolution))]))
}

/// What files hold, named as in the bars.
fn imported(lab: Lab) -> Vec<(String, ColumnConfig, Option<Timing>)> {
    let entry = |entry: &ResultEntry| {
        let config = ColumnConfig::of_protocol(&entry.config);
        (format!("{} *", lab.name(&config)), config, Some(entry.timing.clone()))
    };
    lab.imports.all().iter().flat_map(|imported| imported.results.results.iter().map(entry)).collect()
}

/// What the board's columns and files make of the two axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plotted {
    pub(super) points: Vec<Point>,
    /// Names of the columns on the Pareto front, in ascending order of x.
    front: Vec<String>,
    /// Names of the columns without a point, and why.
    missing: Vec<(String, String)>,
    pub(super) table: Table,
}

impl Plotted {
    fn new(lab: Lab, metrics: [AxisMetric; 2]) -> Self {
        let here = lab.board.columns().into_iter().map(|column| {
            let (config, timing) = (column.config.clone(), lab.measuring.timing(&column.config));
            (lab.name(&config), config, timing)
        });
        Self::of(lab, metrics, here.chain(imported(lab)))
    }

    /// What configurations with their names and times make of them.
    pub(super) fn of(
        lab: Lab,
        metrics: [AxisMetric; 2],
        entries: impl Iterator<Item = (String, ColumnConfig, Option<Timing>)>,
    ) -> Self {
        let strings = lab.strings();
        let titles = metrics.map(|metric| metric.label(strings).to_owned());
        let mut plotted = Self::default();
        // Of every column: its row of the table, and the position of its point.
        let mut rows: Vec<(Vec<String>, Option<usize>)> = Vec::new();
        for (name, config, timing) in entries {
            let values = metrics.map(|metric| metric.value(lab, &config, timing.clone()));
            let cells = values.iter().flat_map(|value| match value {
                Ok(value) => [value.exact.clone(), value.how.join(", ")],
                Err(reason) => [String::new(), reason.clone()],
            });
            let row = std::iter::once(name.clone()).chain(cells).collect();
            match values {
                [Ok(x), Ok(y)] => {
                    rows.push((row, Some(plotted.points.len())));
                    plotted.points.push(point(lab, &config, name, &titles, x, y));
                }
                values => {
                    rows.push((row, None));
                    let reasons: Vec<String> = values.into_iter().filter_map(Result::err).collect();
                    plotted.missing.push((name, reasons.join(strings.messages.comma)));
                }
            }
        }
        let front = front_of(&plotted.points, &metrics.map(|metric| metric.axis(strings)));
        let name = |point: &usize| plotted.points[*point].lines[0].clone();
        plotted.front = front.iter().map(name).collect();
        let [x, y] = titles;
        let how = strings.scatter.how_heading.to_owned();
        plotted.table.headings = vec![
            strings.board.network.to_owned(),
            x,
            how.clone(),
            y,
            how,
            strings.scatter.pareto_heading.to_owned(),
        ];
        plotted.table.rows = rows
            .into_iter()
            .map(|(mut row, point)| {
                let on_front = point.map(|point| front.contains(&point));
                row.push(
                    on_front
                        .map_or("", |yes| if yes { strings.environment.yes } else { strings.environment.no })
                        .to_owned(),
                );
                row
            })
            .collect();
        plotted
    }
}

/// What latency and accuracy say in a sentence: the fastest beside the most accurate, by the numbers that the points have.
fn finding(lab: Lab, metrics: [AxisMetric; 2], points: &[Point]) -> Option<String> {
    let [AxisMetric::Latency, y @ (AxisMetric::Authors | AxisMetric::Weights | AxisMetric::Cifar10)] =
        metrics
    else {
        return None;
    };
    let fast = points.iter().min_by(|a, b| a.at.0.total_cmp(&b.at.0))?;
    let best = points.iter().max_by(|a, b| a.at.1.total_cmp(&b.at.1))?;
    if points.len() < 2 {
        return None;
    }
    let home = &lab.strings().home;
    // Titles are enough where they tell all apart.
    let name = |point: &Point| {
        let is_alone = points.iter().filter(|other| short(other) == short(point)).count() == 1;
        if is_alone { short(point).to_owned() } else { point.label.clone() }
    };
    let names = [name(fast), name(best)];
    let times = best.at.0 / fast.at.0;
    let points = format!("{:.1}", best.at.1 - fast.at.1);
    let (template, times) = if best.at.1 <= fast.at.1 {
        (home.verdict_same, String::new())
    } else if times < 1.1 {
        (home.verdict_close, format!("{:.0} %", 100.0 / times))
    } else {
        (home.verdict, format!("{times:.1}"))
    };
    let values = [
        ("fast", &*names[0]),
        ("best", &*names[1]),
        ("times", &*times),
        ("points", &*points),
        ("metric", if matches!(y, AxisMetric::Cifar10) { "CIFAR-10" } else { "ImageNet" }),
    ];
    Some(fill(template, &values))
}

/// A label up to its width and size.
fn short(point: &Point) -> &str {
    point.label.split(' ').next().unwrap_or_default()
}

fn point(lab: Lab, config: &ColumnConfig, name: String, titles: &[String; 2], x: Value, y: Value) -> Point {
    let lines = [&x, &y].into_iter().zip(titles).flat_map(|(value, title)| {
        let number = format!("{title}: {}", value.text);
        std::iter::once(number).chain(value.how.iter().cloned())
    });
    Point {
        // Marks and colours say the rest.
        label: name.replace("MobileNet", "").replace("Mobile", ""),
        look: lab.look(config),
        texture: x.texture.or(y.texture).unwrap_or(Texture::Solid),
        at: (x.number, y.number),
        intervals: [x.interval, y.interval],
        lines: std::iter::once(name).chain(lines).collect(),
    }
}

/// The scatter with its choices.
#[component]
pub(crate) fn ScatterCard() -> impl IntoView {
    let lab = use_lab();
    let across = RwSignal::new(AxisMetric::Latency);
    let chosen = RwSignal::new(None::<AxisMetric>);
    let up = move || {
        chosen.get().unwrap_or_else(|| {
            let columns = lab.board.columns();
            let known = |metric: &AxisMetric| {
                columns.iter().filter(|column| metric.value(lab, &column.config, None).is_ok()).count() > 1
            };
            ACCURACIES.into_iter().find(known).unwrap_or(AxisMetric::Cifar10)
        })
    };
    let metrics = move || [across.get(), up()];
    let plotted = Memo::new(move |_| Plotted::new(lab, metrics()));
    let axes = Signal::derive(move || metrics().map(|metric| metric.axis(lab.strings())));
    let title = Signal::derive(move || {
        let [x, y] = metrics().map(|metric| metric.label(lab.strings()));
        fill(lab.strings().scatter.title, &[("x", x), ("y", y)])
    });
    let choices = Signal::derive(move || {
        let choice = |metric: AxisMetric| (metric.name().to_owned(), metric.label(lab.strings()).to_owned());
        Group::plain(METRICS.map(choice))
    });
    let points = Signal::derive(move || plotted.with(|plotted| plotted.points.clone()));
    let is_empty = Memo::new(move |_| points.with(Vec::is_empty));
    let picture = move || {
        if is_empty.get() {
            view! { <p class="placeholder">{lab.t(|s| s.scatter.empty)}</p> }.into_any()
        } else {
            view! { <Scatter title=title points=points axes=axes /> }.into_any()
        }
    };
    let finding = move || finding(lab, metrics(), &plotted.get().points);
    let front = move || {
        let names = plotted.with(|plotted| plotted.front.join(lab.strings().messages.comma));
        (!names.is_empty()).then(|| fill(lab.strings().scatter.pareto, &[("names", &names)]))
    };
    let missing = move || {
        let row = |(name, reason): &(String, String)| {
            let text = fill(lab.strings().scatter.missing, &[("name", name), ("reason", reason)]);
            view! { <li>{text}</li> }
        };
        plotted.with(|plotted| plotted.missing.iter().map(row).collect::<Vec<_>>())
    };
    let sources = move || {
        let is_authors = metrics().iter().any(|metric| matches!(metric, AxisMetric::Authors));
        let link = |published: &'static Published| {
            let Publication { title, url } = published.source;
            view! {
                <li>
                    <a href=url target="_blank" rel="noreferrer">
                        {title}
                    </a>
                </li>
            }
        };
        // Those of the networks that are shown.
        let columns = lab.board.columns();
        let is_shown = |published: &&Published| {
            published.top1.iter().any(|(id, _)| columns.iter().any(|column| column.config.model == *id))
        };
        is_authors.then(|| {
            let links: Vec<_> = zoo::PUBLISHED.iter().filter(is_shown).map(link).collect();
            view! {
                <div class="sources-list">
                    <span>{lab.t(|s| s.charts.sources)}</span>
                    <ul>{links}</ul>
                </div>
            }
        })
    };
    view! {
        <Figure
            name="scatter"
            title=title
            note=lab.label(|s| s.scatter.note)
            table=Signal::derive(move || plotted.with(|plotted| plotted.table.clone()))
            picture=picture
        >
            <p class="finding" role="status" data-testid="finding">{finding}</p>
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
                    testid="scatter-x"
                />
                <Select
                    label=lab.label(|s| s.scatter.axis_y)
                    groups=choices
                    value=Signal::derive(move || up().name().to_owned())
                    on_change=Callback::new(move |name: String| chosen.set(AxisMetric::named(&name)))
                    testid="scatter-y"
                />
            </div>

            <p class="note" data-testid="pareto">{front}</p>
            <ul class="missing" data-testid="missing">{missing}</ul>
            {sources}
        </Figure>
    }
}

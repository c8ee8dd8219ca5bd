//! Horizontal bars from zero, labelled directly, with whiskers and samples where they were measured.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::scale::Scale;
use super::{Bar, Figure, Mark, Surroundings, Table, Texture, percent};

/// Heights in pixels, from a row's top.
const LABEL_BASELINE: f64 = 13.0;
const BAR_TOP: f64 = 20.0;
const BAR_HEIGHT: f64 = 14.0;
const STRIP_HEIGHT: f64 = 7.0;
const DETAIL_HEIGHT: f64 = 18.0;
const GAP: f64 = 12.0;
const AXIS_HEIGHT: f64 = 18.0;

/// Bars with everything that belongs to a chart.
#[component]
pub(crate) fn BarFigure(
    /// Stable name, for files and tests.
    name: &'static str,
    /// What is shown.
    #[prop(into)]
    title: Signal<String>,
    /// How the numbers came about.
    #[prop(into)]
    note: Signal<String>,
    /// One row each.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// Headings of the table's columns, units included; the first one is the bars' names'.
    #[prop(into)]
    headings: Signal<Vec<String>>,
    /// A tick's text.
    tick: fn(f64) -> String,
    /// Stable name for tests, put on every row's label.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Between heading and chart.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let table = Signal::derive(move || {
        let headings = headings.get();
        let row = |bar: Bar| {
            let mut cells: Vec<String> = std::iter::once(bar.name).chain(bar.cells).collect();
            cells.resize(headings.len(), String::new());
            cells
        };
        Table { rows: bars.get().into_iter().map(row).collect(), headings }
    });
    let picture = move || view! { <Bars title=title bars=bars tick=tick testid=testid /> };
    view! {
        <Figure name=name title=title note=note table=table picture=picture>
            {children.map(|children| children())}
        </Figure>
    }
}

/// The bars of a chart.
#[component]
fn Bars(
    /// Accessible name: what is shown, in which unit.
    #[prop(into)]
    title: Signal<String>,
    /// One row each.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
    /// A tick's text.
    tick: fn(f64) -> String,
    /// Stable name for tests, put on every label.
    #[prop(optional_no_strip)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let page = Surroundings::of_page();
    move || {
        let all_details = page.all_details.get();
        let told = |bar: Bar| {
            let details = if all_details { bar.details.len() } else { 0 };
            (bar, details)
        };
        let bars: Vec<(Bar, usize)> = bars.get().into_iter().map(told).collect();
        let scale = Scale::to(bars.iter().map(|(bar, _)| bar.extent()).fold(0.0, f64::max));
        let tops: Vec<f64> = bars
            .iter()
            .scan(0.0, |top, bar| {
                let own = *top;
                *top += row_height(bar);
                Some(own)
            })
            .collect();
        let plot = bars.iter().map(row_height).sum::<f64>();
        let drawn = bars.iter().any(|(bar, _)| !bar.parts.is_empty());
        let height = if drawn { plot + AXIS_HEIGHT } else { plot };
        let rows: Vec<_> = bars
            .into_iter()
            .zip(tops)
            .map(|((bar, details), top)| row(bar, details, top, &scale, testid))
            .collect();
        view! {
            <svg class="chart" width="100%" height=height role="group" aria-label=title.get()>
                {drawn.then(|| grid(&scale, plot, tick))}
                {rows}
            </svg>
        }
    }
}

fn row_height((bar, details): &(Bar, usize)) -> f64 {
    let strip = if bar.samples.is_empty() { 0.0 } else { STRIP_HEIGHT };
    let detail = DETAIL_HEIGHT * *details as f64;
    let body = if bar.parts.is_empty() { 0.0 } else { BAR_HEIGHT + strip };
    BAR_TOP + body + detail + GAP
}

fn grid(scale: &Scale, height: f64, tick: fn(f64) -> String) -> impl IntoView + use<> {
    let last = scale.ticks.len() - 1;
    scale
        .ticks
        .iter()
        .enumerate()
        .map(|(i, value)| {
            let x = scale.percent(*value);
            let anchor = match i {
                0 => "start",
                _ if i == last && x > 94.0 => "end",
                _ => "middle",
            };
            view! {
                <line class="grid" x1=percent(x) x2=percent(x) y1="0" y2=height - 4.0 />
                <text class="tick" x=percent(x) y=height + 10.0 text-anchor=anchor>
                    {tick(*value)}
                </text>
            }
        })
        .collect::<Vec<_>>()
}

fn row(
    bar: Bar,
    details: usize,
    top: f64,
    scale: &Scale,
    testid: Option<&'static str>,
) -> impl IntoView + use<> {
    let mut from = 0.0;
    let parts: Vec<_> = bar
        .parts
        .iter()
        .enumerate()
        .map(|(part, value)| {
            let (x, width) = (scale.percent(from), scale.percent(*value));
            from += value;
            segment(x, width, top + BAR_TOP, part, bar.texture)
        })
        .collect();
    let spoken = [bar.name.as_str(), &bar.label, &bar.details.join(", ")].join(", ");
    let below = top + BAR_TOP + if bar.parts.is_empty() { 0.0 } else { BAR_HEIGHT };
    let strip = if bar.samples.is_empty() { 0.0 } else { STRIP_HEIGHT };
    // A pointer is told what is not written.
    let hint =
        (details == 0 && !bar.details.is_empty()).then(|| view! { <title>{bar.details.join("\n")}</title> });
    let details: Vec<_> = bar
        .details
        .into_iter()
        .take(details)
        .enumerate()
        .map(|(line, text)| {
            let y = below + strip + DETAIL_HEIGHT * (line as f64 + 1.0) - 2.0;
            view! { <text class="detail" x="0" y=y>{text}</text> }
        })
        .collect();
    view! {
        <g
            class="row"
            style=bar.look.style()
            role="img"
            aria-label=spoken
        >
            {hint}
            <Mark look=bar.look y=top + 3.0 />
            <text class="name" x="18" y=top + LABEL_BASELINE>{bar.name}</text>
            <text class=if bar.struck { "value struck" } else { "value" } x="100%" y=top + LABEL_BASELINE text-anchor="end" data-testid=testid>
                {bar.label}
            </text>
            {parts}
            {bar.interval.map(|interval| whiskers(interval, scale, top + BAR_TOP + BAR_HEIGHT / 2.0))}
            {sample_strip(&bar.samples, scale, below + 2.0)}
            {details}
        </g>
    }
}

fn segment(x: f64, width: f64, y: f64, part: usize, texture: Texture) -> impl IntoView {
    let outlined = if texture == Texture::Outlined { " outlined" } else { "" };
    let class = format!("bar part-{part}{outlined}");
    let textured = texture.pattern().map(|pattern| {
        view! {
            <rect
                x=percent(x)
                width=percent(width)
                y=y
                height=BAR_HEIGHT
                fill=format!("url(#{pattern})")
            />
        }
    });
    view! {
        <rect class=class x=percent(x) width=percent(width) y=y height=BAR_HEIGHT />
        {textured}
    }
}

fn whiskers((low, high): (f64, f64), scale: &Scale, y: f64) -> impl IntoView + use<> {
    let (low, high) = (percent(scale.percent(low)), percent(scale.percent(high)));
    let cap = |x: String| view! { <line x1=x.clone() x2=x y1=y - 5.0 y2=y + 5.0 /> };
    view! {
        <g class="whisker">
            <line x1=low.clone() x2=high.clone() y1=y y2=y />
            {cap(low)}
            {cap(high)}
        </g>
    }
}

/// A mark for each sample that the scale reaches; one for all that would lie on each other.
fn sample_strip(samples: &[f64], scale: &Scale, y: f64) -> impl IntoView + use<> {
    let places: BTreeSet<String> = samples
        .iter()
        .filter(|sample| scale.reaches(**sample))
        .map(|s| format!("{:.1}%", scale.percent(*s)))
        .collect();
    places
        .into_iter()
        .map(|x| view! { <line class="sample" x1=x.clone() x2=x y1=y y2=y + STRIP_HEIGHT - 2.0 /> })
        .collect::<Vec<_>>()
}

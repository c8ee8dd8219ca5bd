//! Points over two axes, labelled directly, with the Pareto front and one tooltip for pointer and keyboard.

use leptos::prelude::*;

use super::labels::{Place, place};
use super::pareto::{Better, front};
use super::scale::Scale;
use super::{Look, Texture, percent};

/// Height of the plot in pixels, and the width below which it is not expected to be shown.
const HEIGHT: f64 = 320.0;
const NARROWEST: f64 = 250.0;
/// Below the plot: tick labels, and the title of the axis.
const TICKS: f64 = 18.0;
const AXIS_TITLE: f64 = 38.0;

/// Where an axis begins, and what is equally far apart on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// From zero.
    FromZero,
    /// Around the values.
    Around,
    /// Around the values; ratios are.
    Logarithmic,
}

/// One of the two axes.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// What is on it, units included.
    pub(crate) title: String,
    /// A tick's text.
    pub(crate) tick: fn(f64) -> String,
    /// Where it begins, and what is equally far apart.
    pub(crate) range: Range,
    /// Which end is the good one.
    pub(crate) better: Better,
}

/// A point, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Direct label.
    pub(crate) label: String,
    /// Colour and mark.
    pub(crate) look: Look,
    /// What produced the numbers.
    pub(crate) texture: Texture,
    /// The two values.
    pub(crate) at: (f64, f64),
    /// Whiskers along each axis.
    pub(crate) intervals: [Option<(f64, f64)>; 2],
    /// The tooltip: the name, then the numbers and how they came about.
    pub(crate) lines: Vec<String>,
}

/// Positions of the points that no other one beats, in ascending order of x.
pub(crate) fn front_of(points: &[Point], [x, y]: &[Axis; 2]) -> Vec<usize> {
    front(&points.iter().map(|point| point.at).collect::<Vec<_>>(), (x.better, y.better))
}

/// The points of a chart.
#[component]
pub(crate) fn Scatter(
    /// Accessible name.
    #[prop(into)]
    title: Signal<String>,
    /// What is drawn.
    #[prop(into)]
    points: Signal<Vec<Point>>,
    /// Across and up.
    #[prop(into)]
    axes: Signal<[Axis; 2]>,
) -> impl IntoView {
    let shown = Shown::default();
    let drawn = move || Drawn::new(points.get(), axes.get());
    let picture = move || {
        shown.nothing();
        drawn().view(&title.get(), shown)
    };
    let tooltip = move || shown.index().and_then(|index| drawn().tooltip(index));
    view! {
        <div
            class="plot"
            on:pointerleave=move |_| shown.pointed.set(None)
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    shown.nothing();
                }
            }
        >
            {picture}
            {tooltip}
        </div>
    }
}

/// The point that a tooltip is about.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// Last under the pointer; it stays until the pointer leaves the plot, so that the tooltip can be reached.
    pointed: RwSignal<Option<usize>>,
    focused: RwSignal<Option<usize>>,
}

impl Shown {
    /// Its position; reactive.
    fn index(self) -> Option<usize> {
        self.pointed.get().or(self.focused.get())
    }

    fn nothing(self) {
        self.pointed.set(None);
        self.focused.set(None);
    }
}

/// A scatter with its scales.
struct Drawn {
    points: Vec<Point>,
    axes: [Axis; 2],
    scales: [Scale; 2],
    places: Vec<Option<Place>>,
}

impl Drawn {
    fn new(points: Vec<Point>, axes: [Axis; 2]) -> Self {
        let values = |axis: usize| {
            let ends = |point: &Point| {
                let at = if axis == 0 { point.at.0 } else { point.at.1 };
                let (low, high) = point.intervals[axis].unwrap_or((at, at));
                [at, low, high]
            };
            points.iter().flat_map(ends).collect::<Vec<_>>()
        };
        let scale = |axis: usize| {
            let values = values(axis);
            match axes[axis].range {
                Range::FromZero => Scale::to(1.1 * values.into_iter().fold(0.0, f64::max)),
                Range::Around => Scale::around(&values),
                Range::Logarithmic => Scale::logarithmic(&values),
            }
        };
        let scales = [scale(0), scale(1)];
        let pixels =
            |point: &Point| (scales[0].percent(point.at.0) * NARROWEST / 100.0, y(&scales[1], point.at.1));
        let labels: Vec<&str> = points.iter().map(|point| point.label.as_str()).collect();
        let places = place(&points.iter().map(pixels).collect::<Vec<_>>(), &labels, NARROWEST);
        Self { points, axes, scales, places }
    }

    fn view(&self, title: &str, shown: Shown) -> impl IntoView + use<> {
        let points: Vec<_> = (0..self.points.len()).map(|index| self.point(index, shown)).collect();
        view! {
            <svg
                class="chart"
                width="100%"
                height=HEIGHT + AXIS_TITLE + 8.0
                role="group"
                aria-label=title.to_owned()
            >
                {self.grid()}
                {self.front()}
                {points}
            </svg>
        }
    }

    fn grid(&self) -> impl IntoView + use<> {
        let [across, up] = &self.axes;
        let columns = self.scales[0].ticks.iter().map(|value| {
            let x = percent(self.scales[0].percent(*value));
            view! {
                <line class="grid" x1=x.clone() x2=x.clone() y1="0" y2=HEIGHT />
                <text class="tick" x=x y=HEIGHT + TICKS text-anchor="middle">
                    {(across.tick)(*value)}
                </text>
            }
        });
        let rows = self.scales[1].ticks.iter().map(|value| {
            let y = y(&self.scales[1], *value);
            view! {
                <line class="grid" x1="0" x2="100%" y1=y y2=y />
                <text class="tick" x="-8" y=y + 4.0 text-anchor="end">
                    {(up.tick)(*value)}
                </text>
            }
        });
        view! {
            {columns.collect::<Vec<_>>()}
            {rows.collect::<Vec<_>>()}
            <text class="axis" x="100%" y=HEIGHT + AXIS_TITLE text-anchor="end">
                {format!("{} →", across.title)}
            </text>
            <text class="axis" x="-56" y="-14">
                {format!("↑ {}", up.title)}
            </text>
        }
    }

    /// The front as stairs: what can be had at each value of x.
    fn front(&self) -> impl IntoView + use<> {
        let corners: Vec<(f64, f64)> =
            front_of(&self.points, &self.axes).into_iter().map(|index| self.points[index].at).collect();
        let stairs = corners.windows(2).flat_map(|pair| {
            let corner = match self.axes[0].better {
                Better::Less => (pair[1].0, pair[0].1),
                Better::More => (pair[0].0, pair[1].1),
            };
            [(pair[0], corner), (corner, pair[1])]
        });
        let line = |(from, to): ((f64, f64), (f64, f64))| {
            let [(x1, y1), (x2, y2)] = [from, to]
                .map(|(across, up)| (percent(self.scales[0].percent(across)), y(&self.scales[1], up)));
            view! { <line class="front" x1=x1 x2=x2 y1=y1 y2=y2 /> }
        };
        stairs.map(line).collect::<Vec<_>>()
    }

    fn point(&self, index: usize, shown: Shown) -> impl IntoView + use<> {
        let point = &self.points[index];
        let (x, y_at) = (percent(self.scales[0].percent(point.at.0)), y(&self.scales[1], point.at.1));
        let across = point.intervals[0].map(|(low, high)| {
            let [x1, x2] = [low, high].map(|value| percent(self.scales[0].percent(value)));
            view! { <line x1=x1 x2=x2 y1=y_at y2=y_at /> }
        });
        let up = point.intervals[1].map(|(low, high)| {
            let [y1, y2] = [low, high].map(|value| y(&self.scales[1], value));
            view! { <line x1=x.clone() x2=x.clone() y1=y1 y2=y2 /> }
        });
        let mark = point.look.mark;
        let textured =
            point.texture.pattern().map(|pattern| view! { <path d=mark fill=format!("url(#{pattern})") /> });
        let name = self.places[index].map(|Place { dx, dy, left }| {
            let anchor = if left { "end" } else { "start" };
            view! { <text class="name" x=dx y=dy text-anchor=anchor>{point.label.clone()}</text> }
        });
        view! {
            <g
                class="row point"
                style=point.look.style()
                role="img"
                tabindex="0"
                aria-label=point.lines.join(", ")
                data-testid="point"
                on:pointerenter=move |_| shown.pointed.set(Some(index))
                on:focus=move |_| shown.focused.set(Some(index))
                on:blur=move |_| shown.focused.set(None)
            >
                <g class="whisker">{across} {up}</g>
                // An SVG within it, because only that can be placed at a percentage.
                <svg x=x y=y_at width="1" height="1" overflow="visible">
                    <circle class="halo" r="12" />
                    <g transform="translate(-9 -9) scale(1.5)">
                        <path class="bar" d=mark />
                        {textured}
                    </g>
                    {name}
                </svg>
            </g>
        }
    }

    /// Beside a point, on the side that has more room.
    fn tooltip(&self, index: usize) -> Option<impl IntoView + use<>> {
        let point = self.points.get(index)?;
        let (x, y) = (self.scales[0].percent(point.at.0), y(&self.scales[1], point.at.1));
        let shift = if y < HEIGHT / 2.0 { "16px" } else { "calc(-100% - 16px)" };
        let style = format!("left: {x:.1}%; top: {y:.0}px; transform: translate(-{x:.1}%, {shift})");
        let mut lines = point.lines.iter().cloned();
        let name = lines.next();
        let lines: Vec<_> = lines.map(|line| view! { <span>{line}</span> }).collect();
        // The point's own name says the same to screen readers.
        Some(view! {
            <div class="tooltip" style=style aria-hidden="true" data-testid="tooltip">
                <strong>{name}</strong>
                {lines}
            </div>
        })
    }
}

/// Pixels from the plot's top.
fn y(scale: &Scale, value: f64) -> f64 {
    HEIGHT * (1.0 - scale.percent(value) / 100.0)
}

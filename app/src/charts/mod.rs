//! Charts: SVG for the eye, a table with the exact numbers behind a button, one accessible name for both.
//!
//! Positions along a chart are percentages of its width, heights are pixels: a chart follows its card
//! without being measured, and text is never scaled.

mod bar_chart;
mod diagram;
mod drawing;
mod figure;
mod labels;
mod look;
mod pareto;
mod scale;
mod scatter;
mod surroundings;
mod table;
mod timeline;

pub(crate) use bar_chart::BarFigure;
pub(crate) use diagram::{Diagram, Step};
pub(crate) use figure::Figure;
pub(crate) use look::{Look, Mark};
pub(crate) use pareto::Better;
pub(crate) use scatter::{Axis, Point, Range, Scatter, front_of};
pub(crate) use surroundings::Surroundings;
pub(crate) use table::Table;
pub(crate) use timeline::{Event, Timeline};

/// How the surface of a bar says what produced its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texture {
    /// Counted, or measured on WebGPU.
    Solid,
    /// Measured on several CPU threads.
    Hatched,
    /// Measured on one CPU thread.
    Dotted,
    /// Measured on the reference backend.
    Lined,
    /// Measured elsewhere.
    Outlined,
}

impl Texture {
    /// Id of its pattern in the document, if it needs one.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Solid | Self::Outlined => None,
            Self::Hatched => Some("texture-hatched"),
            Self::Dotted => Some("texture-dotted"),
            Self::Lined => Some("texture-lined"),
        }
    }
}

/// One row of a chart and of its table twin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    /// The network.
    pub(crate) name: String,
    /// Its colour and mark.
    pub(crate) look: Look,
    /// Stacked from zero; empty where there is no number (yet).
    pub(crate) parts: Vec<f64>,
    /// The number with its unit, or why there is none.
    pub(crate) label: String,
    /// How the number came about, line by line.
    pub(crate) details: Vec<String>,
    /// The bar's surface.
    pub(crate) texture: Texture,
    /// Whether the number counts for nothing, as a detail says.
    pub(crate) struck: bool,
    /// Whiskers.
    pub(crate) interval: Option<(f64, f64)>,
    /// Single measurements, drawn as a faint strip.
    pub(crate) samples: Vec<f64>,
    /// The row's cells in the table, after the name.
    pub(crate) cells: Vec<String>,
}

impl Bar {
    /// Length of the whole bar.
    fn total(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// The furthest that it needs to be drawn: some way beyond the whiskers, where most samples are. A single slow one
    /// would make all bars short.
    fn extent(&self) -> f64 {
        let whisker = self.interval.map_or(0.0, |(_, high)| high * 1.25);
        self.total().max(whisker)
    }
}

/// A position along a chart.
fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

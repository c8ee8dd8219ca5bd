//! What an article is: controls, a figure drawn from their values, and what is measured for its end.

use common::svg::Svg;
use common::words::{Language, Words};
use engine::graph::Layer;
use engine::roofline::Roofs;
use engine::spec::Model;
use serde::Deserialize;

/// An article. Its prose is the file of its name.
pub struct Article {
    /// Its address, and the name of its files.
    pub name: &'static str,
    /// What sets the figure.
    pub controls: &'static [Control],
    /// Draws the figure.
    pub draw: fn(&Scene) -> Figure,
    /// What the button at the end measures; `None` where the end is counted.
    pub experiment: Option<fn(&Values) -> Experiment>,
}

/// Something that sets a figure.
pub struct Control {
    /// What links in the prose call it.
    pub key: &'static str,
    /// What it says.
    pub label: Words,
    /// What it offers.
    pub steps: Steps,
    /// The position that it begins with.
    pub first: usize,
}

/// What a control offers.
pub enum Steps {
    /// A slider over numbers.
    Numbers(&'static [f64]),
    /// A choice of names.
    Names(&'static [Words]),
    /// On or off.
    Switch,
}

impl Control {
    /// A slider.
    pub const fn slider(key: &'static str, label: Words, steps: &'static [f64], first: usize) -> Self {
        Self { key, label, steps: Steps::Numbers(steps), first }
    }

    /// A choice.
    pub const fn choice(key: &'static str, label: Words, names: &'static [Words], first: usize) -> Self {
        Self { key, label, steps: Steps::Names(names), first }
    }

    /// A switch.
    pub const fn switch(key: &'static str, label: Words, is_on: bool) -> Self {
        Self { key, label, steps: Steps::Switch, first: is_on as usize }
    }

    /// How many positions it has.
    pub fn positions(&self) -> usize {
        match self.steps {
            Steps::Numbers(numbers) => numbers.len(),
            Steps::Names(names) => names.len(),
            Steps::Switch => 2,
        }
    }

    /// The value at a position: the number itself, or the position.
    pub fn value(&self, position: usize) -> f64 {
        match self.steps {
            Steps::Numbers(numbers) => numbers.get(position).copied().unwrap_or_default(),
            Steps::Names(_) | Steps::Switch => position as f64,
        }
    }

    /// The position whose value is the nearest.
    pub fn nearest(&self, value: f64) -> usize {
        let distance = |position: &usize| (self.value(*position) - value).abs();
        (0..self.positions()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    }
}

/// What an article's controls are set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    positions: Vec<(&'static str, usize, f64)>,
}

impl Values {
    /// What the controls begin with.
    pub fn of(article: &Article) -> Self {
        let position = |control: &Control| (control.key, control.first, control.value(control.first));
        Self { positions: article.controls.iter().map(position).collect() }
    }

    /// The value of a control; 0 of one that is not there.
    pub fn get(&self, key: &str) -> f64 {
        self.positions.iter().find(|(of, ..)| *of == key).map_or(0.0, |(.., value)| *value)
    }

    /// The value as a whole number.
    pub fn whole(&self, key: &str) -> usize {
        self.get(key) as usize
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key) != 0.0
    }

    /// The position of a control.
    pub fn position(&self, key: &str) -> usize {
        self.positions.iter().find(|(of, ..)| *of == key).map_or(0, |(_, position, _)| *position)
    }

    /// Puts a control at a position.
    pub fn set(&mut self, control: &Control, position: usize) {
        let position = position.min(control.positions() - 1);
        if let Some(place) = self.positions.iter_mut().find(|(of, ..)| *of == control.key) {
            *place = (control.key, position, control.value(position));
        }
    }

    /// Sets controls as a link says: `n=512,m=32`. What it does not name stays.
    ///
    /// # Errors
    /// The part that names no control or no number.
    pub fn follow(&mut self, article: &Article, link: &str) -> Result<(), String> {
        for part in link.split(',') {
            let found = part.split_once('=').and_then(|(key, value)| {
                let control = article.controls.iter().find(|control| control.key == key.trim())?;
                Some((control, value.trim().parse().ok()?))
            });
            let (control, value) = found.ok_or_else(|| part.to_owned())?;
            self.set(control, control.nearest(value));
        }
        Ok(())
    }
}

/// What a figure is drawn from.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Language of its words.
    pub language: Language,
    /// Pixels that it may take across.
    pub width: f64,
    /// Without words: for the index.
    pub is_small: bool,
    /// What the controls are set to.
    pub values: Values,
    /// What was measured, with these values.
    pub measured: Option<Measured>,
}

impl Scene {
    /// A picture, as wide as there is room.
    pub fn svg(&self) -> Svg {
        Svg::new(self.width, self.is_small)
    }

    /// A text in the figure's language.
    pub fn t(&self, words: Words) -> &'static str {
        self.language.of(words)
    }

    /// Whether there is room for two pictures beside each other.
    pub fn is_wide(&self) -> bool {
        self.width >= 560.0
    }

    /// The times that were measured.
    pub fn times(&self) -> Option<&[Timing]> {
        match &self.measured {
            Some(Measured::Times(times)) => Some(times),
            _ => None,
        }
    }

    /// The times of layers that were measured, network by network.
    pub fn layers(&self) -> Option<&[LayerTimes]> {
        match &self.measured {
            Some(Measured::Layers(times)) => Some(times),
            _ => None,
        }
    }
}

/// A figure.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// The picture.
    pub svg: String,
    /// The same numbers as a table, where it holds data.
    pub table: Option<Table>,
    /// What its number is in every place of the prose that names one.
    pub places: Vec<(&'static str, String)>,
}

/// Headings and rows; the first cell of a row names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Of every column.
    pub headings: Vec<String>,
    /// As many cells each.
    pub rows: Vec<Vec<String>>,
}

/// What is measured on the visitor's device, by `window.mobilenetLab`.
#[derive(Clone, Debug, PartialEq)]
pub enum Experiment {
    /// Times of networks, in turns.
    Times(Vec<Run>),
    /// Times of a network's layers, network by network.
    Layers(Vec<Run>),
    /// What modules of a network with these weights return for a sample photo.
    Stages {
        /// The network.
        model: &'static str,
        /// The checkpoint.
        weights: &'static str,
        /// Modules by the library's names.
        stages: Vec<String>,
    },
}

/// A network that is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Which.
    pub network: Network,
    /// Side of its input in pixels.
    pub side: u32,
    /// What runs it; the fastest if nothing is said.
    pub backend: Option<&'static str>,
}

impl Run {
    /// A network of the zoo.
    pub fn of(id: impl Into<String>, side: u32) -> Self {
        Self { network: Network::Known(id.into()), side, backend: None }
    }

    /// A network of rows.
    pub fn own(model: Model) -> Self {
        Self { side: model.resolutions[0], network: Network::Own(Box::new(model)), backend: None }
    }
}

/// A network: one of the zoo's, or one of an article's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// By its id.
    Known(String),
    /// By its rows.
    Own(Box<Model>),
}

/// What came of an [`Experiment`].
#[derive(Clone, Debug)]
pub enum Measured {
    /// In the order of the networks.
    Times(Vec<Timing>),
    /// Likewise.
    Layers(Vec<LayerTimes>),
    /// In the order of the modules.
    Stages(Vec<Vec<f32>>),
}

/// What is used of a network's timing.
#[derive(Clone, Debug, Deserialize)]
pub struct Timing {
    /// Median of the samples, in milliseconds.
    pub median_ms: f64,
    /// Its 95 % interval.
    pub interval_ms: (f64, f64),
    /// What ran.
    pub backend: String,
    /// On how many threads.
    pub threads: u32,
    /// Samples.
    pub samples_ms: Vec<f64>,
    /// Bytes of activations that the backend allocated.
    pub activation_bytes: f64,
}

/// What is used of the timing of layers.
#[derive(Clone, Debug, Deserialize)]
pub struct LayerTimes {
    /// What ran.
    pub backend: String,
    /// On how many threads.
    pub threads: u32,
    /// Runs that were timed.
    pub runs: u32,
    /// The layers that ran.
    pub layers: Vec<Layer>,
    /// Milliseconds of every node, by [`Layer::node`].
    pub nodes_ms: Vec<f64>,
    /// What the backend reaches here at best.
    pub roofs: Roofs,
}

//! The articles' figures, a file each, and what they share.

mod activations;
mod families;
mod inverted;
mod memory;
mod one_convolution;
mod receptive_field;
mod relu;
mod roofline;
mod search;
mod separable;
mod squeeze;
mod unfold;
mod volumes;
mod width;

use engine::graph::{Cost, Graph};
use engine::spec::{Model, Row, Variant};
use engine::zoo::Zoo;

use crate::article::{Article, Scene, Timing};
use common::format;
use common::svg::{Anchor, Svg};
use common::words::{Language, words};

/// The articles, in the order in which they are read.
pub const ARTICLES: &[Article] = &[
    one_convolution::ARTICLE,
    separable::ARTICLE,
    width::ARTICLE,
    relu::ARTICLE,
    inverted::ARTICLE,
    memory::ARTICLE,
    squeeze::ARTICLE,
    activations::ARTICLE,
    search::ARTICLE,
    unfold::ARTICLE,
    roofline::ARTICLE,
    receptive_field::ARTICLE,
    families::ARTICLE,
    volumes::ARTICLE,
];

/// The article of this name.
pub fn article(name: &str) -> Option<&'static Article> {
    ARTICLES.iter().find(|article| article.name == name)
}

/// A network of the zoo at a side of a square input. The articles name only those that there are, which tests see to.
fn variant(id: &str, side: u32) -> Option<Variant> {
    Some(Zoo::builtin().find(id).ok()?.with_resolution(side, side))
}

fn graph(id: &str, side: u32) -> Option<Graph> {
    variant(id, side)?.graph().ok()
}

fn cost(id: &str, side: u32) -> Option<Cost> {
    Some(graph(id, side)?.cost())
}

/// All multiply-accumulates.
fn macs(cost: &Cost) -> f64 {
    (cost.conv_linear_macs + cost.attention_macs) as f64
}

/// A network of an article's own: rows that read a square map of so many channels.
fn own(title: &'static str, channels: u32, side: u32, rows: Vec<Row>) -> Option<Model> {
    let like = Zoo::builtin().find("mobilenetv2_100").ok()?.model;
    Some(Model {
        title: title.into(),
        channels,
        widths: vec![1.0].into(),
        resolutions: vec![side].into(),
        rows: rows.into(),
        ..(*like).clone()
    })
}

/// What a network of an article's own costs.
fn cost_of(model: &Model) -> Option<Cost> {
    Some(Variant::new(&model.clone().into(), model.widths[0]).graph().ok()?.cost())
}

/// What ran, and how often: `CPU, 4 threads, median of 30 samples`.
fn ran(language: Language, timing: &Timing) -> String {
    let samples = timing.samples_ms.len();
    let on = on(language, &timing.backend, timing.threads);
    match language {
        Language::English => format!("{on}, median of {samples} samples"),
        Language::Chinese => format!("{on}，{samples} 个样本的中位数"),
    }
}

fn on(language: Language, backend: &str, threads: u32) -> String {
    let backend = if backend == "cpu" { "CPU" } else { "WebGPU" };
    match (language, threads) {
        (_, 0) => backend.to_owned(),
        (Language::English, 1) => format!("{backend}, one thread"),
        (Language::English, threads) => format!("{backend}, {threads} threads"),
        (Language::Chinese, threads) => format!("{backend}，{threads} 线程"),
    }
}

/// A row of [`bars`].
struct Bar {
    /// Before it.
    name: String,
    /// Behind it.
    value: String,
    /// From zero on, with their classes.
    parts: Vec<(&'static str, f64)>,
}

const BAR_ROW: f64 = 40.0;

/// Bars from zero, a name and a value above each; gives the place below them.
fn bars(svg: &mut Svg, scene: &Scene, top: f64, bars: &[Bar]) -> f64 {
    let total = |bar: &Bar| bar.parts.iter().map(|(_, value)| value).sum::<f64>();
    let most = bars.iter().map(total).fold(f64::MIN_POSITIVE, f64::max);
    for (i, bar) in bars.iter().enumerate() {
        let y = top + BAR_ROW * i as f64;
        svg.text("name", (0.0, y + 13.0), Anchor::Start, &bar.name);
        svg.text("value", (scene.width, y + 13.0), Anchor::End, &bar.value);
        let mut x = 0.0;
        for (class, value) in &bar.parts {
            let width = scene.width * value / most;
            svg.rect(class, x, y + 18.0, width, 14.0);
            x += width;
        }
    }
    top + BAR_ROW * bars.len() as f64
}

/// Coloured squares with what they stand for, in lines as long as there is room; gives the place below them.
fn legend(svg: &mut Svg, scene: &Scene, top: f64, entries: &[(&str, &str)]) -> f64 {
    if scene.is_small {
        return top;
    }
    let (mut x, mut y) = (0.0, top);
    for (class, text) in entries {
        let width = 30.0 + text.chars().map(|letter| if letter.is_ascii() { 7.0 } else { 13.5 }).sum::<f64>();
        if x > 0.0 && x + width > scene.width {
            (x, y) = (0.0, y + 20.0);
        }
        svg.rect(class, x, y, 12.0, 12.0);
        svg.text("tick", (x + 18.0, y + 10.5), Anchor::Start, text);
        x += width;
    }
    y + 20.0
}

/// A number of a published table beside the one that is counted.
fn beside(language: Language, counted: &str, published: &str) -> String {
    let printed = language.of(words("printed", "原文"));
    match language {
        Language::English => format!("{counted} ({printed} {published})"),
        Language::Chinese => format!("{counted}（{printed} {published}）"),
    }
}

/// Milliseconds of a timing.
fn ms(timing: &Timing) -> String {
    format::milliseconds(timing.median_ms)
}

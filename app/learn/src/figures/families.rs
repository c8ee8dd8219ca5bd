//! Many families on one page: each with its block as a small drawing made from its rows.

use std::ops::Range as Nodes;

use engine::graph::{Graph, NodeId, OpKind, Shape};
use engine::spec::Variant;
use engine::zoo::{FAMILIES, Family};

use super::{legend, macs, ms};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::svg::{Anchor, Svg};
use common::words::words;

pub(super) const ARTICLE: Article = Article {
    name: "families",
    controls: &[
        Control::choice(
            "by",
            words("Order", "顺序"),
            &[
                words("year", "年份"),
                words("multiply-accumulates", "乘加次数"),
                words("parameters", "参数量"),
                words("MACs for each parameter", "每个参数的乘加次数"),
            ],
            0,
        ),
        Control::slider("until", words("Until", "截至"), &YEARS, 8),
    ],
    draw,
    experiment: Some(experiment),
};

const YEARS: [f64; 9] = [2016.0, 2017.0, 2018.0, 2019.0, 2020.0, 2021.0, 2022.0, 2023.0, 2024.0];

/// A family by its first network.
struct Entry {
    family: &'static Family,
    variant: Variant,
    macs: f64,
    params: f64,
    block: Vec<Piece>,
}

/// An operation of a block, and the value that it computes.
struct Piece {
    class: &'static str,
    channels: usize,
    /// How many operations of the block stand beside it: those that read the same value.
    is_branch: bool,
}

fn entries() -> Vec<Entry> {
    let entry = |(family, models): &'static (Family, &'static [engine::spec::Model])| {
        let model = models.first()?;
        let variant = Variant::new(&model.clone().into(), model.widths[0]);
        let cost = variant.graph().ok()?.cost();
        let (macs, params) = (macs(&cost), cost.params as f64);
        let block = block(&variant).unwrap_or_default();
        Some(Entry { family, variant, macs, params, block })
    };
    FAMILIES.iter().filter_map(entry).collect()
}

/// A network's typical block, without what its convolutions absorb.
fn block(variant: &Variant) -> Option<Vec<Piece>> {
    let (graph, places) = variant.typical_block()?;
    // As many pieces as can be told apart.
    const MOST: usize = 26;
    let pieces = |nodes: &Nodes<usize>| pieces(&graph, nodes.clone());
    places.iter().map(pieces).find(|pieces| (2..=MOST).contains(&pieces.len()))
}

fn pieces(graph: &Graph, nodes: Nodes<usize>) -> Vec<Piece> {
    let readers = graph.readers();
    let mut pieces = Vec::new();
    for node in nodes.clone() {
        let of = &graph.nodes[node];
        let class = match of.op.kind() {
            OpKind::BatchNorm | OpKind::Activation | OpKind::Input => continue,
            OpKind::Conv => "conv",
            OpKind::PointwiseConv => "pointwise",
            OpKind::DepthwiseConv => "depthwise",
            OpKind::GroupedConv => "grouped",
            OpKind::Linear => "linear",
            OpKind::Attention => "attention",
            _ => "other",
        };
        let is_branch = of.inputs.first().is_some_and(|NodeId(input)| {
            let after: Vec<usize> = readers[*input].iter().map(|reader| reader.0).collect();
            after.len() > 1 && after[0] != node && nodes.contains(&after[0])
        });
        // Vectors beside maps are gates.
        let is_gate = matches!(of.shape, Shape::Vector { .. });
        let class = if is_gate && class != "attention" { "gate" } else { class };
        pieces.push(Piece { class, channels: of.shape.channels(), is_branch });
    }
    pieces
}

fn chosen(values: &Values) -> Vec<Entry> {
    let mut entries = entries();
    entries.retain(|entry| f64::from(entry.family.year) <= values.get("until"));
    match values.whole("by") {
        0 => entries.sort_by_key(|entry| entry.family.year),
        1 => entries.sort_by(|a, b| a.macs.total_cmp(&b.macs)),
        2 => entries.sort_by(|a, b| a.params.total_cmp(&b.params)),
        _ => entries.sort_by(|a, b| (a.macs / a.params).total_cmp(&(b.macs / b.params))),
    }
    entries
}

fn experiment(values: &Values) -> Experiment {
    let run = |entry: Entry| Run::of(entry.variant.id(), entry.variant.resolution.0);
    Experiment::Times(chosen(values).into_iter().map(run).collect())
}

const CELL: f64 = 118.0;
const DRAWING: f64 = 62.0;

/// A block as bars, one an operation from the top down, as wide as its channels.
fn drawing(svg: &mut Svg, block: &[Piece], (left, top): (f64, f64), width: f64) {
    let most = block.iter().map(|piece| piece.channels).max().unwrap_or(1) as f64;
    let height = (DRAWING / block.len().max(1) as f64).min(12.0);
    for (i, piece) in block.iter().enumerate() {
        let long = (width * piece.channels as f64 / most).max(2.0);
        let indent = if piece.is_branch { width - long } else { 0.0 };
        svg.rect(piece.class, left + indent, top + height * i as f64, long, height - 1.0);
    }
}

fn draw(scene: &Scene) -> Figure {
    let entries = chosen(&scene.values);
    let mut svg = scene.svg();
    let columns = (scene.width / 118.0).floor().clamp(2.0, 6.0) as usize;
    let column = scene.width / columns as f64;
    for (i, entry) in entries.iter().enumerate() {
        let (x, y) = (column * (i % columns) as f64, CELL * (i / columns) as f64);
        svg.text("name", (x, y + 13.0), Anchor::Start, entry.family.title);
        let numbers = format!("{} · {}", entry.family.year, format::count(entry.macs));
        svg.text("tick", (x, y + 28.0), Anchor::Start, &numbers);
        drawing(&mut svg, &entry.block, (x, y + 36.0), column - 20.0);
    }
    let below = CELL * entries.len().div_ceil(columns) as f64 + 4.0;
    let kinds = [
        ("conv", words("standard", "标准卷积")),
        ("depthwise", words("depthwise", "深度卷积")),
        ("pointwise", words("pointwise", "逐点卷积")),
        ("grouped", words("in groups", "分组卷积")),
        ("gate", words("vectors: gates", "向量：门控")),
        ("attention", words("attention", "注意力")),
        ("other", words("add, split, shuffle, concatenate", "相加、拆分、重排、拼接")),
    ]
    .map(|(class, words)| (class, scene.t(words)));
    let height = legend(&mut svg, scene, below, &kinds);
    let ratio = |entry: &&Entry| entry.macs / entry.params;
    let least = entries.iter().min_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    let most = entries.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    let mut places = vec![
        ("count", entries.len().to_string()),
        ("until", scene.values.get("until").to_string()),
        ("least", least.map_or("–", |entry| entry.family.title).to_owned()),
        ("least_ratio", least.map(|entry| format!("{:.1}", ratio(&entry))).unwrap_or_default()),
        ("most", most.map_or("–", |entry| entry.family.title).to_owned()),
        ("most_ratio", most.map(|entry| format!("{:.0}", ratio(&entry))).unwrap_or_default()),
    ];
    let mut table = Table {
        headings: [
            words("family", "家族"),
            words("year", "年份"),
            words("paper", "论文"),
            words("network", "网络"),
            words("MACs", "乘加次数"),
            words("parameters", "参数量"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: Vec::new(),
    };
    let times = scene.times().unwrap_or_default();
    if !times.is_empty() {
        table.headings.push(scene.t(words("time here", "本机时间")).to_owned());
    }
    for (i, entry) in entries.iter().enumerate() {
        let mut row = vec![
            entry.family.title.to_owned(),
            entry.family.year.to_string(),
            entry.family.paper.to_owned(),
            entry.variant.id(),
            format!("{:.0}", entry.macs),
            format!("{:.0}", entry.params),
        ];
        row.extend(times.get(i).map(ms));
        table.rows.push(row);
    }
    let timed = || entries.iter().zip(times);
    let speed = |(entry, timing): &(&Entry, &crate::article::Timing)| entry.macs / timing.median_ms;
    let fastest = timed().max_by(|a, b| speed(a).total_cmp(&speed(b)));
    let slowest = timed().min_by(|a, b| speed(a).total_cmp(&speed(b)));
    if let (Some(fastest), Some(slowest)) = (fastest, slowest) {
        places.extend([
            ("fastest", fastest.0.family.title.to_owned()),
            ("fastest_rate", format::count(speed(&fastest))),
            ("slowest", slowest.0.family.title.to_owned()),
            ("slowest_rate", format::count(speed(&slowest))),
            ("ran", super::ran(scene.language, fastest.1)),
        ]);
    }
    let label = scene.t(words("A block of every family, with its cost", "每个家族的一个模块及其计算量"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_drawn_from_its_rows() {
        let entries = entries();
        assert_eq!(entries.len(), FAMILIES.len());
        for entry in &entries {
            assert!(entry.block.len() > 1, "{}", entry.family.title);
            assert!(YEARS.contains(&f64::from(entry.family.year)), "{}", entry.family.title);
        }
        let classes = |family: &str| {
            let entry = entries.iter().find(|entry| entry.family.id == family).unwrap();
            entry.block.iter().map(|piece| (piece.class, piece.channels)).collect::<Vec<_>>()
        };
        assert_eq!(
            classes("mobilenet_v2"),
            [("pointwise", 144), ("depthwise", 144), ("pointwise", 24), ("other", 24)]
        );
        let fire = classes("squeezenet");
        assert_eq!(
            fire.iter().map(|piece| piece.0).collect::<Vec<_>>(),
            ["pointwise", "pointwise", "conv", "other"]
        );
    }
}

//! Memory is what moves: MobileNetV2, section 5.1 and table 3.

use engine::graph::{Graph, Shape, passes};
use engine::plan::Plan;
use engine::spec::{Block, BlockNodes};

use super::{graph, legend, variant};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::plot::{Plot, Range};
use common::svg::Anchor;
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "memory",
    controls: &[
        Control::choice("network", words("Network", "网络"), &NAMES, 1),
        Control::slider(
            "side",
            words("Side of the input", "输入边长"),
            &[96.0, 112.0, 128.0, 160.0, 192.0, 224.0],
            5,
        ),
    ],
    draw,
    experiment: Some(experiment),
};

const NAMES: [Words; 5] = [
    name("MobileNetV1"),
    name("MobileNetV2"),
    name("MobileNetV3-Large"),
    name("ShuffleNetV2 1.0"),
    name("MobileViT-XXS"),
];
const IDS: [&str; 5] =
    ["mobilenetv1_100", "mobilenetv2_100", "mobilenetv3_large_100", "shufflenet_v2_x1_0", "mobilevit_xxs"];

/// What is alive while a step runs, in bytes (f32).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Alive {
    /// What it reads.
    read: f64,
    /// What it writes.
    written: f64,
    /// What waits for a later step.
    waits: f64,
}

impl Alive {
    fn total(self) -> f64 {
        self.read + self.written + self.waits
    }
}

fn f32_bytes(shape: Shape) -> f64 {
    4.0 * shape.elements() as f64
}

/// What is alive at every step of a fused graph, the input included.
fn timeline(graph: &Graph) -> Vec<Alive> {
    let last_uses = graph.last_uses();
    let step = |i: usize| {
        let node = &graph.nodes[i];
        let mut alive = Alive { written: f32_bytes(node.shape), ..Alive::default() };
        for (value, last) in last_uses.iter().enumerate().take(i) {
            let bytes = f32_bytes(graph.nodes[value].shape);
            if node.inputs.iter().any(|input| input.0 == value) {
                alive.read += bytes;
            } else if *last > i {
                alive.waits += bytes;
            }
        }
        alive
    };
    (1..graph.nodes.len()).map(step).collect()
}

fn experiment(values: &Values) -> Experiment {
    let side = values.whole("side") as u32;
    Experiment::Times(vec![Run::of(IDS[values.whole("network")], side)])
}

/// Sides of the maps of table 3, with what is printed there for V1, V2 and ShuffleNet: channels, and kB at 16 bits a number.
const PRINTED: [(usize, [(usize, f64); 3]); 6] = [
    (112, [(64, 1600.0), (16, 400.0), (32, 800.0)]),
    (56, [(128, 800.0), (32, 200.0), (48, 300.0)]),
    (28, [(256, 400.0), (64, 100.0), (400, 600.0)]),
    (14, [(512, 200.0), (160, 62.0), (800, 310.0)]),
    (7, [(1024, 199.0), (320, 32.0), (1600, 156.0)]),
    (1, [(1024, 2.0), (1280, 2.0), (1600, 3.0)]),
];

/// The most channels that a block returns in a map of this side. Of V2 only bottlenecks count: its wide tensors can be computed part by
/// part.
fn most_channels(id: &str, side: usize) -> Option<usize> {
    let variant = variant(id, 224)?;
    let (graph, blocks) = variant.blocks().ok()?;
    let is_kept = |block: &&BlockNodes| {
        let block = &variant.model.rows[block.row].block;
        id != TABLE_IDS[1]
            || matches!(block, Block::Separable(_) | Block::InvertedResidual(_) | Block::Mean(_))
    };
    let channels = |block: &BlockNodes| match graph.nodes[block.nodes.end - 1].shape {
        Shape::Map { h, c, .. } if h == side => Some(c),
        // The vector that the classifier reads.
        Shape::Vector { c } if side == 1 && block.nodes.end < graph.nodes.len() => Some(c),
        _ => None,
    };
    blocks.iter().filter(is_kept).filter_map(channels).max()
}

const TABLE_IDS: [&str; 3] = ["mobilenetv1_100", "mobilenetv2_100", "shufflenetv1_g3_2.0x"];

/// kB of a map at 16 bits a number.
fn kilobytes(side: usize, channels: usize) -> f64 {
    (2 * side * side * channels) as f64 / 1000.0
}

fn table_3(scene: &Scene) -> Table {
    let both = |id: &str, side: usize, (channels, kb): (usize, f64)| {
        let counted = most_channels(id, side);
        let counted = counted.map(|c| format!("{c} · {:.1} kB", kilobytes(side, c))).unwrap_or_default();
        super::beside(scene.language, &counted, &format!("{channels} · {kb} kB"))
    };
    Table {
        headings: vec![
            scene.t(words("side of the map", "特征图边长")).to_owned(),
            "MobileNetV1".to_owned(),
            "MobileNetV2".to_owned(),
            scene.t(words("ShuffleNet 2×, 3 groups", "ShuffleNet 2×，3 组")).to_owned(),
        ],
        rows: PRINTED
            .iter()
            .map(|(side, printed)| {
                let cells = TABLE_IDS.iter().zip(printed).map(|(id, printed)| both(id, *side, *printed));
                std::iter::once(format!("{side}×{side}")).chain(cells).collect()
            })
            .collect(),
    }
}

fn draw(scene: &Scene) -> Figure {
    let side = scene.values.whole("side") as u32;
    let id = IDS[scene.values.whole("network")];
    let Some(fused) = graph(id, side).map(|graph| passes::fuse(&graph)) else { return Figure::default() };
    let steps = timeline(&fused);
    let (peak_at, peak) = steps
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total().total_cmp(&b.1.total()))
        .map_or((0, 0.0), |(i, alive)| (i, alive.total()));
    let arena = 4.0 * Plan::new(fused.clone(), |_| false).arena_len as f64;
    let mut svg = scene.svg();
    let plot = Plot {
        area: [56.0, 24.0, scene.width - 64.0, 220.0],
        x: Range::Linear(0.0, steps.len() as f64),
        y: Range::Linear(0.0, 1.08 * peak),
    };
    let titles = [words("step of the run", "运行的步骤"), words("bytes alive", "存活的字节")]
        .map(|title| scene.t(title));
    plot.grid(&mut svg, titles, [|value| format!("{value:.0}"), format::byte_tick]);
    let width = plot.area[2] / steps.len() as f64;
    for (i, alive) in steps.iter().enumerate() {
        let mut from = 0.0;
        for (class, bytes) in [("waits", alive.waits), ("read", alive.read), ("written", alive.written)] {
            let ((x, bottom), (_, top)) = (plot.at(i as f64, from), plot.at(i as f64, from + bytes));
            svg.rect(class, x, top, width + 0.3, bottom - top);
            from += bytes;
        }
    }
    let (x, y) = plot.at(peak_at as f64 + 0.5, peak);
    let anchor = if x > scene.width / 2.0 { Anchor::End } else { Anchor::Start };
    svg.text(
        "value",
        (x, y - 6.0),
        anchor,
        &format!("{} · {}", format::bytes(peak), fused.nodes[peak_at + 1].name),
    );
    let entries = [
        ("written", scene.t(words("written", "写入"))),
        ("read", scene.t(words("read", "读取"))),
        ("waits", scene.t(words("waits for a later step", "等待后面的步骤"))),
    ];
    let height = legend(&mut svg, scene, 290.0, &entries);
    let mut places = vec![
        ("network", scene.t(NAMES[scene.values.whole("network")]).to_owned()),
        ("side", side.to_string()),
        ("peak", format::bytes(peak)),
        ("step", fused.nodes[peak_at + 1].name.clone()),
        ("sum", format::bytes(fused.nodes.iter().map(|node| f32_bytes(node.shape)).sum())),
        ("arena", format::bytes(arena)),
        ("v1_last", format!("{:.0} kB", kilobytes(7, 1024))),
    ];
    if let Some([timing]) = scene.times() {
        places.extend([
            ("allocated", format::bytes(timing.activation_bytes)),
            ("on", super::on(scene.language, &timing.backend, timing.threads)),
        ]);
    }
    let label = scene.t(words("Bytes of values that are alive at every step", "每一步存活数值的字节数"));
    Figure { svg: svg.finish(height, label), table: Some(table_3(scene)), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeline_peaks_where_the_engine_says() {
        for id in IDS {
            let fused = passes::fuse(&graph(id, 224).unwrap());
            let peak = timeline(&fused).into_iter().map(Alive::total).fold(0.0, f64::max);
            assert_eq!(peak, fused.cost().peak_activation_bytes as f64, "{id}");
            let arena = 4.0 * Plan::new(fused, |_| false).arena_len as f64;
            assert!(arena >= peak && arena < 1.35 * peak, "{id}: {arena} for {peak}");
        }
    }

    #[test]
    fn table_3_of_the_second_paper_is_reproduced_but_for_its_misprints() {
        let mut wrong = Vec::new();
        for (side, printed) in PRINTED {
            for (id, (channels, kb)) in TABLE_IDS.iter().zip(printed) {
                let is_rounded = (kilobytes(side, channels) - kb).abs() < f64::max(0.6, 0.05 * kb);
                if most_channels(id, side) != Some(channels) || !is_rounded {
                    wrong.push((*id, side, most_channels(id, side).unwrap()));
                }
            }
        }
        let [v1, v2, shuffle] = TABLE_IDS;
        let expected = [
            // Two bytes of 112×112×48 numbers; printed are 32 channels.
            (shuffle, 112, 48),
            // Printed are the channels that the stage's last block returns behind its stride.
            (v2, 56, 24),
            (v2, 28, 32),
            // Printed are 400, 800 and 1600, twice those that ShuffleNet has with two groups.
            (shuffle, 28, 480),
            (v2, 14, 96),
            (shuffle, 14, 960),
            // 100 kB are printed as 199.
            (v1, 7, 1024),
            (shuffle, 7, 1920),
            (shuffle, 1, 1920),
        ];
        assert_eq!(wrong, expected);
        assert_eq!(format!("{:.1}", kilobytes(7, 1024)), "100.4");
    }
}

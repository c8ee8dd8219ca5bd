//! How far does it see? The square of the input that can reach one unit of a map, from the graph.

use engine::graph::op::Op;
use engine::graph::{Graph, OpKind};

use super::variant;
use crate::article::{Article, Control, Figure, Scene, Table};
use common::plot::{Plot, Range};
use common::svg::{Anchor, Svg};
use common::words::{Language, Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "receptive-field",
    controls: &[
        Control::choice("network", words("Network", "网络"), &NAMES, 1),
        Control::choice("other", words("Beside", "对比"), &NAMES, 3),
        Control::slider("block", words("Block", "块"), &BLOCKS, 6),
    ],
    draw,
    experiment: None,
};

const NAMES: [Words; 5] = [
    name("MobileNetV1"),
    name("MobileNetV2"),
    name("MobileNetV3-Large"),
    name("SqueezeNet 1.1"),
    name("ShuffleNetV2 1.0"),
];
const IDS: [&str; 5] =
    ["mobilenetv1_100", "mobilenetv2_100", "mobilenetv3_large_100", "squeezenet1_1", "shufflenet_v2_x1_0"];
const SIDE: u32 = 224;

const BLOCKS: [f64; 18] =
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0];

/// What a unit of a map sees of the input, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Pixels that can reach it.
    pub(super) side: usize,
    /// Pixels from one unit's square to the next one's.
    pub(super) step: usize,
}

/// The field of every value. Gates, which depend on a mean over all pixels, are left out; `None` where a value is no map any more.
pub(super) fn fields(graph: &Graph) -> Vec<Option<Field>> {
    let mut fields: Vec<Option<Field>> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let read = |position: usize| node.inputs.get(position).and_then(|input| fields[input.0]);
        let window = |kernel: usize, dilation: usize, stride: usize| {
            let Field { side, step } = read(0)?;
            Some(Field { side: side + (kernel - 1) * dilation * step, step: step * stride })
        };
        let field = match &node.op {
            Op::Input(_) => Some(Field { side: 1, step: 1 }),
            Op::Conv(conv) => {
                window(conv.filters.kernel[0], conv.filters.dilation[0], conv.filters.stride[0])
            }
            Op::Pool(pool) => window(pool.window[0], 1, pool.stride[0]),
            // A map times a gate; the gate is the second.
            Op::Scale(_) => read(0),
            _ if node.op.kind() == OpKind::GlobalAveragePool || node.op.kind() == OpKind::Linear => None,
            _ => {
                let all = node.inputs.iter().filter_map(|input| fields[input.0]);
                all.max_by_key(|field| field.side)
            }
        };
        fields.push(field);
    }
    fields
}

/// The field at the end of every block with a map, with the block's module.
fn of_blocks(id: &str) -> Vec<(String, Field)> {
    let Some((graph, blocks)) = variant(id, SIDE).and_then(|variant| variant.blocks().ok()) else {
        return Vec::new();
    };
    let fields = fields(&graph);
    let end = |nodes: &std::ops::Range<usize>| {
        let last = nodes.end.checked_sub(1).filter(|last| *last >= nodes.start)?;
        // The block's own module, neither one within it nor all of its kind.
        let stages =
            graph.stages.iter().filter(|stage| stage.value.0 == last && stage.name.matches('.').count() < 3);
        let stage = stages.max_by_key(|stage| stage.name.len());
        let name = stage.map_or_else(|| graph.nodes[last].name.clone(), |stage| stage.name.clone());
        Some((name, fields[last]?))
    };
    blocks.iter().filter_map(|block| end(&block.nodes)).collect()
}

fn draw(scene: &Scene) -> Figure {
    let chosen = [("network", "curve-a"), ("other", "curve-b")].map(|(key, class)| {
        let position = scene.values.whole(key);
        (scene.t(NAMES[position]), of_blocks(IDS[position]), class)
    });
    let block = scene.values.whole("block");
    let mut svg = scene.svg();
    let input = f64::from(SIDE);
    // The input, and the squares around it, as large as the largest needs.
    let room = if scene.is_wide() { 260.0 } else { scene.width.min(260.0) };
    let at = |blocks: &[(String, Field)]| blocks.get(block.min(blocks.len()) - 1).cloned();
    let most =
        chosen.iter().filter_map(|(_, blocks, _)| Some(at(blocks)?.1.side as f64)).fold(input, f64::max);
    let scale = room / (1.04 * most);
    let (middle, top) = (room / 2.0, 22.0);
    let title = scene.t(words("one unit sees", "一个单元所见"));
    svg.text("name", (0.0, 13.0), Anchor::Start, title);
    let square = |svg: &mut Svg, class: &str, side: f64| {
        let half = scale * side / 2.0;
        svg.rect(class, middle - half, top + middle - half, 2.0 * half, 2.0 * half);
    };
    square(&mut svg, "map photo", input);
    for (_, blocks, class) in &chosen {
        if let Some((_, field)) = at(blocks) {
            square(&mut svg, &format!("square {class}"), field.side as f64);
        }
    }
    // How it grows.
    let (left, above) = if scene.is_wide() { (room + 64.0, 24.0) } else { (40.0, room + 60.0) };
    let longest = chosen.iter().map(|(_, blocks, _)| blocks.len()).max().unwrap_or(1);
    let largest = chosen
        .iter()
        .flat_map(|(_, blocks, _)| blocks.iter().map(|(_, field)| field.side))
        .max()
        .unwrap_or(1);
    let plot = Plot {
        area: [left, above, scene.width - left - 12.0, 200.0],
        x: Range::Linear(1.0, longest as f64),
        y: Range::Linear(0.0, 1.05 * largest as f64),
    };
    let titles = [words("block", "块"), words("side in pixels", "边长，像素")].map(|title| scene.t(title));
    plot.grid(&mut svg, titles, [|value| format!("{value:.0}"), |value| format!("{value:.0}")]);
    svg.line("front", plot.at(1.0, input), plot.at(longest as f64, input));
    for (_, blocks, class) in &chosen {
        let line =
            blocks.iter().enumerate().map(|(i, (_, field))| plot.at(i as f64 + 1.0, field.side as f64));
        svg.polyline(&format!("curve {class}"), line);
        if let Some((_, field)) = at(blocks) {
            let position = block.min(blocks.len()) as f64;
            svg.circle(&format!("dot {class}"), plot.at(position, field.side as f64), 5.0);
        }
    }
    let entries: Vec<(&str, &str)> = chosen.iter().map(|(name, _, class)| (*class, *name)).collect();
    let below = if scene.is_wide() { 300.0 } else { above + 250.0 };
    let height = super::legend(&mut svg, scene, below, &entries);
    let mut places = vec![("block", block.to_string()), ("input", SIDE.to_string())];
    let keys = [
        ["a", "a_side", "a_step", "a_name", "a_whole", "a_last"],
        ["b", "b_side", "b_step", "b_name", "b_whole", "b_last"],
    ];
    for ((name, blocks, _), keys) in chosen.iter().zip(keys) {
        let Some((module, field)) = at(blocks) else { continue };
        let full = blocks.iter().position(|(_, field)| field.side >= SIDE as usize);
        let last = blocks.last().map_or(0, |(_, field)| field.side);
        let full = whole(scene.language, full.map(|position| position + 1));
        let texts = [
            (*name).to_owned(),
            field.side.to_string(),
            field.step.to_string(),
            module,
            full,
            last.to_string(),
        ];
        places.extend(keys.into_iter().zip(texts));
    }
    let table = Table {
        headings: std::iter::once(scene.t(words("block", "块")).to_owned())
            .chain(chosen.iter().map(|(name, ..)| (*name).to_owned()))
            .collect(),
        rows: (0..longest)
            .map(|i| {
                let cell = |blocks: &[(String, Field)]| {
                    blocks
                        .get(i)
                        .map_or_else(String::new, |(module, field)| format!("{} ({module})", field.side))
                };
                std::iter::once((i + 1).to_string())
                    .chain(chosen.iter().map(|(_, blocks, _)| cell(blocks)))
                    .collect()
            })
            .collect(),
    };
    let label = scene.t(words("Receptive fields of two networks", "两个网络的感受野"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

/// From which block on the whole side of the input is seen.
fn whole(language: Language, block: Option<usize>) -> String {
    match (language, block) {
        (Language::English, Some(block)) => format!("from block {block} on"),
        (Language::English, None) => "at no block".to_owned(),
        (Language::Chinese, Some(block)) => format!("从第 {block} 块起"),
        (Language::Chinese, None) => "在任何一块都没有".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_network_sees_what_is_counted_by_hand() {
        let blocks = of_blocks("mobilenetv1_100");
        let sides: Vec<(usize, usize)> = blocks.iter().map(|(_, field)| (field.side, field.step)).collect();
        // 3×3 windows: each adds twice the step before it.
        let expected = [
            (3, 2),
            (7, 2),
            (11, 4),
            (19, 4),
            (27, 8),
            (43, 8),
            (59, 16),
            (91, 16),
            (123, 16),
            (155, 16),
            (187, 16),
            (219, 16),
            (251, 32),
            (315, 32),
        ];
        assert_eq!(sides, expected);
        assert_eq!(blocks.last().unwrap().0, "blocks.4.1");
    }

    #[test]
    fn gates_are_left_out_and_every_network_has_blocks() {
        for id in IDS {
            let blocks = of_blocks(id);
            assert!(blocks.len() >= 10, "{id}: {blocks:?}");
            assert!(blocks.is_sorted_by(|a, b| a.1.side <= b.1.side), "{id}: {blocks:?}");
        }
    }
}

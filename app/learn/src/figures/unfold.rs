//! Unfold, attend, fold: MobileViT, section 3.1 and figure 4.

use engine::graph::{LayerCost, OpKind, Shape, passes};

use super::{Bar, bars, graph, legend, on};
use crate::article::{Article, Control, Experiment, Figure, LayerTimes, Run, Scene, Table, Values};
use common::format;
use common::svg::{Anchor, Svg};
use common::words::{Language, Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "unfold-attend-fold",
    controls: &[
        Control::slider(
            "side",
            words("Side of the input", "输入边长"),
            &[192.0, 208.0, 224.0, 232.0, 240.0, 256.0, 288.0, 320.0],
            5,
        ),
        Control::choice("block", words("Block", "块"), &BLOCKS, 1),
        Control::choice(
            "pixel",
            words("Pixel of each patch", "每个图块中的像素"),
            &[
                words("upper left", "左上"),
                words("upper right", "右上"),
                words("lower left", "左下"),
                words("lower right", "右下"),
            ],
            0,
        ),
    ],
    draw,
    experiment: Some(experiment),
};

const ID: &str = "mobilevit_xxs";
const BLOCKS: [Words; 3] = [name("stages.2.1"), name("stages.3.1"), name("stages.4.1")];
/// Pixels of the input to a step of each block's map.
const STRIDES: [u32; 3] = [8, 16, 32];
/// Side of a patch.
const PATCH: u32 = 2;

fn experiment(values: &Values) -> Experiment {
    Experiment::Layers(vec![Run::of(ID, values.get("side") as u32)])
}

/// What a block does with its map.
struct Block {
    /// Side of the map, and of what is unfolded.
    side: u32,
    even: u32,
    /// Tokens of a sequence; there are as many sequences as pixels in a patch.
    tokens: u64,
    /// Multiply-accumulates of attention itself, and of everything else in the block.
    attention: f64,
    rest: f64,
}

fn block(layers: &[LayerCost], position: usize, side: u32) -> Block {
    let side = side.div_ceil(STRIDES[position]);
    let prefix = format!("stages.{}.1.", position + 2);
    let of_block = || layers.iter().filter(|layer| layer.name.starts_with(&prefix));
    let attention = || of_block().filter(|layer| layer.op == OpKind::Attention);
    let tokens = attention().find_map(|layer| match layer.output {
        Shape::Tokens { tokens, .. } => Some(tokens as u64),
        _ => None,
    });
    let macs = |sum: f64, layer: &LayerCost| sum + layer.macs as f64;
    let of_attention = attention().fold(0.0, macs);
    Block {
        side,
        even: side.next_multiple_of(PATCH),
        tokens: tokens.unwrap_or_default(),
        attention: of_attention,
        rest: of_block().fold(0.0, macs) - of_attention,
    }
}

/// The map with the pixels that meet each other.
fn map(svg: &mut Svg, block: &Block, pixel: u32, (left, top): (f64, f64), room: f64) {
    let cell = room / f64::from(block.even);
    svg.rect("map", left, top, room, room);
    let patches = block.even / PATCH;
    for y in 0..patches {
        for x in 0..patches {
            let at = |patch: u32, within: u32| cell * f64::from(PATCH * patch + within);
            let (x, y) = (left + at(x, pixel % PATCH), top + at(y, pixel / PATCH));
            svg.rect("attention", x + 0.1 * cell, y + 0.1 * cell, 0.8 * cell, 0.8 * cell);
        }
    }
    for patch in 1..patches {
        let at = cell * f64::from(PATCH * patch);
        svg.line("grid", (left + at, top), (left + at, top + room));
        svg.line("grid", (left, top + at), (left + room, top + at));
    }
}

/// Milliseconds by what is done: attention, unfolding and folding, resizing; and of all layers.
fn times(times: &LayerTimes) -> [f64; 4] {
    let of = |kinds: &[OpKind]| -> f64 {
        let layers = times.layers.iter().filter(|layer| kinds.is_empty() || kinds.contains(&layer.cost.op));
        layers.filter_map(|layer| times.nodes_ms.get(layer.node)).sum()
    };
    [of(&[OpKind::Attention]), of(&[OpKind::Unfold, OpKind::Fold]), of(&[OpKind::Resize]), of(&[])]
}

fn draw(scene: &Scene) -> Figure {
    let values = &scene.values;
    let (side, position, pixel) =
        (values.get("side") as u32, values.whole("block"), values.whole("pixel") as u32);
    let cost = graph(ID, side).map(|graph| passes::fuse(&graph).cost());
    let layers = cost.as_ref().map_or(&[][..], |cost| cost.layers.as_slice());
    let blocks = [0, 1, 2].map(|position| block(layers, position, side));
    let chosen = &blocks[position];
    let mut svg = scene.svg();
    let room = scene.width.min(300.0);
    map(&mut svg, chosen, pixel, (0.0, 0.0), room);
    if scene.is_wide() {
        let lines = [
            format!("{0} × {0}", chosen.even),
            match scene.language {
                Language::English => {
                    format!("{} tokens in each of {} sequences", chosen.tokens, PATCH * PATCH)
                }
                Language::Chinese => format!("{} 个序列，每个 {} 个词元", PATCH * PATCH, chosen.tokens),
            },
        ];
        for (i, line) in lines.iter().enumerate() {
            svg.text("name", (room + 24.0, 20.0 + 24.0 * i as f64), Anchor::Start, line);
        }
    }
    // Were no patches unfolded, each token would meet so many times as many others.
    let among_all = f64::from(PATCH * PATCH) * chosen.attention;
    let row = |name: Words, macs: f64, class: &'static str| Bar {
        name: scene.t(name).to_owned(),
        value: format!("{} MACs", format::count(macs)),
        parts: vec![(class, macs)],
    };
    let rows = [
        row(
            words("attention, the same pixel of every patch", "注意力：各图块的同一像素之间"),
            chosen.attention,
            "attention",
        ),
        row(words("attention, if all pixels met", "注意力：若所有像素相互关注"), among_all, "other"),
        row(words("everything else in the block", "块的其余部分"), chosen.rest, "pointwise"),
    ];
    let height = bars(&mut svg, scene, room + 20.0, &rows);
    let entries = [("attention", scene.t(words("they meet each other", "它们相互关注")))];
    let height = legend(&mut svg, scene, height + 8.0, &entries);

    let attention: f64 = cost.as_ref().map_or(0.0, |cost| cost.attention_macs as f64);
    let all = cost.as_ref().map_or(1.0, super::macs);
    let mut places = vec![
        ("side", side.to_string()),
        ("map", chosen.side.to_string()),
        ("even", chosen.even.to_string()),
        ("tokens", chosen.tokens.to_string()),
        ("pixels", (chosen.even * chosen.even).to_string()),
        ("block_macs", format::count(chosen.attention)),
        ("among_all", format::count(among_all)),
        ("attention", format::count(attention)),
        ("share", format::percent(attention / all)),
    ];
    if let Some([measured]) = scene.layers() {
        let [attention, moving, resizing, total] = times(measured);
        places.extend([
            ("attention_ms", format::milliseconds(attention)),
            ("time_share", format::percent(attention / total)),
            ("moving_ms", format::milliseconds(moving)),
            ("resizing_ms", format::milliseconds(resizing)),
            ("total_ms", format::milliseconds(total)),
            ("runs", measured.runs.to_string()),
            ("on", on(scene.language, &measured.backend, measured.threads)),
        ]);
    }
    let table = Table {
        headings: [
            words("block", "块"),
            words("side of the map", "特征图边长"),
            words("unfolded", "展开时"),
            words("tokens", "词元"),
            words("MACs of attention", "注意力的乘加次数"),
            words("other MACs", "其余乘加次数"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: blocks
            .iter()
            .zip(BLOCKS)
            .map(|(block, name)| {
                let numbers = [f64::from(block.side), f64::from(block.even), block.tokens as f64];
                let numbers = numbers.into_iter().chain([block.attention, block.rest]);
                std::iter::once(scene.t(name).to_owned()).chain(numbers.map(|n| format!("{n:.0}"))).collect()
            })
            .collect(),
    };
    let label =
        scene.t(words("Pixels that meet each other, and what that costs", "相互关注的像素，及其代价"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(side: u32) -> [Block; 3] {
        let cost = passes::fuse(&graph(ID, side).unwrap()).cost();
        [0, 1, 2].map(|position| block(&cost.layers, position, side))
    }

    #[test]
    fn attention_costs_what_the_paper_says() {
        // Two products of N × N × d in every sequence and layer; XXS has 2, 4 and 3 layers of 64, 80 and 96.
        for (block, (layers, dim)) in blocks(256).iter().zip([(2.0, 64.0), (4.0, 80.0), (3.0, 96.0)]) {
            let tokens = block.tokens as f64;
            assert_eq!(block.tokens, u64::from(block.even / 2).pow(2));
            assert_eq!(block.attention, layers * 4.0 * 2.0 * tokens * tokens * dim);
            assert!(block.rest > 0.0 && block.side == block.even);
        }
    }

    #[test]
    fn odd_maps_are_made_even() {
        let sides = blocks(232).map(|block| (block.side, block.even));
        assert_eq!(sides, [(29, 30), (15, 16), (8, 8)]);
        assert_eq!(blocks(232)[0].tokens, 15 * 15);
    }
}

//! Squeeze, excite: Hu and others, and MobileNetV3, section 5.3.

use engine::graph::{Layer, passes};

use super::{Bar, bars, graph, legend, on};
use crate::article::{Article, Control, Experiment, Figure, LayerTimes, Run, Scene, Table, Values};
use common::format;
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "squeeze-excite",
    controls: &[
        Control::choice("network", words("Network", "网络"), &NAMES, 0),
        Control::choice(
            "by",
            words("Bars show", "条形表示"),
            &[
                words("parameters", "参数量"),
                words("multiply-accumulates", "乘加次数"),
                words("bytes moved at least", "至少搬运的字节"),
            ],
            0,
        ),
    ],
    draw,
    experiment: Some(experiment),
};

const NAMES: [Words; 4] =
    [name("MobileNetV3-Large"), name("MobileNetV3-Small"), name("MnasNet-A1"), name("EfficientNet-B0")];
const IDS: [&str; 4] = ["mobilenetv3_large_100", "mobilenetv3_small_100", "semnasnet_100", "efficientnet_b0"];
const SIDE: u32 = 224;

fn experiment(values: &Values) -> Experiment {
    Experiment::Layers(vec![Run::of(IDS[values.whole("network")], SIDE)])
}

/// The block that a layer belongs to, if it is one of its squeeze-and-excitation.
fn block_of_squeeze(layer: &Layer) -> Option<&str> {
    let name = &layer.cost.name;
    let at = name.find(".se.").or_else(|| name.strip_suffix(".se").map(str::len))?;
    Some(&name[..at])
}

/// A block with squeeze-and-excitation.
struct Block {
    name: String,
    /// Channels that are scaled, and those between the two layers.
    channels: (usize, usize),
    /// Parameters, multiply-accumulates and bytes of the squeeze-and-excitation.
    squeeze: [f64; 3],
    /// Those of the rest.
    rest: [f64; 3],
}

fn numbers(layer: &Layer) -> [f64; 3] {
    [layer.cost.params, layer.cost.macs, layer.traffic_bytes].map(|number| number as f64)
}

fn add(sum: &mut [f64; 3], layer: &Layer) {
    sum.iter_mut().zip(numbers(layer)).for_each(|(sum, number)| *sum += number);
}

fn blocks(layers: &[Layer]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for layer in layers {
        let Some(name) = block_of_squeeze(layer) else { continue };
        if blocks.last().is_none_or(|block| block.name != name) {
            let empty = Block { name: name.to_owned(), channels: (0, 0), squeeze: [0.0; 3], rest: [0.0; 3] };
            blocks.push(empty);
        }
        let Some(block) = blocks.last_mut() else { continue };
        add(&mut block.squeeze, layer);
        let channels = layer.cost.output.channels();
        // The narrow layer is the first with parameters.
        if layer.cost.params > 0 && block.channels.1 == 0 {
            block.channels.1 = channels;
        }
        block.channels.0 = block.channels.0.max(channels);
    }
    for layer in layers.iter().filter(|layer| block_of_squeeze(layer).is_none()) {
        let is_of = |block: &&mut Block| {
            layer
                .cost
                .name
                .strip_prefix(&block.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if let Some(block) = blocks.iter_mut().find(is_of) {
            add(&mut block.rest, layer);
        }
    }
    blocks
}

fn draw(scene: &Scene) -> Figure {
    let (position, by) = (scene.values.whole("network"), scene.values.whole("by"));
    let layers = graph(IDS[position], SIDE).map(|graph| passes::fuse(&graph).layers()).unwrap_or_default();
    let blocks = blocks(&layers);
    let shown = |number: f64| if by == 2 { format::bytes(number) } else { format::count(number) };
    let row = |block: &Block| {
        let (channels, squeezed) = block.channels;
        let (part, rest) = (block.squeeze[by], block.rest[by]);
        Bar {
            name: format!("{} · {channels} → {squeezed} → {channels}", block.name),
            value: format!("{} · {}", shown(part), format::percent(part / (part + rest))),
            parts: vec![("curve-b", part), ("other", rest)],
        }
    };
    let rows: Vec<Bar> = blocks.iter().map(row).collect();
    let mut svg = scene.svg();
    let mut height = bars(&mut svg, scene, 0.0, &rows);
    let squeeze: [f64; 3] = [0, 1, 2].map(|kind| blocks.iter().map(|block| block.squeeze[kind]).sum());
    let mut all = [0.0; 3];
    layers.iter().for_each(|layer| add(&mut all, layer));
    let mut places = vec![
        ("network", scene.t(NAMES[position]).to_owned()),
        ("blocks", blocks.len().to_string()),
        ("params", format::count(squeeze[0])),
        ("params_share", format::percent(squeeze[0] / all[0])),
        ("macs", format::count(squeeze[1])),
        ("macs_share", format::percent(squeeze[1] / all[1])),
        ("bytes", format::bytes(squeeze[2])),
        ("bytes_share", format::percent(squeeze[2] / all[2])),
    ];
    if let Some([times]) = scene.layers() {
        let (part, total) = time(times);
        let measured = Bar {
            name: scene.t(words("measured, the whole network", "实测，整个网络")).to_owned(),
            value: format!("{} · {}", format::milliseconds(part), format::percent(part / total)),
            parts: vec![("curve-b", part), ("other", total - part)],
        };
        height = bars(&mut svg, scene, height + 16.0, &[measured]);
        places.extend([
            ("squeeze_ms", format::milliseconds(part)),
            ("total_ms", format::milliseconds(total)),
            ("time_share", format::percent(part / total)),
            ("runs", times.runs.to_string()),
            ("on", on(scene.language, &times.backend, times.threads)),
        ]);
    }
    let entries = [
        ("curve-b", scene.t(words("squeeze and excitation", "压缩与激励"))),
        ("other", scene.t(words("rest of the block", "块的其余部分"))),
    ];
    let height = legend(&mut svg, scene, height + 8.0, &entries);
    let table = Table {
        headings: [
            words("block", "块"),
            words("channels", "通道"),
            words("squeezed to", "压缩至"),
            words("parameters", "参数量"),
            words("parameters of the block", "整个块的参数量"),
            words("MACs", "乘加次数"),
            words("MACs of the block", "整个块的乘加次数"),
            words("bytes", "字节"),
            words("bytes of the block", "整个块的字节"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: blocks
            .iter()
            .map(|block| {
                let mut row =
                    vec![block.name.clone(), block.channels.0.to_string(), block.channels.1.to_string()];
                for (part, rest) in block.squeeze.iter().zip(block.rest) {
                    row.extend([part, &(part + rest)].map(|number| format!("{number:.0}")));
                }
                row
            })
            .collect(),
    };
    let label = scene.t(words("What squeeze and excitation is of each block", "压缩与激励在每个块中所占"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

/// Milliseconds of squeeze-and-excitation, and of all layers.
fn time(times: &LayerTimes) -> (f64, f64) {
    let of = |layer: &&Layer| times.nodes_ms.get(layer.node).copied().unwrap_or_default();
    let squeeze = times.layers.iter().filter(|layer| block_of_squeeze(layer).is_some());
    (squeeze.map(|layer| of(&layer)).sum(), times.layers.iter().map(|layer| of(&layer)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> Vec<Block> {
        blocks(&passes::fuse(&graph(id, SIDE).unwrap()).layers())
    }

    #[test]
    fn blocks_are_those_of_the_papers_tables() {
        // MobileNetV3, table 1: eight blocks of V3-Large have it; the first expands 24 channels three times.
        let large = of("mobilenetv3_large_100");
        assert_eq!(large.len(), 8);
        assert_eq!(large[0].channels, (72, 24));
        assert_eq!(large[0].squeeze[0], f64::from(72 * 24 + 24 + 24 * 72 + 72));
        assert_eq!(large[0].squeeze[1], f64::from(2 * 72 * 24));
        // Table 2: nine of V3-Small.
        assert_eq!(of("mobilenetv3_small_100").len(), 9);
        assert_eq!(of("efficientnet_b0").len(), 16);
        // A quarter of what the block reads: 24 channels.
        assert_eq!(of("semnasnet_100")[0].channels, (72, 6));
    }

    #[test]
    fn a_block_is_its_squeeze_and_its_rest() {
        let graph = graph("mobilenetv3_large_100", SIDE).unwrap();
        let cost = passes::fuse(&graph).cost();
        let of_block: u64 = cost
            .layers
            .iter()
            .filter(|layer| layer.name.starts_with("blocks.2.0."))
            .map(|layer| layer.macs)
            .sum();
        let first = &of("mobilenetv3_large_100")[0];
        assert_eq!(first.name, "blocks.2.0");
        assert_eq!(first.squeeze[1] + first.rest[1], of_block as f64);
    }
}

//! MACs are not milliseconds: Williams, Waterman and Patterson's roofline, measured on this device.

use engine::graph::{Layer, OpKind, passes};
use engine::roofline::Bound;

use super::{graph, legend, on};
use crate::article::{Article, Control, Experiment, Figure, LayerTimes, Run, Scene, Table, Values};
use common::format;
use common::plot::{Plot, Range};
use common::svg::Anchor;
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "macs-are-not-milliseconds",
    controls: &[Control::choice("network", words("Network", "网络"), &NAMES, 0)],
    draw,
    experiment: Some(experiment),
};

const NAMES: [Words; 3] = [name("MobileNetV1"), name("MobileNetV3-Large"), name("MobileViT-XXS")];
const RUNS: [(&str, u32); 3] =
    [("mobilenetv1_100", 224), ("mobilenetv3_large_100", 224), ("mobilevit_xxs", 256)];

fn experiment(_: &Values) -> Experiment {
    Experiment::Layers(RUNS.into_iter().map(|(id, side)| Run::of(id, side)).collect())
}

/// Multiply-accumulates for each byte that a layer must move.
fn intensity(layer: &Layer) -> f64 {
    layer.cost.macs as f64 / layer.traffic_bytes as f64
}

fn class(op: OpKind) -> &'static str {
    match op {
        OpKind::PointwiseConv => "pointwise",
        OpKind::DepthwiseConv => "depthwise",
        OpKind::Conv | OpKind::GroupedConv => "conv",
        OpKind::Linear => "linear",
        OpKind::Attention => "attention",
        _ => "other",
    }
}

/// Measured and predicted milliseconds of a whole network.
fn sums(times: &LayerTimes) -> (f64, f64) {
    let measured = times.layers.iter().filter_map(|layer| times.nodes_ms.get(layer.node)).sum();
    let predicted = times.layers.iter().map(|layer| times.roofs.predict(layer).0).sum();
    (measured, predicted)
}

fn draw(scene: &Scene) -> Figure {
    let position = scene.values.whole("network");
    let (id, side) = RUNS[position];
    let counted = || graph(id, side).map(|graph| passes::fuse(&graph).layers()).unwrap_or_default();
    let all = scene.layers().unwrap_or_default();
    let times = all.get(position);
    let layers = times.map_or_else(counted, |times| times.layers.clone());
    let with_macs: Vec<&Layer> = layers.iter().filter(|layer| layer.cost.macs > 0).collect();
    let mut svg = scene.svg();
    // Up: how fast where that is known, else how much.
    let y = match times {
        Some(times) => Range::Logarithmic(times.roofs.macs_per_ms / 1000.0, 1.6 * times.roofs.macs_per_ms),
        None => Range::Logarithmic(1e5, 2e8),
    };
    let plot = Plot { area: [56.0, 24.0, scene.width - 72.0, 280.0], x: Range::Logarithmic(0.1, 200.0), y };
    let up = match times {
        Some(_) => words("MACs in a millisecond", "每毫秒的乘加次数"),
        None => words("MACs of the layer", "该层的乘加次数"),
    };
    let titles = [words("MACs for each byte", "每字节的乘加次数"), up].map(|title| scene.t(title));
    plot.grid(&mut svg, titles, [|value| format!("{value}"), format::tick]);
    if let Some(LayerTimes { roofs, .. }) = times {
        let ridge = roofs.macs_per_ms / roofs.bytes_per_ms;
        let roof = [(0.1, 0.1 * roofs.bytes_per_ms), (ridge, roofs.macs_per_ms), (200.0, roofs.macs_per_ms)];
        svg.polyline("roof", roof.map(|(x, y)| plot.at(x, y)));
        let (x, top) = plot.at(200.0, roofs.macs_per_ms);
        let peak = format!("{} MAC/ms", format::count(roofs.macs_per_ms));
        svg.text("tick", (x, top - 5.0), Anchor::End, &peak);
    }
    let speed = |layer: &Layer| {
        let macs = layer.cost.macs as f64;
        times.map_or(macs, |times| macs / times.nodes_ms.get(layer.node).copied().unwrap_or(f64::NAN))
    };
    for layer in &with_macs {
        let title = format!(
            "{} · {} · {}",
            layer.cost.name,
            layer.cost.op.name(),
            format::count(layer.cost.macs as f64)
        );
        let at = plot.at(intensity(layer), speed(layer));
        svg.point(&format!("dot {}", class(layer.cost.op)), at, 4.5, &title, "");
    }
    let entries = [
        ("conv", scene.t(words("standard", "标准卷积"))),
        ("depthwise", scene.t(words("depthwise", "深度卷积"))),
        ("pointwise", scene.t(words("pointwise", "逐点卷积"))),
        ("linear", scene.t(words("linear", "全连接"))),
        ("attention", scene.t(words("attention", "注意力"))),
    ];
    let height = legend(&mut svg, scene, 350.0, &entries);
    let mean = |kind: OpKind| {
        let of_kind = || with_macs.iter().filter(|layer| layer.cost.op == kind);
        let (macs, bytes) = (
            of_kind().map(|layer| layer.cost.macs).sum::<u64>(),
            of_kind().map(|layer| layer.traffic_bytes).sum::<u64>(),
        );
        format!("{:.1}", macs as f64 / bytes.max(1) as f64)
    };
    let mut places = vec![
        ("network", scene.t(NAMES[position]).to_owned()),
        ("layers", with_macs.len().to_string()),
        ("depthwise", mean(OpKind::DepthwiseConv)),
        ("pointwise", mean(OpKind::PointwiseConv)),
    ];
    let mut table = Table {
        headings: [
            words("layer", "层"),
            words("MACs", "乘加次数"),
            words("bytes moved at least", "至少搬运的字节"),
            words("MACs for each byte", "每字节的乘加次数"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: Vec::new(),
    };
    if times.is_some() {
        table.headings.extend(
            [words("predicted, ms", "预测，ms"), words("measured, ms", "实测，ms")]
                .map(|heading| scene.t(heading).to_owned()),
        );
    }
    for layer in &with_macs {
        let mut row = vec![
            layer.cost.name.clone(),
            layer.cost.macs.to_string(),
            layer.traffic_bytes.to_string(),
            format!("{:.2}", intensity(layer)),
        ];
        if let Some(times) = times {
            row.push(format!("{:.3}", times.roofs.predict(layer).0));
            row.push(times.nodes_ms.get(layer.node).map(|ms| format!("{ms:.3}")).unwrap_or_default());
        }
        table.rows.push(row);
    }
    if let ([v1, v3, vit], Some(times)) = (all, times) {
        let text = |times: &LayerTimes| {
            let (measured, predicted) = sums(times);
            (
                format::milliseconds(predicted),
                format::milliseconds(measured),
                format::percent(predicted / measured),
            )
        };
        let [v1, v3, vit] = [v1, v3, vit].map(text);
        let bound = times.layers.iter().filter(|layer| times.roofs.predict(layer).1 == Bound::Memory).count();
        places.extend([
            ("v1_predicted", v1.0),
            ("v1_measured", v1.1),
            ("v1_share", v1.2),
            ("v3_predicted", v3.0),
            ("v3_measured", v3.1),
            ("v3_share", v3.2),
            ("vit_predicted", vit.0),
            ("vit_measured", vit.1),
            ("vit_share", vit.2),
            ("bound", bound.to_string()),
            ("all", times.layers.len().to_string()),
            ("macs_per_ms", format::count(times.roofs.macs_per_ms)),
            ("bytes_per_ms", format::bytes(times.roofs.bytes_per_ms)),
            ("runs", times.runs.to_string()),
            ("on", on(scene.language, &times.backend, times.threads)),
        ]);
    }
    let label = scene.t(words("Layers by multiply-accumulates for each byte", "按每字节乘加次数排列的各层"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use engine::roofline::Roofs;

    use super::*;

    #[test]
    fn a_layer_of_the_first_network_moves_what_is_counted_by_hand() {
        let layers = passes::fuse(&graph("mobilenetv1_100", 224).unwrap()).layers();
        // The second depthwise convolution: 112² × 64 at stride 2, 3×3.
        let depthwise = layers.iter().filter(|layer| layer.cost.op == OpKind::DepthwiseConv).nth(1).unwrap();
        let macs = 56.0 * 56.0 * 64.0 * 9.0;
        let bytes = 4.0 * (112.0 * 112.0 * 64.0 + 56.0 * 56.0 * 64.0 + depthwise.cost.params as f64);
        assert_eq!(intensity(depthwise), macs / bytes);
    }

    #[test]
    fn predictions_are_sums_over_layers() {
        let layers = passes::fuse(&graph("mobilenetv1_100", 224).unwrap()).layers();
        let roofs = Roofs { macs_per_ms: 1e7, bytes_per_ms: f64::INFINITY };
        let nodes_ms = vec![0.5; layers.len() + 1];
        let count = layers.len() as f64;
        let times = LayerTimes { backend: "cpu".to_owned(), threads: 1, runs: 3, layers, nodes_ms, roofs };
        let (measured, predicted) = sums(&times);
        assert!((predicted - 56.874).abs() < 0.001 && measured == 0.5 * count, "{predicted} {measured}");
    }
}

//! Residuals turned inside out: MobileNetV2, section 3.3.

use engine::graph::op::{Filters, OpError, Pad};
use engine::graph::{Activation, Builder, Cost, Shape};
use engine::spec::{Block, Model};
use engine::zoo::Zoo;

use super::{Bar, bars, cost_of, macs, ms, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::svg::{Anchor, Svg};
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "inverted-residuals",
    controls: &[
        Control::slider("t", words("Expansion, t", "扩张倍数 t"), &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0], 2),
        Control::slider(
            "c",
            words("Channels of the narrow end, c", "窄端通道数 c"),
            &[16.0, 24.0, 32.0, 64.0, 96.0, 160.0],
            1,
        ),
        Control::slider("side", words("Side of the map", "特征图边长"), &[7.0, 14.0, 28.0, 56.0, 112.0], 3),
        Control::switch("linear", words("Linear narrow end", "窄端线性"), true),
        Control::switch("shortcut", words("Shortcut", "捷径"), true),
    ],
    draw,
    experiment: Some(experiment),
};

/// A block: the channels between its layers, and what each layer is.
struct Design {
    title: Words,
    channels: Vec<usize>,
    layers: Vec<Layer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Pointwise,
    Depthwise,
    Standard,
}

impl Layer {
    fn name(self, is_wide: bool) -> Words {
        match self {
            Self::Pointwise => name("1×1"),
            Self::Depthwise if is_wide => words("3×3 depthwise", "3×3 深度"),
            Self::Depthwise => words("3×3 dw", "3×3 深度"),
            Self::Standard => name("3×3"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Pointwise => "pointwise",
            Self::Depthwise => "depthwise",
            Self::Standard => "conv",
        }
    }
}

/// The residual block, wide at its ends, and the inverted one, narrow at its ends; both have `wide` and `c` channels.
fn designs(values: &Values) -> [Design; 2] {
    let [t, c] = ["t", "c"].map(|key| values.whole(key));
    let wide = t * c;
    let mut inverted = Design {
        title: words("inverted residual", "倒残差"),
        channels: vec![c, wide, wide, c],
        layers: vec![Layer::Pointwise, Layer::Depthwise, Layer::Pointwise],
    };
    if t == 1 {
        // Nothing to expand.
        inverted.channels.remove(0);
        inverted.layers.remove(0);
    }
    let residual = Design {
        title: words("residual", "残差"),
        channels: vec![wide, c, c, wide],
        layers: vec![Layer::Pointwise, Layer::Standard, Layer::Pointwise],
    };
    [residual, inverted]
}

/// What a block costs, batch normalisations included. The last layer may be followed by ReLU6.
fn block_cost(design: &Design, values: &Values, is_linear: bool) -> Result<Cost, OpError> {
    let side = values.whole("side");
    let mut builder = Builder::new(Shape::Map { h: side, w: side, c: design.channels[0] });
    let input = builder.input();
    let mut x = input;
    for (i, layer) in design.layers.iter().enumerate() {
        let out = design.channels[i + 1];
        let (filters, pad) = match layer {
            Layer::Pointwise => (Filters::pointwise(out), 0),
            Layer::Depthwise => (Filters::depthwise(out, 3, 1), 1),
            Layer::Standard => (Filters::square(out, 3, 1), 1),
        };
        let name = format!("layer{i}");
        x = builder.conv(&name, x, filters, Pad::all(pad), false)?;
        x = builder.batch_norm(&name, x, 1e-5)?;
        if i + 1 < design.layers.len() || !is_linear {
            x = builder.activation(&name, x, Activation::Relu6)?;
        }
    }
    if values.is_on("shortcut") {
        builder.add("shortcut", x, input)?;
    }
    Ok(engine::graph::passes::fuse(&builder.finish()).cost())
}

/// MobileNetV2 with another expansion in every block that has one.
fn network(t: f64) -> Option<Model> {
    let mut model = (*Zoo::builtin().find("mobilenetv2_100").ok()?.model).clone();
    model.title = format!("MobileNetV2, t = {t}").into();
    model.widths = vec![1.0].into();
    for row in model.rows.to_mut() {
        if let Block::InvertedResidual(block) = &mut row.block {
            block.expand = engine::spec::rows::ratio(t);
        }
    }
    Some(model)
}

fn experiment(values: &Values) -> Experiment {
    let own = network(values.get("t")).map(Run::own);
    Experiment::Times(own.into_iter().chain([Run::of("mobilenetv2_100", 224)]).collect())
}

const ROW: f64 = 18.0;
const GAP: f64 = 40.0;

/// A block as bars, as wide as its tensors have channels.
fn block(
    svg: &mut Svg,
    scene: &Scene,
    design: &Design,
    (left, width): (f64, f64),
    most: usize,
    is_linear: bool,
) {
    let middle = left + width / 2.0;
    svg.text("name", (middle, 14.0), Anchor::Middle, scene.t(design.title));
    let room = width - 52.0;
    let top = |i: usize| 30.0 + (ROW + GAP) * i as f64;
    let wide = |channels: usize| (room * channels as f64 / most as f64).max(3.0);
    for (i, channels) in design.channels.iter().enumerate() {
        let last = i + 1 == design.channels.len();
        let bent = i > 0 && (!last || !is_linear);
        let class = if i == 0 || (last && is_linear) { "tensor" } else { "tensor bent" };
        svg.rect(class, middle - wide(*channels) / 2.0, top(i), wide(*channels), ROW);
        svg.text("cell", (middle, top(i) + 13.0), Anchor::Middle, &channels.to_string());
        if i > 0 {
            let layer = design.layers[i - 1];
            let y = top(i - 1) + ROW;
            svg.rect(layer.class(), middle - 3.0, y + 4.0, 6.0, GAP - 8.0);
            svg.text(
                "tick",
                (middle + 10.0, y + GAP / 2.0 - 3.0),
                Anchor::Start,
                scene.t(layer.name(scene.is_wide())),
            );
            let after = if bent { name("ReLU6") } else { words("linear", "线性") };
            svg.text("tick", (middle + 10.0, y + GAP / 2.0 + 12.0), Anchor::Start, scene.t(after));
        }
    }
    if scene.values.is_on("shortcut") {
        let last = design.channels.len() - 1;
        let (from, to) = (top(0) + ROW / 2.0, top(last) + ROW / 2.0);
        let start = middle - wide(design.channels[0]) / 2.0;
        // Around what is wider.
        let (out, bend) = (left + 6.0, 10.0);
        svg.path(
            "shortcut",
            &format!(
                "M{start:.1} {from:.1}H{:.1}Q{out:.1} {from:.1} {out:.1} {:.1}V{:.1}Q{out:.1} {to:.1} {:.1} {to:.1}H{start:.1}",
                out + bend,
                from + bend,
                to - bend,
                out + bend,
            ),
        );
    }
}

fn draw(scene: &Scene) -> Figure {
    let values = &scene.values;
    let designs = designs(values);
    let mut svg = scene.svg();
    let most = designs.iter().flat_map(|design| design.channels.iter().copied()).max().unwrap_or(1);
    let half = scene.width / 2.0;
    let is_linear = [false, values.is_on("linear")];
    for (i, design) in designs.iter().enumerate() {
        block(&mut svg, scene, design, (half * i as f64, half), most, is_linear[i]);
    }
    let costs: Vec<Option<Cost>> = designs
        .iter()
        .zip(is_linear)
        .map(|(design, is_linear)| block_cost(design, values, is_linear).ok())
        .collect();
    let number = |i: usize, of: fn(&Cost) -> f64| costs[i].as_ref().map_or(0.0, of);
    let top = 30.0 + (ROW + GAP) * 4.0;
    // What has to wait between two blocks, for the next one and its shortcut.
    let side = values.get("side");
    let between = |i: usize| 4.0 * side * side * designs[i].channels[0] as f64;
    let row = |i: usize| Bar {
        name: scene.t(designs[i].title).to_owned(),
        value: format!("{} MACs", format::count(number(i, macs))),
        parts: vec![(if i == 0 { "conv" } else { "depthwise" }, number(i, macs))],
    };
    let height = bars(&mut svg, scene, top, &[row(0), row(1)]);
    let v2 = network(values.get("t")).and_then(|model| cost_of(&model));
    let (v2_macs, v2_params) = v2.map_or((0.0, 0.0), |cost| (macs(&cost), cost.params as f64));
    let mut places = vec![
        ("t", values.get("t").to_string()),
        ("c", values.get("c").to_string()),
        ("residual", format::count(number(0, macs))),
        ("inverted", format::count(number(1, macs))),
        ("residual_params", format::count(number(0, |cost| cost.params as f64))),
        ("inverted_params", format::count(number(1, |cost| cost.params as f64))),
        ("residual_bytes", format::bytes(between(0))),
        ("inverted_bytes", format::bytes(between(1))),
        ("residual_peak", format::bytes(number(0, |cost| cost.peak_activation_bytes as f64))),
        ("inverted_peak", format::bytes(number(1, |cost| cost.peak_activation_bytes as f64))),
        ("v2_macs", format::count(v2_macs)),
        ("v2_params", format::count(v2_params)),
    ];
    if let Some([own, six]) = scene.times() {
        places.extend([("own_ms", ms(own)), ("six_ms", ms(six)), ("ran", ran(scene.language, own))]);
    }
    let table = Table {
        headings: [
            words("block", "块"),
            words("channels", "通道"),
            words("MACs", "乘加次数"),
            words("parameters", "参数量"),
            words("bytes between blocks", "块之间的字节"),
            words("peak of activations, bytes", "激活峰值，字节"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: (0..2)
            .map(|i| {
                let channels: Vec<String> = designs[i].channels.iter().map(usize::to_string).collect();
                vec![
                    scene.t(designs[i].title).to_owned(),
                    channels.join(" → "),
                    format!("{:.0}", number(i, macs)),
                    format!("{:.0}", number(i, |cost| cost.params as f64)),
                    format!("{:.0}", between(i)),
                    format!("{:.0}", number(i, |cost| cost.peak_activation_bytes as f64)),
                ]
            })
            .collect(),
    };
    let label = scene.t(words(
        "A residual block and an inverted one; bars are as wide as tensors have channels",
        "残差块与倒残差块；条宽为张量的通道数",
    ));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::cost;

    #[test]
    fn costs_are_those_of_a_calculation_by_hand() {
        let mut values = Values::of(&ARTICLE);
        values.follow(&ARTICLE, "t=6,c=24,side=56").unwrap();
        let [residual, inverted] = designs(&values).map(|design| block_cost(&design, &values, true).unwrap());
        let pixels = 56.0 * 56.0;
        assert_eq!(macs(&inverted), pixels * (24.0 * 144.0 + 9.0 * 144.0 + 144.0 * 24.0));
        assert_eq!(macs(&residual), pixels * (144.0 * 24.0 + 9.0 * 24.0 * 24.0 + 24.0 * 144.0));
        // Weights, and a scale and a shift of each channel.
        assert_eq!(inverted.params, 24 * 144 + 9 * 144 + 144 * 24 + 2 * (144 + 144 + 24));
        // Without an expansion there is no first layer.
        values.follow(&ARTICLE, "t=1").unwrap();
        let [_, inverted] = designs(&values);
        assert_eq!(inverted.channels, [24, 24, 24]);
        assert_eq!(macs(&block_cost(&inverted, &values, true).unwrap()), pixels * (9.0 * 24.0 + 24.0 * 24.0));
    }

    #[test]
    fn with_six_times_as_many_channels_the_network_is_the_zoos() {
        let own = cost_of(&network(6.0).unwrap()).unwrap();
        assert_eq!(own, cost("mobilenetv2_100", 224).unwrap());
        assert!(macs(&cost_of(&network(3.0).unwrap()).unwrap()) < macs(&own));
    }
}

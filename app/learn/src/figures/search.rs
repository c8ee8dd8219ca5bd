//! Found by search: MobileNetV3, section 4, whose rows can be changed here.

use std::collections::BTreeMap;

use engine::blocks::{Expand, Out, Squeeze};
use engine::graph::{Activation, Cost};
use engine::spec::rows::ratio;
use engine::spec::{Block, Model};
use engine::zoo::Zoo;

use super::{cost, cost_of, legend, macs, ms, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::svg::Anchor;
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "found-by-search",
    controls: &[
        Control::choice(
            "kernel",
            words("Depthwise kernels", "深度卷积核"),
            &[FOUND, name("3×3"), name("5×5")],
            0,
        ),
        Control::choice(
            "squeeze",
            words("Squeeze and excitation", "压缩与激励"),
            &[FOUND, words("nowhere", "都没有"), words("in every block", "每个块都有")],
            0,
        ),
        Control::choice(
            "activation",
            words("Activation of the blocks", "块的激活函数"),
            &[FOUND, name("ReLU"), name("h-swish")],
            0,
        ),
        Control::choice("t", words("Expansion, t", "扩张倍数 t"), &[FOUND, name("3"), name("6")], 0),
    ],
    draw,
    experiment: Some(experiment),
};

const FOUND: Words = words("as found", "搜索所得");

/// The network whose rows are changed.
const ID: &str = "mobilenetv3_large_100";
const SIDE: u32 = 224;

/// The network with what the controls say in every inverted residual.
fn network(values: &Values) -> Option<Model> {
    let mut model = (*Zoo::builtin().find(ID).ok()?.model).clone();
    model.title = "MobileNetV3-Large, changed".into();
    model.widths = vec![1.0].into();
    model.resolutions = vec![SIDE].into();
    for row in model.rows.to_mut() {
        let Block::InvertedResidual(block) = &mut row.block else { continue };
        match values.whole("kernel") {
            1 => block.kernel = 3,
            2 => block.kernel = 5,
            _ => {}
        }
        match values.whole("squeeze") {
            1 => block.squeeze = None,
            2 => block.squeeze = Some(Squeeze::V3),
            _ => {}
        }
        match values.whole("activation") {
            1 => block.activation = Activation::Relu,
            2 => block.activation = Activation::HardSwish,
            _ => {}
        }
        match values.whole("t") {
            1 => block.expand = ratio(3.0),
            2 => block.expand = ratio(6.0),
            _ => {}
        }
    }
    Some(model)
}

fn experiment(values: &Values) -> Experiment {
    let own = network(values).map(Run::own);
    Experiment::Times(own.into_iter().chain([Run::of(ID, SIDE)]).collect())
}

/// Multiply-accumulates by stage: `blocks.2`, and what is before and behind all blocks.
fn stages(cost: &Cost) -> BTreeMap<Stage, f64> {
    let mut stages = BTreeMap::new();
    for layer in &cost.layers {
        let mut parts = layer.name.split('.');
        let stage = match (parts.next(), parts.next().and_then(|number| number.parse().ok())) {
            (Some("blocks"), Some(number)) => Stage::Blocks(number),
            (Some("conv_stem" | "bn1"), _) => Stage::Stem,
            _ => Stage::Head,
        };
        *stages.entry(stage).or_default() += layer.macs as f64;
    }
    stages
}

/// A part of the network, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Stem,
    Blocks(u32),
    Head,
}

const STEP: f64 = 40.0;

fn draw(scene: &Scene) -> Figure {
    let (own, found) = (network(&scene.values), cost(ID, SIDE));
    let changed = own.as_ref().and_then(cost_of);
    let by_stage = |cost: &Option<Cost>| cost.as_ref().map(stages).unwrap_or_default();
    let (before, after) = (by_stage(&found), by_stage(&changed));
    let number = |of: &BTreeMap<Stage, f64>, stage: &Stage| of.get(stage).copied().unwrap_or_default();
    let most = before.values().chain(after.values()).copied().fold(f64::MIN_POSITIVE, f64::max);
    let called = |stage: &Stage| match stage {
        Stage::Stem => scene.t(words("first convolution", "首个卷积")).to_owned(),
        Stage::Blocks(number) => format!("blocks.{number}{}", traits(own.as_ref(), *number)),
        Stage::Head => scene.t(words("behind the blocks", "块之后")).to_owned(),
    };
    let mut svg = scene.svg();
    let length = |value: f64| scene.width * value / most;
    for (i, stage) in before.keys().enumerate() {
        let (y, was, is) = (STEP * i as f64, number(&before, stage), number(&after, stage));
        let value = match is == was {
            true => format::count(is),
            false => format!("{} → {}", format::count(was), format::count(is)),
        };
        svg.text("name", (0.0, y + 13.0), Anchor::Start, &called(stage));
        svg.text("value", (scene.width, y + 13.0), Anchor::End, &value);
        svg.rect("other", 0.0, y + 18.0, length(was), 14.0);
        svg.rect("curve-a", 0.0, y + 21.0, length(is), 8.0);
    }
    let entries = [("other", scene.t(FOUND)), ("curve-a", scene.t(words("changed", "更改后")))];
    let height = legend(&mut svg, scene, STEP * before.len() as f64 + 8.0, &entries);
    let counts =
        |cost: &Option<Cost>| cost.as_ref().map_or((0.0, 0.0), |cost| (macs(cost), cost.params as f64));
    let (was, is) = (counts(&found), counts(&changed));
    let mut places = vec![
        ("macs", format::count(is.0)),
        ("params", format::count(is.1)),
        ("found_macs", format::count(was.0)),
        ("found_params", format::count(was.1)),
    ];
    if let Some([own, found]) = scene.times() {
        places.extend([("own_ms", ms(own)), ("found_ms", ms(found)), ("ran", ran(scene.language, own))]);
    }
    let label = scene.t(words("Multiply-accumulates of each stage", "各阶段的乘加次数"));
    Figure { svg: svg.finish(height, label), table: Some(table(scene, own.as_ref())), places }
}

/// What the inverted residuals of a stage have in common: ` · 5×5, SE, ReLU`.
fn traits(model: Option<&Model>, stage: u32) -> String {
    let module = format!("blocks.{stage}");
    let mut rows = model.into_iter().flat_map(|model| model.rows.iter()).filter(|row| row.module == module);
    let block = rows.find_map(|row| match &row.block {
        Block::InvertedResidual(block) => Some(block),
        _ => None,
    });
    block.map_or_else(String::new, |block| {
        let squeeze = if block.squeeze.is_some() { ", SE" } else { "" };
        format!(" · {0}×{0}{squeeze}, {1}", block.kernel, activation(block.activation))
    })
}

fn activation(function: Activation) -> &'static str {
    if function == Activation::Relu { "ReLU" } else { "h-swish" }
}

/// The rows, as they are now.
fn table(scene: &Scene, model: Option<&Model>) -> Table {
    let headings = [
        words("rows", "行"),
        words("blocks", "块数"),
        words("kernel", "核"),
        words("stride", "步幅"),
        words("t", "t"),
        words("channels", "通道"),
        words("squeeze", "压缩与激励"),
        words("activation", "激活函数"),
    ];
    let mut rows = Vec::new();
    for row in model.iter().flat_map(|model| model.rows.iter()) {
        let Block::InvertedResidual(block) = &row.block else { continue };
        let Expand::Ratio(t) = block.expand else { continue };
        let Out::Scaled(out) = &block.out else { continue };
        rows.push(vec![
            row.module.to_string(),
            row.count.to_string(),
            block.kernel.to_string(),
            block.stride.to_string(),
            t.to_string(),
            out.to_string(),
            if block.squeeze.is_some() { "✓".to_owned() } else { "–".to_owned() },
            activation(block.activation).to_owned(),
        ]);
    }
    Table { headings: headings.map(|heading| scene.t(heading).to_owned()).into(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(link: &str) -> Cost {
        let mut values = Values::of(&ARTICLE);
        if !link.is_empty() {
            values.follow(&ARTICLE, link).unwrap();
        }
        cost_of(&network(&values).unwrap()).unwrap()
    }

    #[test]
    fn unchanged_it_is_the_zoos() {
        assert_eq!(changed(""), cost(ID, SIDE).unwrap());
    }

    #[test]
    fn changes_cost_what_they_should() {
        let found = changed("");
        let (plain, everywhere) = (changed("squeeze=1"), changed("squeeze=2"));
        assert!(plain.params < found.params && found.params < everywhere.params);
        // Nothing but the two layers of eight blocks is gone.
        let squeezes: u64 =
            found.layers.iter().filter(|layer| layer.name.contains(".se.")).map(|layer| layer.params).sum();
        assert_eq!(found.params - plain.params, squeezes);
        assert!(macs(&changed("kernel=1")) < macs(&found) && macs(&found) < macs(&changed("kernel=2")));
        assert!(macs(&changed("t=1")) < macs(&changed("t=2")));
        let relu = changed("activation=1");
        assert_eq!((relu.params, macs(&relu)), (found.params, macs(&found)));
    }

    #[test]
    fn stages_add_up() {
        let found = cost(ID, SIDE).unwrap();
        let stages = stages(&found);
        assert_eq!(stages.len(), 9);
        assert_eq!(stages.values().sum::<f64>(), macs(&found));
    }
}

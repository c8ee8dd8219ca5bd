//! One convolution, two halves: MobileNetV1, section 3.1.

use engine::blocks::{Out, Unit, UnitNames};
use engine::graph::Activation;
use engine::spec::rows::{bare, row};
use engine::spec::{Block, Model};

use super::{Bar, bars, cost_of, macs, ms, own, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::svg::{Anchor, Svg};
use common::words::{Words, words};

pub(super) const ARTICLE: Article = Article {
    name: "one-convolution",
    controls: &[
        Control::slider("at", words("Place of the kernel", "卷积核的位置"), &PLACES, 7),
        Control::slider("k", words("Side of the kernel, Dk", "卷积核边长 Dk"), &[1.0, 3.0, 5.0, 7.0], 1),
        Control::slider(
            "m",
            words("Input channels, M", "输入通道数 M"),
            &[8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0],
            3,
        ),
        Control::slider(
            "n",
            words("Output channels, N", "输出通道数 N"),
            &[8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0],
            4,
        ),
        Control::slider("f", words("Side of the map, Df", "特征图边长 Df"), &[7.0, 14.0, 28.0, 56.0], 2),
    ],
    draw,
    experiment: Some(experiment),
};

const PLACES: [f64; 25] = {
    let mut places = [0.0; 25];
    let mut i = 0;
    while i < 25 {
        places[i] = i as f64;
        i += 1;
    }
    places
};

/// Multiply-accumulates by the formula: of a standard convolution, of the depthwise one and of the pointwise one.
pub(super) fn formula(k: f64, m: f64, n: f64, f: f64) -> [f64; 3] {
    [k * k * m * n * f * f, k * k * m * f * f, m * n * f * f]
}

/// The two networks: a standard convolution, and the two that replace it.
fn networks(values: &Values) -> Option<[Model; 2]> {
    let [k, m, n, f] = ["k", "m", "n", "f"].map(|key| values.whole(key) as u32);
    let depthwise = Block::Unit(Unit {
        kernel: k,
        stride: 1,
        out: Out::Fixed(m),
        groups: m,
        pad: None,
        bias: false,
        norm: false,
        activation: Activation::Identity,
        names: UnitNames::Bare,
    });
    let standard = vec![row("standard", bare(k, 1, Out::Fixed(n)))];
    let halves = vec![row("depthwise", depthwise), row("pointwise", bare(1, 1, Out::Fixed(n)))];
    Some([own("standard convolution", m, f, standard)?, own("two halves", m, f, halves)?])
}

fn experiment(values: &Values) -> Experiment {
    Experiment::Times(networks(values).into_iter().flatten().map(Run::own).collect())
}

/// A stage of the picture: how much the kernel reads, and of which side it is.
struct Stage {
    title: Words,
    kernel: usize,
    all_channels: bool,
    class: &'static str,
}

const CELL: f64 = 13.0;
const SIDE: f64 = 5.0 * CELL;
/// How far each map of a stack stands behind the one before.
const BEHIND: f64 = 5.0;
const MAPS: usize = 4;

/// A stack of maps with what is read of them, and the map that comes of it, computed up to the kernel's place.
fn stage(svg: &mut Svg, (left, top): (f64, f64), stage: &Stage, at: usize) {
    let (row, column) = (at / 5, at % 5);
    let depth = BEHIND * (MAPS - 1) as f64;
    for map in (0..MAPS).rev() {
        let (x, y) = (left + BEHIND * map as f64, top + depth - BEHIND * map as f64);
        svg.rect("map", x, y, SIDE, SIDE);
        if map == 0 {
            for line in 1..5 {
                let offset = CELL * line as f64;
                svg.line("grid", (x + offset, y), (x + offset, y + SIDE));
                svg.line("grid", (x, y + offset), (x + SIDE, y + offset));
            }
        }
        if map == 0 || stage.all_channels {
            let half = (stage.kernel / 2) as f64;
            let [from_x, from_y] = [column, row].map(|center| (center as f64 - half).max(0.0));
            let [to_x, to_y] = [column, row].map(|center| (center as f64 + half + 1.0).min(5.0));
            let class = if map == 0 {
                format!("window {}", stage.class)
            } else {
                format!("window behind {}", stage.class)
            };
            let (width, height) = (CELL * (to_x - from_x), CELL * (to_y - from_y));
            svg.rect(&class, x + CELL * from_x, y + CELL * from_y, width, height);
        }
    }
    let (x, y) = (left + SIDE + depth + 26.0, top + depth);
    svg.text("value", (x - 13.0, y + SIDE / 2.0 + 4.0), Anchor::Middle, "→");
    // A filter a channel gives as many maps; all filters of the others give one each.
    svg.rect("map", x, y, SIDE, SIDE);
    for done in 0..=at {
        let class = if done == at { stage.class.to_owned() } else { format!("done {}", stage.class) };
        svg.rect(&class, x + CELL * (done % 5) as f64, y + CELL * (done / 5) as f64, CELL, CELL);
    }
}

fn draw(scene: &Scene) -> Figure {
    let values = &scene.values;
    let [k, m, n, f] = ["k", "m", "n", "f"].map(|key| values.get(key));
    let [standard, depthwise, pointwise] = formula(k, m, n, f);
    let halves = depthwise + pointwise;
    let mut svg = scene.svg();
    let kernel = values.whole("k");
    let stages = [
        Stage { title: words("standard", "标准卷积"), kernel, all_channels: true, class: "conv" },
        Stage { title: words("depthwise", "深度卷积"), kernel, all_channels: false, class: "depthwise" },
        Stage {
            title: words("pointwise", "逐点卷积"), kernel: 1, all_channels: true, class: "pointwise"
        },
    ];
    let sums = [format!("{k}²·{m}·{n}·{f}²"), format!("{k}²·{m}·{f}²"), format!("{m}·{n}·{f}²")];
    let counts = [standard, depthwise, pointwise];
    let block = SIDE + BEHIND * MAPS as f64 + 34.0;
    for (i, (one, sum)) in stages.iter().zip(&sums).enumerate() {
        let (left, top) = if scene.is_wide() {
            (i as f64 * scene.width / 3.0, 24.0)
        } else {
            (0.0, 24.0 + i as f64 * (block + 12.0))
        };
        stage(&mut svg, (left, top), one, values.whole("at"));
        let (x, y) = if scene.is_wide() { (left, top + block) } else { (left + 200.0, top + 40.0) };
        svg.text("name", (left, top - 8.0), Anchor::Start, scene.t(one.title));
        svg.text("tick", (x, y), Anchor::Start, sum);
        svg.text("value", (x, y + 18.0), Anchor::Start, &format!("= {}", format::count(counts[i])));
    }
    let top = if scene.is_wide() { 24.0 + block + 40.0 } else { 24.0 + 3.0 * (block + 12.0) };
    let both = scene.t(words("depthwise + pointwise", "深度 + 逐点"));
    let rows = [
        Bar {
            name: scene.t(stages[0].title).to_owned(),
            value: format!("{} MACs", format::count(standard)),
            parts: vec![("conv", standard)],
        },
        Bar {
            name: both.to_owned(),
            value: format!("{} MACs", format::count(halves)),
            parts: vec![("depthwise", depthwise), ("pointwise", pointwise)],
        },
    ];
    let height = bars(&mut svg, scene, top, &rows);
    let counted = networks(values).and_then(|[one, two]| Some([cost_of(&one)?, cost_of(&two)?]));
    let [one, two] = counted.as_ref().map_or([0.0; 2], |[one, two]| [macs(one), macs(two)]);
    let label = scene.t(words(
        "A kernel walks over a map: standard, depthwise and pointwise, with their costs",
        "卷积核在特征图上滑动：标准、深度与逐点卷积及其计算量",
    ));
    let mut places = vec![
        ("standard", format::count(one)),
        ("halves", format::count(two)),
        ("ratio", format::times(one / two)),
        ("sum", format!("1/{n} + 1/{}² = {:.3}", k, 1.0 / n + 1.0 / (k * k))),
        ("k", k.to_string()),
        ("m", m.to_string()),
        ("n", n.to_string()),
        ("f", f.to_string()),
        ("pointwise_share", format::percent(pointwise / halves)),
    ];
    if let Some([standard_ms, halves_ms]) = scene.times() {
        places.extend([
            ("standard_ms", ms(standard_ms)),
            ("halves_ms", ms(halves_ms)),
            ("measured", format::times(standard_ms.median_ms / halves_ms.median_ms)),
            ("ran", ran(scene.language, standard_ms)),
        ]);
    }
    let heading = |words| scene.t(words).to_owned();
    let table = Table {
        headings: vec![
            heading(words("convolution", "卷积")),
            heading(words("formula", "公式")),
            "MACs".to_owned(),
        ],
        rows: stages
            .iter()
            .zip(sums)
            .zip(counts)
            .map(|((stage, sum), count)| vec![scene.t(stage.title).to_owned(), sum, format!("{count:.0}")])
            .collect(),
    };
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_is_what_the_engine_counts() {
        let mut values = Values::of(&ARTICLE);
        // By hand: 9 · 64 · 128 · 28² and 9 · 64 · 28² + 64 · 128 · 28².
        assert_eq!(formula(3.0, 64.0, 128.0, 28.0), [57_802_752.0, 451_584.0, 6_422_528.0]);
        for link in ["k=3,m=64,n=128,f=28", "k=1,m=8,n=8,f=7", "k=7,m=512,n=1024,f=56", "k=5,m=32,n=16,f=14"]
        {
            values.follow(&ARTICLE, link).unwrap();
            let [k, m, n, f] = ["k", "m", "n", "f"].map(|key| values.get(key));
            let [standard, depthwise, pointwise] = formula(k, m, n, f);
            let [one, two] = networks(&values).unwrap().map(|model| macs(&cost_of(&model).unwrap()));
            assert_eq!((one, two), (standard, depthwise + pointwise), "{link}");
            assert!((two / one - (1.0 / n + 1.0 / (k * k))).abs() < 1e-12, "{link}");
        }
    }
}

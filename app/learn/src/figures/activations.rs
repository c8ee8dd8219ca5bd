//! A swish that phones can afford: MobileNetV3, section 5.2.

use engine::blocks::Out;
use engine::graph::Activation;
use engine::spec::Model;
use engine::spec::rows::{activate, bare, row};

use super::{own, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::plot::{Plot, Range};
use common::words::{Words, name, words};

pub(super) const ARTICLE: Article = Article {
    name: "activations",
    controls: &[
        Control::choice("a", words("One function", "一个函数"), &NAMES, 3),
        Control::choice("b", words("Another", "另一个函数"), &NAMES, 2),
        Control::switch("slope", words("Show derivatives", "显示导数"), false),
        Control::switch("difference", words("Show the difference", "显示差值"), false),
    ],
    draw,
    experiment: Some(experiment),
};

const NAMES: [Words; 7] = [
    name("ReLU"),
    name("ReLU6"),
    words("swish (SiLU)", "swish（SiLU）"),
    name("h-swish"),
    name("sigmoid"),
    name("h-sigmoid"),
    name("GELU"),
];
const FUNCTIONS: [Activation; 7] = [
    Activation::Relu,
    Activation::Relu6,
    Activation::Silu,
    Activation::HardSwish,
    Activation::Sigmoid,
    Activation::HardSigmoid,
    Activation::Gelu,
];

/// From here to there the functions are drawn.
const FROM: f64 = -6.0;
const TO: f64 = 7.0;

fn apply(function: Activation, x: f64) -> f64 {
    f64::from(function.apply(x as f32))
}

/// The slope of a function, by a difference that f32 still resolves.
fn slope(function: Activation, x: f64) -> f64 {
    let step = 1.0 / 64.0;
    (apply(function, x + step) - apply(function, x - step)) / (2.0 * step)
}

fn samples() -> impl Iterator<Item = f64> {
    (0..=260).map(|i| FROM + (TO - FROM) * f64::from(i) / 260.0)
}

/// Where two functions differ most, and by how much.
fn furthest(a: Activation, b: Activation) -> (f64, f64) {
    let differences = samples().map(|x| (x, (apply(a, x) - apply(b, x)).abs()));
    differences.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or((0.0, 0.0))
}

/// Map of the measurement: a million numbers.
const SIDE: u32 = 128;
const CHANNELS: u32 = 64;
/// How often a function is applied by itself.
const ALONE: usize = 8;

/// A 1×1 convolution that is followed by a function so many times: the first becomes a part of the convolution.
fn network(function: Activation, times: usize) -> Option<Model> {
    let mut rows = vec![row("conv", bare(1, 1, Out::Fixed(CHANNELS)))];
    const MODULES: [&str; ALONE + 1] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"];
    rows.extend(MODULES.iter().take(times).map(|module| row(module, activate(function))));
    own("functions", 3, SIDE, rows)
}

fn experiment(values: &Values) -> Experiment {
    let [a, b] = ["a", "b"].map(|key| FUNCTIONS[values.whole(key)]);
    let networks =
        [network(a, 0), network(a, 1), network(a, ALONE + 1), network(b, 1), network(b, ALONE + 1)];
    Experiment::Times(networks.into_iter().flatten().map(Run::own).collect())
}

fn draw(scene: &Scene) -> Figure {
    let values = &scene.values;
    let [a, b] = ["a", "b"].map(|key| values.whole(key));
    let names = [a, b].map(|position| scene.t(NAMES[position]));
    let mut svg = scene.svg();
    let plot = Plot {
        area: [32.0, 24.0, scene.width - 40.0, 280.0],
        x: Range::Linear(FROM, TO),
        y: Range::Linear(-1.0, 7.0),
    };
    plot.grid(&mut svg, ["x", "f(x)"], [|value| format!("{value:.0}"), |value| format!("{value:.0}")]);
    let (left, right) = (plot.at(FROM, 0.0), plot.at(TO, 0.0));
    svg.line("axis-line", left, right);
    svg.line("axis-line", plot.at(0.0, -1.0), plot.at(0.0, 7.0));
    for (class, position) in [("curve-a", a), ("curve-b", b)] {
        let function = FUNCTIONS[position];
        svg.polyline(&format!("curve {class}"), samples().map(|x| plot.at(x, apply(function, x))));
        if values.is_on("slope") {
            svg.polyline(&format!("curve dashed {class}"), samples().map(|x| plot.at(x, slope(function, x))));
        }
    }
    let (at, most) = furthest(FUNCTIONS[a], FUNCTIONS[b]);
    if values.is_on("difference") {
        let line = samples().map(|x| plot.at(x, apply(FUNCTIONS[a], x) - apply(FUNCTIONS[b], x)));
        svg.polyline("curve difference", line);
    }
    let mut entries = vec![("curve-a", names[0]), ("curve-b", names[1])];
    if values.is_on("difference") {
        entries.push(("difference", scene.t(words("difference", "差值"))));
    }
    let height = super::legend(&mut svg, scene, 350.0, &entries);
    let mut places = vec![
        ("a", names[0].to_owned()),
        ("b", names[1].to_owned()),
        ("most", format!("{most:.3}")),
        ("at", format!("{at:.1}").replace('-', "−")),
    ];
    if let Some([none, a_once, a_often, b_once, b_often]) = scene.times() {
        let elements = f64::from(SIDE * SIDE * CHANNELS);
        let nanoseconds = |ms: f64| format!("{:.2} ns", 1e6 * ms / elements);
        let alone = |once: &crate::article::Timing, often: &crate::article::Timing| {
            nanoseconds((often.median_ms - once.median_ms) / ALONE as f64)
        };
        let fused = |once: &crate::article::Timing| nanoseconds(once.median_ms - none.median_ms);
        places.extend([
            ("a_alone", alone(a_once, a_often)),
            ("b_alone", alone(b_once, b_often)),
            ("a_fused", fused(a_once)),
            ("b_fused", fused(b_once)),
            ("ran", ran(scene.language, none)),
        ]);
    }
    let table = Table {
        headings: std::iter::once("x".to_owned())
            .chain(NAMES.iter().map(|words| scene.t(*words).to_owned()))
            .collect(),
        rows: (-6..=7)
            .map(|x| {
                let value = |function: &Activation| format!("{:.4}", apply(*function, f64::from(x)));
                std::iter::once(x.to_string()).chain(FUNCTIONS.iter().map(value)).collect()
            })
            .collect(),
    };
    let label = scene.t(words("Two activation functions", "两个激活函数"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use engine::graph::{OpKind, passes};
    use engine::spec::Variant;

    use super::*;

    #[test]
    fn functions_are_those_of_the_papers() {
        let at = |function, x: f64| apply(function, x);
        assert_eq!(
            [-4.0, -3.0, 0.0, 1.0, 3.0, 5.0].map(|x| at(Activation::HardSigmoid, x)),
            [0.0, 0.0, 0.5, (4.0f32 / 6.0).into(), 1.0, 1.0]
        );
        assert_eq!([-3.0, 3.0, 5.0].map(|x| at(Activation::HardSwish, x)), [0.0, 3.0, 5.0]);
        assert_eq!(at(Activation::HardSwish, -1.5), -0.375);
        assert!((at(Activation::Silu, 1.0) - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-6);
        // x·σ(x) − x·relu6(x + 3)/6 at x = 3: 3 (1 − σ(3)).
        let (at, most) = furthest(Activation::HardSwish, Activation::Silu);
        assert!(
            (most - 3.0 / (1.0 + 3.0f64.exp())).abs() < 1e-4 && (at.abs() - 3.0).abs() < 0.06,
            "{at}: {most}"
        );
        assert!((slope(Activation::HardSwish, 1.0) - 5.0 / 6.0).abs() < 1e-4);
    }

    #[test]
    fn the_first_function_is_fused_and_the_others_are_not() {
        for (times, expected) in [(0, 0), (1, 0), (ALONE + 1, ALONE)] {
            for function in FUNCTIONS {
                let model = network(function, times).unwrap();
                let fused = passes::fuse(&Variant::new(&model.into(), 1.0).graph().unwrap());
                let alone = fused.nodes.iter().filter(|node| node.op.kind() == OpKind::Activation).count();
                assert_eq!((alone, fused.nodes.len()), (expected, 2 + expected), "{function:?}");
            }
        }
    }
}

//! ReLU forgets: MobileNetV2, section 3.2 and figure 1.

use engine::synthetic::mix;

use super::graph;
use crate::article::{Article, Control, Experiment, Figure, Measured, Scene, Table, Values};
use common::format;
use common::svg::Anchor;
use common::words::words;

pub(super) const ARTICLE: Article = Article {
    name: "relu-forgets",
    controls: &[
        Control::slider("n", words("Dimensions, n", "维数 n"), &DIMENSIONS, 1),
        Control::slider(
            "seed",
            words("Random matrix", "随机矩阵"),
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0],
            0,
        ),
    ],
    draw,
    experiment: Some(experiment),
};

const DIMENSIONS: [f64; 9] = [2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0];

/// Points of the spiral.
const POINTS: usize = 600;
/// Its turns.
const TURNS: f64 = 3.0;

/// The network of the measurement, which ships with trained weights.
const MODEL: &str = "mobilenetv2_100";
const WEIGHTS: &str = "mobilenetv2_100.cifar10";

/// What is left of a point behind ReLU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Two numbers or more are positive: they say where it was.
    Kept,
    /// One is: only a line is known on which it was.
    Line,
    /// None is.
    Gone,
}

/// A random matrix of n rows, whose directions are all equally probable.
pub(super) fn matrix(n: usize, seed: u64) -> Vec<[f64; 2]> {
    let uniform = |index: u64| {
        // 53 bits, never 0.
        let bits = mix(mix(seed).wrapping_add(index)) >> 11;
        (bits as f64 + 0.5) / (1u64 << 53) as f64
    };
    let row = |i: usize| {
        // Box and Muller's.
        let [radius, angle] = [0, 1].map(|part| uniform(2 * i as u64 + part));
        let (radius, angle) = ((-2.0 * radius.ln()).sqrt(), std::f64::consts::TAU * angle);
        [radius * angle.cos(), radius * angle.sin()]
    };
    (0..n).map(row).collect()
}

/// The spiral in the plane.
fn spiral() -> impl Iterator<Item = [f64; 2]> {
    (1..=POINTS).map(|i| {
        let share = i as f64 / POINTS as f64;
        let angle = std::f64::consts::TAU * TURNS * share;
        [share * angle.cos(), share * angle.sin()]
    })
}

/// What ReLU(T x) leaves of a point.
pub(super) fn fate(matrix: &[[f64; 2]], x: [f64; 2]) -> Fate {
    match matrix.iter().filter(|row| row[0] * x[0] + row[1] * x[1] > 0.0).count() {
        0 => Fate::Gone,
        1 => Fate::Line,
        _ => Fate::Kept,
    }
}

/// The pseudo-inverse of T applied to ReLU(T x).
pub(super) fn back(matrix: &[[f64; 2]], x: [f64; 2]) -> [f64; 2] {
    // TᵀT, which is symmetric, and Tᵀ ReLU(T x).
    let (mut aa, mut ab, mut bb, mut sum) = (0.0, 0.0, 0.0, [0.0; 2]);
    for [a, b] in matrix {
        let value = (a * x[0] + b * x[1]).max(0.0);
        (aa, ab, bb) = (aa + a * a, ab + a * b, bb + b * b);
        sum = [sum[0] + a * value, sum[1] + b * value];
    }
    let determinant = aa * bb - ab * ab;
    [(bb * sum[0] - ab * sum[1]) / determinant, (aa * sum[1] - ab * sum[0]) / determinant]
}

/// Shares of the spiral that are kept, on a line, gone.
fn shares(matrix: &[[f64; 2]]) -> [f64; 3] {
    let mut counts = [0.0; 3];
    spiral().for_each(|x| counts[fate(matrix, x) as usize] += 1.0 / POINTS as f64);
    counts
}

/// What is kept on average of all matrices: each number is positive with probability 1/2, and two must be.
pub(super) fn expected(n: usize) -> f64 {
    1.0 - (n as f64 + 1.0) / 2f64.powi(n as i32)
}

/// A number as an exponent.
fn raised(n: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}

/// Modules whose outputs are few channels without a non-linearity: the bottlenecks.
fn bottlenecks() -> Vec<String> {
    let stages = graph(MODEL, 32).map(|graph| graph.stages).unwrap_or_default();
    let is_block = |name: &str| {
        let mut parts = name.split('.');
        parts.next() == Some("blocks")
            && parts.clone().count() == 2
            && parts.all(|part| part.parse::<u32>().is_ok())
    };
    stages.into_iter().map(|stage| stage.name).filter(|name| is_block(name)).collect()
}

fn experiment(_: &Values) -> Experiment {
    Experiment::Stages { model: MODEL, weights: WEIGHTS, stages: bottlenecks() }
}

/// The share of the sum of squares that belongs to negative numbers.
fn negative_energy(values: &[f32]) -> f64 {
    let square = |value: &f32| f64::from(*value) * f64::from(*value);
    let all: f64 = values.iter().map(square).sum();
    let negative: f64 = values.iter().filter(|value| **value < 0.0).map(square).sum();
    if all > 0.0 { negative / all } else { 0.0 }
}

fn draw(scene: &Scene) -> Figure {
    let n = scene.values.whole("n");
    let matrix = matrix(n, scene.values.whole("seed") as u64);
    let mut svg = scene.svg();
    let gap = 16.0;
    let side = ((scene.width - gap) / 2.0).min(300.0);
    let titles = [words("the spiral", "螺旋线"), words("ReLU and back", "经过 ReLU 再返回")];
    let top = 22.0;
    for (i, title) in titles.into_iter().enumerate() {
        let left = i as f64 * (side + gap);
        svg.text("name", (left, 13.0), Anchor::Start, scene.t(title));
        svg.rect("map", left, top, side, side);
        let (x0, y0) = (left + side / 2.0, top + side / 2.0);
        svg.line("grid", (left, y0), (left + side, y0));
        svg.line("grid", (x0, top), (x0, top + side));
        let scale = side / 2.2;
        let place = |x: [f64; 2]| {
            let [x, y] = x.map(|value| value.clamp(-1.08, 1.08));
            (x0 + scale * x, y0 - scale * y)
        };
        for (number, x) in spiral().enumerate() {
            let class = match fate(&matrix, x) {
                Fate::Kept => "fate kept",
                Fate::Line => "fate on-line",
                Fate::Gone => "fate gone",
            };
            if number % 2 == 0 {
                svg.circle(class, place(if i == 0 { x } else { back(&matrix, x) }), 2.0);
            }
        }
    }
    let [kept, line, gone] = shares(&matrix);
    let entries = [
        ("fate kept", scene.t(words("could be restored", "可以复原"))),
        ("fate on-line", scene.t(words("known up to a line", "只知在一条线上"))),
        ("fate gone", scene.t(words("all zeros", "全为零"))),
    ];
    let mut height = super::legend(&mut svg, scene, top + side + 14.0, &entries);
    let mut places = vec![
        ("n", n.to_string()),
        ("kept", format::percent(kept)),
        ("line", format::percent(line)),
        ("gone", format::percent(gone)),
        ("expected", format::percent(expected(n))),
        ("formula", format!("1 − {}/2{}", n + 1, raised(n))),
    ];
    if let Some(Measured::Stages(stages)) = &scene.measured {
        let energies: Vec<(String, f64)> =
            bottlenecks().into_iter().zip(stages.iter().map(|values| negative_energy(values))).collect();
        let title = scene.t(words("Energy that ReLU would delete, by block", "各块中 ReLU 会删去的能量"));
        svg.text("name", (0.0, height + 16.0), Anchor::Start, title);
        let (base, tall) = (height + 130.0, 100.0);
        // Beside them there is room for what the lines are.
        let step = (scene.width - 44.0) / energies.len().max(1) as f64;
        for (share, label) in [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")] {
            let y = base - tall * share;
            svg.line("grid", (0.0, y), (scene.width, y));
            svg.text("tick", (scene.width, y - 3.0), Anchor::End, label);
        }
        for (i, (_, share)) in energies.iter().enumerate() {
            svg.rect("time", step * i as f64 + 1.0, base - tall * share, step - 2.0, tall * share);
        }
        height = base + 12.0;
        let mean = energies.iter().map(|(_, share)| share).sum::<f64>() / energies.len().max(1) as f64;
        let most = energies.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        places.extend([
            ("mean", format::percent(mean)),
            ("blocks", energies.len().to_string()),
            ("most", most.map(|(_, share)| format::percent(*share)).unwrap_or_default()),
            ("where", most.map(|(name, _)| name.clone()).unwrap_or_default()),
        ]);
    }
    let table = Table {
        headings: [
            words("dimensions n", "维数 n"),
            words("kept, this matrix", "保留（此矩阵）"),
            words("on a line", "在一条线上"),
            words("all zeros", "全为零"),
            words("kept on average, 1 − (n + 1)/2ⁿ", "平均保留 1 − (n + 1)/2ⁿ"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: DIMENSIONS
            .iter()
            .map(|n| {
                let n = *n as usize;
                let seed = scene.values.whole("seed") as u64;
                let shares = shares(&self::matrix(n, seed)).map(format::percent);
                [vec![n.to_string()], shares.to_vec(), vec![format::percent(expected(n))]].concat()
            })
            .collect(),
    };
    let label = scene.t(words("A spiral before and behind ReLU in n dimensions", "n 维 ReLU 前后的螺旋线"));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fate_of_points_is_that_of_a_calculation_by_hand() {
        let unit = [[1.0, 0.0], [0.0, 1.0]];
        // With the unit matrix ReLU keeps one quadrant, and lays two others on the axes.
        for (x, fate, image) in [
            ([0.5, 0.25], Fate::Kept, [0.5, 0.25]),
            ([0.5, -0.25], Fate::Line, [0.5, 0.0]),
            ([-0.5, 0.25], Fate::Line, [0.0, 0.25]),
            ([-0.5, -0.25], Fate::Gone, [0.0, 0.0]),
        ] {
            assert_eq!((super::fate(&unit, x), back(&unit, x)), (fate, image), "{x:?}");
        }
        let [kept, line, gone] = shares(&unit);
        assert!((kept - 0.25).abs() < 0.01 && (line - 0.5).abs() < 0.01 && (gone - 0.25).abs() < 0.01);
        // A row and its negative: one of them is always positive.
        let opposite = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]];
        assert_eq!(super::fate(&opposite, [-1.0, 1.0]), Fate::Kept);
        assert_eq!(super::fate(&opposite, [-1.0, -1.0]), Fate::Line);
    }

    #[test]
    fn what_survives_on_average_is_one_minus_n_plus_one_over_two_to_the_n() {
        assert_eq!([2, 3, 5].map(expected), [0.25, 0.5, 0.8125]);
        assert_eq!(raised(15), "¹⁵");
        for n in DIMENSIONS.map(|n| n as usize) {
            let mean = (0..800).map(|seed| shares(&matrix(n, seed))[0]).sum::<f64>() / 800.0;
            assert!((mean - expected(n)).abs() < 0.025, "n = {n}: {mean} is not {}", expected(n));
        }
    }

    #[test]
    fn in_many_dimensions_half_of_the_spiral_comes_back_whole() {
        // With both signs equally probable, ReLU halves every number on average: the shape stays.
        for x in spiral().skip(100).step_by(50) {
            let mean = (0..200).fold([0.0; 2], |sum, seed| {
                let image = back(&matrix(30, seed), x);
                [sum[0] + image[0] / 200.0, sum[1] + image[1] / 200.0]
            });
            let error = (mean[0] - x[0] / 2.0).hypot(mean[1] - x[1] / 2.0);
            assert!(error < 0.05, "{x:?}: {mean:?}");
        }
    }

    #[test]
    fn energies_are_shares_of_the_sum_of_squares() {
        assert_eq!(negative_energy(&[1.0, -2.0, 2.0]), 4.0 / 9.0);
        assert_eq!(negative_energy(&[0.0]), 0.0);
        assert_eq!(bottlenecks().len(), 17);
        assert_eq!(bottlenecks()[1], "blocks.1.0");
    }
}

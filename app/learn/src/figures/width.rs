//! Width and resolution: MobileNetV1, sections 3.3 and 3.4.

use engine::spec::Variant;
use engine::zoo::{Zoo, published_top1};

use super::{macs, ran};
use crate::article::{Article, Control, Experiment, Figure, Run, Scene, Table, Values};
use common::format;
use common::plot::{Plot, Range};
use common::svg::{Anchor, Svg};
use common::words::words;

const WIDTHS: [f64; 4] = [0.25, 0.5, 0.75, 1.0];
const SIDES: [f64; 4] = [128.0, 160.0, 192.0, 224.0];

pub(super) const ARTICLE: Article = Article {
    name: "width-and-resolution",
    controls: &[
        Control::slider("alpha", words("Width α", "宽度 α"), &WIDTHS, 1),
        Control::slider("rho", words("Side of the input, 224 ρ", "输入边长 224 ρ"), &SIDES, 1),
    ],
    draw,
    experiment: Some(experiment),
};

/// A network of the grid.
struct Cell {
    alpha: f64,
    side: f64,
    id: String,
    macs: f64,
    params: f64,
    top1: f64,
}

fn grid() -> Vec<Cell> {
    let Ok(first) = Zoo::builtin().find("mobilenetv1_100") else { return Vec::new() };
    let cell = |(alpha, side): (f64, f64)| {
        let variant = Variant::new(&first.model, alpha).with_resolution(side as u32, side as u32);
        let (id, cost) = (variant.id(), variant.graph().ok()?.cost());
        let (top1, _) = published_top1(&id, side as u32)?;
        Some(Cell { alpha, side, id, macs: macs(&cost), params: cost.params as f64, top1: f64::from(top1) })
    };
    WIDTHS.into_iter().flat_map(|alpha| SIDES.map(|side| (alpha, side))).filter_map(cell).collect()
}

fn experiment(_: &Values) -> Experiment {
    Experiment::Times(grid().into_iter().map(|cell| Run::of(cell.id, cell.side as u32)).collect())
}

fn draw(scene: &Scene) -> Figure {
    let grid = grid();
    let [alpha, side] = ["alpha", "rho"].map(|key| scene.values.get(key));
    let is_chosen = |cell: &&Cell| cell.alpha == alpha && cell.side == side;
    let mut svg = scene.svg();
    let plot = Plot {
        area: [40.0, 24.0, scene.width - 56.0, 260.0],
        x: Range::Logarithmic(10e6, 700e6),
        y: Range::Linear(40.0, 72.0),
    };
    let titles = [words("MACs", "乘加次数"), words("top-1 in %, published", "公布的 Top-1，%")]
        .map(|title| scene.t(title));
    plot.grid(&mut svg, titles, [format::tick, |value| format!("{value:.0}")]);
    let at = |cell: &Cell| plot.at(cell.macs, cell.top1);
    // The ladder of a width leads through all sides, that of a side through all widths.
    for width in WIDTHS {
        let class = if width == alpha { "ladder chosen" } else { "ladder" };
        svg.polyline(class, grid.iter().filter(|cell| cell.alpha == width).map(at));
    }
    svg.polyline("ladder chosen other", grid.iter().filter(|cell| cell.side == side).map(at));
    for cell in &grid {
        let is_chosen = is_chosen(&cell);
        let title =
            format!("α {} · {} · {} · {:.1} %", cell.alpha, cell.side, format::count(cell.macs), cell.top1);
        let set = format!("alpha={},rho={}", cell.alpha, cell.side);
        let class = if is_chosen { "dot chosen" } else { "dot" };
        svg.point(class, at(cell), if is_chosen { 7.0 } else { 5.0 }, &title, &set);
    }
    let mut height = 330.0;
    let chosen = grid.iter().find(is_chosen);
    if let Some(cell) = chosen {
        let (x, y) = at(cell);
        let text = format!("α {} · {} px", cell.alpha, cell.side);
        svg.text("value", (x - 10.0, y - 12.0), Anchor::End, &text);
    }
    let mut places = Vec::new();
    if let (Some(cell), Some(full)) = (chosen, grid.last()) {
        places.extend([
            ("alpha", cell.alpha.to_string()),
            ("side", cell.side.to_string()),
            ("macs", format::count(cell.macs)),
            ("params", format::count(cell.params)),
            ("top1", format!("{:.1} %", cell.top1)),
            ("full", format::count(full.macs)),
            ("share", format::percent(cell.macs / full.macs)),
            ("square", format::percent((cell.alpha * cell.side / 224.0).powi(2))),
        ]);
    }
    if let (Some(times), Some(chosen)) = (scene.times(), grid.iter().position(|cell| is_chosen(&cell))) {
        height =
            heat_map(&mut svg, scene, height, &grid, times.iter().map(|timing| timing.median_ms).collect());
        if let (Some(mine), Some(full)) = (times.get(chosen), times.last()) {
            places.extend([
                ("ms", super::ms(mine)),
                ("ms_share", format::percent(mine.median_ms / full.median_ms)),
                ("ran", ran(scene.language, mine)),
            ]);
        }
    }
    let table = Table {
        headings: [
            words("width α", "宽度 α"),
            words("side, pixels", "边长，像素"),
            words("MACs, counted", "乘加次数（统计）"),
            words("parameters, counted", "参数量（统计）"),
            words("top-1, published by TF-slim", "Top-1（TF-slim 公布）"),
        ]
        .map(|heading| scene.t(heading).to_owned())
        .into(),
        rows: grid
            .iter()
            .map(|cell| {
                vec![
                    cell.alpha.to_string(),
                    cell.side.to_string(),
                    format!("{:.0}", cell.macs),
                    format!("{:.0}", cell.params),
                    format!("{:.1} %", cell.top1),
                ]
            })
            .collect(),
    };
    let label = scene.t(words(
        "Cost and accuracy of MobileNetV1’s 16 widths and resolutions",
        "MobileNetV1 的 16 种宽度与分辨率的计算量与准确率",
    ));
    Figure { svg: svg.finish(height, label), table: Some(table), places }
}

/// Times of all cells; gives the place below them.
fn heat_map(svg: &mut Svg, scene: &Scene, top: f64, grid: &[Cell], times: Vec<f64>) -> f64 {
    let most = times.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let title = scene.t(words("Measured here, ms", "本机实测，ms"));
    svg.text("name", (0.0, top + 14.0), Anchor::Start, title);
    let (left, head, row) = (56.0, top + 44.0, 34.0);
    let column = (scene.width - left) / SIDES.len() as f64;
    for (i, side) in SIDES.iter().enumerate() {
        let x = left + column * (i as f64 + 0.5);
        svg.text("tick", (x, head - 6.0), Anchor::Middle, &format!("{side} px"));
    }
    for (i, (cell, ms)) in grid.iter().zip(&times).enumerate() {
        let (x, y) = (left + column * (i % 4) as f64, head + row * (i / 4) as f64);
        if i % 4 == 0 {
            svg.text("tick", (0.0, y + 22.0), Anchor::Start, &format!("α {}", cell.alpha));
        }
        let shade = (9.0 * ms / most).round() as usize;
        svg.rect(&format!("heat heat-{shade}"), x + 1.0, y + 1.0, column - 2.0, row - 2.0);
        svg.text("cell", (x + column / 2.0, y + 22.0), Anchor::Middle, &format::digits(*ms));
    }
    head + row * 4.0 + 8.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_that_of_the_paper_and_two_published_counts_are_misprints() {
        let grid = grid();
        assert_eq!(grid.len(), 16);
        let macs = |alpha: f64, side: f64| {
            grid.iter().find(|cell| cell.alpha == alpha && cell.side == side).unwrap().macs / 1e6
        };
        // TF-slim's table; the paper has the first row of each too.
        let printed = [
            (1.0, [186.0, 291.0, 418.0, 569.0]),
            (0.75, [104.0, 162.0, 233.0, 317.0]),
            (0.5, [49.0, 77.0, 110.0, 150.0]),
            (0.25, [14.0, 21.0, 34.0, 41.0]),
        ];
        let mut wrong = Vec::new();
        for (alpha, row) in printed {
            for (side, printed) in SIDES.into_iter().zip(row) {
                if (macs(alpha, side) - printed).abs() > 0.75 {
                    wrong.push((alpha, side));
                }
            }
        }
        // The whole row of 0.75 is 2.6 % low (the paper's own 325 is right), and 34 should be 30.
        assert_eq!(wrong, [(0.75, 128.0), (0.75, 160.0), (0.75, 192.0), (0.75, 224.0), (0.25, 192.0)]);
        assert_eq!(format!("{:.1} {:.1}", macs(0.25, 192.0), macs(0.75, 224.0)), "30.2 325.4");
    }
}

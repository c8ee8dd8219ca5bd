//! Boxes and arrows: what reads what, from the top down.

use leptos::prelude::*;

/// A box: what happens, and which boxes before it it reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// The text in it; the first line is its name.
    pub(crate) lines: Vec<String>,
    /// Class for its surface.
    pub(crate) kind: &'static str,
    /// Positions of steps before it.
    pub(crate) reads: Vec<usize>,
}

/// Pixels of a box and between boxes.
const WIDTH: f64 = 206.0;
const LINE: f64 = 15.0;
const PADDING: f64 = 7.0;
const GAP: f64 = 22.0;
const BETWEEN: f64 = 22.0;
/// Room beside the boxes for an arrow that passes some.
const DETOUR: f64 = 18.0;

/// Where a box stands: which row, which column.
type Place = (usize, usize);

/// Where every box stands: below all that it reads, beside those of its row.
fn places(steps: &[Step]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(steps.len());
    for step in steps {
        let row = step.reads.iter().map(|read| places[*read].0 + 1).max().unwrap_or(0);
        let wanted = step.reads.iter().map(|read| places[*read].1).min().unwrap_or(0);
        let is_free = |column: &usize| !places.contains(&(row, *column));
        let column = (wanted..).find(is_free).unwrap_or(wanted);
        places.push((row, column));
    }
    places
}

/// The boxes with the arrows between them.
#[component]
pub(crate) fn Diagram(
    /// Accessible name.
    title: String,
    /// In an order in which they can run.
    steps: Vec<Step>,
) -> impl IntoView {
    let places = places(&steps);
    let rows = places.iter().map(|(row, _)| row + 1).max().unwrap_or(0);
    let columns = places.iter().map(|(_, column)| column + 1).max().unwrap_or(0);
    let height_of = |step: &Step| PADDING * 2.0 + LINE * step.lines.len() as f64;
    let mut tops = vec![0.0; rows + 1];
    for row in 0..rows {
        let in_row = steps.iter().zip(&places).filter(|(_, (at, _))| *at == row);
        let highest = in_row.map(|(step, _)| height_of(step)).fold(0.0, f64::max);
        tops[row + 1] = tops[row] + highest + GAP;
    }
    let left = |column: usize| column as f64 * (WIDTH + BETWEEN);
    let passes = |from: Place, to: Place| {
        // Something stands between them, or they are not one below the other.
        places.iter().any(|(row, column)| *row > from.0 && *row < to.0 && *column == from.1)
    };
    let mut detours = 0;
    let mut arrows = Vec::new();
    for (step, to) in steps.iter().zip(&places) {
        for read in &step.reads {
            let from = places[*read];
            let (x1, y1) = (left(from.1) + WIDTH / 2.0, tops[from.0] + height_of(&steps[*read]));
            let (x2, y2) = (left(to.1) + WIDTH / 2.0, tops[to.0] - 2.0);
            arrows.push(if passes(from, *to) {
                // Beside everything that stands between.
                let widest = places.iter().filter(|(row, _)| *row > from.0 && *row < to.0);
                let widest = widest.map(|(_, column)| column + 1).max().unwrap_or(1);
                detours += 1;
                let beside = left(widest) - BETWEEN + DETOUR * (1.0 + 0.5 * f64::from(detours % 3));
                let turn = GAP / 2.0;
                format!(
                    "M{x1} {y1}C{x1} {} {beside} {} {beside} {}V{}C{beside} {} {x2} {} {x2} {y2}",
                    y1 + turn,
                    y1 + turn,
                    y1 + 2.0 * turn,
                    y2 - 2.0 * turn,
                    y2 - turn,
                    y2 - turn,
                )
            } else {
                let middle = (y1 + y2) / 2.0;
                format!("M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}")
            });
        }
    }
    let boxes: Vec<_> = steps
        .iter()
        .zip(&places)
        .map(|(step, (row, column))| {
            let (x, y, height) = (left(*column), tops[*row], height_of(step));
            let lines: Vec<_> = step
                .lines
                .iter()
                .enumerate()
                .map(|(i, line)| {
                    let y = y + PADDING + LINE * (i as f64 + 0.8);
                    let class = if i == 0 { "step-name" } else { "step-more" };
                    view! {
                        <text class=class x=x + WIDTH / 2.0 y=y text-anchor="middle">
                            {line.clone()}
                        </text>
                    }
                })
                .collect();
            view! {
                <g class=format!("step {}", step.kind)>
                    <rect x=x y=y width=WIDTH height=height rx="6" />
                    {lines}
                </g>
            }
        })
        .collect();
    let extra = if detours > 0 { DETOUR * 2.5 } else { 0.0 };
    let width = left(columns) - BETWEEN + extra;
    let height = tops[rows] - GAP;
    let spoken = steps.iter().map(|step| step.lines.join(" ")).collect::<Vec<_>>().join("; ");
    view! {
        <svg
            class="chart diagram"
            width=width
            height=height
            viewBox=format!("0 0 {width} {height}")
            role="img"
            aria-label=format!("{title}: {spoken}")
        >
            <defs>
                <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                    <path d="M0 0L8 4L0 8Z" class="arrow-head" />
                </marker>
            </defs>
            {arrows.into_iter().map(|d| view! { <path class="arrow-line" d=d marker-end="url(#arrow)" /> }).collect::<Vec<_>>()}
            {boxes}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(reads: &[usize]) -> Step {
        Step { lines: Vec::new(), kind: "other", reads: reads.to_vec() }
    }

    #[test]
    fn a_step_stands_below_what_it_reads_and_branches_beside_each_other() {
        // x → a → b → +, x → +.
        let residual = [step(&[]), step(&[0]), step(&[1]), step(&[2, 0])];
        assert_eq!(places(&residual), [(0, 0), (1, 0), (2, 0), (3, 0)]);
        // x → a, x → b, both → concat.
        let branches = [step(&[]), step(&[0]), step(&[0]), step(&[1, 2])];
        assert_eq!(places(&branches), [(0, 0), (1, 0), (1, 1), (2, 0)]);
    }
}

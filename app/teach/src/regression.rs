//! Multinomial logistic regression, as scikit-learn's `LogisticRegression` has it: what is minimised is C · Σ log-loss + ½‖W‖², and the
//! intercepts are free. Two classes have one row of weights there, whose half and minus half are the rows of the layer here.
//!
//! By the limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal & Wright, "Numerical Optimization", algorithms 7.4
//! and 3.1) in f64. The function is strictly convex in the weights: where the gradient is shorter than a number, they are that near
//! to the minimum's.
//!
//! The minimum's weights are sums of multiples of the rows, as their gradient says. Where there are fewer rows than features, all is
//! computed with the rows' coordinates in what they span, which changes neither lengths nor products and takes a tenth of the time.

use std::collections::VecDeque;

use crate::linear::{Linear, Rows, dot};

/// scikit-learn's default for C.
pub const COST: f64 = 1.0;

/// Steps that are remembered.
const MEMORY: usize = 10;

/// More steps would not help.
const MOST_STEPS: usize = 2000;

/// The gradient's length at which the weights are exact enough.
const SHORT: f64 = 1e-4;

/// Of the decrease that the gradient promises, the part that a step must bring.
const LEAST_DECREASE: f64 = 1e-4;

/// What is minimised.
struct Objective<'a> {
    rows: &'a Rows,
    labels: &'a [usize],
    classes: usize,
    cost: f64,
}

impl Objective<'_> {
    /// Its value and gradient at a layer: for each class the weights, then the intercept.
    fn at(&self, layer: &[f64], gradient: &mut [f64]) -> f64 {
        let (width, stride) = (self.rows.width(), self.rows.width() + 1);
        // Half and minus half of a vector have half of its square together.
        let strength = if self.classes == 2 { 2.0 } else { 1.0 };
        let mut value = 0.0;
        for (weights, gradient) in layer.chunks_exact(stride).zip(gradient.chunks_exact_mut(stride)) {
            value += 0.5 * strength * dot(&weights[..width], &weights[..width]);
            gradient.iter_mut().zip(weights).for_each(|(gradient, weight)| *gradient = strength * weight);
            gradient[width] = 0.0;
        }
        let mut shares = vec![0.0; self.classes];
        for (row, label) in self.rows.iter().zip(self.labels) {
            for (share, weights) in shares.iter_mut().zip(layer.chunks_exact(stride)) {
                *share = weights[width] + dot(&weights[..width], row);
            }
            let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let own = shares[*label];
            shares.iter_mut().for_each(|share| *share = (*share - most).exp());
            let sum: f64 = shares.iter().sum();
            value += self.cost * (most + sum.ln() - own);
            for (class, gradient) in gradient.chunks_exact_mut(stride).enumerate() {
                let wanted = if class == *label { 1.0 } else { 0.0 };
                let pull = self.cost * (shares[class] / sum - wanted);
                gradient.iter_mut().zip(row).for_each(|(gradient, x)| *gradient += pull * x);
                gradient[width] += pull;
            }
        }
        value
    }
}

/// A step, how the gradient changed by it, and the inverse of their product.
struct Step {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

/// Where to go: the gradient by what is known of the curvature.
fn direction(gradient: &[f64], memory: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|x| -x).collect();
    let mut parts = Vec::with_capacity(memory.len());
    for Step { step, change, inverse } in memory.iter().rev() {
        let part = inverse * dot(step, &direction);
        add(&mut direction, -part, change);
        parts.push(part);
    }
    if let Some(Step { change, inverse, .. }) = memory.back() {
        let scale = 1.0 / (inverse * dot(change, change));
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for (Step { step, change, inverse }, part) in memory.iter().zip(parts.into_iter().rev()) {
        let back = inverse * dot(change, &direction);
        add(&mut direction, part - back, step);
    }
    direction
}

fn add(to: &mut [f64], times: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}

/// Fits a layer to rows with their classes, each of which is below `classes`; larger `cost` fits more closely.
pub fn fit(rows: &Rows, labels: &[usize], classes: usize, cost: f64) -> Linear {
    if rows.count() >= rows.width() {
        return minimum(rows, labels, classes, cost);
    }
    let (basis, coordinates) = rows.spanned();
    if basis.count() == 0 {
        return minimum(rows, labels, classes, cost);
    }
    let Linear { weight, bias } = minimum(&coordinates, labels, classes, cost);
    let mut whole = vec![0.0; classes * rows.width()];
    let parts = weight.chunks_exact(basis.count());
    for (whole, parts) in whole.chunks_exact_mut(rows.width()).zip(parts) {
        parts.iter().zip(basis.iter()).for_each(|(part, vector)| add(whole, *part, vector));
    }
    Linear { weight: whole, bias }
}

/// The same, by all features.
fn minimum(rows: &Rows, labels: &[usize], classes: usize, cost: f64) -> Linear {
    let objective = Objective { rows, labels, classes, cost };
    let stride = rows.width() + 1;
    let mut layer = vec![0.0; classes * stride];
    let mut gradient = vec![0.0; layer.len()];
    let mut value = objective.at(&layer, &mut gradient);
    let mut memory: VecDeque<Step> = VecDeque::new();
    for _ in 0..MOST_STEPS {
        let length = dot(&gradient, &gradient).sqrt();
        if length <= SHORT {
            break;
        }
        let mut along = direction(&gradient, &memory);
        let mut slope = dot(&along, &gradient);
        if slope >= 0.0 {
            // Rounding has spoilt what was known.
            memory.clear();
            along = gradient.iter().map(|x| -x).collect();
            slope = -length * length;
        }
        let mut times = if memory.is_empty() { 1.0 / length } else { 1.0 };
        let mut next = layer.clone();
        let mut next_gradient = vec![0.0; layer.len()];
        let next_value = loop {
            next.copy_from_slice(&layer);
            add(&mut next, times, &along);
            let found = objective.at(&next, &mut next_gradient);
            if found <= value + LEAST_DECREASE * times * slope || times < 1e-12 {
                break found;
            }
            times *= 0.5;
        };
        if next_value >= value && !memory.is_empty() {
            // Nothing is to be gained in this direction any more; the gradient's own may do.
            memory.clear();
            continue;
        }
        if next_value >= value {
            break;
        }
        let step: Vec<f64> = next.iter().zip(&layer).map(|(next, last)| next - last).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, last)| next - last).collect();
        let product = dot(&step, &change);
        if product > 0.0 {
            memory.push_back(Step { step, change, inverse: 1.0 / product });
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        (layer, gradient, value) = (next, next_gradient, next_value);
    }
    let (mut weight, mut bias) = (Vec::with_capacity(classes * rows.width()), Vec::with_capacity(classes));
    for row in layer.chunks_exact(stride) {
        weight.extend(&row[..rows.width()]);
        bias.push(row[rows.width()]);
    }
    Linear { weight, bias }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of three classes that overlap.
    fn example() -> (Rows, Vec<usize>) {
        let wave = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.7).sin();
        let labels: Vec<usize> = (0..24).map(|i| i % 3).collect();
        let row =
            |i: usize| (0..5).map(|j| wave(i, j) + if j == i % 3 { 1.0 } else { 0.0 }).collect::<Vec<_>>();
        (Rows::new(5, (0..24).map(row)), labels)
    }

    #[test]
    fn gradients_are_those_of_the_values() {
        let (rows, labels) = example();
        for classes in [2, 3] {
            let labels: Vec<usize> = labels.iter().map(|label| label % classes).collect();
            let objective = Objective { rows: &rows, labels: &labels, classes, cost: 0.7 };
            let layer: Vec<f64> = (0..classes * 6).map(|i| (i as f64).cos()).collect();
            let (mut gradient, mut unused) = (vec![0.0; layer.len()], vec![0.0; layer.len()]);
            objective.at(&layer, &mut gradient);
            for at in 0..layer.len() {
                let mut moved = |by: f64| {
                    let mut layer = layer.clone();
                    layer[at] += by;
                    objective.at(&layer, &mut unused)
                };
                let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((difference - gradient[at]).abs() < 1e-6, "{at}: {difference} {}", gradient[at]);
            }
        }
    }

    #[test]
    fn a_fit_ends_where_the_gradient_does() {
        let (rows, labels) = example();
        for cost in [0.01, 1.0, 100.0] {
            let Linear { weight, bias } = fit(&rows, &labels, 3, cost);
            let layer: Vec<f64> =
                weight.chunks(5).zip(&bias).flat_map(|(row, bias)| [row, &[*bias]].concat()).collect();
            let mut gradient = vec![0.0; layer.len()];
            Objective { rows: &rows, labels: &labels, classes: 3, cost }.at(&layer, &mut gradient);
            let length = dot(&gradient, &gradient).sqrt();
            assert!(length <= SHORT, "{cost}: {length}");
        }
    }

    #[test]
    fn fewer_rows_than_features_give_the_same_layer() {
        let wave = |i: usize, j: usize| ((i * 7 + j * 13) as f64 * 0.7).sin();
        // Two rows are the same, so they span less than there are.
        let rows = Rows::new(30, (0..12).map(|i| (0..30).map(move |j| wave(i % 11, j))));
        let labels: Vec<usize> = (0..12).map(|i| i % 3).collect();
        let (ours, direct) = (fit(&rows, &labels, 3, COST), minimum(&rows, &labels, 3, COST));
        let pairs = ours.weight.iter().chain(&ours.bias).zip(direct.weight.iter().chain(&direct.bias));
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-3, "{worst}");
    }

    #[test]
    fn what_is_alike_is_not_told_apart() {
        let rows = Rows::new(2, [[1.0, 2.0]; 4]);
        let layer = fit(&rows, &[0, 0, 1, 1], 2, COST);
        let logits = layer.logits(&[1.0, 2.0]);
        assert!((logits[0] - logits[1]).abs() < 1e-6, "{logits:?}");
    }
}

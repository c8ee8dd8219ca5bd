//! Linear layers on features, and how features are brought to one scale.

/// Features of photos, a row each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Numbers of a row.
    width: usize,
    numbers: Vec<f64>,
}

impl Rows {
    /// Rows of so many numbers; what is left over of another length is cut off.
    pub fn new(width: usize, rows: impl IntoIterator<Item = impl IntoIterator<Item = f64>>) -> Self {
        let mut numbers = Vec::new();
        for row in rows {
            let end = numbers.len() + width;
            numbers.extend(row);
            numbers.resize(end, 0.0);
        }
        Self { width, numbers }
    }

    /// Numbers of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.numbers.len() / self.width.max(1)
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.chunks_exact(self.width.max(1))
    }

    /// Those at some positions, in that order.
    #[must_use]
    pub fn at(&self, positions: &[usize]) -> Self {
        let row = |at: &usize| &self.numbers[at * self.width..(at + 1) * self.width];
        Self { width: self.width, numbers: positions.iter().flat_map(row).copied().collect() }
    }

    /// Vectors of length 1, each at right angles to the others, that span the rows, and the rows as sums of multiples of them.
    pub fn spanned(&self) -> (Self, Self) {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut coordinates: Vec<Vec<f64>> = Vec::new();
        for row in self.iter() {
            let (mut rest, mut parts) = (row.to_vec(), vec![0.0; basis.len()]);
            // The second time takes out what rounding has left.
            for _ in 0..2 {
                for (part, vector) in parts.iter_mut().zip(&basis) {
                    let along = dot(&rest, vector);
                    *part += along;
                    rest.iter_mut().zip(vector).for_each(|(rest, x)| *rest -= along * x);
                }
            }
            let length = dot(&rest, &rest).sqrt();
            if length > 1e-10 * dot(row, row).sqrt() {
                rest.iter_mut().for_each(|rest| *rest /= length);
                basis.push(rest);
                parts.push(length);
            }
            coordinates.push(parts);
        }
        (Self::new(self.width, basis.iter().cloned()), Self::new(basis.len(), coordinates))
    }
}

/// The means of features, and by what they are divided to have a standard deviation of 1: what is the same everywhere is not
/// divided, as scikit-learn's `StandardScaler` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Of each feature.
    pub mean: Vec<f64>,
    /// Of each feature.
    pub deviation: Vec<f64>,
}

impl Scaling {
    /// That of some rows, of which there is one at least.
    pub fn of(rows: &Rows) -> Self {
        let count = rows.count() as f64;
        let mut mean = vec![0.0; rows.width()];
        for row in rows.iter() {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / count);
        }
        let mut variance = vec![0.0; rows.width()];
        for row in rows.iter() {
            let squares = row.iter().zip(&mean).map(|(x, mean)| (x - mean) * (x - mean) / count);
            variance.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
        }
        // Below this, differences are those of rounding.
        let is_constant = |variance: f64, mean: f64| {
            variance <= count * f64::EPSILON * variance + (count * mean * f64::EPSILON).powi(2)
        };
        let deviation =
            variance.iter().zip(&mean).map(|(variance, mean)| match is_constant(*variance, *mean) {
                true => 1.0,
                false => variance.sqrt(),
            });
        Self { deviation: deviation.collect(), mean }
    }

    /// Rows brought to one scale.
    pub fn apply(&self, rows: &Rows) -> Rows {
        let scaled = |row: &[f64]| -> Vec<f64> {
            let parts = self.mean.iter().zip(&self.deviation);
            row.iter().zip(parts).map(|(x, (mean, deviation))| (x - mean) / deviation).collect()
        };
        Rows::new(rows.width(), rows.iter().map(scaled))
    }
}

/// A linear layer: a row of weights and a bias for each class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// Classes × features.
    pub weight: Vec<f64>,
    /// Of each class.
    pub bias: Vec<f64>,
}

impl Linear {
    /// What it makes of a row.
    pub fn logits(&self, row: &[f64]) -> Vec<f64> {
        let weights = self.weight.chunks_exact(row.len().max(1));
        weights.zip(&self.bias).map(|(weights, bias)| bias + dot(weights, row)).collect()
    }

    /// The likeliest class of a row; the first of several.
    pub fn class(&self, row: &[f64]) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for (class, logit) in self.logits(row).into_iter().enumerate() {
            if logit > best.1 {
                best = (class, logit);
            }
        }
        best.0
    }

    /// The layer that makes of unscaled features what this one makes of scaled ones.
    #[must_use]
    pub fn unscaled(&self, scaling: &Scaling) -> Self {
        let width = scaling.mean.len().max(1);
        let mut weight = self.weight.clone();
        let mut bias = self.bias.clone();
        for (weights, bias) in weight.chunks_exact_mut(width).zip(&mut bias) {
            weights.iter_mut().zip(&scaling.deviation).for_each(|(weight, deviation)| *weight /= deviation);
            *bias -= dot(weights, &scaling.mean);
        }
        Self { weight, bias }
    }

    /// The layer that takes the nearest of the classes' means: of ‖x − μ‖² only μ·x − ½‖μ‖² differs from class to class. By the
    /// square root of the number of features, so that its shares are not sure beyond reason.
    pub fn of_means(rows: &Rows, labels: &[usize], classes: usize) -> Self {
        let width = rows.width();
        let mut weight = vec![0.0; classes * width];
        let mut counts = vec![0.0f64; classes];
        for (row, label) in rows.iter().zip(labels) {
            counts[*label] += 1.0;
            weight[label * width..][..width].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let scale = 1.0 / (width.max(1) as f64).sqrt();
        let mut bias = Vec::with_capacity(classes);
        for (mean, count) in weight.chunks_exact_mut(width.max(1)).zip(counts) {
            mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
            bias.push(-0.5 * scale * dot(mean, mean));
            mean.iter_mut().for_each(|mean| *mean *= scale);
        }
        Self { weight, bias }
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums, which processors add at once; one would wait for itself.
    let (mut sums, quads) = ([0.0f64; 4], a.len() / 4 * 4);
    for (a, b) in a[..quads].chunks_exact(4).zip(b[..quads].chunks_exact(4)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f64 = a[quads..].iter().zip(&b[quads..]).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows::new(3, [[1.0, 5.0, 7.0], [3.0, 5.0, 1.0], [5.0, 5.0, 4.0]])
    }

    #[test]
    fn features_are_scaled_but_for_what_is_the_same_everywhere() {
        let scaling = Scaling::of(&rows());
        assert_eq!(scaling.mean, [3.0, 5.0, 4.0]);
        assert_eq!(scaling.deviation[1], 1.0);
        let scaled = scaling.apply(&rows());
        let squares =
            scaled.iter().fold([0.0; 3], |sums, row| [0, 1, 2].map(|at| sums[at] + row[at] * row[at]));
        assert!((squares[0] - 3.0).abs() < 1e-12 && squares[1] == 0.0 && (squares[2] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn an_unscaled_layer_gives_the_same_logits() {
        let scaling = Scaling::of(&rows());
        let layer = Linear { weight: vec![0.5, -1.0, 2.0, 0.0, 3.0, -0.25], bias: vec![0.125, -4.0] };
        let unscaled = layer.unscaled(&scaling);
        for (row, scaled) in rows().iter().zip(scaling.apply(&rows()).iter()) {
            let pairs: Vec<(f64, f64)> = unscaled.logits(row).into_iter().zip(layer.logits(scaled)).collect();
            assert!(pairs.iter().all(|(a, b)| (a - b).abs() < 1e-12), "{pairs:?}");
        }
    }

    #[test]
    fn the_nearest_mean_is_the_likeliest_class() {
        let rows = Rows::new(2, [[0.0, 0.0], [2.0, 0.0], [9.0, 9.0], [0.0, 9.0]]);
        let layer = Linear::of_means(&rows, &[0, 0, 1, 2], 3);
        for (row, class) in
            [([1.0, 1.0], 0), ([8.0, 7.0], 1), ([1.0, 6.0], 2), ([4.9, 4.0], 0), ([5.5, 6.0], 1)]
        {
            assert_eq!(layer.class(&row), class, "{row:?}");
        }
    }

    #[test]
    fn rows_are_sums_of_what_spans_them() {
        let rows = Rows::new(4, [[1.0, 2.0, 0.0, 2.0], [2.0, 4.0, 0.0, 4.0], [0.0; 4], [0.0, 1.0, 5.0, 1.0]]);
        let (basis, coordinates) = rows.spanned();
        assert_eq!((basis.count(), coordinates.count()), (2, 4));
        for (row, parts) in rows.iter().zip(coordinates.iter()) {
            for (at, x) in row.iter().enumerate() {
                let sum: f64 = basis.iter().zip(parts).map(|(vector, part)| part * vector[at]).sum();
                assert!((sum - x).abs() < 1e-12, "{row:?}");
            }
        }
    }

    #[test]
    fn products_are_added_whatever_their_number() {
        for count in 0..11 {
            let numbers: Vec<f64> = (0..count).map(f64::from).collect();
            assert_eq!(dot(&numbers, &numbers), numbers.iter().map(|x| x * x).sum::<f64>());
        }
    }
}

//! How a network is taught: parts of the photos are held back in turn to see what it makes of them, and then it learns from all.

use engine::accuracy::Accuracy;
use serde::{Deserialize, Serialize};

use crate::folds;
use crate::linear::{Linear, Rows, Scaling};
use crate::regression::{COST, fit};

/// With fewer photos of a class, the nearest class mean is taken: a regression would fit what they happen to have in common.
pub const FEW: usize = 3;

/// How a layer is found. In files it is called as statistics call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Logistic regression on features of one scale.
    #[serde(rename = "logistic_regression")]
    Regression,
    /// The nearest class mean, likewise.
    #[serde(rename = "nearest_class_mean")]
    Means,
}

impl Method {
    /// That for classes of so many photos.
    pub fn of(counts: &[usize]) -> Self {
        if counts.iter().any(|count| *count < FEW) { Self::Means } else { Self::Regression }
    }

    /// The layer for unscaled features.
    pub fn learn(self, rows: &Rows, labels: &[usize], classes: usize) -> Linear {
        let scaling = Scaling::of(rows);
        let scaled = scaling.apply(rows);
        let layer = match self {
            Self::Regression => fit(&scaled, labels, classes, COST),
            Self::Means => Linear::of_means(&scaled, labels, classes),
        };
        layer.unscaled(&scaling)
    }
}

/// A course that is under way.
#[derive(Clone, Debug)]
pub struct Course {
    rows: Rows,
    labels: Vec<usize>,
    classes: usize,
    method: Method,
    parts: usize,
    part_of: Vec<usize>,
    /// Parts that have been held back.
    done: usize,
    /// By class, then by guess.
    confusion: Vec<Vec<u32>>,
}

/// What has come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// How the layer was found.
    pub method: Method,
    /// Guesses about photos that were held back; none where a class has too few.
    pub held_back: Option<Accuracy>,
    /// The same by class, then by guess.
    pub confusion: Vec<Vec<u32>>,
    /// The layer, which learned from all photos.
    pub layer: Linear,
}

impl Course {
    /// On photos of at least two classes, each of which has one; `labels` are below `classes`.
    pub fn new(rows: Rows, labels: Vec<usize>, classes: usize) -> Self {
        let mut counts = vec![0; classes];
        labels.iter().for_each(|label| counts[*label] += 1);
        let parts = folds::number(&counts);
        Self {
            method: Method::of(&counts),
            part_of: folds::deal(&labels, classes, parts),
            parts,
            done: 0,
            confusion: vec![vec![0; classes]; classes],
            rows,
            labels,
            classes,
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.parts + 1
    }

    /// Takes the next step; gives the result at the last one.
    pub fn step(&mut self) -> Option<Learned> {
        if self.done == self.parts {
            let layer = self.method.learn(&self.rows, &self.labels, self.classes);
            let held_back = (self.parts > 0).then(|| self.accuracy());
            return Some(Learned {
                method: self.method,
                held_back,
                confusion: self.confusion.clone(),
                layer,
            });
        }
        let all = 0..self.labels.len();
        let (held, taught): (Vec<usize>, Vec<usize>) = all.partition(|at| self.part_of[*at] == self.done);
        let labels: Vec<usize> = taught.iter().map(|at| self.labels[*at]).collect();
        let layer = self.method.learn(&self.rows.at(&taught), &labels, self.classes);
        for (row, at) in self.rows.at(&held).iter().zip(&held) {
            self.confusion[self.labels[*at]][layer.class(row)] += 1;
        }
        self.done += 1;
        None
    }

    fn accuracy(&self) -> Accuracy {
        let images = self.confusion.iter().flatten().sum();
        Accuracy { correct: (0..self.classes).map(|class| self.confusion[class][class]).sum(), images }
    }
}

impl Learned {
    /// Classes that were taken for others, and how often: the most frequent mistakes first.
    pub fn mistakes(&self) -> Vec<(usize, usize, u32)> {
        let of_row = |(class, row): (usize, &Vec<u32>)| -> Vec<(usize, usize, u32)> {
            row.iter().enumerate().map(|(guess, count)| (class, guess, *count)).collect()
        };
        let mut mistakes: Vec<_> = self.confusion.iter().enumerate().flat_map(of_row).collect();
        mistakes.retain(|(class, guess, count)| class != guess && *count > 0);
        mistakes.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps that a course takes, and what has come of it: all photos are told rightly.
    fn taught(labels: &[usize], classes: usize) -> (usize, Learned) {
        let row = |(at, label): (usize, &usize)| [*label as f64, (at as f64).sin() * 0.1, 7.0];
        let rows = Rows::new(3, labels.iter().enumerate().map(row));
        let mut course = Course::new(rows.clone(), labels.to_vec(), classes);
        for step in 1..=course.steps() {
            if let Some(learned) = course.step() {
                let told: Vec<usize> = rows.iter().map(|row| learned.layer.class(row)).collect();
                assert_eq!(told, labels);
                return (step, learned);
            }
        }
        panic!("the last step gives the result");
    }

    #[test]
    fn what_is_held_back_is_judged_and_then_everything_learned() {
        let labels: Vec<usize> = (0..20).map(|at| at % 2).collect();
        let (steps, learned) = taught(&labels, 2);
        assert_eq!(steps, 6);
        assert_eq!(learned.method, Method::Regression);
        assert_eq!(learned.held_back, Some(Accuracy { correct: 20, images: 20 }));
        assert_eq!(learned.mistakes(), []);
    }

    #[test]
    fn few_photos_are_told_by_their_means_and_single_ones_not_held_back() {
        let (steps, learned) = taught(&[0, 0, 1, 1, 1], 2);
        assert_eq!((steps, learned.method), (3, Method::Means));
        assert_eq!(learned.held_back.map(|held| held.images), Some(5));
        let (steps, learned) = taught(&[0, 1, 1, 2], 3);
        assert_eq!((steps, learned.method, learned.held_back), (1, Method::Means, None));
    }

    #[test]
    fn mistakes_are_listed_by_their_number() {
        let learned = Learned {
            method: Method::Means,
            held_back: None,
            confusion: vec![vec![3, 1, 0], vec![0, 0, 4], vec![0, 0, 2]],
            layer: Linear::default(),
        };
        assert_eq!(learned.mistakes(), [(1, 2, 4), (0, 1, 1)]);
    }
}

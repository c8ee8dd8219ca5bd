//! Which points no other one beats.

/// Which end of an axis is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    /// Costs.
    Less,
    /// Accuracies.
    More,
}

impl Better {
    /// Whether `a` is better than `b`.
    fn is_better(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::More => a > b,
        }
    }
}

/// The Pareto front: positions of the points that no other point dominates (better on one axis and not worse on the
/// other), in ascending order of x. Points that are not numbers are left out.
pub(crate) fn front(points: &[(f64, f64)], (x, y): (Better, Better)) -> Vec<usize> {
    let beats = |a: &(f64, f64), b: &(f64, f64)| {
        let worse = x.is_better(b.0, a.0) || y.is_better(b.1, a.1);
        !worse && (x.is_better(a.0, b.0) || y.is_better(a.1, b.1))
    };
    let known = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
    let on_front =
        |point: &(f64, f64)| known(point) && !points.iter().any(|other| known(other) && beats(other, point));
    let mut front: Vec<usize> = (0..points.len()).filter(|i| on_front(&points[*i])).collect();
    front.sort_by(|a, b| points[*a].0.total_cmp(&points[*b].0));
    front
}

#[cfg(test)]
mod tests {
    use super::Better::{Less, More};
    use super::*;

    #[test]
    fn the_front_is_what_nothing_beats() {
        // Costs and accuracies: the third costs more than the first and is right less often.
        let points = [(300.0, 72.0), (100.0, 60.0), (400.0, 70.0), (500.0, 75.0)];
        assert_eq!(front(&points, (Less, More)), [1, 0, 3]);
        // Of two costs, the cheapest in both beats all others.
        assert_eq!(front(&points, (Less, Less)), [1]);
        assert_eq!(front(&[(1.0, 9.0), (2.0, 4.0), (3.0, 5.0)], (Less, Less)), [0, 1]);
        assert_eq!(front(&[(1.0, 9.0), (2.0, 4.0), (3.0, 5.0)], (More, More)), [0, 2]);
    }

    #[test]
    fn equal_points_do_not_beat_each_other() {
        assert_eq!(front(&[(1.0, 2.0), (1.0, 2.0)], (Less, More)), [0, 1]);
        // The same cost, more accurate.
        assert_eq!(front(&[(1.0, 2.0), (1.0, 3.0)], (Less, More)), [1]);
    }

    #[test]
    fn what_is_no_number_neither_stands_on_it_nor_beats() {
        assert_eq!(front(&[(f64::NAN, 2.0), (1.0, f64::INFINITY), (2.0, 1.0)], (Less, More)), [2]);
        assert!(front(&[], (Less, More)).is_empty());
    }

    #[test]
    fn every_other_point_is_beaten_by_one_on_the_front() {
        // A grid of points from a simple generator.
        let points: Vec<(f64, f64)> =
            (0..60_u32).map(|i| (f64::from(i * 37 % 61), f64::from(i * i * 11 % 53))).collect();
        let front = front(&points, (Less, More));
        for (i, (x, y)) in points.iter().enumerate() {
            let beaten = front.iter().any(|j| points[*j].0 <= *x && points[*j].1 >= *y && *j != i);
            assert_ne!(front.contains(&i), beaten, "{i}");
        }
        assert!(front.is_sorted_by(|a, b| points[*a].0 < points[*b].0 && points[*a].1 < points[*b].1));
    }
}

//! How often the classes of pixels are right: overall and average accuracy, and Cohen's kappa.

use std::collections::BTreeMap;

/// What came of the pixels whose class is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Pixels that are both known and classified.
    pub pixels: u32,
    /// The share of them that is right.
    pub overall: f64,
    /// The mean of the classes' own shares.
    pub average: f64,
    /// How far that is from chance (0) to all right (1); `None` where only one class is there, known and found.
    pub kappa: Option<f64>,
    /// The classes that occur in the truth.
    pub classes: Vec<ClassScore>,
}

/// What came of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassScore {
    /// The class.
    pub class: u16,
    /// Its pixels.
    pub pixels: u32,
    /// How many of them were found to be of it.
    pub right: u32,
}

impl Scores {
    /// Compares classes with the truth, pixel by pixel; 0 is not known in the one and not classified in the other. `None`
    /// where no pixel is both.
    pub fn of(truth: &[u16], found: &[u16]) -> Option<Self> {
        let mut rows: BTreeMap<u16, ClassScore> = BTreeMap::new();
        let mut columns: BTreeMap<u16, u32> = BTreeMap::new();
        for (&truth, &found) in truth.iter().zip(found).filter(|(truth, found)| **truth > 0 && **found > 0) {
            let row = rows.entry(truth).or_insert(ClassScore { class: truth, pixels: 0, right: 0 });
            row.pixels += 1;
            row.right += u32::from(truth == found);
            *columns.entry(found).or_default() += 1;
        }
        let pixels: u32 = rows.values().map(|row| row.pixels).sum();
        if pixels == 0 {
            return None;
        }
        let share = |part: u32| f64::from(part) / f64::from(pixels);
        let overall = share(rows.values().map(|row| row.right).sum());
        let own = rows.values().map(|row| f64::from(row.right) / f64::from(row.pixels));
        let average = own.sum::<f64>() / rows.len() as f64;
        let found = |class| columns.get(class).copied().unwrap_or_default();
        let by_chance: f64 = rows.iter().map(|(class, row)| share(row.pixels) * share(found(class))).sum();
        let kappa = (by_chance < 1.0).then(|| (overall - by_chance) / (1.0 - by_chance));
        Some(Self { pixels, overall, average, kappa, classes: rows.into_values().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_scikit_learn() {
        // accuracy_score, the mean of recall_score(average=None) and cohen_kappa_score of scikit-learn 1.9.1, of the pixels that
        // are 0 in neither (tests/data/generate.py).
        let truth = [1, 1, 1, 1, 2, 2, 2, 3, 3, 0, 0, 2];
        let found = [1, 1, 2, 1, 2, 2, 4, 3, 1, 3, 1, 0];
        let scores = Scores::of(&truth, &found).unwrap();
        assert_eq!(scores.pixels, 9);
        assert!((scores.overall - 0.666_666_666_667).abs() < 1e-11, "{scores:?}");
        assert!((scores.average - 0.638_888_888_889).abs() < 1e-11, "{scores:?}");
        assert!((scores.kappa.unwrap() - 0.5).abs() < 1e-11, "{scores:?}");
        let class = |class, pixels, right| ClassScore { class, pixels, right };
        assert_eq!(scores.classes, [class(1, 4, 3), class(2, 3, 2), class(3, 2, 1)]);
    }

    #[test]
    fn nothing_is_known_without_pixels_and_no_chance_with_one_class() {
        assert_eq!(Scores::of(&[0, 1], &[1, 0]), None);
        let one = Scores::of(&[1, 1], &[1, 1]).unwrap();
        assert_eq!((one.overall, one.average, one.kappa), (1.0, 1.0, None));
        let wrong = Scores::of(&[1, 1], &[2, 2]).unwrap();
        assert_eq!((wrong.overall, wrong.average, wrong.kappa), (0.0, 0.0, Some(0.0)));
    }
}

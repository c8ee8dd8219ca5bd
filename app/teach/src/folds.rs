//! Photos in parts of which each holds its share of every class, as scikit-learn's `StratifiedKFold` deals them without shuffling: a
//! class's photos stay in order, so that those taken one after another are held back together.

/// The most parts.
pub const MOST: usize = 5;

/// How many parts there are for classes of so many photos: none where a class has but one.
pub fn number(counts: &[usize]) -> usize {
    let smallest = counts.iter().copied().min().unwrap_or(0);
    if smallest < 2 { 0 } else { smallest.min(MOST) }
}

/// The part of each photo, of so many.
pub fn deal(labels: &[usize], classes: usize, parts: usize) -> Vec<usize> {
    if parts == 0 {
        return vec![0; labels.len()];
    }
    // Dealing the photos of all classes one after another says how many of each class a part gets.
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let mut shares = vec![vec![0usize; parts]; classes];
    for (at, label) in sorted.iter().enumerate() {
        shares[*label][at % parts] += 1;
    }
    let mut current = vec![0; classes];
    labels
        .iter()
        .map(|label| {
            let (part, shares) = (&mut current[*label], &mut shares[*label]);
            while *part + 1 < parts && shares[*part] == 0 {
                *part += 1;
            }
            shares[*part] = shares[*part].saturating_sub(1);
            *part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_share_of_every_class() {
        let labels: Vec<usize> = (0..23).map(|i| if i % 5 == 0 { 0 } else { 1 + i % 2 }).collect();
        let counts: Vec<usize> =
            (0..3).map(|class| labels.iter().filter(|label| **label == class).count()).collect();
        assert_eq!(number(&counts), 5);
        let parts = deal(&labels, 3, 5);
        for part in 0..5 {
            for (class, count) in counts.iter().enumerate() {
                let held = labels.iter().zip(&parts).filter(|pair| *pair == (&class, &part)).count();
                assert!((count / 5..=count.div_ceil(5)).contains(&held), "{class} {part} {held}");
            }
        }
    }

    #[test]
    fn as_many_parts_as_the_smallest_class_allows() {
        assert_eq!([&[][..], &[1, 9], &[2, 9], &[3, 3], &[40, 50]].map(number), [0, 0, 2, 3, 5]);
        // sklearn.model_selection.StratifiedKFold(3), y = [0, 0, 1, 1, 1, 0, 1]
        assert_eq!(deal(&[0, 0, 1, 1, 1, 0, 1], 2, 3), [0, 1, 0, 0, 1, 2, 2]);
    }
}

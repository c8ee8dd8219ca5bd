//! Whether networks agree on photos. Answers can be compared only within a label set: of two networks with different
//! classes neither could have given the other's answer.

use engine::predict::sureness;

/// A network's most probable class for a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The label set.
    pub(crate) labels: String,
    /// The class in it.
    pub(crate) class: u32,
}

/// How many comparisons there were, and how many of them came out the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Comparisons.
    pub(crate) compared: usize,
    /// Those with the same answer twice.
    pub(crate) same: usize,
}

impl Tally {
    fn count(&mut self, same: bool) {
        self.compared += 1;
        self.same += usize::from(same);
    }

    /// Whether there was anything to compare, and all of it was the same.
    pub(crate) fn is_unanimous(self) -> bool {
        self.compared > 0 && self.same == self.compared
    }

    /// The share of comparisons with different answers, 0..1; 0 without comparisons.
    fn disagreement(self) -> f64 {
        (self.compared - self.same) as f64 / self.compared.max(1) as f64
    }
}

/// What the networks make of one photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Every two networks with the same label set.
    pub(crate) pairs: Tally,
    /// The most different answers within one label set.
    pub(crate) answers: usize,
}

/// What the networks make of all photos.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// By photo.
    pub(crate) verdicts: Vec<Verdict>,
    /// By two networks, the first one before the second.
    pub(crate) pairs: Vec<((usize, usize), Tally)>,
    /// Photos on which networks could be compared, and those on which all agree.
    pub(crate) photos: Tally,
}

/// Compares answers: of each photo one of every network, or `None` where it has none (yet).
pub(crate) fn agreement(photos: &[Vec<Option<Answer>>]) -> Agreement {
    let networks = photos.iter().map(Vec::len).max().unwrap_or(0);
    let pairs = (0..networks).flat_map(|first| (first + 1..networks).map(move |second| (first, second)));
    let mut all =
        Agreement { pairs: pairs.map(|pair| (pair, Tally::default())).collect(), ..Agreement::default() };
    for answers in photos {
        let mut verdict = Verdict { answers: most_answers(answers), ..Verdict::default() };
        for ((first, second), tally) in &mut all.pairs {
            if let (Some(Some(a)), Some(Some(b))) = (answers.get(*first), answers.get(*second))
                && a.labels == b.labels
            {
                tally.count(a.class == b.class);
                verdict.pairs.count(a.class == b.class);
            }
        }
        if verdict.pairs.compared > 0 {
            all.photos.count(verdict.pairs.is_unanimous());
        }
        all.verdicts.push(verdict);
    }
    all
}

/// The mean probability that the likeliest class has at least where a photo resembles one of the classes: of few, and of
/// many, where even right answers are less sure. How often that is right: docs/ACCURACY.md.
const FEW_CLASSES: u32 = 20;
const LIKELY_OF_FEW: f32 = 0.6;
const LIKELY_OF_MANY: f32 = 0.2;

/// Whether a photo resembles none of the classes: networks disagree or are unsure. Of every network the likeliest classes
/// with their probabilities.
pub(crate) fn resembles_none(networks: &[Vec<(usize, f32)>], classes: u32) -> bool {
    let least = if classes <= FEW_CLASSES { LIKELY_OF_FEW } else { LIKELY_OF_MANY };
    sureness(networks).is_some_and(|sureness| sureness < least)
}

/// Positions of photos, those with the largest share of differing pairs first; equal ones stay in their order.
pub(crate) fn by_disagreement(verdicts: &[Verdict]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..verdicts.len()).collect();
    let disagreement = |index: &usize| verdicts[*index].pairs.disagreement();
    order.sort_by(|a, b| disagreement(b).total_cmp(&disagreement(a)));
    order
}

fn most_answers(answers: &[Option<Answer>]) -> usize {
    let different = |answer: &Answer| {
        let mut classes: Vec<u32> =
            answers.iter().flatten().filter(|other| other.labels == answer.labels).map(|a| a.class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.len()
    };
    answers.iter().flatten().map(different).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_that_disagree_or_are_unsure_know_none() {
        let sure = vec![(3, 0.9), (1, 0.05)];
        let unsure = vec![(3, 0.4), (1, 0.3)];
        let other = vec![(5, 0.9), (3, 0.05)];
        assert!(!resembles_none(&[sure.clone(), unsure.clone()], 10));
        assert!(resembles_none(&[sure.clone(), other], 10));
        assert!(resembles_none(std::slice::from_ref(&unsure), 10));
        // A thousand classes share the probability.
        assert!(!resembles_none(&[unsure], 1000));
        assert!(!resembles_none(&[], 10));
    }

    /// `i7` is class 7 of ImageNet, `c7` of CIFAR-10, `-` no answer.
    fn photo(text: &str) -> Vec<Option<Answer>> {
        let answer = |word: &str| {
            let (labels, class) = word.split_at(1);
            Some(Answer { labels: labels.to_owned(), class: class.parse().ok()? })
        };
        text.split(' ').map(answer).collect()
    }

    fn verdict(text: &str) -> (usize, usize, usize) {
        let Verdict { pairs, answers } = agreement(&[photo(text)]).verdicts[0];
        (pairs.same, pairs.compared, answers)
    }

    #[test]
    fn only_answers_of_one_label_set_are_compared() {
        for (text, expected) in [
            ("i7 i7 i7", (3, 3, 1)),
            ("i7 i7 i8", (1, 3, 2)),
            ("i1 i2 i3", (0, 3, 3)),
            ("i7 c7", (0, 0, 1)),
            ("i7 i7 c3 c3", (2, 2, 1)),
            ("i7 i7 c3 c4", (1, 2, 2)),
            ("i7 - i7", (1, 1, 1)),
            ("i7 -", (0, 0, 1)),
            ("- -", (0, 0, 0)),
        ] {
            assert_eq!(verdict(text), expected, "{text}");
        }
    }

    #[test]
    fn photos_without_a_comparison_count_for_neither_side() {
        let photos = ["i7 i7", "i7 i8", "i7 -", "i9 i9"].map(photo);
        assert_eq!(agreement(&photos).photos, Tally { compared: 3, same: 2 });
        assert_eq!(agreement(&[]).photos, Tally::default());
    }

    #[test]
    fn every_two_networks_have_a_tally() {
        let photos = ["i1 i1 c5", "i1 i2 c5", "i3 i3 -"].map(photo);
        let none = Tally::default();
        assert_eq!(
            agreement(&photos).pairs,
            [((0, 1), Tally { compared: 3, same: 2 }), ((0, 2), none), ((1, 2), none)]
        );
    }

    #[test]
    fn the_most_disputed_photo_comes_first() {
        let photos = ["i1 i1 i1", "i1 i2 i3", "- - -", "i1 i1 i2", "i4 i5 i6"].map(photo);
        assert_eq!(by_disagreement(&agreement(&photos).verdicts), [1, 4, 3, 0, 2]);
        assert_eq!(by_disagreement(&[]), [0; 0]);
    }
}

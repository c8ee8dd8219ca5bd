//! What a network's guesses on labelled photos add up to.

use engine::accuracy::Accuracy;
use engine::predict::{Score, top_k};

/// Bins of the reliability diagram (Guo et al., arXiv 1706.04599, section 2).
pub const BINS: usize = 15;

/// Temperatures that are tried, from 1/4 to 4 in steps of an eighth of an octave.
const TEMPERATURES: usize = 33;

fn temperature(index: usize) -> f64 {
    2f64.powf((index as f64 - 16.0) / 8.0)
}

/// The index of the temperature 1: the network as it is.
const AS_IT_IS: usize = 16;

/// A guess on one photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The photo's number.
    pub photo: u32,
    /// The output that stands for its class.
    pub label: u16,
    /// The most probable output.
    pub class: u16,
    /// How many outputs are more probable than the label's.
    pub rank: u16,
    /// The most probable output's probability.
    pub confidence: f32,
}

impl Guess {
    /// Whether it is right.
    pub fn is_right(&self) -> bool {
        self.rank == 0
    }
}

/// The guesses of a network.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    guesses: Vec<Guess>,
    calibration: Calibration,
}

impl Tally {
    /// Counts a photo in whose class `label` stands for; `false`, and nothing is counted, where the logits are no numbers or
    /// there is no such output.
    pub fn add(&mut self, photo: u32, label: u16, logits: &[f32]) -> bool {
        let Some(of_label) = logits.get(usize::from(label)).copied() else { return false };
        let Some(&[best]) = top_k(logits, 1).as_deref() else { return false };
        let Ok(class) = u16::try_from(best.index) else { return false };
        let above = |(class, logit): (usize, &f32)| {
            *logit > of_label || (*logit == of_label && class < usize::from(label))
        };
        let rank = logits.iter().enumerate().filter(|entry| above(*entry)).count() as u16;
        self.calibration.add(logits, usize::from(label), best);
        self.guesses.push(Guess { photo, label, class, rank, confidence: best.probability });
        true
    }

    /// All guesses, in the order in which they came.
    pub fn guesses(&self) -> &[Guess] {
        &self.guesses
    }

    /// How often the most probable class is right.
    pub fn top1(&self) -> Accuracy {
        self.within(1)
    }

    /// How often the right class is among the five most probable.
    pub fn top5(&self) -> Accuracy {
        self.within(5)
    }

    fn within(&self, ranks: u16) -> Accuracy {
        let correct = self.guesses.iter().filter(|guess| guess.rank < ranks).count();
        Accuracy { correct: correct as u32, images: self.guesses.len() as u32 }
    }

    /// How often the photos of a class are guessed right.
    pub fn of_class(&self, label: u16) -> Accuracy {
        let mut accuracy = Accuracy::default();
        self.guesses
            .iter()
            .filter(|guess| guess.label == label)
            .for_each(|guess| accuracy.count(guess.is_right()));
        accuracy
    }

    /// Photos of a class by what they were taken for.
    pub fn confused(&self, label: u16, class: u16) -> impl Iterator<Item = &Guess> {
        self.guesses.iter().filter(move |guess| guess.label == label && guess.class == class)
    }

    /// The wrong guesses, the most confident first.
    pub fn most_wrong(&self) -> Vec<Guess> {
        let mut wrong: Vec<Guess> = self.guesses.iter().filter(|guess| !guess.is_right()).copied().collect();
        wrong.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.photo.cmp(&b.photo)));
        wrong
    }

    /// How far probabilities can be taken at their word.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

/// A bin of the reliability diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Photos whose confidence lies in it.
    pub images: u32,
    /// Those of them that were guessed right.
    pub correct: u32,
    confidence: f64,
}

impl Bin {
    /// The mean confidence.
    pub fn confidence(&self) -> f64 {
        self.confidence / f64::from(self.images)
    }

    /// The share of right guesses.
    pub fn accuracy(&self) -> f64 {
        f64::from(self.correct) / f64::from(self.images)
    }
}

/// Confidence and truth at every temperature: logits divided by it before the softmax.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    images: u32,
    /// By temperature: the sum of negative log-likelihoods, and the bins.
    at: Vec<(f64, [Bin; BINS])>,
}

impl Calibration {
    /// Counts a photo with what was guessed.
    fn add(&mut self, logits: &[f32], label: usize, best: Score) {
        self.at.resize(TEMPERATURES, Default::default());
        self.images += 1;
        let largest = f64::from(best.logit);
        for (index, (loss, bins)) in self.at.iter_mut().enumerate() {
            let cold = 1.0 / temperature(index);
            let sum: f64 = logits.iter().map(|logit| ((f64::from(*logit) - largest) * cold).exp()).sum();
            let confidence = 1.0 / sum;
            *loss += sum.ln() - (f64::from(logits[label]) - largest) * cold;
            let bin = &mut bins[((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1];
            bin.images += 1;
            bin.correct += u32::from(label == best.index);
            bin.confidence += confidence;
        }
    }

    /// The bins of the network as it is; empty ones without photos.
    pub fn bins(&self) -> [Bin; BINS] {
        self.at.get(AS_IT_IS).map(|(_, bins)| *bins).unwrap_or_default()
    }

    /// The expected calibration error as the network is, and at the best temperature tried; NaN without photos.
    pub fn errors(&self) -> [f64; 2] {
        [AS_IT_IS, self.best()].map(|index| {
            let bins = self.at.get(index).map(|(_, bins)| *bins).unwrap_or_default();
            let gaps = bins
                .iter()
                .filter(|bin| bin.images > 0)
                .map(|bin| f64::from(bin.images) * (bin.accuracy() - bin.confidence()).abs());
            gaps.sum::<f64>() / f64::from(self.images)
        })
    }

    /// The temperature at which the labels are most probable: above 1 where the network is too sure of itself.
    pub fn temperature(&self) -> f64 {
        let best = self.best();
        let loss = |index: usize| self.at.get(index).map(|(loss, _)| *loss);
        let step = match (best.checked_sub(1).and_then(loss), loss(best), loss(best + 1)) {
            // The vertex of the parabola through three points.
            (Some(before), Some(here), Some(after)) if before + after > 2.0 * here => {
                (before - after) / (2.0 * (before + after - 2.0 * here))
            }
            _ => 0.0,
        };
        temperature(best) * 2f64.powf(step / 8.0)
    }

    fn best(&self) -> usize {
        let losses = self.at.iter().map(|(loss, _)| *loss).enumerate();
        losses.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(AS_IT_IS, |(index, _)| index)
    }
}

/// Two networks on the photos that both were asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paired {
    /// Photos.
    pub images: u32,
    /// Those that only the first guesses right.
    pub first_alone: u32,
    /// Those that only the second guesses right.
    pub second_alone: u32,
}

impl Paired {
    /// Compares two networks.
    pub fn of(first: &Tally, second: &Tally) -> Self {
        let mut paired = Self::default();
        let mut others = second.guesses.iter().peekable();
        // Both have their photos in ascending order.
        for guess in &first.guesses {
            while others.next_if(|other| other.photo < guess.photo).is_some() {}
            let Some(other) = others.next_if(|other| other.photo == guess.photo) else { continue };
            paired.images += 1;
            paired.first_alone += u32::from(guess.is_right() && !other.is_right());
            paired.second_alone += u32::from(other.is_right() && !guess.is_right());
        }
        paired
    }

    /// McNemar's exact test (McNemar 1947): how probable so uneven a split is where both are right equally often.
    pub fn p_value(&self) -> f64 {
        let (a, b) = (self.first_alone, self.second_alone);
        let (n, least) = (f64::from(a + b), a.min(b));
        if a == b {
            return 1.0;
        }
        let choose = |k: f64| libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        let tail: f64 = (0..=least).map(|k| (choose(f64::from(k)) - n * 2f64.ln()).exp()).sum();
        (2.0 * tail).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[(u16, [f32; 3])]) -> Tally {
        let mut tally = Tally::default();
        for (photo, (label, logits)) in rows.iter().enumerate() {
            assert!(tally.add(photo as u32, *label, logits));
        }
        tally
    }

    #[test]
    fn guesses_are_counted_as_they_stand() {
        let tally = tally(&[
            (0, [2.0, 1.0, 0.0]),
            (1, [2.0, 1.0, 0.0]),
            (2, [0.0, 3.0, 0.0]),
            (0, [1.0, 1.0, 0.0]),
            (1, [1.0, 1.0, 0.0]),
        ]);
        let ranks: Vec<u16> = tally.guesses().iter().map(|guess| guess.rank).collect();
        assert_eq!(ranks, [0, 1, 2, 0, 1]);
        let classes: Vec<u16> = tally.guesses().iter().map(|guess| guess.class).collect();
        assert_eq!(classes, [0, 0, 1, 0, 0]);
        assert_eq!(
            (tally.top1(), tally.top5()),
            (Accuracy { correct: 2, images: 5 }, Accuracy { correct: 5, images: 5 })
        );
        assert_eq!(tally.of_class(1), Accuracy { correct: 0, images: 2 });
        assert_eq!(tally.confused(1, 0).count(), 2);
        let wrong: Vec<u32> = tally.most_wrong().iter().map(|guess| guess.photo).collect();
        assert_eq!(wrong, [2, 1, 4]);
        let confidence = tally.guesses()[0].confidence;
        assert!((confidence - 0.665_240_94).abs() < 1e-6, "{confidence}");
    }

    #[test]
    fn what_is_no_number_is_not_counted() {
        let mut tally = Tally::default();
        assert!(!tally.add(0, 0, &[f32::NAN, 1.0]) && !tally.add(0, 2, &[0.0, 1.0]) && !tally.add(0, 0, &[]));
        assert!(!tally.add(0, 0, &[f32::INFINITY, 1.0]));
        assert_eq!(tally.top1().images, 0);
        assert!(tally.calibration().errors()[0].is_nan());
        assert_eq!(tally.calibration().temperature(), 1.0);
    }

    /// Logits of two classes, right in three of four cases with a confidence of 0.9 or of 0.6.
    fn sure(scale: f32) -> Tally {
        let mut tally = Tally::default();
        for photo in 0..400 {
            tally.add(photo, u16::from(photo % 4 == 0), &[scale, 0.0]);
        }
        tally
    }

    #[test]
    fn calibration_says_how_sure_to_be() {
        // Right in three of four cases: the odds are ln 3.
        for (scale, expected) in [(3f32.ln(), 1.0), (2.0 * 3f32.ln(), 2.0), (0.5 * 3f32.ln(), 0.5)] {
            let tally = sure(scale);
            let found = tally.calibration().temperature();
            assert!((found / expected - 1.0).abs() < 0.01, "{scale}: {found}");
            let [before, after] = tally.calibration().errors();
            let confidence = 1.0 / (1.0 + f64::from(-scale).exp());
            assert!((before - (confidence - 0.75).abs()).abs() < 1e-6, "{scale}: {before}");
            assert!(after < 1e-3, "{scale}: {after}");
        }
        let bins = sure(2.0).calibration().bins();
        assert_eq!(bins.iter().map(|bin| bin.images).sum::<u32>(), 400);
        let full = bins.iter().find(|bin| bin.images == 400).unwrap();
        assert!((full.accuracy() - 0.75).abs() < 1e-9);
    }

    #[test]
    fn pairs_are_of_the_same_photos() {
        let (mut a, mut b) = (Tally::default(), Tally::default());
        let right = [1.0, 0.0];
        let wrong = [0.0, 1.0];
        for (photo, of_a, of_b) in
            [(0, true, true), (2, true, false), (3, false, true), (5, true, false), (6, false, false)]
        {
            a.add(photo, 0, if of_a { &right } else { &wrong });
            b.add(photo, 0, if of_b { &right } else { &wrong });
        }
        a.add(7, 0, &right);
        assert_eq!(Paired::of(&a, &b), Paired { images: 5, first_alone: 2, second_alone: 1 });
        assert_eq!(Paired::of(&b, &a), Paired { images: 5, first_alone: 1, second_alone: 2 });
    }

    #[test]
    fn the_test_is_mcnemars() {
        // scipy.stats.binomtest(a, a + b).pvalue
        for (a, b, p) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 1, 0.21875),
            (1, 9, 0.021_484_375),
            (10, 10, 1.0),
            (40, 60, 0.056_887_933_640_980_79),
            (300, 400, 0.000_178_476_314_485_624_45),
        ] {
            let found = Paired { images: 1000, first_alone: a, second_alone: b }.p_value();
            assert!((found - p).abs() < 1e-9, "{a}, {b}: {found}");
        }
    }
}

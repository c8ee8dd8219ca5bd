//! How well checkpoints notice images of things that they do not know.

use std::collections::BTreeMap;

use engine::accuracy::{Accuracy, Rejection};
use engine::predict::sureness;

use super::Guess;
use crate::checkpoint::Checkpoint;
use crate::table;

/// So many images of its classes may a network take for others.
const FALSE_ALARMS: f64 = 0.1;

/// What checkpoints guessed for images of their classes and of others.
#[derive(Default)]
pub(super) struct Rejections {
    /// By what the classes are called: checkpoints with other classes cannot be sure together.
    sets: BTreeMap<String, Vec<Guesses>>,
}

struct Guesses {
    name: String,
    known: Vec<Guess>,
    others: Vec<Guess>,
}

impl Rejections {
    pub(super) fn add(&mut self, checkpoint: &Checkpoint, known: Vec<Guess>, others: Vec<Guess>) {
        let set = checkpoint.names.iter().map(|name| &*name.english).collect::<Vec<_>>().join(", ");
        let name = checkpoint.name.clone();
        self.sets.entry(set).or_default().push(Guesses { name, known, others });
    }

    /// A row for every checkpoint, and one for all that know the same, as the page judges them; at this threshold, if one is given.
    pub(super) fn table(&self, threshold: Option<f32>) -> String {
        let mut rows = Vec::new();
        for guesses in self.sets.values() {
            let each = guesses.iter().map(|one| (one.name.clone(), std::slice::from_ref(one)));
            let together = (guesses.len() > 1).then(|| (format!("{} together", guesses.len()), &**guesses));
            for (name, guesses) in each.chain(together) {
                let known = sure(guesses, |guesses| &guesses.known);
                let others = sure(guesses, |guesses| &guesses.others);
                let rejection = match threshold {
                    Some(threshold) => Rejection::at(threshold, &known, &others),
                    None => Rejection::with_false_alarms(FALSE_ALARMS, &known, &others),
                };
                rows.push(cells(name, rejection));
            }
        }
        let head =
            ["checkpoint", "least probability", "false alarms %", "noticed %", "95 % interval", "AUROC"];
        table::render(&head, &rows)
    }
}

/// How sure checkpoints are together at each image that all can read.
fn sure(guesses: &[Guesses], of: impl Fn(&Guesses) -> &Vec<Guess>) -> Vec<f32> {
    let images = guesses.first().map_or(0, |guesses| of(guesses).len());
    let at = |image: usize| {
        let top = |guesses: &Guesses| {
            let top = of(guesses).get(image)?.as_ref().ok()?;
            Some(top.iter().map(|score| (score.index, score.probability)).collect::<Vec<_>>())
        };
        sureness(&guesses.iter().map(top).collect::<Option<Vec<_>>>()?)
    };
    (0..images).filter_map(at).collect()
}

fn cells(name: String, rejection: Rejection) -> Vec<String> {
    let percent = |share: Accuracy| format!("{:.1}", share.percent());
    let (low, high) = rejection.noticed.interval_percent();
    vec![
        name,
        format!("{:.2}", rejection.threshold),
        percent(rejection.false_alarms),
        percent(rejection.noticed),
        format!("{low:.1}–{high:.1}"),
        format!("{:.3}", rejection.auroc),
    ]
}

#[cfg(test)]
mod tests {
    use engine::predict::Score;

    use super::*;

    fn guess(index: usize, probability: f32) -> Guess {
        Ok(vec![Score { index, probability, logit: 0.0 }])
    }

    #[test]
    fn checkpoints_are_sure_together_only_where_they_agree() {
        let of =
            |known: [Guess; 3]| Guesses { name: String::new(), known: known.to_vec(), others: Vec::new() };
        let broken = Err("is no image".to_owned());
        let guesses =
            [of([guess(1, 0.8), guess(1, 0.8), guess(0, 0.9)]), of([guess(1, 0.6), guess(2, 0.6), broken])];
        let sure = sure(&guesses, |guesses| &guesses.known);
        assert_eq!(sure.len(), 2);
        assert!((sure[0] - 0.7).abs() < 1e-6 && (sure[1] - 0.4).abs() < 1e-6);
    }
}

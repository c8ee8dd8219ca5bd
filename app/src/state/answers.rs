//! What follows from all answers.

use leptos::prelude::*;
use worker::protocol::{Config, ImageId, Prediction};

use super::{Column, ColumnConfig, Lab, PhotoOrder, Run, run_key};
use crate::agreement::{self, Agreement, Answer};
use crate::charts::Look;

/// What follows from all answers; remembered, because every photo of the strip asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Answers {
    progress: Memo<(usize, usize)>,
    agreement: Memo<Agreement>,
    order: Memo<Vec<u32>>,
    knowledge: Memo<Vec<Knowledge>>,
    signs: Memo<Vec<(String, Look)>>,
}

/// Networks of the board that know the same classes, and whether the photo shown resembles one of those.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Knowledge {
    /// The label set; empty for random weights.
    pub(crate) labels: String,
    /// Its classes.
    pub(crate) classes: u32,
    /// The columns' positions.
    pub(crate) columns: Vec<usize>,
    /// Whether all have answered, and none of the classes is likely.
    pub(crate) none_fits: bool,
}

impl Answers {
    /// The answers of a page.
    pub(crate) fn of(lab: Lab) -> Self {
        let progress = Memo::new(move |_| progress(lab));
        let agreement = Memo::new(move |_| agreement::agreement(&answers(lab)));
        let order = Memo::new(move |_| {
            let keys: Vec<u32> = lab.photos.with(|photos| photos.iter().map(|photo| photo.key).collect());
            match lab.photos.order() {
                PhotoOrder::Added => keys,
                PhotoOrder::Disagreement => agreement.with(|agreement| {
                    let order = agreement::by_disagreement(&agreement.verdicts);
                    order.into_iter().filter_map(|index| keys.get(index).copied()).collect()
                }),
            }
        });
        let knowledge = Memo::new(move |_| knowledge(lab));
        let signs = Memo::new(move |_| {
            let sign = |column: Column| (lab.name(&column.config), lab.look(&column.config));
            lab.board.columns().into_iter().map(sign).collect()
        });
        Self { progress, agreement, order, knowledge, signs }
    }

    /// Answers that there are, and that there will be; reactive.
    pub(crate) fn progress(self) -> (usize, usize) {
        self.progress.get()
    }

    /// Something of whether the columns agree; photos and columns are numbered as they stand on the page. Reactive.
    pub(crate) fn agreement<T>(self, read: impl FnOnce(&Agreement) -> T) -> T {
        self.agreement.with(read)
    }

    /// What the networks know; reactive.
    pub(crate) fn knowledge(self) -> Vec<Knowledge> {
        self.knowledge.get()
    }

    /// Whether a column says of the photo shown what it can only guess; reactive.
    pub(crate) fn is_guess(self, position: usize) -> bool {
        self.knowledge
            .with(|all| all.iter().any(|group| group.none_fits && group.columns.contains(&position)))
    }

    /// What the columns are called and look like; reactive.
    pub(crate) fn signs(self) -> Vec<(String, Look)> {
        self.signs.get()
    }

    /// The photos' keys in the order in which they are shown; reactive.
    pub(crate) fn order(self) -> Vec<u32> {
        self.order.get()
    }
}

fn progress(lab: Lab) -> (usize, usize) {
    let (images, configs) = (lab.photos.images(), lab.predicting());
    let over = lab.runs.with(|runs| {
        let keys = images.iter().flat_map(|image| configs.iter().map(|(config, _)| run_key(*image, config)));
        keys.filter(|key| runs.get(key).is_some_and(|run| !run.is_running())).count()
    });
    (over, images.len() * configs.len())
}

fn knowledge(lab: Lab) -> Vec<Knowledge> {
    let shown = lab.photos.selected().map(|photo| photo.info.id);
    let mut groups: Vec<(Knowledge, Vec<Option<Prediction>>)> = Vec::new();
    let columns = lab.board.columns();
    for (position, config) in columns.iter().map(|column| &column.config).enumerate() {
        let info = config.checkpoint().and_then(|id| lab.checkpoints.get(id));
        let (labels, classes) = info.map_or_else(Default::default, |info| (info.labels, info.classes));
        let answer = shown.and_then(|image| match lab.runs.get(&run_key(image, config)) {
            Some(Run::Done(prediction)) => Some(prediction),
            _ => None,
        });
        match groups.iter_mut().find(|(group, _)| (&group.labels, group.classes) == (&labels, classes)) {
            Some((group, answers)) => {
                group.columns.push(position);
                answers.push(answer);
            }
            None => {
                let group = Knowledge { labels, classes, columns: vec![position], none_fits: false };
                groups.push((group, vec![answer]));
            }
        }
    }
    let judge = |(group, answers): (Knowledge, Vec<Option<Prediction>>)| {
        let likely = |prediction: &Prediction| {
            prediction.top.iter().map(|class| (class.index as usize, class.probability)).collect::<Vec<_>>()
        };
        let all: Option<Vec<_>> = answers.iter().map(|answer| answer.as_ref().map(likely)).collect();
        let none_fits = all.is_some_and(|all| agreement::resembles_none(&all, group.classes));
        Knowledge { none_fits, ..group }
    };
    groups.into_iter().map(judge).collect()
}

/// Of each photo every column's answer.
fn answers(lab: Lab) -> Vec<Vec<Option<Answer>>> {
    let columns: Vec<(Config, Option<String>)> = lab.board.with(|columns| {
        let labels = |config: &ColumnConfig| {
            let info = lab.checkpoints.get(config.checkpoint()?)?;
            // Classes without names may be any.
            (info.labels != "numbers").then_some(info.labels)
        };
        columns.iter().map(|column| (column.config.to_protocol(), labels(&column.config))).collect()
    });
    lab.runs.with(|runs| {
        let answer = |image: ImageId, (config, labels): &(Config, Option<String>)| {
            let Some(Run::Done(prediction)) = runs.get(&(image, config.clone())) else { return None };
            Some(Answer { labels: labels.clone()?, class: prediction.top.first()?.index })
        };
        let images = lab.photos.images().into_iter();
        images.map(|image| columns.iter().map(|column| answer(image, column)).collect()).collect()
    })
}

/// What follows from the answers, from any component.
pub(crate) fn use_answers() -> Answers {
    expect_context::<Answers>()
}

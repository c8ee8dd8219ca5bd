//! What follows from all answers.

use leptos::prelude::*;
use worker::protocol::{Config, ImageId};

use super::{ColumnConfig, Lab, PhotoOrder, Run, run_key};
use crate::agreement::{self, Agreement, Answer};

/// What follows from all answers; remembered, because every photo of the strip asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Answers {
    progress: Memo<(usize, usize)>,
    agreement: Memo<Agreement>,
    order: Memo<Vec<u32>>,
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
        Self { progress, agreement, order }
    }

    /// Answers that there are, and that there will be; reactive.
    pub(crate) fn progress(self) -> (usize, usize) {
        self.progress.get()
    }

    /// Something of whether the columns agree; photos and columns are numbered as they stand on the page. Reactive.
    pub(crate) fn agreement<T>(self, read: impl FnOnce(&Agreement) -> T) -> T {
        self.agreement.with(read)
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

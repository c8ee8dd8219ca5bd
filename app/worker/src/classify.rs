//! Predictions.

use std::rc::Rc;

use engine::graph::Shape;
use engine::predict::{Score, pixel_classes, top_k};
use engine::weights::labels::ClassName;
use js_sys::Float32Array;
use worker::protocol::{
    Backend, ClassLabel, ClassMap, ClassScore, Code, Config, ImageId, Judged, Prediction, Problem,
};

use crate::catalog::Entry;
use crate::job::Job;
use crate::lab::Lab;
use crate::session::Ready;
use crate::{catalog, images, platform, session};

/// Runs a network on an image.
pub async fn classify(
    lab: &Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    top: usize,
) -> Result<Prediction, Problem> {
    let read = |ready: &Ready<'_>| -> Result<_, Problem> {
        let map = check_classes(ready)?;
        let classes = ready.variant.classes as usize;
        Ok(move |logits: &[f32]| match map {
            None => top_k(logits, top).map(|top| (top, None)),
            Some(size) => of_pixels(logits, classes, size),
        })
    };
    let Run { entry, ready, answer, preprocess_ms, run_ms } = run(lab, job, image, config, read).await?;
    let (scores, map) = answer.ok_or_else(|| no_numbers(&entry, ready.backend))?;

    let names = names(lab, &entry).await;
    let class = |score: Score| {
        let name = names.get(score.index);
        ClassScore {
            index: score.index as u32,
            label: name.map(|name| name.english.clone()),
            label_zh: name.map(|name| name.chinese.clone()),
            probability: score.probability,
            logit: score.logit,
        }
    };
    Ok(Prediction {
        model: config.model.clone(),
        checkpoint: entry.info.id,
        top: scores.into_iter().map(class).collect(),
        map,
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        fallback: ready.fallback,
        preprocess_ms,
        run_ms,
    })
}

/// All logits of a network for an image.
pub async fn judge(lab: &Lab, job: &Job, image: ImageId, config: &Config) -> Result<Judged, Problem> {
    let read = |ready: &Ready<'_>| -> Result<_, Problem> {
        check_classes(ready)?;
        Ok(|logits: &[f32]| Float32Array::from(logits).into())
    };
    let Run { answer, run_ms, .. } = run(lab, job, image, config, read).await?;
    Ok(Judged { logits: answer, run_ms })
}

/// What a checkpoint's classes are called.
pub async fn classes(lab: &Lab, checkpoint: &str) -> Result<Vec<ClassLabel>, Problem> {
    let names = names(lab, &catalog::entry(lab, checkpoint)?).await;
    let label = |name: &ClassName| ClassLabel {
        label: name.english.clone(),
        label_zh: name.chinese.clone(),
        wordnet: name.wordnet.clone(),
    };
    Ok(names.iter().map(label).collect())
}

async fn names(lab: &Lab, entry: &Entry) -> Rc<Vec<ClassName>> {
    match &entry.names {
        Some(names) => Rc::clone(names),
        None => lab.labels.names(&entry.info.labels).await,
    }
}

/// A network that has been run on an image.
struct Run<'a, T> {
    entry: Entry,
    ready: Ready<'a>,
    answer: T,
    /// Unless a GPU has prepared the input.
    preprocess_ms: Option<f64>,
    run_ms: f64,
}

/// Runs a network on an image. `reader` sees the network, and gives what reads its logits.
async fn run<'a, T, R: FnOnce(&[f32]) -> T + Copy>(
    lab: &'a Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    reader: impl FnOnce(&Ready<'_>) -> Result<R, Problem>,
) -> Result<Run<'a, T>, Problem> {
    // Before weights are fetched for nothing.
    images::file(lab, image)?;
    let entry = trained(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, Some(&entry), false).await?;
    ready.check_reads_photos()?;
    let read = reader(&ready)?;
    job.check()?;

    let mut start = platform::now_ms();
    let pixels = async || {
        let pixels = images::pixels(lab, image).await?.to_image();
        start = platform::now_ms();
        Ok(pixels)
    };
    let on_gpu = ready.session.run_image(pixels, &entry.info.preprocess, read).await?;
    let (answer, preprocess_ms) = match on_gpu {
        Some(answer) => (answer, None),
        None => {
            let (input, ms) =
                images::input(lab, image, &entry.info.preprocess, ready.variant.resolution).await?;
            start = platform::now_ms();
            (ready.session.run(&input, read).await?, Some(ms))
        }
    };
    let run_ms = platform::since_ms(start);
    Ok(Run { entry, ready, answer, preprocess_ms, run_ms })
}

/// The checkpoint that a request names, with its weights; predictions need one.
pub async fn trained(lab: &Lab, job: &Job, config: &Config) -> Result<Entry, Problem> {
    session::checkpoint(lab, job, config).await?.ok_or_else(|| {
        let message = format!(
            "{} has random weights: they are for timing, predictions need trained ones",
            config.model
        );
        Problem::new(Code::RandomWeights, message).with("model", &config.model)
    })
}

/// What is wrong where logits are no numbers.
pub fn no_numbers(entry: &Entry, backend: Backend) -> Problem {
    let (id, backend) = (&entry.info.id, backend.name());
    let message = format!(
        "{id} gives values that are no numbers on {backend}: its weights do not belong together, or f16 is too small \
         for them; try another backend or other weights"
    );
    Problem::new(Code::NoNumbers, message).with("checkpoint", id).with("backend", backend)
}

/// The classes of a map's pixels, by their shares.
fn of_pixels(logits: &[f32], classes: usize, size: (u32, u32)) -> Option<(Vec<Score>, Option<ClassMap>)> {
    let found = pixel_classes(logits, classes)?;
    let score = |(index, probability)| Score { index, probability, logit: probability };
    let scores = found.shares.into_iter().map(score).collect();
    Some((scores, Some(ClassMap { size, classes: found.classes })))
}

/// Height and width of the map that the network ends in, if it ends in one. Fails where it has not a number for each class.
pub fn check_classes(ready: &Ready<'_>) -> Result<Option<(u32, u32)>, Problem> {
    let graph = ready.session.graph();
    let found = graph.node(graph.output()).shape;
    let classes = ready.variant.classes as usize;
    match found {
        Shape::Vector { c } if c == classes => return Ok(None),
        Shape::Map { h, w, c } if c == classes => return Ok(Some((h as u32, w as u32))),
        Shape::Vector { .. } | Shape::Map { .. } | Shape::Tokens { .. } => {}
    }
    let message = format!(
        "{} ends in {found}, not in a number for each class; it can be timed only",
        ready.variant.id()
    );
    Err(Problem::new(Code::ModelNoClasses, message).with("model", ready.variant.id()).with("found", found))
}

//! Predictions.

use engine::graph::Shape;
use engine::predict::{Score, top_k};
use worker::protocol::{Backend, ClassScore, Code, Config, ImageId, Prediction, Problem};

use crate::catalog::Entry;
use crate::job::Job;
use crate::lab::Lab;
use crate::session::Ready;
use crate::{images, platform, session};

/// Runs a network on an image.
pub async fn classify(
    lab: &Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    top: usize,
) -> Result<Prediction, Problem> {
    // Before weights are fetched for nothing.
    images::file(lab, image)?;
    let entry = trained(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, Some(&entry), false).await?;
    ready.check_reads_photos()?;
    check_classes(&ready)?;
    job.check()?;

    let best = |logits: &[f32]| top_k(logits, top);
    let mut start = platform::now_ms();
    let pixels = async || {
        let pixels = images::pixels(lab, image).await?.to_image();
        start = platform::now_ms();
        Ok(pixels)
    };
    let on_gpu = ready.session.run_image(pixels, &entry.info.preprocess, best).await?;
    let (scores, preprocess_ms) = match on_gpu {
        Some(scores) => (scores, None),
        None => {
            let (input, ms) =
                images::input(lab, image, &entry.info.preprocess, ready.variant.resolution).await?;
            start = platform::now_ms();
            (ready.session.run(&input, best).await?, Some(ms))
        }
    };
    let run_ms = platform::since_ms(start);
    let scores: Vec<Score> = scores.ok_or_else(|| no_numbers(&entry, ready.backend))?;

    let names = match entry.names {
        Some(names) if entry.info.labels.starts_with("own:") => names,
        _ => lab.labels.names(&entry.info.labels).await,
    };
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
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        fallback: ready.fallback,
        preprocess_ms,
        run_ms,
    })
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

/// Fails where the network does not end in a number a class.
pub fn check_classes(ready: &Ready<'_>) -> Result<(), Problem> {
    let graph = ready.session.graph();
    let found = graph.node(graph.output()).shape;
    if found == (Shape::Vector { c: ready.variant.classes as usize }) {
        return Ok(());
    }
    let message = format!(
        "{} ends in {found}, not in a number for each class; it can be timed only",
        ready.variant.id()
    );
    Err(Problem::new(Code::ModelNoClasses, message).with("model", ready.variant.id()).with("found", found))
}

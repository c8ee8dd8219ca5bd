//! Predictions.

use engine::backend::{GpuError, Session};
use engine::predict::{Score, top_k};
use worker::protocol::{ClassScore, Config, ImageId, Prediction, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::{gpu, images, platform, session};

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
    let entry = session::checkpoint(lab, job, config).await?.ok_or_else(|| {
        let message = format!(
            "{} has random weights: they are for timing, predictions need trained ones",
            config.model
        );
        Problem::new("random_weights", message).with("model", &config.model)
    })?;
    let mut ready = session::ready(lab, job, config, Some(&entry), false).await?;
    job.check()?;

    let on_gpu = match &mut ready.session {
        Session::WebGpu(session) => {
            let pixels = images::pixels(lab, image).await?.to_image();
            let start = platform::now_ms();
            match session.run_image(&pixels, &entry.preprocess).await {
                Ok(logits) => Some((top_k(logits, top), None, platform::now_ms() - start)),
                // An image that the GPU has no room for.
                Err(GpuError::Limit { .. } | GpuError::OutOfMemory { .. }) => None,
                Err(error) => return Err(gpu::problem(&error)),
            }
        }
        _ => None,
    };
    let (scores, preprocess_ms, run_ms) = match on_gpu {
        Some(done) => done,
        None => {
            let (input, ms) = images::input(lab, image, &entry.preprocess, ready.variant.resolution).await?;
            let start = platform::now_ms();
            let logits = ready.session.run(&input).await.map_err(|error| gpu::problem(&error))?;
            (top_k(logits, top), Some(ms), platform::now_ms() - start)
        }
    };
    let backend = ready.backend.name();
    lab.sessions.borrow_mut().put(ready.key, ready.session);
    let scores: Vec<Score> = scores.ok_or_else(|| {
        let message = format!(
            "{} gives values that are no numbers on {backend}: its weights do not belong together, or f16 is too small \
             for them; try another backend or other weights",
            entry.info.id
        );
        Problem::new("no_numbers", message).with("checkpoint", &entry.info.id).with("backend", backend)
    })?;

    let names = lab.labels.names(&entry.info.labels).await;
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

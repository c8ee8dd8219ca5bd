//! What a network's modules return on the way to its answer.

use js_sys::Float32Array;
use worker::protocol::{Captured, CapturedStage, Config, ImageId, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::{images, session};

/// Runs a network on an image, and gives what the named modules return.
pub async fn capture(
    lab: &Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    stages: &[String],
) -> Result<Captured, Problem> {
    // Before weights are fetched for nothing.
    images::file(lab, image)?;
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready_keeping(lab, job, config, entry.as_ref(), false, stages.to_vec()).await?;
    ready.check_reads_photos()?;
    job.check()?;

    let preprocess = entry.as_ref().map_or(ready.variant.model.style.preprocess, |entry| entry.preprocess);
    let (input, _) = images::input(lab, image, &preprocess, ready.variant.resolution).await?;
    let graph = ready.session.graph();
    let place = |name: &String| Some((name.clone(), graph.stage(name)?));
    let wanted: Vec<_> = stages.iter().filter_map(place).collect();
    let shapes: Vec<_> = wanted.iter().map(|(_, node)| graph.node(*node).shape).collect();
    let mut values = vec![Float32Array::new_with_length(0); wanted.len()];
    let mut observe = |node, seen: engine::backend::Values<'_>| {
        for ((_, wanted), values) in wanted.iter().zip(&mut values) {
            if *wanted == node {
                *values = Float32Array::from(&*seen.numbers());
            }
        }
    };
    ready.session.run_observed(&input, &mut observe).await?;
    let stage = |((name, shape), values): ((String, _), Float32Array)| CapturedStage {
        name,
        shape,
        values: values.into(),
    };
    let names = wanted.into_iter().map(|(name, _)| name);
    Ok(Captured {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        fallback: ready.fallback,
        stages: names.zip(shapes).zip(values).map(stage).collect(),
    })
}

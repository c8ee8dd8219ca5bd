//! What a network's modules return on the way to its answer.

use engine::backend::Values;
use engine::graph::Graph;
use engine::zoo::nearest;
use js_sys::Float32Array;
use wasm_bindgen::JsValue;
use worker::protocol::{Captured, CapturedStage, Code, Config, ImageId, Problem};

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

    let (input, seen) = images::input_of(lab, image, entry.as_ref(), &ready.variant).await?;
    let graph = ready.session.graph();
    let mut captured = Vec::with_capacity(stages.len());
    for name in stages {
        let node = graph.stage(name).ok_or_else(|| unknown_stage(name, &config.model, graph))?;
        let shape = graph.node(node).shape;
        captured.push((node, CapturedStage { name: name.clone(), shape, values: JsValue::UNDEFINED }));
    }
    let mut observe = |node, seen: Values<'_>| {
        for (_, stage) in captured.iter_mut().filter(|(wanted, _)| *wanted == node) {
            stage.values = Float32Array::from(&*seen.numbers()).into();
        }
    };
    ready.session.run_observed(&input, &mut observe).await?;
    Ok(Captured {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: ready.variant.resolution,
        backend: ready.backend,
        threads: ready.threads,
        fallback: ready.fallback,
        seen,
        stages: captured.into_iter().map(|(_, stage)| stage).collect(),
    })
}

/// A module that the network does not have, with those whose names begin alike.
pub fn unknown_stage(stage: &str, model: &str, graph: &Graph) -> Problem {
    let nearest = nearest(stage, graph.stages.iter().map(|stage| stage.name.clone()).collect()).join(", ");
    let message = format!("{model} has no module {stage:?}; the nearest names are {nearest}");
    Problem::new(Code::UnknownStage, message)
        .with("stage", stage)
        .with("model", model)
        .with("nearest", nearest)
}

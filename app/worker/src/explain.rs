//! What an answer comes from.

use engine::explain::{LastMap, receptive_field as field};
use engine::graph::Shape;
use engine::weights::Random;
use js_sys::Float32Array;
use wasm_bindgen::JsCast;
use worker::protocol::{
    Backend, Captured, CapturedStage, ClassActivation, Code, Config, ImageId, Problem, Progress,
};

use crate::job::Job;
use crate::lab::Lab;
use crate::{capture, images, session};

/// What each part of an image adds to a class.
pub async fn class_activation(
    lab: &Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    class: Option<usize>,
) -> Result<ClassActivation, Problem> {
    let entry = session::checkpoint(lab, job, config).await?;
    let graph = session::variant(lab, config, entry.as_ref())?.graph();
    let graph = graph.map_err(|error| Problem::of(&error))?;
    let last = LastMap::of(&graph).ok_or_else(|| no_class_map(&config.model))?;
    let mut captured = capture::capture(lab, job, image, config, std::slice::from_ref(&last.stage)).await?;
    let values = captured.stages.pop().and_then(|stage| stage.values.dyn_into::<Float32Array>().ok());
    let values = values.map(|values| values.to_vec()).unwrap_or_default();

    let random = Random(&graph);
    let weights = session::parameters(entry.as_ref(), &random);
    let Some(map) = last.class_activation(&values, weights, class) else {
        return Err(unknown_class(class, graph.node(graph.output()).shape.channels(), &config.model));
    };
    let (h, w) = map.size;
    let values = Float32Array::from(map.values.as_slice()).into();
    captured.stages.push(CapturedStage { name: last.stage, shape: Shape::Map { h, w, c: 1 }, values });
    Ok(ClassActivation { captured, class: map.class, logit: map.logit, is_exact: map.is_exact })
}

/// Which pixels the middle of a module's value depends on, on the reference backend: no other can go backwards.
pub async fn receptive_field(
    lab: &Lab,
    job: &Job,
    image: ImageId,
    config: &Config,
    stage: &str,
) -> Result<Captured, Problem> {
    images::file(lab, image)?;
    let entry = session::checkpoint(lab, job, config).await?;
    let variant = session::variant(lab, config, entry.as_ref())?;
    let graph = variant.graph().map_err(|error| Problem::of(&error))?;
    let (input, seen) = images::input_of(lab, image, entry.as_ref(), &variant).await?;
    job.progress(Progress::Preparing);
    job.pause().await?;
    let random = Random(&graph);
    let weights = session::parameters(entry.as_ref(), &random);
    let values = field(&graph, stage, weights, &input)
        .ok_or_else(|| capture::unknown_stage(stage, &config.model, &graph))?;
    let (h, w) = variant.resolution;
    let stage = CapturedStage {
        name: stage.to_owned(),
        shape: Shape::Map { h: h as usize, w: w as usize, c: 1 },
        values: Float32Array::from(values.as_slice()).into(),
    };
    Ok(Captured {
        model: config.model.clone(),
        checkpoint: entry.map(|entry| entry.info.id),
        resolution: variant.resolution,
        backend: Backend::Reference,
        threads: 1,
        fallback: None,
        seen,
        stages: vec![stage],
    })
}

fn no_class_map(model: &str) -> Problem {
    let message = format!(
        "{model} has no map that its classes are told from; choose a network that classifies photos and pools its last map"
    );
    Problem::new(Code::NoClassMap, message).with("model", model)
}

fn unknown_class(class: Option<usize>, classes: usize, model: &str) -> Problem {
    let class = class.map_or_else(String::new, |class| class.to_string());
    let message = format!("{model} has no class {class}; its classes are 0 to {}", classes.saturating_sub(1));
    Problem::new(Code::UnknownClass, message)
        .with("model", model)
        .with("class", class)
        .with("last", classes.saturating_sub(1))
}

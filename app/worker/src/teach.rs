//! Networks that are taught other classes: what their last layers read, and checkpoints with that layer replaced.

use std::collections::BTreeMap;

use engine::head::{FEATURES, Head, Lesson, LessonError, teach as write};
use js_sys::{Array, Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;
use worker::protocol::{Backend, Captured, Code, Config, ImageId, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::{capture, classify, images, session};

/// What a network's last layer reads of an image: the one stage of the answer.
pub async fn features(lab: &Lab, job: &Job, image: ImageId, config: &Config) -> Result<Captured, Problem> {
    // Before weights are fetched for nothing.
    images::file(lab, image)?;
    let mut config = config.clone();
    if config.backend == Some(Backend::CpuInt8) {
        // The layer that is taught computes in f32 first.
        config.backend = Some(Backend::Cpu);
    }
    let entry = session::checkpoint(lab, job, &config).await?;
    let graph = session::variant(lab, &config, entry.as_ref())?.graph();
    if Head::of(&graph.map_err(|error| Problem::of(&error))?).is_none() {
        return Err(no_head(&config.model));
    }
    capture::capture(lab, job, image, &config, &[FEATURES.to_owned()]).await
}

/// A checkpoint's file with another last layer, a `Blob`; see [`worker::protocol::Request::Teach`].
pub async fn teach(
    lab: &Lab,
    job: &Job,
    config: &Config,
    classes: &[String],
    weight: &JsValue,
    bias: &JsValue,
) -> Result<JsValue, Problem> {
    let [weight, bias] =
        [weight, bias].map(|numbers| numbers.dyn_ref::<Float32Array>().map(Float32Array::to_vec));
    let (Some(weight), Some(bias)) = (weight, bias) else {
        return Err(argument("weight and bias are no Float32Arrays"));
    };
    let entry = classify::trained(lab, job, config).await?;
    let variant = session::variant(lab, config, Some(&entry))?;
    let Some(file) = entry.weights.as_deref() else { return Err(no_head(&config.model)) };
    let info = &entry.info;
    let more = [
        ("taught_from", Some(&info.id)),
        ("license", info.licence.as_ref()),
        ("source", info.origin_url.as_ref().or(info.origin.as_ref())),
    ];
    let more: BTreeMap<String, String> =
        more.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.clone()))).collect();
    // In the browser's memory: the engine's can only grow.
    let pieces = Array::new();
    let mut take = |piece: &[u8]| {
        pieces.push(&Uint8Array::from(piece));
    };
    let lesson = Lesson { classes, weight: &weight, bias: &bias };
    write(&variant, file, &info.preprocess, lesson, &more, &mut take).map_err(|error| match error {
        LessonError::NoHead => no_head(&config.model),
        LessonError::Classes | LessonError::Numbers { .. } => argument(&error.to_string()),
        LessonError::Write(error) => Problem::of(&error),
    })?;
    let blob = Blob::new_with_u8_array_sequence(&pieces);
    Ok(blob.map_err(|_| argument("the browser has no room for the file"))?.into())
}

fn no_head(model: &str) -> Problem {
    let message = format!(
        "{model} cannot be taught other classes here: its last layer is no linear layer with a bias that reads a vector; choose \
         a network that ends in one, as most MobileNets do"
    );
    Problem::new(Code::NoLinearHead, message).with("model", model)
}

fn argument(reason: &str) -> Problem {
    Problem::new(Code::ApiArgument, format!("lesson: {reason}."))
        .with("name", "lesson")
        .with("reason", reason)
}

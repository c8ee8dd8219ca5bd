//! Networks on inputs that somebody else has prepared.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;
use worker::protocol::{Code, Config, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::session;

/// The logits for an input `[height, width, channels]`.
pub async fn infer(lab: &Lab, job: &Job, config: &Config, input: &JsValue) -> Result<JsValue, Problem> {
    let input: &Float32Array = input
        .dyn_ref()
        .ok_or_else(|| Problem::new(Code::InferInput, "the input is no Float32Array; prepare one"))?;
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), false).await?;
    let (height, width) = ready.variant.resolution;
    let channels = ready.variant.model.channels;
    let (expected, found) = (height * width * channels, input.length());
    if found == expected {
        ready.session.run(&input.to_vec(), |logits| Float32Array::from(logits).into()).await
    } else {
        let message = format!(
            "the input has {found} numbers, {} takes {height} × {width} × {channels}; give it that many",
            config.model
        );
        Err(Problem::new(Code::InferInput, message).with("expected", expected).with("found", found))
    }
}

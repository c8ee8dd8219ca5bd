//! Networks on inputs that somebody else has prepared.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;
use worker::protocol::{Config, Problem};

use crate::job::Job;
use crate::lab::Lab;
use crate::{gpu, session};

/// The logits for an input `[height, width, 3]`.
pub async fn infer(lab: &Lab, job: &Job, config: &Config, input: &JsValue) -> Result<JsValue, Problem> {
    let input: &Float32Array = input
        .dyn_ref()
        .ok_or_else(|| Problem::new("infer.input", "the input is no Float32Array; prepare one"))?;
    let entry = session::checkpoint(lab, job, config).await?;
    let mut ready = session::ready(lab, job, config, entry.as_ref(), false).await?;
    let (height, width) = ready.variant.resolution;
    let (expected, found) = (height * width * 3, input.length());
    let logits = if found == expected {
        let logits = ready.session.run(&input.to_vec()).await.map_err(|error| gpu::problem(&error))?;
        Ok(Float32Array::from(logits).into())
    } else {
        let message = format!(
            "the input has {found} numbers, {} takes {height} × {width} × 3; give it that many",
            config.model
        );
        Err(Problem::new("infer.input", message).with("expected", expected).with("found", found))
    };
    lab.sessions.borrow_mut().put(ready.key, ready.session);
    logits
}

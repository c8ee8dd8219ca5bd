//! The page's scripting interface.

use js_sys::{Array, Float32Array, Function, Object, Promise, Reflect};
use serde::Deserialize;
use validation::labels::Output;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// A network of the board.
#[derive(Clone, Deserialize)]
pub struct Shown {
    /// As the board calls it.
    pub name: String,
    model: String,
    resolution: (u32, u32),
    /// The checkpoint's id; none for random weights.
    pub weights: Option<String>,
    backend: Option<String>,
    /// What it was measured to take here.
    pub median_ms: Option<f64>,
    /// Its colour and mark.
    pub style: String,
}

/// What the interface's rejections say.
pub fn message(error: &JsValue) -> String {
    let text = Reflect::get(error, &"message".into()).ok().and_then(|value| value.as_string());
    text.unwrap_or_else(|| format!("{error:?}"))
}

async fn call(name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let lab = Reflect::get(&js_sys::global(), &"mobilenetLab".into())?;
    let function: Function = Reflect::get(&lab, &name.into())?.dyn_into()?;
    let promise: Promise = function.apply(&lab, &arguments.iter().collect::<Array>())?.dyn_into()?;
    JsFuture::from(promise).await
}

/// The networks of the board, once the engine runs.
pub async fn board() -> Result<Vec<Shown>, JsValue> {
    let lab = Reflect::get(&js_sys::global(), &"mobilenetLab".into())?;
    let ready: Promise = Reflect::get(&lab, &"ready".into())?.dyn_into()?;
    JsFuture::from(ready).await?;
    Ok(serde_wasm_bindgen::from_value(call("board", &[]).await?)?)
}

/// What a checkpoint's outputs are called.
pub async fn classes(checkpoint: &str) -> Result<Vec<Output>, JsValue> {
    Ok(serde_wasm_bindgen::from_value(call("classes", &[checkpoint.into()]).await?)?)
}

/// The logits of networks for a photo.
pub async fn judge(photo: &File, networks: &[Shown]) -> Result<Vec<Vec<f32>>, JsValue> {
    let asked = |network: &Shown| {
        let (height, width) = network.resolution;
        let sides = Array::of2(&height.into(), &width.into());
        let fields = [
            ("model", network.model.as_str().into()),
            ("weights", network.weights.as_deref().map_or(JsValue::UNDEFINED, JsValue::from)),
            ("resolution", sides.into()),
            ("backend", network.backend.as_deref().map_or(JsValue::UNDEFINED, JsValue::from)),
        ];
        object(&fields)
    };
    let networks: Array = networks.iter().map(asked).collect();
    let judged = call("judge", &[photo.into(), object(&[("networks", networks.into())])]).await?;
    let logits: Array = Reflect::get(&judged, &"logits".into())?.dyn_into()?;
    logits.iter().map(|logits| Ok(logits.dyn_into::<Float32Array>()?.to_vec())).collect()
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain, fresh object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

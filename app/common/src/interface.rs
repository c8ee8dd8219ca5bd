//! The page's scripting interface (`window.mobilenetLab`, docs/API.md), as the page's modules call it.

use js_sys::{Array, Float32Array, Function, Object, Promise, Reflect};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::words::Language;

/// Calls a function of the interface and waits for its answer.
///
/// # Errors
/// What the interface rejects with: an `Error` with a `message` and a `code`.
pub async fn call(name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let lab = Reflect::get(&js_sys::global(), &"mobilenetLab".into())?;
    let function: Function = Reflect::get(&lab, &name.into())?.dyn_into()?;
    let promise: Promise = function.apply(&lab, &arguments.iter().collect::<Array>())?.dyn_into()?;
    JsFuture::from(promise).await
}

/// Waits until the engine runs.
///
/// # Errors
/// Why it cannot.
pub async fn ready() -> Result<(), JsValue> {
    let lab = Reflect::get(&js_sys::global(), &"mobilenetLab".into())?;
    let ready: Promise = Reflect::get(&lab, &"ready".into())?.dyn_into()?;
    JsFuture::from(ready).await?;
    Ok(())
}

/// A plain object.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain, fresh object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// What a rejection says.
pub fn message(error: &JsValue) -> String {
    text(error, "message").unwrap_or_else(|| format!("{error:?}"))
}

/// The stable code of what a rejection says; empty where it has none.
pub fn code(error: &JsValue) -> String {
    text(error, "code").unwrap_or_default()
}

fn text(error: &JsValue, name: &str) -> Option<String> {
    Reflect::get(error, &name.into()).ok()?.as_string()
}

/// A network of the board.
#[derive(Clone, Debug, Deserialize)]
pub struct Shown {
    /// As the board calls it.
    pub name: String,
    /// Its id.
    pub model: String,
    /// Height and width of what it sees.
    pub resolution: (u32, u32),
    /// The checkpoint's id; none for random weights.
    pub weights: Option<String>,
    backend: Option<String>,
    /// What it was measured to take here.
    pub median_ms: Option<f64>,
    /// Its colour and mark, as the style sheets read them.
    pub style: String,
}

impl Shown {
    /// What runs, and tells it from the others.
    pub fn key(&self) -> String {
        format!("{} {:?} {:?} {:?}", self.model, self.weights, self.resolution, self.backend)
    }

    /// A network that the board need not have.
    pub fn other(name: String, model: String, resolution: (u32, u32), weights: String) -> Self {
        Self {
            name,
            model,
            resolution,
            weights: Some(weights),
            backend: None,
            median_ms: None,
            style: String::new(),
        }
    }

    /// The same network with other weights.
    #[must_use]
    pub fn with_weights(self, checkpoint: String) -> Self {
        Self { weights: Some(checkpoint), ..self }
    }
}

/// What an output is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Output {
    /// In English.
    pub label: String,
    /// In Chinese.
    pub label_zh: String,
    /// The WordNet synsets that make it up.
    #[serde(default)]
    pub wordnet: Vec<String>,
}

/// What an output is called: its number where nobody knows.
pub fn name_of(outputs: &[Output], index: usize, language: Language) -> String {
    let name = outputs.get(index).map(|output| match language {
        Language::English => output.label.clone(),
        Language::Chinese => output.label_zh.clone(),
    });
    name.unwrap_or_else(|| index.to_string())
}

/// The networks of the board that can classify, once the engine runs.
///
/// # Errors
/// As [`call`].
pub async fn board() -> Result<Vec<Shown>, JsValue> {
    ready().await?;
    let all: Vec<Shown> = serde_wasm_bindgen::from_value(call("board", &[]).await?)?;
    Ok(all.into_iter().filter(|network| network.weights.is_some()).collect())
}

/// What a checkpoint's outputs are called; nothing where nobody knows.
///
/// # Errors
/// As [`call`].
pub async fn classes(checkpoint: &str) -> Result<Vec<Output>, JsValue> {
    Ok(serde_wasm_bindgen::from_value(call("classes", &[checkpoint.into()]).await?)?)
}

/// What a network sees in a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// All its logits.
    pub logits: Vec<f32>,
    /// How long the run took, in milliseconds: one run, not a measurement.
    pub run_ms: f64,
}

/// The options that name a network of the board.
pub fn asked(network: &Shown) -> Vec<(&'static str, JsValue)> {
    let text = |text: &Option<String>| text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from);
    let (height, width) = network.resolution;
    vec![
        ("model", network.model.as_str().into()),
        ("weights", text(&network.weights)),
        ("resolution", Array::of2(&height.into(), &width.into()).into()),
        ("backend", text(&network.backend)),
    ]
}

/// What networks see in a photo, which is opened once.
///
/// # Errors
/// As [`call`].
pub async fn judge(photo: &Blob, networks: &[Shown]) -> Result<Vec<Judged>, JsValue> {
    let networks: Array = networks.iter().map(|network| object(&asked(network))).collect();
    let judged = call("judge", &[photo.into(), object(&[("networks", networks.into())])]).await?;
    let all: Array = Reflect::get(&judged, &"networks".into())?.dyn_into()?;
    let one = |judged: JsValue| {
        let logits = Reflect::get(&judged, &"logits".into())?.dyn_into::<Float32Array>()?.to_vec();
        Ok(Judged { logits, run_ms: Reflect::get(&judged, &"run_ms".into())?.as_f64().unwrap_or(f64::NAN) })
    };
    all.iter().map(one).collect()
}

/// What networks' last layers read of a photo, which is opened once.
///
/// # Errors
/// As [`call`].
pub async fn features(photo: &Blob, networks: &[Shown]) -> Result<Vec<Vec<f32>>, JsValue> {
    let networks: Array = networks.iter().map(|network| object(&asked(network))).collect();
    let all: Array = call("features", &[photo.into(), networks.into()]).await?.dyn_into()?;
    let one = |read: JsValue| Ok(Reflect::get(&read, &"values".into())?.dyn_into::<Float32Array>()?.to_vec());
    all.iter().map(one).collect()
}

/// The file of a network whose last layer is replaced: its weight has a row for each class, its bias a number.
///
/// # Errors
/// As [`call`].
pub async fn teach(
    network: &Shown,
    classes: &[String],
    weight: &[f32],
    bias: &[f32],
) -> Result<Blob, JsValue> {
    let mut fields = asked(network);
    fields.retain(|(name, _)| *name != "backend");
    let names: Array = classes.iter().map(JsValue::from).collect();
    fields.push(("classes", names.into()));
    fields.push(("weight", Float32Array::from(weight).into()));
    fields.push(("bias", Float32Array::from(bias).into()));
    call("teach", &[object(&fields)]).await?.dyn_into()
}

/// Opens a file of weights for a network; gives the checkpoint's id.
///
/// # Errors
/// As [`call`].
pub async fn load(model: &str, file: &Blob) -> Result<String, JsValue> {
    let info = call("load", &[model.into(), object(&[("weights", file.into())])]).await?;
    Reflect::get(&info, &"id".into())?.as_string().ok_or(info)
}

/// Puts networks on the board.
///
/// # Errors
/// As [`call`].
pub async fn set_board(networks: &[Shown]) -> Result<(), JsValue> {
    let networks: Array = networks.iter().map(|network| object(&asked(network))).collect();
    call("board", &[networks.into()]).await.map(drop)
}

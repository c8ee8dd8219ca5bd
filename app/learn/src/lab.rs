//! Measuring by the page's scripting interface.

use common::interface::{self, call, object, ready};
use js_sys::{Array, Float32Array, Reflect};
use learn::article::{Experiment, LayerTimes, Measured, Network, Run, Timing};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Response};

/// A photo that ships with the page.
const PHOTO: &str = "static/samples/chelsea.png";

/// More networks than this are measured with few samples each.
const FEW_NETWORKS: usize = 6;
const FEW_SAMPLES: u32 = 12;

/// What the interface's rejections say.
pub struct Failure {
    /// Stable.
    pub code: String,
    /// A sentence.
    pub message: String,
}

impl From<JsValue> for Failure {
    fn from(error: JsValue) -> Self {
        Self { code: interface::code(&error), message: interface::message(&error) }
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self { code: String::new(), message: error.to_string() }
    }
}

/// A network as the interface wants it; one of an article's own is told first.
async fn named(run: &Run) -> Result<JsValue, Failure> {
    let id = match &run.network {
        Network::Known(id) => id.as_str().into(),
        Network::Own(model) => {
            let network = model.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
            let format = "mobilenet-lab-network".into();
            let file = object(&[("format", format), ("version", 1.into()), ("network", network)]);
            call("add", &[file, object(&[("listed", false.into())])]).await?
        }
    };
    let mut fields = vec![("model", id), ("resolution", run.side.into())];
    fields.extend(run.backend.map(|backend| ("backend", backend.into())));
    Ok(object(&fields))
}

/// Does what an article's end asks for.
///
/// # Errors
/// What the interface says; `cancelled` once `signal` stops it.
pub async fn measure(experiment: &Experiment, signal: &AbortSignal) -> Result<Measured, Failure> {
    ready().await?;
    let stop = ("signal", signal.into());
    match experiment {
        Experiment::Times(runs) => {
            let networks = Array::new();
            for run in runs {
                networks.push(&named(run).await?);
            }
            let mut options = vec![stop];
            if runs.len() > FEW_NETWORKS {
                options.push(("runs", FEW_SAMPLES.into()));
            }
            let times = call("compare", &[networks.into(), object(&options)]).await?;
            Ok(Measured::Times(serde_wasm_bindgen::from_value::<Vec<Timing>>(times)?))
        }
        Experiment::Layers(runs) => {
            let mut all = Vec::new();
            for run in runs {
                let times =
                    call("profile", &[named(run).await?, object(std::slice::from_ref(&stop))]).await?;
                all.push(serde_wasm_bindgen::from_value::<LayerTimes>(times)?);
            }
            Ok(Measured::Layers(all))
        }
        Experiment::Stages { model, weights, stages } => {
            let window = web_sys::window().ok_or(JsValue::NULL)?;
            let response: Response = JsFuture::from(window.fetch_with_str(PHOTO)).await?.dyn_into()?;
            let photo = JsFuture::from(response.blob()?).await?;
            let names: Array = stages.iter().map(|name| JsValue::from_str(name)).collect();
            let options = object(&[
                ("model", (*model).into()),
                ("weights", (*weights).into()),
                ("stages", names.into()),
            ]);
            let captured = call("capture", &[photo, options]).await?;
            if signal.aborted() {
                return Err(Failure { code: "cancelled".to_owned(), message: String::new() });
            }
            let stages: Array = Reflect::get(&captured, &"stages".into())?.dyn_into()?;
            let values = |stage: JsValue| -> Result<Vec<f32>, Failure> {
                Ok(Reflect::get(&stage, &"values".into())?.dyn_into::<Float32Array>()?.to_vec())
            };
            Ok(Measured::Stages(stages.iter().map(values).collect::<Result<_, _>>()?))
        }
    }
}

/// Puts networks with the sides of their inputs on the board.
pub async fn board(networks: &[(&str, u32)]) -> Result<(), Failure> {
    let network =
        |(id, side): &(&str, u32)| object(&[("model", (*id).into()), ("resolution", (*side).into())]);
    call("board", &[networks.iter().map(network).collect::<Array>().into()]).await?;
    Ok(())
}

//! The image decoders, a module beside the worker's builds that `loader.js` loads while the engine starts.

use decoder::Outcome;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::javascript::describe;
use worker::protocol::{Code, Problem};

#[wasm_bindgen]
extern "C" {
    /// The module, loaded at most once; a failed attempt can be repeated. Set by `loader.js`.
    #[wasm_bindgen(js_name = loadDecoders, catch)]
    fn load_decoders() -> Result<Promise, JsValue>;

    type Decoders;

    #[wasm_bindgen(method, catch)]
    fn decode(this: &Decoders, bytes: &Uint8Array) -> Result<Array, JsValue>;
}

/// What a file holds, and its pixels, if any: as [`engine::decode::decode`] gives them, in the browser's memory.
pub async fn decode(bytes: &Uint8Array) -> Result<(Outcome, Uint8Array), Problem> {
    let decoders = async { JsFuture::from(load_decoders()?).await };
    let decoders: Decoders = decoders.await.map_err(|error| missing(&error))?.unchecked_into();
    let answer = decoders.decode(bytes).map_err(|error| missing(&error))?;
    let outcome = serde_wasm_bindgen::from_value(answer.get(0)).map_err(|error| missing(&error.into()))?;
    Ok((outcome, answer.get(1).unchecked_into()))
}

fn missing(error: &JsValue) -> Problem {
    let reason = describe(error);
    let message = format!(
        "the image decoders cannot be used ({reason}); check the connection and choose the image again, or reload the page"
    );
    Problem::new(Code::DecodersMissing, message).with("reason", reason)
}

//! Checkpoints of PyTorch, ONNX, TensorFlow Lite and Keras as safetensors: read by a module of their own that `loader.js` loads when the first one comes.

use js_sys::{Array, Promise};
use reader::ReaderError;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use worker::javascript::describe;
use worker::protocol::{Code, Problem};

#[wasm_bindgen]
extern "C" {
    /// The module, loaded at most once; a failed attempt can be repeated. Set by `loader.js`.
    #[wasm_bindgen(js_name = loadReader, catch)]
    fn load_reader() -> Result<Promise, JsValue>;

    type Module;

    #[wasm_bindgen(method, js_name = readCheckpoint, catch)]
    fn read_checkpoint(this: &Module, blob: &Blob) -> Result<Array, JsValue>;
}

/// The same checkpoint as safetensors. Its numbers stay in the file that was given.
pub async fn safetensors(blob: &Blob) -> Result<Blob, Problem> {
    let module = async { JsFuture::from(load_reader()?).await };
    let module: Module = module.await.map_err(|error| missing(&error))?.unchecked_into();
    let answer = module.read_checkpoint(blob).map_err(|error| missing(&error))?;
    let outcome: Result<(), ReaderError> =
        serde_wasm_bindgen::from_value(answer.get(0)).map_err(|error| missing(&error.into()))?;
    outcome.map_err(|error| Problem::of(&error))?;
    Ok(answer.get(1).unchecked_into())
}

fn missing(error: &JsValue) -> Problem {
    let reason = describe(error);
    let message = format!(
        "the program that reads other programs' checkpoints cannot be used ({reason}); check the connection and choose the file again, or \
         reload the page"
    );
    Problem::new(Code::ReaderMissing, message).with("reason", reason)
}

//! The module: one function for the worker. Its memory is its own, so that what a large photo takes while it is
//! decoded does not stay with the engine, whose memory can only grow.

use decoder::About;
use engine::decode;
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
}

/// Decodes a file: `[outcome, pixels]`, the first a [`decoder::Outcome`], the second `[height, width, 3]` bytes, empty
/// for a file that gave none.
#[wasm_bindgen(js_name = decode)]
pub fn decode_file(bytes: Vec<u8>) -> Result<Array, JsError> {
    let (outcome, pixels) = match decode::decode(&bytes) {
        Ok(decode::Decoded { image, kind, notes }) => {
            (Ok(About { width: image.width, height: image.height, kind, notes }), image.pixels)
        }
        Err(error) => (Err(error), Vec::new()),
    };
    let outcome = outcome.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
    Ok(Array::of2(&outcome, &Uint8Array::from(pixels.as_slice())))
}

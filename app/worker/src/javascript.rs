//! What JavaScript hands over.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// What was thrown, in words: its message, else its name.
pub fn describe(error: &JsValue) -> String {
    let text =
        |name: &str| Reflect::get(error, &name.into()).ok()?.as_string().filter(|text| !text.is_empty());
    text("message").or_else(|| text("name")).unwrap_or_else(|| format!("{error:?}"))
}

//! The module: what the page asks for. It shows the index or an article in an element that the page gives, hears what is set
//! there, and measures by way of the page's scripting interface (`window.mobilenetLab`, docs/API.md).

mod lab;
mod reading;
mod stored;

use wasm_bindgen::prelude::*;
use web_sys::Element;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the article of this name, the index if it is empty, in the language of this tag.
///
/// # Errors
/// Why the files could not be had.
#[wasm_bindgen]
pub async fn show(root: Element, name: String, language: String) -> Result<(), JsError> {
    reading::show(root, &name, common::words::Language::of_document(&language))
        .await
        .map_err(|reason| JsError::new(&reason))
}

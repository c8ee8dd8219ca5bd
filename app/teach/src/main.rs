//! The module: what the page asks for. It asks the networks by way of the page's scripting interface (`window.mobilenetLab`,
//! docs/API.md).

mod section;

use common::words::Language;
use wasm_bindgen::prelude::*;
use web_sys::Element;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the section in the language of this tag. Classes, photos and what has been learned stay.
#[wasm_bindgen]
pub fn show(root: Element, language: &str) {
    section::show(root, Language::of_document(language));
}

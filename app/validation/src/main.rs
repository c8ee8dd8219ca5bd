//! The module: what the page asks for. It shows the section in an element that the page gives, and asks the networks by way of
//! the page's scripting interface (`window.mobilenetLab`, docs/API.md).

mod section;

use common::words::Language;
use wasm_bindgen::prelude::*;
use web_sys::Element;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the section in the language of this tag. What has been chosen and found stays.
#[wasm_bindgen]
pub fn show(root: Element, language: &str) {
    section::show(root, Language::of_document(language));
}

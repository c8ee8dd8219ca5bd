//! The module: what the page asks for.

mod section;

use common::words::Language;
use wasm_bindgen::prelude::*;
use web_sys::Element;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the section in the language of this tag. The page calls it again whenever its photo or its board is another.
#[wasm_bindgen]
pub fn show(root: Element, language: &str) {
    section::show(root, Language::of_document(language));
}

//! The module: what the page asks for. One picture is under way at a time, so that none waits in a queue.

mod section;

use common::words::Language;
use wasm_bindgen::prelude::*;
use web_sys::Element;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the section in the language of this tag. An open camera stays open.
#[wasm_bindgen]
pub fn show(root: Element, language: &str) {
    section::show(root, Language::of_document(language));
}

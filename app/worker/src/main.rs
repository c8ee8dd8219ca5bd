//! The worker's entry.

// wasm-bindgen's own exports are linked only where the crate is named.
use wasm_bindgen as _;

fn main() {}

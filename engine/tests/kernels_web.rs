//! The checks of `kernels.rs` in a browser, on SIMD128.
#![cfg(target_family = "wasm")]

mod kernel_checks;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

kernel_checks::each_as!(wasm_bindgen_test);

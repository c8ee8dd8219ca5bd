//! The checks of `kernels.rs` in a browser, on SIMD128.
#![cfg(target_family = "wasm")]

mod kernel_checks;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        $(#[wasm_bindgen_test]
        fn $name() {
            kernel_checks::$name();
        })+
    };
}

tests!(
    gemm_matches_naive_loop,
    gemm_of_large_matrices_matches_naive_loop,
    gemm_of_empty_matrices,
    gemm_is_independent_of_row_splits,
    gemm_propagates_nan,
    depthwise_matches_naive_loop,
    depthwise_propagates_nan,
    dense_convolution_matches_naive_loop,
    exp_matches_f64,
    activations_match_f64,
    elementwise_matches_naive_loop,
    global_average_matches_f64,
    layer_norm_matches_f64,
    softmax_matches_f64,
);

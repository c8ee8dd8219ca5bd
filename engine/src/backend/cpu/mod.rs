//! The CPU backend: NHWC, f32, SIMD128 in the browser.

pub mod simd;

//! Kernels over slices, for tensors in NHWC order: on f32, and in [`int8`] on bytes.
//!
//! The kernels are written once on [`f32x4::F32x4`], which is SIMD128 (or relaxed SIMD) in the browser, SSE2
//! on x86-64 and a plain array elsewhere. They have these things in common:
//!
//! - They work on a block of rows of the result, so that a caller can hand out blocks to threads and keep
//!   a block in the cache between two layers. They allocate nothing: scratch memory is an argument.
//! - Their entry points are safe: they check the lengths of their slices and panic where a slice is too short,
//!   which is a bug of the caller. Behind that check they read and write through pointers.
//! - NaN in means NaN out, through ReLU and ReLU6 too.
//! - Sums are formed in an order that depends on the shape, so results agree with a naive loop up to rounding.
//!
//! This is the only crate that may contain `unsafe`, and the only one of the engine's that is compiled for speed alone.
#![allow(unsafe_code)]

mod activation;
pub mod conv;
pub mod depthwise;
pub mod elementwise;
mod f32x4;
pub mod gemm;
pub mod gemv;
pub mod int8;
pub mod math;
mod matrix;
pub mod norm;
pub mod pack;
pub mod peak;
pub mod pool;
pub mod resample;
pub mod separable;
pub mod softmax;
pub mod threads;
mod window;
pub mod winograd;

pub use activation::Activation;
pub use matrix::{Rows, RowsMut};
pub use window::Window;

//! Kernels over bytes: values of seven bits, weights of eight, sums of 32.
//!
//! A value is a byte from 0 to 127, a weight one from -127 to 127. Two products of them fit into 16 bits, so that every instruction
//! set adds them up exactly, and results are equal bit by bit on all machines and on any number of threads. What becomes of a sum is
//! stated once, by [`Ending`].

pub mod depthwise;
pub mod elementwise;
mod ending;
mod lanes;
pub mod product;
pub mod windows;

pub use ending::{Bend, Ending, Residual};

use crate::Window;

/// The largest value.
pub const MOST: u8 = 127;

/// What a window slides over.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// How it does.
    pub window: &'a Window,
    /// The image, `[height, width, channels]`.
    pub data: &'a [u8],
    /// Its byte of 0, which is what lies outside of it.
    pub zero: u8,
}

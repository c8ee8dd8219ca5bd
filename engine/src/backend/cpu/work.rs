//! Which steps are worth sharing among threads, and where they may be cut.

use super::simd::gemm::ROW_MULTIPLE;
use super::simd::gemv::COLUMN_MULTIPLE;
use super::simd::pack::PANEL;
use super::simd::threads::Work;
use super::{Kernel, Matrix};
use crate::spec::Activation;

/// Columns are what a product with fewer rows per thread is cut into: each block of rows reads the whole matrix.
const LEAST_ROWS: usize = 2 * MOST_BLOCK_ROWS;

/// Rows of a product's blocks at most: more would be shared less evenly. A multiple of [`ROW_MULTIPLE`].
const MOST_BLOCK_ROWS: usize = 48;

/// Numbers that a block of columns may have: they stay in the cache until they are copied to their place.
const TILE_FLOATS: usize = 16 * 1024;

/// Multiply-adds of matrix products in a nanosecond, of products with a single row (which wait for memory), and of depthwise
/// convolutions: rough, for deciding only. (So they may be cut off where a `usize` has 32 bits, as in browsers.)
const PRODUCT_RATE: usize = 20;
const VECTOR_RATE: usize = 4;
const DEPTHWISE_RATE: usize = 8;

/// How the product of a step is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Rows,
    Columns,
}

impl Cut {
    /// The better one for a product of so many rows.
    pub(super) fn of(rows: usize, threads: usize) -> Self {
        if rows >= LEAST_ROWS * threads { Self::Rows } else { Self::Columns }
    }

    /// The work of a product.
    pub(super) fn work(self, rows: usize, matrix: &Matrix, activation: Activation, threads: usize) -> Work {
        let multiple = match self {
            Self::Rows => row_multiple(rows, threads),
            Self::Columns => PANEL,
        };
        Work { nanoseconds: product_ns(rows, matrix, activation), multiple }
    }
}

/// Numbers of scratch memory per thread for a product that is cut into columns.
pub(super) fn tile_len(rows: usize, matrix: &Matrix, threads: usize) -> usize {
    match Cut::of(rows, threads) {
        Cut::Columns if threads > 1 => (rows * matrix.n).min(TILE_FLOATS),
        _ => 0,
    }
}

/// The work of a kernel that is cut into rows of its output, for an output of so many numbers.
pub(super) fn by_rows(kernel: &Kernel, out: usize, threads: usize) -> Work {
    let rows = |nanoseconds| Work { nanoseconds, multiple: 1 };
    match kernel {
        Kernel::Gemv { matrix, .. } => {
            Work { nanoseconds: matrix.n * matrix.k / VECTOR_RATE, multiple: COLUMN_MULTIPLE }
        }
        Kernel::DenseConv { window, matrix, activation } => {
            let pixels = window.out_height * window.out_width;
            let multiple = row_multiple(pixels, threads);
            Work { nanoseconds: product_ns(pixels, matrix, *activation), multiple }
        }
        Kernel::DepthwiseConv { matrix, activation, .. } => {
            rows(out.saturating_mul(matrix.k) / DEPTHWISE_RATE + activation_ns(out, *activation))
        }
        Kernel::Activation(activation) => rows(out / 2 + activation_ns(out, *activation)),
        Kernel::GlobalAveragePool { pixels } => {
            Work { nanoseconds: pixels.saturating_mul(out) / 4, multiple: 16 }
        }
        Kernel::Attention { tokens, heads, .. } => {
            let products = out.saturating_mul(*tokens);
            rows(products / (PRODUCT_RATE / 2) + products / (out / tokens / heads).max(1) + out)
        }
        Kernel::Add | Kernel::Scale | Kernel::Affine { .. } | Kernel::LayerNorm { .. } => rows(out / 2),
        _ => rows(out / 4),
    }
}

/// The rows of a product's blocks, or a divisor of it: even loads against how often the matrix is read.
fn row_multiple(rows: usize, threads: usize) -> usize {
    let time = |block: usize| {
        let (blocks, rest) = (rows / block, rows % block);
        let last = if blocks.is_multiple_of(threads) { rest } else { block };
        // Reading the matrix once takes about as long as two rows of the product.
        (blocks / threads * block + last) * (block + 2) / block
    };
    let blocks = (1..=MOST_BLOCK_ROWS / ROW_MULTIPLE).rev().map(|n| n * ROW_MULTIPLE);
    blocks.min_by_key(|block| time(*block)).unwrap_or(ROW_MULTIPLE)
}

fn product_ns(rows: usize, matrix: &Matrix, activation: Activation) -> usize {
    (rows * matrix.n).saturating_mul(matrix.k) / PRODUCT_RATE + activation_ns(rows * matrix.n, activation)
}

/// What an activation adds; most are part of the sum's last instructions.
fn activation_ns(numbers: usize, activation: Activation) -> usize {
    match activation {
        Activation::Sigmoid | Activation::Silu => numbers,
        _ => 0,
    }
}

//! Which steps are worth sharing among threads, and where they may be cut.

use super::pack::Matrix;
use crate::graph::Activation;
use kernels::gemm::ROW_MULTIPLE;
use kernels::gemv::COLUMN_MULTIPLE;
use kernels::pack::PANEL;
use kernels::threads::Work;
use kernels::{Window, winograd};

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
        Cut::Columns | Cut::Rows => 0,
    }
}

/// The work of a product over pixels whose windows are rows.
pub(super) fn product(pixels: usize, matrix: &Matrix, activation: Activation, threads: usize) -> Work {
    Work { nanoseconds: product_ns(pixels, matrix, activation), multiple: row_multiple(pixels, threads) }
}

/// Tiles, and channels on both sides, that a 3×3 convolution has at least where transforms take less than they save: the fewest
/// that were measured. With 16 channels nothing was gained.
const LEAST_TILES: usize = 16;
const LEAST_CHANNELS: usize = 32;

/// Whether a 3×3 convolution to a map of this size is better computed by transforms.
pub(super) fn pays_winograd(size: (usize, usize), channels: usize, outputs: usize) -> bool {
    winograd::tiles(size) >= LEAST_TILES
        && [channels, outputs].iter().all(|n| *n >= LEAST_CHANNELS && n.is_multiple_of(winograd::CHANNELS))
}

/// The work of a 3×3 convolution by transforms, cut into rows of the output.
pub(super) fn winograd(window: &Window, matrix: &Matrix, activation: Activation, threads: usize) -> Work {
    let Window { out_height, out_width, .. } = *window;
    let (tiles, columns) = (winograd::tiles((out_height, out_width)), winograd::tiles((1, out_width)).max(1));
    let products = product_ns(tiles * winograd::PRODUCTS, matrix, Activation::Identity);
    Work {
        nanoseconds: products + activation_ns(out_height * out_width * matrix.n, activation),
        multiple: block_rows(tiles, columns, threads) / columns * winograd::TILE,
    }
}

/// The work of a product with a single row, cut into columns.
pub(super) fn vector(matrix: &Matrix) -> Work {
    Work { nanoseconds: matrix.n * matrix.k / VECTOR_RATE, multiple: COLUMN_MULTIPLE }
}

/// The work of a depthwise convolution with so many taps, cut into rows.
pub(super) fn depthwise(out: usize, taps: usize, activation: Activation) -> Work {
    rows(out.saturating_mul(taps) / DEPTHWISE_RATE + activation_ns(out, activation))
}

/// The work of a convolution in parts, of `out` sums of `k` products, cut where the products' tiles of rows end, so that a row is in
/// a tile of the same height on any number of threads.
pub(super) fn parts(out: usize, k: usize, activation: Activation) -> Work {
    let nanoseconds = out.saturating_mul(k) / (PRODUCT_RATE / 2) + activation_ns(out, activation);
    Work { nanoseconds, multiple: ROW_MULTIPLE }
}

/// The work of an attention, cut into sequences.
pub(super) fn attention(out: usize, tokens: usize, heads: usize) -> Work {
    let products = out.saturating_mul(tokens);
    rows(products / (PRODUCT_RATE / 2) + products / (out / tokens / heads).max(1) + out)
}

/// The work of a step that reads, changes and writes so many numbers.
pub(super) fn moved(numbers: usize) -> Work {
    rows(numbers / 2)
}

/// The work of a step that copies so many numbers.
pub(super) fn copied(numbers: usize) -> Work {
    rows(numbers / 4)
}

fn rows(nanoseconds: usize) -> Work {
    Work { nanoseconds, multiple: 1 }
}

/// The rows of a product's blocks, or a divisor of it.
fn row_multiple(rows: usize, threads: usize) -> usize {
    block_rows(rows, ROW_MULTIPLE, threads)
}

/// Rows of a product's blocks that consist of so many together, or a divisor of it: even loads against how often the matrix is
/// read.
fn block_rows(rows: usize, together: usize, threads: usize) -> usize {
    let time = |block: usize| {
        let (blocks, rest) = (rows / block, rows % block);
        let last = if blocks.is_multiple_of(threads) { rest } else { block };
        // Reading the matrix once takes about as long as two rows of the product.
        (blocks / threads * block + last) * (block + 2) / block
    };
    let blocks = (1..=MOST_BLOCK_ROWS / together).rev().map(|n| n * together);
    blocks.min_by_key(|block| time(*block)).unwrap_or(together)
}

fn product_ns(rows: usize, matrix: &Matrix, activation: Activation) -> usize {
    (rows * matrix.n).saturating_mul(matrix.k) / PRODUCT_RATE + activation_ns(rows * matrix.n, activation)
}

/// What an activation adds; most are part of the sum's last instructions.
pub(super) fn activation_ns(numbers: usize, activation: Activation) -> usize {
    match activation {
        Activation::Sigmoid | Activation::Silu => numbers,
        Activation::Gelu => 2 * numbers,
        Activation::Identity
        | Activation::Relu
        | Activation::Relu6
        | Activation::HardSwish
        | Activation::HardSigmoid => 0,
    }
}

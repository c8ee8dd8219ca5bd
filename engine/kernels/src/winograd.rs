//! Dense 3×3 convolutions with stride 1 by minimal filtering: F(2×2, 3×3) of arXiv 1509.09308.
//!
//! A tile of 2×2 outputs takes 16 products per channel instead of 36, once its 4×4 inputs and the filters are transformed. The
//! products are those of 16 matrices: of the tiles' transformed inputs, channels side by side, and of the transformed filters.
//! Transforms only add and subtract, along channels. They round a little more than plain sums do, and an infinite input gives
//! NaN; a NaN reaches the same outputs as it does there.

use std::ops::Range;

use crate::conv::Image;
use crate::elementwise::add_assign;
use crate::f32x4::{F32x4, LANES};
use crate::gemm::{Epilogue, ROW_MULTIPLE, RowTile, product};
use crate::math::{Split, activate, apply_activation};
use crate::matrix::check_len;
use crate::pack::{PANEL, PackedB, packed_len};
use crate::{Rows, RowsMut, Window};

/// Products that a tile takes for a channel, hence matrices.
pub const PRODUCTS: usize = 16;

/// Rows and columns of outputs in a tile.
pub const TILE: usize = 2;

/// What input and output channels are multiples of.
pub const CHANNELS: usize = LANES;

/// Inputs under a tile, down and across.
const REACH: usize = 4;

/// The matrix whose products all outputs of a tile add with the same sign: where biases belong.
pub const BIASED: usize = REACH + 1;

/// Tiles that are multiplied together at most: the fewer, the more often filters are read; the more, the less of the transformed
/// numbers stays in the cache.
const MOST_TILES: usize = 60;

/// Outputs that are multiplied together at most, whole panels.
const MOST_OUTPUTS: usize = 8 * PANEL;

/// Transformed filters.
#[derive(Clone, Copy, Debug)]
pub struct Filters<'a> {
    /// [`PRODUCTS`] packed matrices one after the other; the biases are those of [`BIASED`].
    pub data: &'a [f32],
    /// Input channels.
    pub k: usize,
    /// Output channels.
    pub n: usize,
}

/// Transforms filters `[outputs, inputs, 3, 3]` to `[PRODUCTS, outputs, inputs]`. Panics where a length does not fit.
pub fn transform_filters(filters: &[f32], outputs: usize, inputs: usize, out: &mut [f32]) {
    check_len("filters", filters.len(), &[outputs, inputs, 9]);
    check_len("transformed filters", out.len(), &[PRODUCTS, outputs, inputs]);
    let spread = |[a, b, c]: [f64; 3]| [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c];
    for (at, filter) in filters.as_chunks::<9>().0.iter().enumerate() {
        let row = |i: usize| spread(std::array::from_fn(|j| f64::from(filter[3 * i + j])));
        let rows = [row(0), row(1), row(2)];
        for j in 0..REACH {
            for (i, number) in spread(rows.map(|row| row[j])).into_iter().enumerate() {
                out[(i * REACH + j) * outputs * inputs + at] = number as f32;
            }
        }
    }
}

/// Tiles of a map of so many rows and columns.
pub fn tiles((rows, columns): (usize, usize)) -> usize {
    rows.div_ceil(TILE) * columns.div_ceil(TILE)
}

/// Tiles across.
fn columns(window: &Window) -> usize {
    window.out_width.div_ceil(TILE)
}

/// How many of so many tiles are multiplied together.
fn block(tiles: usize) -> usize {
    tiles.div_ceil(tiles.div_ceil(MOST_TILES).max(1))
}

/// From one of the matrices to the next: an odd number of lines of the cache, so that all of them do not compete for the same few
/// places there.
fn apart(numbers: usize) -> usize {
    numbers.div_ceil(16) / 2 * 32 + 16
}

/// Distances between matrices of transformed inputs and of products.
fn lengths(window: &Window, n: usize) -> [usize; 2] {
    let all = tiles((window.out_height, window.out_width));
    let tiles = all.min(MOST_TILES).next_multiple_of(ROW_MULTIPLE);
    [window.channels, n.min(MOST_OUTPUTS)].map(|columns| apart(tiles * columns))
}

/// Numbers of scratch memory that [`conv`] needs for so many output channels.
pub fn scratch_len(window: &Window, n: usize) -> usize {
    PRODUCTS * lengths(window, n).iter().sum::<usize>() + window.channels
}

/// [`crate::conv::conv`] of some rows of the output, the first of which is even; row 0 of `out` and of the residual is the first
/// pixel of these rows.
///
/// `scratch` has [`scratch_len`] elements or more. Panics where a length does not fit, where the window is another, and unless both
/// numbers of channels are multiples of four.
pub fn conv(
    tile: RowTile,
    input: Image<'_>,
    filters: Filters<'_>,
    lines: Range<usize>,
    out: RowsMut<'_>,
    epilogue: Epilogue<'_>,
    scratch: &mut [f32],
) {
    let Image { window, data } = input;
    let Filters { k, n, .. } = filters;
    window.check();
    check_len("input", data.len(), &[window.height, window.width, window.channels]);
    assert!(
        (window.kernel, window.stride, window.dilation) == ([3; 2], [1; 2], [1; 2]) && window.channels == k,
        "{window:?} is no 3×3 window over {k} channels with stride 1"
    );
    assert!(
        lines.start.is_multiple_of(TILE) && lines.end <= window.out_height,
        "{lines:?} of {window:?} are no rows of tiles"
    );
    let pixels = lines.len() * window.out_width;
    out.check("output", pixels, n);
    if let Some(residual) = epilogue.residual {
        residual.check("residual", pixels, n);
    }
    assert!(
        k.is_multiple_of(LANES) && n.is_multiple_of(LANES),
        "{k} input and {n} output channels are no multiples of {LANES}"
    );
    check_len("filters", filters.data.len(), &[PRODUCTS, packed_len(k, n)]);
    let ([inputs_len, products_len], needed) = (lengths(window, n), scratch_len(window, n));
    assert!(scratch.len() >= needed, "scratch memory: {} numbers of {needed}", scratch.len());
    let (inputs, rest) = scratch.split_at_mut(PRODUCTS * inputs_len);
    let (products, rest) = rest.split_at_mut(PRODUCTS * products_len);
    let zeros = &mut rest[..k];
    zeros.fill(0.0);

    let columns = columns(window);
    let all = lines.start / TILE * columns..lines.end.div_ceil(TILE) * columns;
    let mut tiles = Tiles { window, lines, out, epilogue };
    let block = block(all.len());
    for first in all.clone().step_by(block.max(1)) {
        let some = first..all.end.min(first + block);
        // Whole tiles of the product, all of which sum in the same order, whichever rows are computed together.
        let count = some.len().next_multiple_of(tile.rows());
        transform_inputs(input, some.clone(), zeros, inputs, inputs_len);
        for column in (0..n).step_by(MOST_OUTPUTS) {
            let outputs = MOST_OUTPUTS.min(n - column);
            for i in 0..PRODUCTS {
                let from = i * packed_len(k, n) + packed_len(k, column);
                let b = PackedB { data: &filters.data[from..][..packed_len(k, outputs)], k, n: outputs };
                let a = Rows { data: &inputs[i * inputs_len..][..inputs_len], stride: k };
                let c = RowsMut { data: &mut products[i * products_len..][..products_len], stride: outputs };
                product(tile, count, a, b, c, Epilogue::NONE);
            }
            tiles.finish(some.clone(), column..column + outputs, products, products_len);
        }
    }
}

/// Writes the transformed inputs of some tiles as rows of matrices, with these zeros for what lies beside the image.
fn transform_inputs(input: Image<'_>, tiles: Range<usize>, zeros: &[f32], to: &mut [f32], apart: usize) {
    let Image { window, data } = input;
    let Window { height, width, channels, pad_top, pad_left, .. } = *window;
    let columns = columns(window);
    assert!(zeros.len() >= channels && to.len() >= (PRODUCTS - 1) * apart + tiles.len() * channels);
    for (row, tile) in tiles.enumerate() {
        let (y, x) = (tile / columns * TILE, tile % columns * TILE);
        let mut from = [[zeros.as_ptr(); REACH]; REACH];
        for (i, from) in from.iter_mut().enumerate() {
            let Some(y) = (y + i).checked_sub(pad_top).filter(|y| *y < height) else { continue };
            for (j, from) in from.iter_mut().enumerate() {
                if let Some(x) = (x + j).checked_sub(pad_left).filter(|x| *x < width) {
                    *from = data[(y * width + x) * channels..].as_ptr();
                }
            }
        }
        for c in (0..channels).step_by(LANES) {
            // SAFETY: `channels`, a multiple of LANES, can be read from each of `from`, and written within `to`, as checked above.
            unsafe {
                let patch = transformed(patch(|i, j| F32x4::load(from[i][j].add(c))));
                for (i, numbers) in patch.as_flattened().iter().enumerate() {
                    numbers.store(to.as_mut_ptr().add(i * apart + row * channels + c));
                }
            }
        }
    }
}

type Patch = [[F32x4; REACH]; REACH];

#[inline(always)]
fn patch(load: impl Fn(usize, usize) -> F32x4) -> Patch {
    let mut patch = [[F32x4::zero(); REACH]; REACH];
    for (i, row) in patch.iter_mut().enumerate() {
        for (j, number) in row.iter_mut().enumerate() {
            *number = load(i, j);
        }
    }
    patch
}

/// The inputs of a tile, transformed down and across.
#[inline(always)]
fn transformed(mut patch: Patch) -> Patch {
    let spread = |[a, b, c, d]: [F32x4; REACH]| [a - c, b + c, c - b, b - d];
    for j in 0..REACH {
        let column = spread([patch[0][j], patch[1][j], patch[2][j], patch[3][j]]);
        for (row, number) in patch.iter_mut().zip(column) {
            row[j] = number;
        }
    }
    for row in &mut patch {
        *row = spread(*row);
    }
    patch
}

/// Where tiles of outputs go.
struct Tiles<'a> {
    window: &'a Window,
    lines: Range<usize>,
    out: RowsMut<'a>,
    epilogue: Epilogue<'a>,
}

impl Tiles<'_> {
    /// Computes some columns of the outputs of some tiles from their products.
    fn finish(&mut self, tiles: Range<usize>, outputs: Range<usize>, products: &[f32], apart: usize) {
        let Self { window, lines, out, epilogue } = self;
        let (columns, width, n) = (columns(window), window.out_width, outputs.len());
        let split = Split::new(epilogue.activation);
        assert!(products.len() >= (PRODUCTS - 1) * apart + tiles.len() * n, "the products of {tiles:?}");
        for (row, tile) in tiles.enumerate() {
            let (y, x) = (tile / columns * TILE, tile % columns * TILE);
            let first = (y - lines.start) * width + x;
            // The others are beyond the last row or column.
            let (down, across) = (TILE.min(lines.end - y), TILE.min(width - x));
            for c in (0..n).step_by(LANES) {
                // SAFETY: there are as many more columns of products, and the pixels are among those that `out` has, with all
                // columns, as checked by the caller.
                unsafe {
                    let from = products.as_ptr().add(row * n + c);
                    let mut sums = summed(patch(|i, j| F32x4::load(from.add((i * REACH + j) * apart))));
                    activate(&mut sums, split.in_registers);
                    for (i, sums) in sums.iter().enumerate().take(down) {
                        for (j, sum) in sums.iter().enumerate().take(across) {
                            let pixel = first + i * width + j;
                            sum.store(out.data.as_mut_ptr().add(pixel * out.stride + outputs.start + c));
                        }
                    }
                }
            }
            if split.afterwards.is_none() && epilogue.residual.is_none() {
                continue;
            }
            for pixel in (0..down).flat_map(|i| (0..across).map(move |j| first + i * width + j)) {
                let numbers = &mut out.data[pixel * out.stride..][outputs.clone()];
                if let Some(activation) = split.afterwards {
                    apply_activation(numbers, activation);
                }
                if let Some(Rows { data, stride }) = epilogue.residual {
                    add_assign(numbers, &data[pixel * stride..][outputs.clone()]);
                }
            }
        }
    }
}

/// A tile's outputs.
#[inline(always)]
fn summed(products: Patch) -> [[F32x4; TILE]; TILE] {
    let gather = |[a, b, c, d]: [F32x4; REACH]| [a + b + c, b - c - d];
    let mut halves = [[F32x4::zero(); REACH]; TILE];
    for j in 0..REACH {
        let column = gather([products[0][j], products[1][j], products[2][j], products[3][j]]);
        for (row, number) in halves.iter_mut().zip(column) {
            row[j] = number;
        }
    }
    [gather(halves[0]), gather(halves[1])]
}

//! Dense 3×3 convolutions with stride 1 by minimal filtering: F(2×2, 3×3) of arXiv 1509.09308.
//!
//! A tile of 2×2 outputs takes 16 products per channel instead of 36, once its 4×4 inputs and the filters are transformed. The
//! products are those of 16 matrices: of the tiles' transformed inputs, channels side by side, and of the transformed filters.
//! Transforms only add and subtract, along channels. They round a little more than plain sums do, and an infinite input gives
//! NaN; a NaN reaches the same outputs as it does there.

use std::ops::Range;

use crate::conv::Image;
use crate::f32x4::{F32x4, LANES};
use crate::gemm::{Epilogue, ROW_MULTIPLE, RowTile, product};
use crate::math::{Block, activate_block};
use crate::matrix::check_len;
use crate::pack::{PANEL, PackedB, packed_len};
use crate::{Rows, RowsMut, Window};

/// Products that a tile takes for a channel, hence matrices.
pub const PRODUCTS: usize = 16;

/// Rows and columns of outputs in a tile.
pub const TILE: usize = 2;

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
    PRODUCTS * lengths(window, n).iter().sum::<usize>()
}

/// [`crate::conv::conv`] of some rows of the output, the first of which is even; row 0 of `out` and of the residual is the first
/// pixel of these rows.
///
/// `scratch` has [`scratch_len`] elements or more. Panics where a length does not fit, and where the window is another.
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
    check_len("filters", filters.data.len(), &[PRODUCTS, packed_len(k, n)]);
    let ([inputs_len, products_len], needed) = (lengths(window, n), scratch_len(window, n));
    assert!(scratch.len() >= needed, "scratch memory: {} numbers of {needed}", scratch.len());
    let (inputs, rest) = scratch.split_at_mut(PRODUCTS * inputs_len);
    let products = &mut rest[..PRODUCTS * products_len];

    let columns = columns(window);
    let all = lines.start / TILE * columns..lines.end.div_ceil(TILE) * columns;
    let mut tiles = Tiles { window, lines, out, epilogue };
    let block = block(all.len());
    for first in all.clone().step_by(block.max(1)) {
        let some = first..all.end.min(first + block);
        // Whole tiles of the product, all of which sum in the same order, whichever rows are computed together.
        let count = some.len().next_multiple_of(tile.rows());
        transform_inputs(input, some.clone(), inputs, inputs_len);
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

/// Writes the transformed inputs of some tiles as rows of matrices.
fn transform_inputs(input: Image<'_>, tiles: Range<usize>, to: &mut [f32], apart: usize) {
    let Image { window, data } = input;
    let Window { height, width, channels, pad_top, pad_left, .. } = *window;
    let columns = columns(window);
    assert!(to.len() >= (PRODUCTS - 1) * apart + tiles.len() * channels, "room for {tiles:?}");
    for (row, tile) in tiles.enumerate() {
        let (y, x) = (tile / columns * TILE, tile % columns * TILE);
        // The inputs that lie on the image; the others are zero.
        let on = |at: usize, pad: usize, size: usize| {
            pad.saturating_sub(at).min(REACH)..(size + pad).saturating_sub(at).min(REACH)
        };
        let (down, across) = (on(y, pad_top, height), on(x, pad_left, width));
        let is_inside = down == (0..REACH) && across == (0..REACH);
        // Of the first input, which may lie beside the image.
        let start = y.wrapping_sub(pad_top).wrapping_mul(width).wrapping_add(x).wrapping_sub(pad_left);
        let start = data.as_ptr().wrapping_add(start.wrapping_mul(channels));
        let at = |i: usize, j: usize, c: usize| start.wrapping_add((i * width + j) * channels + c);
        let is_on = |i: usize, j: usize| down.contains(&i) && across.contains(&j);
        // SAFETY: what is read lies on the image, and what is written within `to`, as checked above: there are `count` more
        // channels.
        let mut transform = |c: usize, count: usize| unsafe {
            let read = |i: usize, j: usize| load(at(i, j, c), count);
            let patch = if is_inside {
                patch(read)
            } else {
                patch(|i, j| if is_on(i, j) { read(i, j) } else { F32x4::zero() })
            };
            for (i, numbers) in transformed(patch).as_flattened().iter().enumerate() {
                store(*numbers, to.as_mut_ptr().add(i * apart + row * channels + c), count);
            }
        };
        in_vectors(channels, &mut transform);
    }
}

/// Calls `f` with the places of vectors and how many numbers are there; inlined, so that it knows that there are [`LANES`] but for
/// the last.
#[inline(always)]
fn in_vectors(len: usize, mut f: impl FnMut(usize, usize)) {
    let whole = len / LANES * LANES;
    for i in (0..whole).step_by(LANES) {
        f(i, LANES);
    }
    if whole < len {
        f(whole, len - whole);
    }
}

/// # Safety
/// `from` is valid for reading `count` floats.
#[inline(always)]
unsafe fn load(from: *const f32, count: usize) -> F32x4 {
    // SAFETY: the caller's promise.
    unsafe { if count == LANES { F32x4::load(from) } else { F32x4::load_first(from, count) } }
}

/// # Safety
/// `to` is valid for writing `count` floats.
#[inline(always)]
unsafe fn store(numbers: F32x4, to: *mut f32, count: usize) {
    // SAFETY: the caller's promise.
    unsafe { if count == LANES { numbers.store(to) } else { numbers.store_first(to, count) } }
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
        assert!(products.len() >= (PRODUCTS - 1) * apart + tiles.len() * n, "the products of {tiles:?}");
        for (row, tile) in tiles.enumerate() {
            let (y, x) = (tile / columns * TILE, tile % columns * TILE);
            let first = (y - lines.start) * width + x;
            // Tiles may reach beyond the last row and column.
            let places: [Option<usize>; TILE * TILE] = std::array::from_fn(|i| {
                let (i, j) = (i / TILE, i % TILE);
                (y + i < lines.end && x + j < width).then_some(first + i * width + j)
            });
            // SAFETY: there are `count` more columns of products; the pixels are among those that `out` and the residual have, with
            // all columns, as checked by the caller.
            let mut finish = |c: usize, count: usize| unsafe {
                let from = products.as_ptr().add(row * n + c);
                let at = outputs.start + c;
                let sums = summed(patch(|i, j| load(from.add((i * REACH + j) * apart), count)));
                let ended = activate_block(sums, epilogue.activation);
                for (number, pixel) in ended.into_iter().zip(places) {
                    let Some(pixel) = pixel else { continue };
                    let added = epilogue
                        .residual
                        .map(|Rows { data, stride }| load(data.as_ptr().add(pixel * stride + at), count));
                    let number = added.map_or(number, |added| number + added);
                    store(number, out.data.as_mut_ptr().add(pixel * out.stride + at), count);
                }
            };
            in_vectors(n, &mut finish);
        }
    }
}

/// A tile's outputs, row by row.
#[inline(always)]
fn summed(products: Patch) -> Block {
    let gather = |[a, b, c, d]: [F32x4; REACH]| [a + b + c, b - c - d];
    let mut halves = [[F32x4::zero(); REACH]; TILE];
    for j in 0..REACH {
        let column = gather([products[0][j], products[1][j], products[2][j], products[3][j]]);
        for (row, number) in halves.iter_mut().zip(column) {
            row[j] = number;
        }
    }
    let [[a, b], [c, d]] = [gather(halves[0]), gather(halves[1])];
    [a, b, c, d]
}

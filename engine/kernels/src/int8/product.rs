//! Matrix products: linear layers, 1×1 convolutions and, with copies of windows as rows, all others.

use super::ending::{Ending, scaled};
use super::lanes::{Bytes, Dot, I32x4, Pairs, Whole};
use crate::f32x4::{F32x4, LANES};
use crate::matrix::check_len;
use crate::{Rows, RowsMut};

/// Columns of a panel.
pub const PANEL: usize = 8;

/// Rows of a column that meet one instruction.
const DEPTH: usize = 4;

/// Bytes before a panel's weights: for each column what its sums start with, the multiplier and the offset.
const HEAD: usize = 3 * 4 * PANEL;

/// Rows of the result that one step computes.
const TILE: usize = 4;

/// A split over rows should cut at multiples of this.
pub const ROW_MULTIPLE: usize = TILE;

/// The right-hand side of a product, with what its sums start with and are scaled by.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    /// [`packed_len`]`(k, n)` bytes.
    pub data: &'a [u8],
    /// Rows: input channels.
    pub k: usize,
    /// Columns: output channels.
    pub n: usize,
}

/// What is packed, one number or one row of `k` weights for each column.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Weights, column by column.
    pub weights: &'a [i8],
    /// What sums start with.
    pub starts: &'a [i32],
    /// What they are multiplied with.
    pub multipliers: &'a [f32],
    /// What is added then.
    pub offsets: &'a [f32],
}

impl Columns<'_> {
    /// Panics unless these are `n` columns of `k` weights.
    pub(super) fn check(&self, k: usize, n: usize) {
        check_len("weights", self.weights.len(), &[n, k]);
        for len in [self.starts.len(), self.multipliers.len(), self.offsets.len()] {
            check_len("numbers of columns", len, &[n]);
        }
    }

    /// Writes the three numbers of `lanes` columns from `first` on, zeros for those that do not exist.
    pub(super) fn write_heads(&self, first: usize, lanes: usize, out: &mut [u8]) {
        let (starts, rest) = out.split_at_mut(4 * lanes);
        let (multipliers, offsets) = rest.split_at_mut(4 * lanes);
        for lane in 0..lanes {
            let place = 4 * lane..4 * lane + 4;
            let at = first + lane;
            let number = |numbers: &[f32]| numbers.get(at).copied().unwrap_or(0.0).to_ne_bytes();
            let start = self.starts.get(at).copied().unwrap_or(0);
            starts[place.clone()].copy_from_slice(&start.to_ne_bytes());
            multipliers[place.clone()].copy_from_slice(&number(self.multipliers));
            offsets[place].copy_from_slice(&number(self.offsets));
        }
    }
}

impl<'a> Packed<'a> {
    /// Some columns, from the start of a panel on.
    pub fn columns(&self, columns: std::ops::Range<usize>) -> Self {
        assert!(columns.start.is_multiple_of(PANEL), "{columns:?} begin within a panel");
        Self { data: &self.data[packed_len(self.k, columns.start)..], n: columns.len(), ..*self }
    }

    fn panels(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        assert!(
            self.data.len() >= packed_len(self.k, self.n),
            "{} packed bytes are too few for {} x {}",
            self.data.len(),
            self.k,
            self.n
        );
        let panels = self.data.chunks_exact(packed_len(self.k, PANEL));
        panels.take(self.n.div_ceil(PANEL)).enumerate().map(|(p, panel)| (p * PANEL, panel))
    }
}

/// The number of bytes of a packed `[k, n]` matrix.
pub const fn packed_len(k: usize, n: usize) -> usize {
    n.div_ceil(PANEL) * (HEAD + k.div_ceil(DEPTH) * DEPTH * PANEL)
}

/// Packs `n` columns of `k` weights into [`packed_len`]`(k, n)` bytes. Panics where a length does not fit.
pub fn pack(columns: Columns<'_>, k: usize, n: usize, out: &mut [u8]) {
    columns.check(k, n);
    check_len("packed columns", out.len(), &[packed_len(k, n)]);
    for (p, panel) in out.chunks_exact_mut(packed_len(k, PANEL)).enumerate() {
        let first = p * PANEL;
        let (head, body) = panel.split_at_mut(HEAD);
        columns.write_heads(first, PANEL, head);
        body.fill(0);
        for column in 0..PANEL.min(n - first) {
            let weights = &columns.weights[(first + column) * k..][..k];
            for (i, weight) in weights.iter().enumerate() {
                body[(i / DEPTH * PANEL + column) * DEPTH + i % DEPTH] = weight.cast_unsigned();
            }
        }
    }
}

/// Where the scaled sums of a tile go.
trait Sink: Copy {
    /// Panics unless there is room for `m` rows of `n` columns.
    fn check(&self, m: usize, n: usize);

    /// Writes the first `columns` numbers of `R` rows.
    ///
    /// # Safety
    /// They are among those that have been checked.
    unsafe fn write<const R: usize>(self, row: usize, column: usize, columns: usize, t: [[F32x4; 2]; R]);

    /// Ends what [`Sink::write`] has begun in some rows.
    ///
    /// # Safety
    /// They are among those that have been checked.
    unsafe fn end(self, _rows: std::ops::Range<usize>, _n: usize) {}
}

/// `c = ending(start + a × b)` for the `m` rows of `a` (`[m, b.k]`).
///
/// Panics where a slice is too short.
pub fn product(m: usize, a: Rows<'_, u8>, b: Packed<'_>, c: RowsMut<'_, u8>, ending: Ending<'_>) {
    let c_len = c.data.len();
    tiled_somehow(m, a, b, ToBytes { c: c.data.as_mut_ptr(), c_len, stride: c.stride, ending });
}

/// What becomes of a scaled sum that stays a number: between two bounds, and something is added.
#[derive(Clone, Copy, Debug)]
pub struct FloatEnding<'a> {
    /// The lower bound.
    pub low: f32,
    /// The upper bound.
    pub high: f32,
    /// Added afterwards, with the shape of the result.
    pub residual: Option<Rows<'a>>,
}

/// The same, but numbers are what is wanted, not bytes.
pub fn product_to_floats(m: usize, a: Rows<'_, u8>, b: Packed<'_>, c: RowsMut<'_>, ending: FloatEnding<'_>) {
    let c_len = c.data.len();
    tiled_somehow(m, a, b, ToFloats { c: c.data.as_mut_ptr(), c_len, stride: c.stride, ending });
}

/// Bytes of A that a block of rows has about: they stay in the first-level cache while the panels pass by.
const BLOCK_BYTES: usize = 16 * 1024;

/// Rows that a block has at least: each block reads all of B.
const LEAST_ROWS: usize = 16 * TILE;

fn tiled_somehow<S: Sink>(m: usize, a: Rows<'_, u8>, b: Packed<'_>, sink: S) {
    match Pairs::detect() {
        Some(pairs) => tiled(m, a, b, sink, pairs),
        None => tiled(m, a, b, sink, Whole),
    }
}

fn tiled<S: Sink, D: Dot>(m: usize, a: Rows<'_, u8>, b: Packed<'_>, sink: S, dot: D) {
    let (k, n) = (b.k, b.n);
    a.check("A", m, k);
    sink.check(m, n);
    let block_rows = (BLOCK_BYTES / (k + n).max(1)).max(LEAST_ROWS).next_multiple_of(TILE);
    for first in (0..m).step_by(block_rows) {
        let end = m.min(first + block_rows);
        for (column, panel) in b.panels() {
            let columns = PANEL.min(n - column);
            let panel = Panel { k, data: panel.as_ptr(), a: a.data.as_ptr(), stride: a.stride };
            // SAFETY: the rows up to `m` of A and of the sink have been checked; a panel is whole.
            unsafe {
                let whole = first + (end - first) / TILE * TILE;
                panel.tiles::<TILE, S, D>(first..whole, column, columns, sink, dot);
                panel.tiles::<1, S, D>(whole..end, column, columns, sink, dot);
            }
        }
        // SAFETY: as above.
        unsafe { sink.end(first..end, n) };
    }
}

/// A panel, and the rows that it meets.
#[derive(Clone, Copy)]
struct Panel {
    k: usize,
    data: *const u8,
    a: *const u8,
    stride: usize,
}

impl Panel {
    /// Computes tiles of `R` rows.
    ///
    /// Out of line, so that a browser's compiler sees a hot function that is called often.
    ///
    /// # Safety
    /// There are such rows of A and of the sink, and such columns.
    #[inline(never)]
    unsafe fn tiles<const R: usize, S: Sink, D: Dot>(
        self,
        rows: std::ops::Range<usize>,
        column: usize,
        columns: usize,
        sink: S,
        dot: D,
    ) {
        for row in rows.step_by(R) {
            // SAFETY: the caller's promise.
            unsafe {
                let t = scaled(
                    self.sums::<R>(row, dot),
                    self.data.add(4 * PANEL).cast(),
                    self.data.add(2 * 4 * PANEL).cast(),
                );
                sink.write(row, column, columns, t);
            }
        }
    }

    /// The sums of `R` rows.
    ///
    /// # Safety
    /// There are such rows of A.
    #[inline(always)]
    unsafe fn sums<const R: usize>(self, row: usize, dot: impl Dot) -> [[I32x4; 2]; R] {
        const STEP: usize = DEPTH * PANEL;
        // SAFETY: the caller's promise; behind the head there are the weights of `k` rows.
        unsafe {
            let mut sums = [[I32x4::load(self.data), I32x4::load(self.data.add(16))]; R];
            let mut a: [*const u8; R] = std::array::from_fn(|i| self.a.add((row + i) * self.stride));
            let mut weights = self.data.add(HEAD);
            for _ in 0..self.k / DEPTH {
                let pair = [Bytes::load(weights), Bytes::load(weights.add(16))];
                for (sums, a) in sums.iter_mut().zip(&mut a) {
                    let values = Bytes::splat_four(*a);
                    sums[0] = dot.add(sums[0], pair[0], values);
                    sums[1] = dot.add(sums[1], pair[1], values);
                    *a = a.add(DEPTH);
                }
                weights = weights.add(STEP);
            }
            if !self.k.is_multiple_of(DEPTH) {
                let pair = [Bytes::load(weights), Bytes::load(weights.add(16))];
                for (sums, a) in sums.iter_mut().zip(&a) {
                    let values = Bytes::splat_first(*a, self.k % DEPTH);
                    sums[0] = dot.add(sums[0], pair[0], values);
                    sums[1] = dot.add(sums[1], pair[1], values);
                }
            }
            sums
        }
    }
}

#[derive(Clone, Copy)]
struct ToBytes<'a> {
    c: *mut u8,
    c_len: usize,
    stride: usize,
    ending: Ending<'a>,
}

impl Sink for ToBytes<'_> {
    fn check(&self, m: usize, n: usize) {
        crate::matrix::check("C", self.c_len, self.stride, m, n);
        if let Some(residual) = &self.ending.residual {
            residual.rows.check("residual", m, n);
            assert!(self.ending.table().is_none(), "a residual behind a table");
        }
    }

    #[inline(always)]
    unsafe fn write<const R: usize>(self, row: usize, column: usize, columns: usize, mut t: [[F32x4; 2]; R]) {
        let Self { c, stride, ending, .. } = self;
        // SAFETY: the caller's promise.
        unsafe {
            if columns < PANEL {
                return self.write_some(row, column, columns, t);
            }
            let bytes = ending.round(&mut t, |residual, i, v| {
                let rows = &residual.rows;
                rows.data.as_ptr().add((row + i) * rows.stride + column + v * LANES)
            });
            for i in (0..R).step_by(2) {
                let next = (i + 1).min(R - 1);
                let pair = Bytes::narrow([bytes[i][0], bytes[i][1], bytes[next][0], bytes[next][1]]);
                pair.store_halves([i, next].map(|i| c.add((row + i) * stride + column)));
            }
        }
    }

    unsafe fn end(self, rows: std::ops::Range<usize>, n: usize) {
        let Some(table) = self.ending.table() else { return };
        for row in rows {
            // SAFETY: the caller's promise.
            let bytes = unsafe { std::slice::from_raw_parts_mut(self.c.add(row * self.stride), n) };
            bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
        }
    }
}

impl ToBytes<'_> {
    /// [`Sink::write`] where there are fewer columns than a panel's.
    ///
    /// # Safety
    /// As there.
    #[cold]
    #[inline(never)]
    unsafe fn write_some<const R: usize>(
        self,
        row: usize,
        column: usize,
        columns: usize,
        mut t: [[F32x4; 2]; R],
    ) {
        let Self { c, stride, ending, .. } = self;
        let mut copies = [[0; PANEL]; R];
        if let Some(residual) = &ending.residual {
            for (i, copy) in copies.iter_mut().enumerate() {
                let from = &residual.rows.data[(row + i) * residual.rows.stride + column..][..columns];
                copy[..columns].copy_from_slice(from);
            }
        }
        // SAFETY: the caller's promise.
        unsafe {
            let bytes = ending.round(&mut t, |_, i, v| copies[i].as_ptr().add(v * LANES));
            for (i, [first, second]) in bytes.into_iter().enumerate() {
                let row_of = Bytes::narrow([first, second, first, second]).to_array();
                let place = c.add((row + i) * stride + column);
                std::ptr::copy_nonoverlapping(row_of.as_ptr(), place, columns);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct ToFloats<'a> {
    c: *mut f32,
    c_len: usize,
    stride: usize,
    ending: FloatEnding<'a>,
}

impl Sink for ToFloats<'_> {
    fn check(&self, m: usize, n: usize) {
        crate::matrix::check("C", self.c_len, self.stride, m, n);
        if let Some(residual) = &self.ending.residual {
            residual.check("residual", m, n);
        }
    }

    #[inline(always)]
    unsafe fn write<const R: usize>(self, row: usize, column: usize, columns: usize, t: [[F32x4; 2]; R]) {
        let FloatEnding { low, high, residual } = self.ending;
        let (low, high) = (F32x4::splat(low), F32x4::splat(high));
        for (i, t) in t.iter().enumerate() {
            for (v, t) in t.iter().enumerate() {
                let count = columns.saturating_sub(v * LANES).min(LANES);
                // SAFETY: the caller's promise.
                unsafe {
                    let mut y = t.max(low).min(high);
                    if let Some(Rows { data, stride }) = residual {
                        let p = data.as_ptr().wrapping_add((row + i) * stride + column + v * LANES);
                        y = y + if count == LANES { F32x4::load(p) } else { F32x4::load_first(p, count) };
                    }
                    let p = self.c.wrapping_add((row + i) * self.stride + column + v * LANES);
                    if count == LANES { y.store(p) } else { y.store_first(p, count) }
                }
            }
        }
    }
}

//! Matrix multiplication: linear layers, 1×1 convolutions, attention and, with windows as rows, dense convolutions. (One row
//! alone is for [`crate::gemv`].)

use crate::Activation;
use crate::f32x4::{F32x4, LANES};
use crate::math::{Split, activate, apply_activation};
use crate::pack::{PANEL, PackedB, packed_len};
use crate::{Rows, RowsMut};

/// What happens to an element of the product before it is stored: `activation(product + bias) + residual`.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// Applied to the product plus bias.
    pub activation: Activation,
    /// Added afterwards, with the shape of the result. (Inverted residual blocks add it to a linear projection.)
    pub residual: Option<Rows<'a>>,
}

impl<'a> Epilogue<'a> {
    /// Nothing is done.
    pub const NONE: Self = Self::activation(Activation::Identity);

    /// Only an activation.
    pub const fn activation(activation: Activation) -> Self {
        Self { activation, residual: None }
    }

    /// The same for the rows from `first` on.
    pub(crate) fn rows_from(self, first: usize) -> Self {
        let rest = |residual: Rows<'a>| Rows { data: &residual.data[first * residual.stride..], ..residual };
        Self { residual: self.residual.map(rest), ..self }
    }
}

/// The rows of A, wherever they lie.
pub(crate) trait Source: Copy {
    /// What the kernel reads them with.
    type Left: Left;

    /// Panics unless `m` rows of `k` columns can be read.
    fn check_reads(&self, m: usize, k: usize);

    /// How many of `k` columns are neighbours in memory; they are multiplied together.
    fn segment(&self, k: usize) -> usize;

    /// Numbers that a row adds to those which the rows before it have.
    fn row_floats(&self, k: usize) -> usize;

    /// The rows from `first` on.
    fn left(&self, first: usize) -> Self::Left;
}

/// Rows of A behind the check.
pub(crate) trait Left: Copy {
    /// The same rows from column `column` on.
    ///
    /// # Safety
    /// There is such a column.
    unsafe fn columns_from(self, column: usize) -> Self;

    /// `start` plus the product of the first `k` columns of `MR` rows from `row` on and `k` rows of a panel.
    ///
    /// # Safety
    /// There are so many columns and rows; `panel` is valid for reading `k * PANEL` floats.
    unsafe fn multiply<const MR: usize, const SUMS: usize>(
        &self,
        row: usize,
        k: usize,
        panel: *const f32,
        start: [TileRow; MR],
    ) -> [TileRow; MR];
}

impl Source for Rows<'_> {
    type Left = Strided;

    fn check_reads(&self, m: usize, k: usize) {
        self.check("A", m, k);
    }

    fn segment(&self, k: usize) -> usize {
        k
    }

    fn row_floats(&self, k: usize) -> usize {
        k
    }

    fn left(&self, first: usize) -> Strided {
        Strided { data: self.data[first * self.stride..].as_ptr(), stride: self.stride }
    }
}

/// [`Rows`] behind their check.
#[derive(Clone, Copy)]
pub(crate) struct Strided {
    data: *const f32,
    stride: usize,
}

impl Left for Strided {
    #[inline(always)]
    unsafe fn columns_from(self, column: usize) -> Self {
        // SAFETY: the caller's promise.
        Self { data: unsafe { self.data.add(column) }, ..self }
    }

    #[inline(always)]
    unsafe fn multiply<const MR: usize, const SUMS: usize>(
        &self,
        row: usize,
        k: usize,
        panel: *const f32,
        start: [TileRow; MR],
    ) -> [TileRow; MR] {
        // SAFETY: the caller's promise.
        unsafe {
            let a = std::array::from_fn(|i| self.data.add((row + i) * self.stride));
            multiply::<MR, SUMS>(k, a, panel, start)
        }
    }
}

/// The windows of a convolution as rows: each is `segments` runs of `segment` numbers, `line` apart.
#[derive(Clone, Copy)]
pub(crate) struct Windows<'a> {
    /// The lines of the image that the windows are over, with the zeros beside them.
    pub(crate) band: &'a [f32],
    /// The window that is row 0, counted from the one at the start of the band.
    pub(crate) first: usize,
    /// Windows side by side.
    pub(crate) columns: usize,
    /// From a window to the next one.
    pub(crate) step: usize,
    /// From a window to the one below.
    pub(crate) row: usize,
    pub(crate) line: usize,
    pub(crate) segment: usize,
    pub(crate) segments: usize,
}

impl Source for Windows<'_> {
    type Left = Self;

    fn check_reads(&self, m: usize, k: usize) {
        let Some(last) = (self.first + m).checked_sub(1) else { return };
        let right = (self.columns - 1).min(last) * self.step + self.segment;
        let end = last / self.columns * self.row + (self.segments - 1) * self.line + right;
        assert!(
            k == self.segments * self.segment && end <= self.band.len(),
            "{k} columns, the windows need {end} of {} numbers",
            self.band.len()
        );
    }

    fn segment(&self, _: usize) -> usize {
        self.segment
    }

    fn row_floats(&self, _: usize) -> usize {
        self.step
    }

    fn left(&self, first: usize) -> Self {
        Self { first: self.first + first, ..*self }
    }
}

impl Left for Windows<'_> {
    #[inline(always)]
    unsafe fn columns_from(self, column: usize) -> Self {
        let segment = self.segment.max(1);
        Self { band: &self.band[column / segment * self.line + column % segment..], ..self }
    }

    #[inline(always)]
    unsafe fn multiply<const MR: usize, const SUMS: usize>(
        &self,
        row: usize,
        k: usize,
        panel: *const f32,
        mut tile: [TileRow; MR],
    ) -> [TileRow; MR] {
        let number = self.first + row;
        let (mut y, mut x) = (number / self.columns, number % self.columns);
        let offset: [usize; MR] = std::array::from_fn(|_| {
            let offset = y * self.row + x * self.step;
            (y, x) = if x + 1 == self.columns { (y + 1, 0) } else { (y, x + 1) };
            offset
        });
        let mut done = 0;
        let mut line = self.band.as_ptr();
        while done < k {
            let len = self.segment.min(k - done);
            // SAFETY: the caller's promise; the last line may be the last of the band.
            unsafe {
                let a = offset.map(|offset| line.add(offset));
                tile = multiply::<MR, SUMS>(len, a, panel.add(done * PANEL), tile);
            }
            line = line.wrapping_add(self.line);
            done += len;
        }
        tile
    }
}

/// How many rows of the result one step of the kernel computes (times [`PANEL`] columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowTile {
    /// 8 accumulators: for x86, where V8 has 16 vector registers.
    Four,
    /// 12 accumulators: for ARM, with its 32 vector registers.
    Six,
}

impl RowTile {
    /// The better one for the machine that runs the code.
    ///
    /// WebAssembly does not tell the processor, but x86 sets the sign of the NaN that `∞ - ∞` gives, and ARM does not.
    pub fn detect() -> Self {
        let [a, b] = std::hint::black_box([f32::INFINITY; 2]);
        if (a - b).is_sign_negative() { Self::Four } else { Self::Six }
    }

    /// How many.
    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Six => 6,
        }
    }
}

/// A split over rows keeps the results identical bit by bit if it cuts at multiples of this: it is a multiple of each tile's
/// height. (The last rows of a block, too few for a tile, sum in another order.)
pub const ROW_MULTIPLE: usize = 12;

/// `c = activation(a × b + bias) + residual` for the `m` rows of `a` (`[m, k]`); the bias is packed with `b`.
///
/// Panics where a slice is too short. NaN and ∞ spread as in a naive loop, within their row.
pub fn gemm(m: usize, a: Rows<'_>, b: PackedB<'_>, c: RowsMut<'_>, epilogue: Epilogue<'_>) {
    gemm_with(RowTile::detect(), m, a, b, c, epilogue);
}

/// [`gemm`] with a stated tile.
pub fn gemm_with(
    tile: RowTile,
    m: usize,
    a: Rows<'_>,
    b: PackedB<'_>,
    c: RowsMut<'_>,
    epilogue: Epilogue<'_>,
) {
    product(tile, m, a, b, c, epilogue);
}

/// Rows of A of which only some columns count: runs of neighbours, all as long and as far apart.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// From the first element of the first row's first run on.
    pub data: &'a [f32],
    /// From a row to the next.
    pub stride: usize,
    /// Columns of a run.
    pub run: usize,
    /// Runs in a row.
    pub count: usize,
    /// From the start of a run to that of the next.
    pub apart: usize,
}

/// [`gemm_with`] for rows in runs; `b.k` is `run * count`.
pub fn gemm_runs(
    tile: RowTile,
    m: usize,
    a: Runs<'_>,
    b: PackedB<'_>,
    c: RowsMut<'_>,
    epilogue: Epilogue<'_>,
) {
    let windows = Windows {
        band: a.data,
        first: 0,
        columns: m.max(1),
        step: a.stride,
        row: 0,
        line: a.apart,
        segment: a.run,
        segments: a.count,
    };
    product(tile, m, windows, b, c, epilogue);
}

/// [`gemm_with`] for rows that may lie elsewhere.
pub(crate) fn product(
    tile: RowTile,
    m: usize,
    a: impl Source,
    b: PackedB<'_>,
    c: RowsMut<'_>,
    epilogue: Epilogue<'_>,
) {
    match tile {
        RowTile::Four => gemm_tiled::<_, 4>(m, a, b, c, epilogue),
        RowTile::Six => gemm_tiled::<_, 6>(m, a, b, c, epilogue),
    }
}

/// Floats of A and C that a block of rows may have: they stay in the first-level cache while the panels of B pass by.
/// (Stores of half a cache line each to rows that have left the cache cost more than all multiplications where k is small.)
const BLOCK_FLOATS: usize = 8 * 1024;

/// Rows that a block has at least, however long they are: each block reads all of B.
const MIN_BLOCK_ROWS: usize = 4 * ROW_MULTIPLE;

/// Rows of a panel that are multiplied before the next tile of A: they and their part of the tile stay in the first-level
/// cache, while the sums wait in C where k is larger.
const MAX_DEPTH: usize = 256;

fn gemm_tiled<S: Source, const MR: usize>(
    m: usize,
    a: S,
    b: PackedB<'_>,
    c: RowsMut<'_>,
    epilogue: Epilogue<'_>,
) {
    let (k, n) = (b.k, b.n);
    a.check_reads(m, k);
    c.check("C", m, n);
    assert!(b.data.len() >= packed_len(k, n), "B: {} elements are too few for {k} x {n}", b.data.len());
    if let Some(residual) = epilogue.residual {
        residual.check("residual", m, n);
    }
    let split = Split::new(epilogue.activation);
    let block_rows =
        (BLOCK_FLOATS / (a.row_floats(k) + n).max(1)).max(MIN_BLOCK_ROWS).next_multiple_of(ROW_MULTIPLE);
    // Segments are multiplied together where they are short.
    let segment = if k <= MAX_DEPTH { k } else { a.segment(k) }.max(1);
    let depth = segment.div_ceil(segment.div_ceil(MAX_DEPTH));
    for first in (0..m).step_by(block_rows) {
        let rows = block_rows.min(m - first);
        let residual = epilogue.rows_from(first).residual;
        let in_registers = if split.afterwards.is_none() { residual } else { None };
        for (p, panel) in b.data.chunks_exact(PANEL * (k + 1)).take(n.div_ceil(PANEL)).enumerate() {
            let column = p * PANEL;
            // SAFETY: the rows from `first` on, the columns from `column` on and the panel lie within their slices, as
            // checked above, and `c` is borrowed mutably.
            let whole = unsafe {
                PanelBlock {
                    k,
                    columns: PANEL.min(n - column),
                    bias: Some(panel.as_ptr()),
                    panel: panel.as_ptr().add(PANEL),
                    a: a.left(first),
                    c: c.data.as_mut_ptr().add(first * c.stride + column),
                    c_stride: c.stride,
                    residual: in_registers.map(|r| (r.data.as_ptr().add(column), r.stride)),
                    activation: split.in_registers,
                }
            };
            let starts = (0..k.max(1)).step_by(segment);
            for from in starts.flat_map(|start| (start..start + segment).step_by(depth)) {
                let to = k.min(from - from % segment + segment).min(from + depth);
                // What comes next: the rest of this panel's rows, or another panel of biases and k rows, or nothing.
                let next = match to {
                    to if to < k => (k - to).min(depth),
                    _ if column + PANEL < n => to - from,
                    _ => 0,
                };
                // SAFETY: as above; behind the rows `from..to` lie at least `next` more.
                unsafe {
                    let part = whole.part(from, to);
                    let fetch = Prefetch::new(part.panel.add(part.k * PANEL), next * PANEL, rows / MR);
                    part.tiles::<MR>(rows, fetch);
                }
            }
            // SAFETY: as above.
            unsafe { whole.last_rows(rows / MR * MR, rows) };
        }
        if let Some(activation) = split.afterwards {
            finish(rows, n, &mut c.data[first * c.stride..], c.stride, activation, residual);
        }
    }
}

/// The second pass over a block: what the epilogue in registers has left out.
fn finish(
    rows: usize,
    n: usize,
    c: &mut [f32],
    stride: usize,
    activation: Activation,
    residual: Option<Rows<'_>>,
) {
    for row in 0..rows {
        let c = &mut c[row * stride..][..n];
        apply_activation(c, activation);
        if let Some(residual) = residual {
            crate::elementwise::add_assign(c, &residual.data[row * residual.stride..][..n]);
        }
    }
}

/// Some rows of A, some rows of a panel of B and their product.
#[derive(Clone, Copy)]
struct PanelBlock<L> {
    /// Rows of the panel.
    k: usize,
    /// Columns of C to write; at most [`PANEL`].
    columns: usize,
    /// What the sums start with; `None`: what C holds.
    bias: Option<*const f32>,
    panel: *const f32,
    /// The columns of A that meet these rows.
    a: L,
    c: *mut f32,
    c_stride: usize,
    residual: Option<(*const f32, usize)>,
    activation: Activation,
}

impl<L: Left> PanelBlock<L> {
    /// The product of the rows `from..to` of the panel and what they meet.
    ///
    /// # Safety
    /// `from <= to <= self.k`.
    unsafe fn part(&self, from: usize, to: usize) -> Self {
        let last = to == self.k;
        // SAFETY: the caller's promise.
        unsafe {
            Self {
                k: to - from,
                bias: self.bias.filter(|_| from == 0),
                panel: self.panel.add(from * PANEL),
                a: self.a.columns_from(from),
                residual: self.residual.filter(|_| last),
                activation: if last { self.activation } else { Activation::Identity },
                ..*self
            }
        }
    }

    /// Computes the tiles of `MR` rows.
    ///
    /// Out of line, so that a browser's compiler sees a hot function that is called often.
    ///
    /// # Safety
    /// The pointers are valid for `rows` rows.
    #[inline(never)]
    unsafe fn tiles<const MR: usize>(&self, rows: usize, mut fetch: Prefetch) {
        for row in (0..rows / MR).map(|tile| tile * MR) {
            // SAFETY: the tile covers rows below `rows`.
            unsafe {
                fetch.some();
                self.tile::<MR, 1>(row);
            }
        }
    }

    /// Computes the rows from `row` on, which are too few for a tile.
    ///
    /// # Safety
    /// The pointers are valid for `rows` rows.
    #[inline(never)]
    unsafe fn last_rows(&self, mut row: usize, rows: usize) {
        // SAFETY: each tile covers rows below `rows`.
        unsafe {
            if row + 4 <= rows {
                self.tile::<4, 1>(row);
                row += 4;
            }
            match rows - row {
                3 => self.tile::<3, 1>(row),
                2 => self.tile::<2, 2>(row),
                1 => self.tile::<1, 4>(row),
                _ => {}
            }
        }
    }

    /// Computes and stores `MR` rows.
    ///
    /// Where rows are few, `SUMS` partial sums over k keep eight accumulators busy: with two of them each multiply-add
    /// would wait for the one before.
    ///
    /// # Safety
    /// The pointers are valid for `row + MR` rows.
    #[inline(always)]
    unsafe fn tile<const MR: usize, const SUMS: usize>(&self, row: usize) {
        // SAFETY: the caller's promise; the panel has k rows of PANEL floats.
        unsafe {
            let start = std::array::from_fn(|i| self.start(row + i));
            let mut tile = self.a.multiply::<MR, SUMS>(row, self.k, self.panel, start);
            activate(&mut tile, self.activation);
            if let Some((residual, stride)) = self.residual {
                for (i, values) in tile.iter_mut().enumerate() {
                    self.add_residual(residual.add((row + i) * stride), values);
                }
            }
            for (i, values) in tile.iter().enumerate() {
                self.store(self.c.add((row + i) * self.c_stride), values);
            }
        }
    }

    /// What the sums of a row start with.
    ///
    /// # Safety
    /// The pointers are valid for `row + 1` rows.
    #[inline(always)]
    unsafe fn start(&self, row: usize) -> TileRow {
        // SAFETY: the caller's promise; there are PANEL biases.
        unsafe {
            match self.bias {
                Some(bias) => [F32x4::load(bias), F32x4::load(bias.add(LANES))],
                None => {
                    let c = self.c.add(row * self.c_stride);
                    std::array::from_fn(|j| self.load(c, j))
                }
            }
        }
    }

    /// Vector `j` of a row.
    ///
    /// # Safety
    /// `from` is valid for reading `columns` floats.
    #[inline(always)]
    unsafe fn load(&self, from: *const f32, j: usize) -> F32x4 {
        // SAFETY: the caller's promise.
        unsafe {
            match self.lanes(j) {
                LANES => F32x4::load(from.add(j * LANES)),
                count => F32x4::load_first(from.wrapping_add(j * LANES), count),
            }
        }
    }

    /// # Safety
    /// `residual` is valid for reading `columns` floats.
    #[inline(always)]
    unsafe fn add_residual(&self, residual: *const f32, values: &mut TileRow) {
        for (j, value) in values.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { *value = *value + self.load(residual, j) };
        }
    }

    /// # Safety
    /// `c` is valid for writing `columns` floats.
    #[inline(always)]
    unsafe fn store(&self, c: *mut f32, values: &TileRow) {
        for (j, value) in values.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                match self.lanes(j) {
                    LANES => value.store(c.add(j * LANES)),
                    count => value.store_first(c.wrapping_add(j * LANES), count),
                }
            }
        }
    }

    /// How many lanes of vector `j` of a row are columns of C.
    #[inline(always)]
    fn lanes(&self, j: usize) -> usize {
        self.columns.saturating_sub(j * LANES).min(LANES)
    }
}

/// Brings the next panel into the cache, a part per tile: where images are small (7×7), each panel is used for a few tiles
/// only, and waiting for it would take a tenth of the time.
struct Prefetch {
    at: *const f32,
    end: *const f32,
    lines_per_tile: usize,
}

impl Prefetch {
    /// Floats in a line of the cache.
    const LINE: usize = 16;

    fn new(start: *const f32, len: usize, tiles: usize) -> Self {
        let lines_per_tile = len.div_ceil(Self::LINE).div_ceil(tiles.max(1));
        Self { at: start, end: start.wrapping_add(len), lines_per_tile }
    }

    /// Reads a float of each of the next lines: WebAssembly has no prefetch instruction.
    ///
    /// # Safety
    /// The memory between `at` and `end` can be read.
    #[inline(always)]
    unsafe fn some(&mut self) {
        for _ in 0..self.lines_per_tile {
            if self.at >= self.end {
                return;
            }
            // SAFETY: `at` lies before `end`.
            unsafe { self.at.read_volatile() };
            self.at = self.at.wrapping_add(Self::LINE);
        }
    }
}

/// The product of one row and one panel.
pub(crate) type TileRow = [F32x4; PANEL / LANES];

/// `start` plus the product of `MR` rows and a panel.
///
/// Not unrolled beyond the partial sums: V8 does that. LLVM's wasm back end would chain the steps of each accumulator one after
/// the other, which keeps all their operands alive at once and spills registers (by two: no gain; by four: three quarters of
/// the speed).
///
/// # Safety
/// Each of `a` is valid for reading `k` floats, `panel` for `k * PANEL`.
#[inline(always)]
unsafe fn multiply<const MR: usize, const SUMS: usize>(
    k: usize,
    a: [*const f32; MR],
    panel: *const f32,
    start: [TileRow; MR],
) -> [TileRow; MR] {
    // SAFETY: all accesses to `a` and to the panel's rows are below k.
    unsafe {
        let mut sums = [[[F32x4::zero(); PANEL / LANES]; MR]; SUMS];
        sums[0] = start;
        let mut b = panel;
        let mut p = 0;
        while p + SUMS <= k {
            for (u, sums) in sums.iter_mut().enumerate() {
                step(sums, &a, p + u, b.add(u * PANEL));
            }
            b = b.add(SUMS * PANEL);
            p += SUMS;
        }
        while p < k {
            step(&mut sums[0], &a, p, b);
            b = b.add(PANEL);
            p += 1;
        }
        let mut tile = sums[0];
        for other in &sums[1..] {
            for (row, other) in tile.iter_mut().zip(other) {
                *row = [row[0] + other[0], row[1] + other[1]];
            }
        }
        tile
    }
}

/// Adds the product of column `p` of the rows and one row of the panel.
///
/// # Safety
/// Each of `a` is valid at `p`, `b` for reading [`PANEL`] floats.
#[inline(always)]
unsafe fn step<const MR: usize>(sums: &mut [TileRow; MR], a: &[*const f32; MR], p: usize, b: *const f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let b = [F32x4::load(b), F32x4::load(b.add(LANES))];
        for (sum, a) in sums.iter_mut().zip(a) {
            let a = F32x4::splat(*a.add(p));
            *sum = [a.madd(b[0], sum[0]), a.madd(b[1], sum[1])];
        }
    }
}

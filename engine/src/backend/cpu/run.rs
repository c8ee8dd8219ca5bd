//! Running a step.

use std::ops::Range;

use super::simd::gemm::{Epilogue, gemm_with};
use super::simd::gemv::gemv;
use super::simd::pack::{PANEL, PackedB};
use super::simd::{Rows, RowsMut, conv, depthwise, elementwise, math, norm, pool};
use super::work::{Cut, by_rows};
use super::{Kernel, Machine, Matrix, Step, attention, resize};
use crate::spec::Activation;

impl Step {
    /// Computes the step's value in the arena.
    pub(super) fn run(
        &self,
        image: &[f32],
        arena: &mut [f32],
        packed: &[f32],
        scratch: &mut [f32],
        machine: &Machine,
    ) {
        let (y, x, second) = self.operands(arena);
        let matrix = |m: &Matrix| PackedB { data: &packed[m.packed.clone()], k: m.k, n: m.n };
        let Machine { tile, threads } = machine;
        let work = by_rows(&self.kernel, y.len(), threads.count());
        match &self.kernel {
            Kernel::Input => y.copy_from_slice(image),
            Kernel::Gemv { matrix: m, activation } => {
                threads.rows(work, y, 1, |columns, y| {
                    gemv(x, panels(matrix(m), &columns), y, *activation);
                    if let Some(residual) = second {
                        elementwise::add_assign(y, &residual[columns]);
                    }
                });
            }
            Kernel::Gemm { rows, matrix: m, activation } => {
                let cut = Cut::of(*rows, threads.count());
                let work = cut.work(*rows, m, *activation, threads.count());
                let b = matrix(m);
                match cut {
                    Cut::Rows => threads.rows(work, y, m.n, |rows, y| {
                        let a = Rows { data: &x[rows.start * m.k..], stride: m.k };
                        let residual = second.map(|residual| &residual[rows.start * m.n..]);
                        let epilogue = epilogue(*activation, residual, m.n);
                        gemm_with(*tile, rows.len(), a, b, rows_mut(y, m.n), epilogue);
                    }),
                    Cut::Columns => threads.columns(scratch, work, y, m.n, |columns, y| {
                        let a = Rows { data: x, stride: m.k };
                        let residual = second.map(|residual| &residual[columns.start..]);
                        let epilogue = epilogue(*activation, residual, m.n);
                        let c = rows_mut(y, columns.len());
                        gemm_with(*tile, *rows, a, panels(b, &columns), c, epilogue);
                    }),
                }
            }
            Kernel::DenseConv { window, matrix: m, activation } => {
                threads.rows_with(scratch, work, y, m.n, |pixels, y, scratch| {
                    let residual = second.map(|residual| &residual[pixels.start * m.n..]);
                    let epilogue = epilogue(*activation, residual, m.n);
                    let image = conv::Image { window, data: x };
                    conv::conv(*tile, image, matrix(m), pixels, rows_mut(y, m.n), epilogue, scratch);
                });
            }
            Kernel::DepthwiseConv { window, matrix: m, activation } => {
                let row_len = window.out_width * window.channels;
                threads.rows(work, y, row_len, |rows, y| {
                    depthwise::depthwise(window, x, matrix(m), *activation, rows.clone(), y);
                    if let Some(residual) = second {
                        elementwise::add_assign(y, part(residual, &rows, row_len));
                    }
                });
            }
            Kernel::Affine { scale, shift } => {
                let (scale, shift) = (&packed[scale.clone()], &packed[shift.clone()]);
                threads.rows(work, y, shift.len(), |rows, y| {
                    elementwise::scale_channels(part(x, &rows, shift.len()), scale, y);
                    y.chunks_exact_mut(shift.len()).for_each(|pixel| elementwise::add_assign(pixel, shift));
                });
            }
            Kernel::Activation(activation) => threads.rows(work, y, 1, |range, y| {
                y.copy_from_slice(&x[range]);
                math::apply_activation(y, *activation);
            }),
            Kernel::Add => {
                let second = second.unwrap_or(x);
                threads.rows(work, y, 1, |range, y| elementwise::add(&x[range.clone()], &second[range], y));
            }
            Kernel::Scale => {
                let scale = second.unwrap_or(x);
                threads.rows(work, y, scale.len(), |rows, y| {
                    elementwise::scale_channels(part(x, &rows, scale.len()), scale, y);
                });
            }
            Kernel::Concat { channels: [first, rest] } => {
                let second = second.unwrap_or(x);
                threads.rows(work, y, first + rest, |rows, y| {
                    let sources = part(x, &rows, *first).chunks_exact(*first);
                    let sources = sources.zip(part(second, &rows, *rest).chunks_exact(*rest));
                    for (to, (a, b)) in y.chunks_exact_mut(first + rest).zip(sources) {
                        to[..*first].copy_from_slice(a);
                        to[*first..].copy_from_slice(b);
                    }
                });
            }
            Kernel::GlobalAveragePool { pixels } => {
                let channels = y.len();
                threads.rows(work, y, 1, |range, y| {
                    pool::global_average_of(x, *pixels, channels, range, y);
                });
            }
            Kernel::Resize { from, to, channels } => resize::bilinear(x, *from, *to, *channels, y),
            Kernel::Unfold { size, channels: c, patch } => {
                let order = TokenOrder::new(*size, *patch);
                threads.rows(work, y, *c, |tokens, y| {
                    for (to, token) in y.chunks_exact_mut(*c).zip(tokens) {
                        to.copy_from_slice(&x[order.pixel(token) * c..][..*c]);
                    }
                });
            }
            Kernel::Fold { size, channels: c, patch } => {
                let order = TokenOrder::new(*size, *patch);
                threads.rows(work, y, *c, |pixels, y| {
                    for (to, pixel) in y.chunks_exact_mut(*c).zip(pixels) {
                        to.copy_from_slice(&x[order.token(pixel) * c..][..*c]);
                    }
                });
            }
            Kernel::LayerNorm { weight, bias, eps } => {
                let (weight, bias) = (&packed[weight.clone()], &packed[bias.clone()]);
                threads.rows(work, y, weight.len(), |rows, y| {
                    norm::layer_norm(part(x, &rows, weight.len()), weight, bias, *eps, y);
                });
            }
            Kernel::Attention { tokens, dim, heads } => {
                threads.rows_with(scratch, work, y, tokens * dim, |sequences, y, scratch| {
                    let x = part(x, &sequences, tokens * 3 * dim);
                    let sequences = sequences.len();
                    let shape = attention::Shape { sequences, tokens: *tokens, dim: *dim, heads: *heads };
                    attention::attention(&shape, x, y, scratch, *tile);
                });
            }
        }
    }

    /// The output, the first input (empty for the network's input) and the second where there is one.
    fn operands<'a>(&self, arena: &'a mut [f32]) -> (&'a mut [f32], &'a [f32], Option<&'a [f32]>) {
        const DISJOINT: &str = "the plan keeps a step's output apart from its inputs";
        let output = self.output.clone();
        match self.inputs.as_slice() {
            [] => (&mut arena[output], &[], None),
            [x] => {
                let [y, x] = arena.get_disjoint_mut([output, x.clone()]).expect(DISJOINT);
                (y, x, None)
            }
            [x, second, ..] if x == second => {
                let [y, x] = arena.get_disjoint_mut([output, x.clone()]).expect(DISJOINT);
                (y, x, Some(x))
            }
            [x, second, ..] => {
                let operands = arena.get_disjoint_mut([output, x.clone(), second.clone()]);
                let [y, x, second] = operands.expect(DISJOINT);
                (y, x, Some(second))
            }
        }
    }
}

fn rows_mut(data: &mut [f32], stride: usize) -> RowsMut<'_> {
    RowsMut { data, stride }
}

fn epilogue(activation: Activation, residual: Option<&[f32]>, stride: usize) -> Epilogue<'_> {
    Epilogue { activation, residual: residual.map(|data| Rows { data, stride }) }
}

/// Some rows of a matrix.
fn part<'a>(data: &'a [f32], rows: &Range<usize>, row_len: usize) -> &'a [f32] {
    &data[rows.start * row_len..rows.end * row_len]
}

/// Some columns of a packed matrix, from the start of a panel on.
fn panels<'a>(b: PackedB<'a>, columns: &Range<usize>) -> PackedB<'a> {
    PackedB { data: &b.data[columns.start / PANEL * PANEL * (b.k + 1)..], n: columns.len(), ..b }
}

/// In which order unfolded tokens follow each other; see [`Op::Unfold`](crate::graph::Op::Unfold).
struct TokenOrder {
    width: usize,
    /// Patches in a column and in a row of them.
    patches: (usize, usize),
    patch: usize,
}

impl TokenOrder {
    fn new((h, w): (usize, usize), patch: usize) -> Self {
        Self { width: w, patches: (h / patch, w / patch), patch }
    }

    /// The pixel that a token is of.
    fn pixel(&self, token: usize) -> usize {
        let (offset, number) = (token / self.count(), token % self.count());
        let (y, x) = (number / self.patches.1 * self.patch, number % self.patches.1 * self.patch);
        (y + offset / self.patch) * self.width + x + offset % self.patch
    }

    /// The token of a pixel.
    fn token(&self, pixel: usize) -> usize {
        let (y, x) = (pixel / self.width, pixel % self.width);
        let offset = y % self.patch * self.patch + x % self.patch;
        offset * self.count() + y / self.patch * self.patches.1 + x / self.patch
    }

    /// The number of patches: tokens of one sequence.
    fn count(&self) -> usize {
        self.patches.0 * self.patches.1
    }
}

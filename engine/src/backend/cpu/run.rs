//! Running a step.

use super::simd::gemm::{Epilogue, RowTile, gemm_with};
use super::simd::pack::PackedB;
use super::simd::{Rows, RowsMut, depthwise, elementwise, im2col, math, norm, pool};
use super::{Kernel, Matrix, PATCH_ROWS, Step, attention, resize};
use crate::spec::Activation;

impl Step {
    /// Computes the step's value in the arena.
    pub(super) fn run(
        &self,
        image: &[f32],
        arena: &mut [f32],
        packed: &[f32],
        scratch: &mut [f32],
        tile: RowTile,
    ) {
        let (y, x, second) = self.operands(arena);
        let matrix = |m: &Matrix| PackedB { data: &packed[m.packed.clone()], k: m.k, n: m.n };
        match &self.kernel {
            Kernel::Input => y.copy_from_slice(image),
            Kernel::Gemm { rows, matrix: m, activation } => {
                let a = Rows { data: x, stride: m.k };
                gemm_with(tile, *rows, a, matrix(m), rows_mut(y, m.n), epilogue(*activation, second, m.n));
            }
            Kernel::DenseConv { window, matrix: m, activation } => {
                let pixels = window.out_height * window.out_width;
                for first in (0..pixels).step_by(PATCH_ROWS) {
                    let block = first..(first + PATCH_ROWS).min(pixels);
                    let patches = &mut scratch[..block.len() * m.k];
                    im2col::im2col(window, x, block.clone(), patches);
                    let a = Rows { data: patches, stride: m.k };
                    let residual = second.map(|residual| &residual[first * m.n..]);
                    let c = rows_mut(&mut y[first * m.n..], m.n);
                    gemm_with(tile, block.len(), a, matrix(m), c, epilogue(*activation, residual, m.n));
                }
            }
            Kernel::DepthwiseConv { window, matrix: m, activation } => {
                let band = depthwise::Band { data: x, first_row: 0 };
                depthwise::depthwise(window, band, matrix(m), *activation, 0..window.out_height, y);
                if let Some(residual) = second {
                    elementwise::add_assign(y, residual);
                }
            }
            Kernel::Affine { scale, shift } => {
                elementwise::scale_channels(x, &packed[scale.clone()], y);
                let shift = &packed[shift.clone()];
                y.chunks_exact_mut(shift.len()).for_each(|pixel| elementwise::add_assign(pixel, shift));
            }
            Kernel::Activation(activation) => {
                y.copy_from_slice(x);
                math::apply_activation(y, *activation);
            }
            Kernel::Add => elementwise::add(x, second.unwrap_or(x), y),
            Kernel::Scale => elementwise::scale_channels(x, second.unwrap_or(x), y),
            Kernel::Concat { channels: [first, rest] } => {
                let sources = x.chunks_exact(*first).zip(second.unwrap_or(x).chunks_exact(*rest));
                for (to, (a, b)) in y.chunks_exact_mut(first + rest).zip(sources) {
                    to[..*first].copy_from_slice(a);
                    to[*first..].copy_from_slice(b);
                }
            }
            Kernel::GlobalAveragePool { pixels } => pool::global_average(x, *pixels, y),
            Kernel::Resize { from, to, channels } => resize::bilinear(x, *from, *to, *channels, y),
            Kernel::Unfold { size, channels: c, patch } => {
                for (to, pixel) in y.chunks_exact_mut(*c).zip(pixels_in_token_order(*size, *patch)) {
                    to.copy_from_slice(&x[pixel * c..][..*c]);
                }
            }
            Kernel::Fold { size, channels: c, patch } => {
                for (token, pixel) in x.chunks_exact(*c).zip(pixels_in_token_order(*size, *patch)) {
                    y[pixel * c..][..*c].copy_from_slice(token);
                }
            }
            Kernel::LayerNorm { weight, bias, eps } => {
                norm::layer_norm(x, &packed[weight.clone()], &packed[bias.clone()], *eps, y);
            }
            Kernel::Attention { sequences, tokens, dim, heads } => {
                let shape =
                    attention::Shape { sequences: *sequences, tokens: *tokens, dim: *dim, heads: *heads };
                attention::attention(&shape, x, y, scratch, tile);
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

/// Pixel numbers in the order in which unfolded tokens follow each other; see
/// [`Op::Unfold`](crate::graph::Op::Unfold).
fn pixels_in_token_order((h, w): (usize, usize), patch: usize) -> impl Iterator<Item = usize> {
    let offsets = (0..patch).flat_map(move |py| (0..patch).map(move |px| py * w + px));
    let corners = move || (0..h / patch).flat_map(move |y| (0..w / patch).map(move |x| (y * w + x) * patch));
    offsets.flat_map(move |offset| corners().map(move |corner| corner + offset))
}

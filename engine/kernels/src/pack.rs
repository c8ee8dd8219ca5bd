//! Weights in the order in which the kernels read them.

use crate::Rows;
use crate::matrix::check_len;

/// Columns of a panel: what one step of the GEMM computes side by side.
pub const PANEL: usize = 8;

/// The right-hand side of a GEMM, or the weights of a depthwise convolution, packed by [`pack_b`] or [`pack_b_transposed`].
///
/// Columns come in panels of [`PANEL`]: first the panel's biases, then `k` rows of its columns. The last panel is filled
/// up with zeros.
#[derive(Clone, Copy, Debug)]
pub struct PackedB<'a> {
    /// [`packed_len`]`(k, n)` elements.
    pub data: &'a [f32],
    /// Rows of B: input channels.
    pub k: usize,
    /// Columns of B: output channels.
    pub n: usize,
}

/// The number of elements of a packed `[k, n]` matrix.
pub const fn packed_len(k: usize, n: usize) -> usize {
    n.div_ceil(PANEL) * PANEL * (k + 1)
}

/// Packs the weights of a linear layer or a 1×1 convolution: `weights` is `[n, k]`, one row per output.
///
/// `bias` has `n` elements (`None`: zeros), `out` has [`packed_len`]`(k, n)`. Panics where a length does not fit.
pub fn pack_b(weights: Rows<'_>, k: usize, n: usize, bias: Option<&[f32]>, out: &mut [f32]) {
    weights.check("weights", n, k);
    for (first, panel) in panels(k, n, bias, out) {
        let columns = PANEL.min(n - first);
        for (j, row) in (first..first + columns).enumerate() {
            let row = &weights.data[row * weights.stride..][..k];
            for (out, &weight) in panel.iter_mut().zip(row) {
                out[j] = weight;
            }
        }
        for out in panel {
            out[columns..].fill(0.0);
        }
    }
}

/// Packs a matrix that is stored as `[k, n]`, one row per input: the values of attention.
///
/// `bias` has `n` elements (`None`: zeros), `out` has [`packed_len`]`(k, n)`. Panics where a length does not fit.
pub fn pack_b_transposed(b: Rows<'_>, k: usize, n: usize, bias: Option<&[f32]>, out: &mut [f32]) {
    b.check("B", k, n);
    for (first, panel) in panels(k, n, bias, out) {
        let columns = PANEL.min(n - first);
        for (i, out) in panel.iter_mut().enumerate() {
            let row = &b.data[i * b.stride + first..][..columns];
            match <&[f32; PANEL]>::try_from(row) {
                Ok(row) => *out = *row,
                Err(_) => {
                    out[..columns].copy_from_slice(row);
                    out[columns..].fill(0.0);
                }
            }
        }
    }
}

/// Writes the biases; gives for each panel its first column and its `k` rows.
fn panels<'a>(
    k: usize,
    n: usize,
    bias: Option<&'a [f32]>,
    out: &'a mut [f32],
) -> impl Iterator<Item = (usize, &'a mut [[f32; PANEL]])> {
    check_len("packed B", out.len(), &[n.div_ceil(PANEL), PANEL, k + 1]);
    if let Some(bias) = bias {
        check_len("bias", bias.len(), &[n]);
    }
    let rows = out.as_chunks_mut::<PANEL>().0;
    rows.chunks_exact_mut(k + 1).enumerate().map(move |(p, panel)| {
        let (head, panel) = panel.split_at_mut(1);
        for (j, out) in head[0].iter_mut().enumerate() {
            *out = bias.and_then(|bias| bias.get(p * PANEL + j)).copied().unwrap_or(0.0);
        }
        (p * PANEL, panel)
    })
}

/// Turns the weights of a convolution from `[out, in, taps]` (OIHW, PyTorch) into `[out, taps, in]`: rows for [`pack_b`] that
/// match the windows of [`crate::conv`].
pub fn reorder_oihw(weights: &[f32], outputs: usize, inputs: usize, taps: usize, out: &mut [f32]) {
    check_len("weights", weights.len(), &[outputs, inputs, taps]);
    assert_eq!(weights.len(), out.len(), "the reordered weights have as many elements");
    for (o, row) in out.chunks_exact_mut((inputs * taps).max(1)).enumerate() {
        transpose(&weights[o * inputs * taps..][..inputs * taps], inputs, taps, row);
    }
}

/// `[rows, columns]` to `[columns, rows]`.
fn transpose(from: &[f32], rows: usize, columns: usize, to: &mut [f32]) {
    for r in 0..rows {
        for c in 0..columns {
            to[c * rows + r] = from[r * columns + c];
        }
    }
}

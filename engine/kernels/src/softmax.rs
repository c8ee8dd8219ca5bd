//! Softmax over rows, for attention.

use crate::f32x4::{F32x4, LANES};
use crate::math::{BLOCK, Block, each, map_block, map_in_place, shifted_exp};
use crate::matrix::check_len;

/// Replaces each row of `x` (`[rows, columns]`) by `softmax(scale * row)` but for a factor, which is left to the caller:
/// `factors` has one for each row. (Attention multiplies its results, which are fewer numbers, by it.) `scale` is positive;
/// in attention `1 / sqrt(d)`.
///
/// The row's maximum is subtracted first, so that nothing overflows. A row that contains NaN or +∞ becomes NaN. Panics
/// where the length is not that of a row for each factor, or `scale` is not positive.
pub fn softmax_rows(x: &mut [f32], columns: usize, scale: f32, factors: &mut [f32]) {
    let columns = columns.max(1);
    check_len("softmax's input", x.len(), &[factors.len(), columns]);
    assert!(scale > 0.0, "softmax with a scale of {scale}");
    let scale = F32x4::splat(scale);
    for (row, factor) in x.chunks_exact_mut(columns).zip(factors) {
        let max = F32x4::splat(largest(row));
        *factor = 1.0 / map_and_sum(row, |x| shifted_exp(each(x, |x| (x - max) * scale)));
    }
}

/// The largest element; NaN may be passed over.
#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let (blocks, rest) = row.as_chunks::<{ BLOCK * LANES }>();
    let mut max = [F32x4::splat(f32::NEG_INFINITY); BLOCK];
    for block in blocks {
        for (max, lanes) in max.iter_mut().zip(block.as_chunks::<LANES>().0) {
            *max = max.max(F32x4::from_array(*lanes));
        }
    }
    let max = max[0].max(max[1]).max(max[2].max(max[3]));
    rest.iter().fold(max.largest(), |max, x| max.max(*x))
}

/// Replaces every element by `f` of it; gives the sum of the results.
#[inline(always)]
fn map_and_sum(row: &mut [f32], f: impl Fn(Block) -> Block) -> f32 {
    let (blocks, rest) = row.as_chunks_mut::<{ BLOCK * LANES }>();
    let mut sums = [F32x4::zero(); BLOCK];
    for block in blocks {
        let values = map_block(block, &f);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = *sum + value;
        }
    }
    let total = ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
    if rest.is_empty() {
        return total;
    }
    map_in_place(rest, f);
    total + rest.iter().sum::<f32>()
}

//! Separable self-attention.

use crate::elementwise::{add_product, relu_product};
use crate::matrix::check_len;
use crate::softmax::softmax_rows;

/// `out[t, d] = relu(value[t, d]) * context[d]` with `context = sum of softmax(query)[t] * key[t]`, for tokens that hold a query
/// of one number, a key and a value one after the other (arXiv 2206.02680, section 3.2).
///
/// There are as many tokens as `shares`, and `context` is as long as a key; both are scratch memory. Panics where the other
/// lengths do not fit.
pub fn attention(x: &[f32], shares: &mut [f32], context: &mut [f32], out: &mut [f32]) {
    let (tokens, dim) = (shares.len(), context.len());
    let row = 1 + 2 * dim;
    check_len("tokens", x.len(), &[tokens, row]);
    check_len("result", out.len(), &[tokens, dim]);
    let rows = || x.chunks_exact(row);
    shares.iter_mut().zip(rows()).for_each(|(share, row)| *share = row[0]);
    let mut factor = [0.0];
    softmax_rows(shares, tokens, 1.0, &mut factor);
    context.fill(0.0);
    for (row, share) in rows().zip(&*shares) {
        add_product(context, &row[1..=dim], share * factor[0]);
    }
    for (row, out) in rows().zip(out.chunks_exact_mut(dim.max(1))) {
        relu_product(&row[1 + dim..], context, out);
    }
}

//! Multi-head self-attention as small matrix products per sequence and head.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;
use kernels::gemm::{Epilogue, RowTile, gemm_with};
use kernels::pack::{PackedB, pack_b, pack_b_transposed, packed_len};
use kernels::{Rows, RowsMut, softmax};

/// Queries whose scores are in memory at a time: with 400 keys they take 77 KB and stay in the cache.
/// A multiple of [`kernels::gemm::ROW_MULTIPLE`].
const QUERY_ROWS: usize = 48;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Attention {
    tokens: usize,
    dim: usize,
    heads: usize,
}

impl Run for Attention {
    type Of = op::Attention;

    fn new(op: &op::Attention, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        let (_, tokens) = site.output().size();
        Self { tokens, dim: site.output().channels(), heads: op.heads }
    }

    fn scratch_len(&self, _: usize) -> usize {
        scratch_len(self.tokens, self.dim / self.heads)
    }

    fn run(&self, mut io: Io<'_>) {
        let Self { tokens, dim, heads } = *self;
        let (threads, tile) = (&io.machine.threads, io.machine.tile);
        let (y, x, _, scratch) = io.two(0, None);
        let work = work::attention(y.len(), tokens, heads);
        threads.rows_with(scratch, work, y, tokens * dim, |sequences, y, scratch| {
            let x = part(x.data, &sequences, tokens * 3 * dim);
            let shape = Shape { sequences: sequences.len(), tokens, dim, heads };
            attention(&shape, x, y, scratch, tile);
        });
    }
}

/// The numbers of an attention.
struct Shape {
    /// Independent token sequences.
    sequences: usize,
    /// Tokens in each.
    tokens: usize,
    /// Numbers per token of the result.
    dim: usize,
    /// Heads, each `dim / heads` wide.
    heads: usize,
}

/// Packed keys, packed values, a block of scores.
fn scratch_len(tokens: usize, head_dim: usize) -> usize {
    packed_len(head_dim, tokens) + packed_len(tokens, head_dim) + QUERY_ROWS.min(tokens) * tokens
}

/// softmax(q · kᵀ / √head_dim) · v; see [`op::Attention`] for the layout of `qkv`.
///
/// The values' sums are divided last, and overflow where values are beyond 3.4e38 / (2^24 · tokens), 8e28 for 256 tokens.
fn attention(shape: &Shape, qkv: &[f32], out: &mut [f32], scratch: &mut [f32], tile: RowTile) {
    let Shape { sequences, tokens, dim, heads } = *shape;
    let head_dim = dim / heads;
    let scale = 1.0 / (head_dim as f32).sqrt();
    let (keys, rest) = scratch.split_at_mut(packed_len(head_dim, tokens));
    let (values, scores) = rest.split_at_mut(packed_len(tokens, head_dim));
    for s in 0..sequences {
        for head in 0..heads {
            let part = |which: usize| Rows {
                data: &qkv[s * tokens * 3 * dim + which * dim + head * head_dim..],
                stride: 3 * dim,
            };
            pack_b(part(1), head_dim, tokens, None, keys);
            pack_b_transposed(part(2), tokens, head_dim, None, values);
            for first in (0..tokens).step_by(QUERY_ROWS) {
                let rows = QUERY_ROWS.min(tokens - first);
                let queries = Rows { data: &part(0).data[first * 3 * dim..], stride: 3 * dim };
                let scores = &mut scores[..rows * tokens];
                let packed = PackedB { data: keys, k: head_dim, n: tokens };
                let c = RowsMut { data: scores, stride: tokens };
                gemm_with(tile, rows, queries, packed, c, Epilogue::NONE);
                let factors = &mut [0.0; QUERY_ROWS][..rows];
                softmax::softmax_rows(scores, tokens, scale, factors);
                let a = Rows { data: scores, stride: tokens };
                let packed = PackedB { data: values, k: tokens, n: head_dim };
                let to = &mut out[(s * tokens + first) * dim + head * head_dim..];
                gemm_with(tile, rows, a, packed, RowsMut { data: to, stride: dim }, Epilogue::NONE);
                for (row, factor) in to.chunks_mut(dim).zip(factors) {
                    row[..head_dim].iter_mut().for_each(|number| *number *= *factor);
                }
            }
        }
    }
}

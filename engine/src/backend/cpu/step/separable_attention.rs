//! Separable self-attention.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;
use kernels::separable;

#[derive(Debug)]
pub(in crate::backend::cpu) struct SeparableAttention {
    tokens: usize,
    dim: usize,
}

impl Run for SeparableAttention {
    type Of = op::SeparableAttention;

    fn new(_: &op::SeparableAttention, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        let (_, tokens) = site.output().size();
        Self { tokens, dim: site.output().channels() }
    }

    /// A sequence's shares and its context.
    fn scratch_len(&self, _: usize) -> usize {
        self.tokens + self.dim
    }

    fn run(&self, mut io: Io<'_>) {
        let Self { tokens, dim } = *self;
        let threads = &io.machine.threads;
        let (y, x, _, scratch) = io.two(0, None);
        threads.rows_with(scratch, work::moved(2 * y.len()), y, tokens * dim, |sequences, y, scratch| {
            let (shares, context) = scratch[..tokens + dim].split_at_mut(tokens);
            let x = part(x.data, &sequences, tokens * (1 + 2 * dim));
            for (x, y) in x.chunks_exact(tokens * (1 + 2 * dim)).zip(y.chunks_exact_mut(tokens * dim)) {
                separable::attention(x, shares, context, y);
            }
        });
    }
}

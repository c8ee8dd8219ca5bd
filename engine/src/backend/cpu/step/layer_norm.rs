//! Layer normalisation.

use std::ops::Range;

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op::{self, NormOver};
use kernels::norm;

#[derive(Debug)]
pub(in crate::backend::cpu) struct LayerNorm {
    weight: Range<usize>,
    bias: Range<usize>,
    eps: f32,
    over: NormOver,
}

impl Run for LayerNorm {
    type Of = op::LayerNorm;

    fn packed_len(_: &op::LayerNorm, site: Site<'_>) -> usize {
        2 * site.output().channels()
    }

    fn new(op: &op::LayerNorm, _: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let (weight, bias) = (packer.param(op.weight), packer.param(op.bias));
        Self { weight, bias, eps: op.eps, over: op.over }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (weight, bias) = (&io.packed[self.weight.clone()], &io.packed[self.bias.clone()]);
        let (y, x) = io.one(0);
        // Threads that shared the sums would add them up in another order than one alone.
        let whole = (self.over == NormOver::Whole).then(|| norm::moments(x, self.eps));
        threads.rows(work::moved(y.len()), y, weight.len(), |rows, y| {
            let x = part(x, &rows, weight.len());
            match whole {
                None => norm::layer_norm(x, weight, bias, self.eps, y),
                Some((mean, scale)) => norm::layer_norm_by(x, mean, scale, weight, bias, y),
            }
        });
    }
}

//! Layer normalisation.

use std::ops::Range;

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;
use kernels::norm;

#[derive(Debug)]
pub(in crate::backend::cpu) struct LayerNorm {
    weight: Range<usize>,
    bias: Range<usize>,
    eps: f32,
}

impl Run for LayerNorm {
    type Of = op::LayerNorm;

    fn packed_len(_: &op::LayerNorm, site: Site<'_>) -> usize {
        2 * site.output().channels()
    }

    fn new(op: &op::LayerNorm, _: Site<'_>, packer: &mut Packer<'_>) -> Self {
        Self { weight: packer.param(op.weight), bias: packer.param(op.bias), eps: op.eps }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (weight, bias) = (&io.packed[self.weight.clone()], &io.packed[self.bias.clone()]);
        let (y, x) = io.one(0);
        threads.rows(work::moved(y.len()), y, weight.len(), |rows, y| {
            norm::layer_norm(part(x, &rows, weight.len()), weight, bias, self.eps, y);
        });
    }
}

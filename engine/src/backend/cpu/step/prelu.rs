//! max(x, 0) + slope · min(x, 0).

use std::ops::Range;

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;
use kernels::elementwise;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Prelu {
    slope: Range<usize>,
}

impl Run for Prelu {
    type Of = op::Prelu;

    fn packed_len(op: &op::Prelu, site: Site<'_>) -> usize {
        site.plan.graph.param(op.slope).elements()
    }

    fn new(op: &op::Prelu, _: Site<'_>, packer: &mut Packer<'_>) -> Self {
        Self { slope: packer.param(op.slope) }
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, slope) = (&io.machine.threads, &io.packed[self.slope.clone()]);
        let (y, x) = io.one(0);
        threads.rows(work::moved(y.len()), y, slope.len(), |rows, y| {
            y.copy_from_slice(part(x, &rows, slope.len()));
            elementwise::prelu(y, slope);
        });
    }
}

//! max(x, 0) + slope · min(x, 0).

use std::ops::Range;

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;

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
            let pixels = part(x, &rows, slope.len()).chunks_exact(slope.len());
            for (y, x) in y.chunks_exact_mut(slope.len()).zip(pixels) {
                for ((y, x), slope) in y.iter_mut().zip(x).zip(slope) {
                    *y = if *x < 0.0 { x * slope } else { *x };
                }
            }
        });
    }
}

//! Mean over all pixels.

use super::{Io, Packer, Run, Site};
use crate::graph::op;
use kernels::pool;
use kernels::threads::Work;

#[derive(Debug)]
pub(in crate::backend::cpu) struct GlobalAveragePool {
    pixels: usize,
}

impl Run for GlobalAveragePool {
    type Of = op::GlobalAveragePool;

    fn new(_: &op::GlobalAveragePool, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self { pixels: site.input(0).positions() }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x) = io.one(0);
        let channels = y.len();
        let work = Work { nanoseconds: self.pixels.saturating_mul(channels) / 4, multiple: 16 };
        threads.rows(work, y, 1, |range, y| pool::global_average_of(x, self.pixels, channels, range, y));
    }
}

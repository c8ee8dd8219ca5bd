//! Other orders and parts of channels that no product reads.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op::{self, ChannelMap};
use kernels::elementwise;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Channels {
    map: ChannelMap,
    channels: usize,
}

impl Run for Channels {
    type Of = op::Channels;

    fn new(op: &op::Channels, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self { map: op.0.clone(), channels: site.input(0).channels() }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x) = io.one(0);
        threads.rows(work::moved(2 * y.len()), y, self.map.len(), |rows, y| {
            let x = part(x, &rows, self.channels);
            elementwise::gather(x, self.channels, self.map.table(), y, self.map.len());
        });
    }
}

//! Other orders and parts of channels, of up to three values at once.

use super::super::kernel::{Kernel, shader};
use super::{GpuError, Lower, Lowering, NodeId, n};
use crate::graph::Shape;
use crate::graph::op::{ChannelMap, Channels};

shader! {
    /// Channels of up to three values, by a table.
    Gather "gather" COMMON [8, 8, 1] { rows, columns, table, first, second, third }
}

/// How many values a dispatch can read.
pub(super) const SOURCES: usize = 3;

/// Bits of a table's entry that say which channel; those above say of which value.
const CHANNEL_BITS: u32 = 24;
/// The value that stands for zeros.
const NOTHING: u32 = SOURCES as u32;

/// What picks channels of values one after the other: each with its channels, and those that are meant (all if `None`).
pub(super) fn gather(to: &mut Lowering<'_>, rows: usize, sources: &[(usize, Option<&ChannelMap>)]) -> Kernel {
    let mut table = Vec::new();
    for (source, (channels, map)) in (0..).zip(sources) {
        let entry = |channel: usize| source << CHANNEL_BITS | n(channel);
        match map {
            Some(map) => table.extend(map.iter().map(entry)),
            None => table.extend((0..*channels).map(entry)),
        }
    }
    let columns = n(table.len().div_ceil(4));
    table.resize(columns as usize * 4, NOTHING << CHANNEL_BITS);
    let quads = |source: usize| sources.get(source).map_or(0, |(channels, _)| n(channels.div_ceil(4)));
    let (first, second, third) = (quads(0), quads(1), quads(2));
    let params = Gather { rows: n(rows), columns, table: to.table(table), first, second, third };
    params.kernel([columns, params.rows, 1])
}

impl Lower for Channels {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let shape: Shape = to.shape(source);
        let kernel = gather(to, shape.positions(), &[(shape.channels(), Some(&self.0))]);
        to.step(id, kernel, [Some(source), None, None]);
        Ok(())
    }
}

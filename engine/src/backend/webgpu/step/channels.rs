//! Other orders and parts of channels: another name for a value. And copies of values in another order, where one must be.

use super::super::layout::{NONE, View};
use super::{GpuError, Lower, Lowering, NodeId, n};
use crate::graph::op::Channels;

/// A number of one of the values that are copied.
#[derive(Clone, Copy, Debug)]
pub(in crate::backend::webgpu) struct Entry(u32);

impl Entry {
    /// A zero.
    pub(super) const NOTHING: Self = Self((gather::SOURCES as u32) << Self::NUMBER_BITS);
    /// Bits that say which number of a row; those above say of which value.
    const NUMBER_BITS: u32 = 24;

    /// A channel of value number `source`, or nothing.
    pub(in crate::backend::webgpu) fn of(source: usize, view: &View, channel: u32) -> Self {
        match channel {
            NONE => Self::NOTHING,
            channel => Self(
                (n(source) << Self::NUMBER_BITS) + n(4 * view.first) + view.layout.slots[channel as usize],
            ),
        }
    }
}

pub(in crate::backend::webgpu) mod gather {
    use super::super::super::kernel::{Kernel, shader};
    use super::super::super::layout::View;
    use super::super::{Lowering, n};
    use super::Entry;

    shader! {
        /// Numbers of up to three values, by a table.
        Gather "gather" COMMON [8, 8, 1] {
            rows, columns, first, stride, table, strides_x, strides_residual, strides_other, in_place,
        }
    }

    /// How many values a dispatch can read.
    pub(in crate::backend::webgpu) const SOURCES: usize = 3;

    /// What copies these numbers of values to quads `first` and following of another's rows.
    pub(in crate::backend::webgpu) fn kernel(
        to: &mut Lowering<'_>,
        rows: usize,
        sources: &[&View],
        mut entries: Vec<Entry>,
        target: &View,
        first: usize,
    ) -> Kernel {
        entries.resize(entries.len().next_multiple_of(4), Entry::NOTHING);
        let stride = |source: usize| sources.get(source).map_or(0, |view| n(view.stride));
        let in_place = sources.iter().enumerate().filter(|(_, view)| view.block == target.block);
        let params = Gather {
            rows: n(rows),
            columns: n(entries.len() / 4),
            first: n(target.first + first),
            stride: n(target.stride),
            table: to.table(entries.into_iter().map(|entry| entry.0).collect()),
            strides_x: stride(0),
            strides_residual: stride(1),
            strides_other: stride(2),
            in_place: in_place.map(|(source, _)| 1 << source).sum(),
        };
        params.kernel([params.columns, params.rows, 1])
    }
}

impl Lower for Channels {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let view = to.view(to.inputs(id)[0]).mapped(&self.0);
        to.name(id, view);
        Ok(())
    }
}

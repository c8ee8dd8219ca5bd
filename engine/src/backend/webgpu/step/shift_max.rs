//! MicroNet's activation function.

use super::super::kernel::shader;
use super::super::layout::NONE;
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Work, n};
use crate::graph::op::ShiftMax;

shader! {
    /// The largest of one or two sums of two channels; `range` and the starts hold floats' bits.
    Pieces "shift_max" STORED [8, 8, 1] {
        rows, columns, channels, own, others, pieces, range, first_own, first_other, second_own, second_other,
    }
}

impl Lower for ShiftMax {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let x = to.lanes_of(id);
        let (quads, columns) = to.reading(&x.layout);
        let own = to.layout(id).lanes(0..columns);
        let other = |channel: &u32| match *channel {
            NONE => 0,
            channel => x.layout.slots[self.map.table()[channel as usize] as usize],
        };
        let others = to.table(own.iter().map(other).collect());
        // What is no channel is multiplied by any factors.
        let own = own.into_iter().map(|channel| if channel == NONE { 0 } else { channel }).collect();
        let start = |piece: usize| self.start.get(piece).copied().unwrap_or_default().map(f32::to_bits);
        let ([first_own, first_other], [second_own, second_other]) = (start(0), start(1));
        let factors = to.whole(id, to.inputs(id)[1]);
        let params = Pieces {
            rows: n(to.shape(id).positions()),
            columns: n(columns),
            channels: n(to.shape(id).channels()),
            own: to.table(own),
            others,
            pieces: n(self.start.len()),
            range: self.range.to_bits(),
            first_own,
            first_other,
            second_own,
            second_other,
        };
        let kernel = params.kernel([params.columns, params.rows, 1]);
        to.stored(id, Work { other: Some(factors), ..Work::of(kernel, x, quads) });
        Ok(())
    }

    fn begins(&self, _: &Readers<'_>, _: NodeId) -> Begins {
        Begins::Stored { scales: false, has_other: true }
    }

    fn keeps_lanes(&self, _: &Readers<'_>, _: NodeId) -> bool {
        true
    }
}

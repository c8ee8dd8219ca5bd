//! Pooling windows.

use super::super::kernel::shader;
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Work, n};
use crate::graph::Shape;
use crate::graph::op::{Pool, PoolKind};

shader! {
    /// The largest number or the mean under a window.
    Windows "pool_window" WINDOW [8, 8, 1] { columns }
}

/// The members of `Window`.
pub(super) fn window(pool: &Pool, from: Shape, to: Shape) -> [u32; 12] {
    let ((height, width), (_, out_width)) = (from.size(), to.size());
    let Pool { kind, window, stride, pad, .. } = pool;
    let words = [
        [height, width, out_width, window[0]],
        [window[1], stride[0], stride[1], pad.top],
        [pad.left, pad.bottom, pad.right, usize::from(*kind == PoolKind::Average)],
    ];
    std::array::from_fn(|i| n(words[i / 4][i % 4]))
}

impl Lower for Pool {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let x = to.lanes_of(id);
        let (quads, depth) = to.reading(&x.layout);
        let (out_height, out_width) = to.shape(id).size();
        let kernel = Windows { columns: n(depth) }.kernel([n(depth), n(out_width), n(out_height)]);
        let window = window(self, to.shape(to.inputs(id)[0]), to.shape(id));
        to.stored(id, Work { window: Some(window), ..Work::of(kernel, x, quads) });
        Ok(())
    }

    fn begins(&self, _: &Readers<'_>, _: NodeId) -> Begins {
        Begins::Stored { scales: false, has_other: false }
    }

    fn keeps_lanes(&self, _: &Readers<'_>, _: NodeId) -> bool {
        true
    }
}

//! Mean over all pixels.

use super::super::kernel::shader;
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Work, n};
use crate::graph::op::GlobalAveragePool;

shader! {
    /// Global average pooling.
    Means "pool" STORED [4, 1, 1] { pixels, channels }
}

impl Lower for GlobalAveragePool {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let x = to.lanes_of(id);
        let (quads, depth) = to.reading(&x.layout);
        let params = Means { pixels: n(to.shape(to.inputs(id)[0]).positions()), channels: n(depth) };
        let kernel = params.kernel([params.channels, 1, 1]);
        to.stored(id, Work::of(kernel, x, quads));
        Ok(())
    }

    fn begins(&self, _: &Readers<'_>, _: NodeId) -> Begins {
        Begins::Stored { scales: false, has_other: false }
    }

    fn keeps_lanes(&self, _: &Readers<'_>, _: NodeId) -> bool {
        true
    }
}

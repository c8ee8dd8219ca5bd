//! Resizing of maps.

use super::super::kernel::shader;
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Work, n};
use crate::graph::op::Resize;

shader! {
    /// Bilinear resizing.
    Bilinear "resize" STORED [8, 8, 1] {
        height, width, out_height, out_width, channels, align_corners,
    }
}

impl Lower for Resize {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let x = to.lanes_of(id);
        let (quads, depth) = to.reading(&x.layout);
        let ((height, width), (out_height, out_width)) = (to.shape(to.inputs(id)[0]).size(), self.size);
        let [height, width, out_height, out_width] = [height, width, out_height, out_width].map(n);
        let (channels, align_corners) = (n(depth), u32::from(self.align_corners));
        let params = Bilinear { height, width, out_height, out_width, channels, align_corners };
        let kernel = params.kernel([params.channels, out_width, out_height]);
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

//! Resizing of maps.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n, quads};
use crate::graph::op::Resize;

shader! {
    /// Bilinear resizing.
    Bilinear "resize" COMMON [8, 8, 1] {
        height, width, out_height, out_width, channels, align_corners,
    }
}

impl Lower for Resize {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let ((height, width), (out_height, out_width)) = (to.shape(source).size(), self.size);
        let [height, width, out_height, out_width] = [height, width, out_height, out_width].map(n);
        let (channels, align_corners) = (quads(to.shape(id)), u32::from(self.align_corners));
        let params = Bilinear { height, width, out_height, out_width, channels, align_corners };
        to.step(id, params.kernel([params.channels, out_width, out_height]), [Some(source), None, None]);
        Ok(())
    }
}

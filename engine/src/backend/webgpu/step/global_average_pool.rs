//! Mean over all pixels.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n, quads};
use crate::graph::op::GlobalAveragePool;

shader! {
    /// Global average pooling.
    Means "pool" COMMON [4, 1, 1] { pixels, channels }
}

impl Lower for GlobalAveragePool {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let params = Means { pixels: n(to.shape(source).positions()), channels: quads(to.shape(id)) };
        to.step(id, params.kernel([params.channels, 1, 1]), [Some(source), None, None]);
        Ok(())
    }
}

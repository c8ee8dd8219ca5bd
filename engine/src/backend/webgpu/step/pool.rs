//! Pooling windows.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n, quads};
use crate::graph::op::{Pool, PoolKind};

shader! {
    /// The largest number or the mean under a window.
    Windows "pool_window" COMMON [8, 8, 1] {
        height, width, out_height, out_width, channels, window_height, window_width, stride_down, stride_across,
        pad_top, pad_left, pad_bottom, pad_right, is_average,
    }
}

impl Lower for Pool {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let ((height, width), (out_height, out_width)) = (to.shape(source).size(), to.shape(id).size());
        let params = Windows {
            height: n(height),
            width: n(width),
            out_height: n(out_height),
            out_width: n(out_width),
            channels: quads(to.shape(id)),
            window_height: n(self.window[0]),
            window_width: n(self.window[1]),
            stride_down: n(self.stride[0]),
            stride_across: n(self.stride[1]),
            pad_top: n(self.pad.top),
            pad_left: n(self.pad.left),
            pad_bottom: n(self.pad.bottom),
            pad_right: n(self.pad.right),
            is_average: u32::from(self.kind == PoolKind::Average),
        };
        let size = [params.channels, params.out_width, params.out_height];
        to.step(id, params.kernel(size), [Some(source), None, None]);
        Ok(())
    }
}

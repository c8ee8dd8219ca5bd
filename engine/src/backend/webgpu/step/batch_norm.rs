//! Batch normalisations that follow no convolution.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId, number};
use crate::graph::op::BatchNorm;

impl Lower for BatchNorm {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (scale, shift) = to.norm(id, self.norm);
        let activation = number(self.activation);
        let params = Elementwise { scale, shift, has_affine: 1, activation, ..Elementwise::of(to, id) };
        params.step(to, id, [Some(to.inputs(id)[0]), None, None]);
        Ok(())
    }
}

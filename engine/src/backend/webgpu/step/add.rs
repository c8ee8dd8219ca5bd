//! Sums that no product absorbed.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId, number};
use crate::graph::op::Add;

impl Lower for Add {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (last, is_mean) = (number(self.activation), u32::from(self.is_mean));
        let params = Elementwise { has_residual: 1, is_mean, last, ..Elementwise::of(to, id) };
        let inputs = to.inputs(id);
        params.step(to, id, [Some(inputs[0]), Some(inputs[1]), None]);
        Ok(())
    }
}

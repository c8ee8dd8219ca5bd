//! Gates that no product absorbed.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId, quads};
use crate::graph::op::Scale;

impl Lower for Scale {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let inputs = to.inputs(id);
        let shape = to.shape(id);
        let gate_stride = if to.shape(inputs[1]) == shape { quads(shape) } else { 0 };
        let params = Elementwise { has_gate: 1, gate_stride, ..Elementwise::of(to, id) };
        params.step(to, id, [Some(inputs[0]), None, Some(inputs[1])]);
        Ok(())
    }
}

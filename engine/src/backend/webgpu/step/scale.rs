//! Gates that no product absorbed.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Scale;

impl Lower for Scale {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let params = Elementwise { has_gate: 1, ..Elementwise::of(to, id) };
        let inputs = to.inputs(id);
        params.step(to, id, [Some(inputs[0]), None, Some(inputs[1])]);
        Ok(())
    }
}

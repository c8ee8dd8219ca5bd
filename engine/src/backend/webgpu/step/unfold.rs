//! From maps to tokens: no copy, another order.

use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Unfold;

impl Lower for Unfold {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let view = to.view(to.inputs(id)[0]);
        to.name(id, view);
        Ok(())
    }
}

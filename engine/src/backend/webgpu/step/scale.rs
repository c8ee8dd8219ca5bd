//! Gates that no product absorbed.

use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, elementwise};
use crate::graph::op::Scale;

impl Lower for Scale {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        elementwise::tail(to, id);
        Ok(())
    }

    fn begins(&self, _: &Readers<'_>, _: NodeId) -> Begins {
        Begins::Tail
    }

    fn keeps_lanes(&self, _: &Readers<'_>, _: NodeId) -> bool {
        true
    }
}

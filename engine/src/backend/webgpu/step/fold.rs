//! From tokens to maps: no copy, another order.

use super::{GpuError, Lower, Lowering, NodeId, Readers};
use crate::graph::op::{Fold, Op};

impl Lower for Fold {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let view = to.view(to.inputs(id)[0]);
        to.name(id, view);
        Ok(())
    }

    /// What a product that reads it computes along the way.
    fn absorbs(&self, at: &Readers<'_>, id: NodeId, input: NodeId) -> bool {
        matches!(at.graph.node(input).op, Op::LayerNorm(_)) && at.is_absorbed(id)
    }
}

//! From maps to tokens: no copy, another order.

use super::super::lower::Order;
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Unfold;

impl Lower for Unfold {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let (_, width) = to.shape(source).size();
        to.rename(id, source, Order::Pixels { patch: self.patch, width });
        Ok(())
    }
}

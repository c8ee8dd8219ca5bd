//! From tokens to maps: no copy, another order.

use super::super::lower::Order;
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Fold;

impl Lower for Fold {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        to.rename(id, to.inputs(id)[0], Order::Sequences);
        Ok(())
    }
}

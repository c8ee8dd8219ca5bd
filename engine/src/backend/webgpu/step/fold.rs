//! From tokens to maps: no copy, another order.

use super::super::lower::Order;
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Fold;

impl Lower for Fold {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        if to.order(source) != (Order::Pixels { patch: self.patch, width: self.size.1 }) {
            return Err(to.unsupported(id, "its tokens are not those of such a map".to_owned()));
        }
        to.rename(id, source, Order::Sequences);
        Ok(())
    }
}

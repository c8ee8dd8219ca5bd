//! Non-linearities that nothing absorbed.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId, number};
use crate::graph::op::Activate;

impl Lower for Activate {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let params = Elementwise { activation: number(self.0), ..Elementwise::of(to, id) };
        params.step(to, id, [Some(to.inputs(id)[0]), None, None]);
        Ok(())
    }
}

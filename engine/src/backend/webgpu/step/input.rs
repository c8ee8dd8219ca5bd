//! The image.

use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Input;

impl Lower for Input {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        to.input(id);
        Ok(())
    }
}

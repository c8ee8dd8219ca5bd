//! The non-linearity with a slope.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId};
use crate::graph::op::Prelu;

impl Lower for Prelu {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let slope = to.numbers(id, self.slope);
        let params = Elementwise { slope, has_slope: 1, ..Elementwise::of(to, id) };
        params.step(to, id, [Some(to.inputs(id)[0]), None, None]);
        Ok(())
    }
}

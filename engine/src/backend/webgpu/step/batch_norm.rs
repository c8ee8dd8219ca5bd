//! Batch normalisations that follow no convolution.

use super::elementwise::Elementwise;
use super::{GpuError, Lower, Lowering, NodeId, number};
use crate::graph::op::BatchNorm;

impl Lower for BatchNorm {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (scale, shift) = to.norm(id, self.norm);
        let slope = self.slope.map(|slope| to.numbers(id, slope));
        let params = Elementwise {
            scale,
            shift,
            has_affine: 1,
            slope: slope.unwrap_or_default(),
            has_slope: u32::from(slope.is_some()),
            activation: number(self.activation),
            ..Elementwise::of(to, id)
        };
        params.step(to, id, [Some(to.inputs(id)[0]), None, None]);
        Ok(())
    }
}

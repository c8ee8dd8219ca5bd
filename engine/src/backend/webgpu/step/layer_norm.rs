//! Layer normalisation.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n};
use crate::graph::op::LayerNorm;

shader! {
    /// Layer normalisation; `eps` holds a float's bits.
    Normalise "layer_norm" COMMON [64, 1, 1] { tokens, dim, eps, scale, shift }
}

impl Lower for LayerNorm {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (scale, shift) = (to.numbers(id, self.weight), to.numbers(id, self.bias));
        let shape = to.shape(id);
        let (tokens, dim) = (n(shape.positions()), n(shape.channels()));
        let params = Normalise { tokens, dim, eps: self.eps.to_bits(), scale, shift };
        to.step(id, params.kernel([tokens, 1, 1]), [Some(to.inputs(id)[0]), None, None]);
        Ok(())
    }
}

//! Layer normalisation.

use super::super::kernel::shader;
use super::{GpuError, Lower, Lowering, NodeId, n, quads};
use crate::graph::Shape;
use crate::graph::op::{LayerNorm, NormOver};

shader! {
    /// Layer normalisation of tokens; `eps` holds a float's bits.
    Normalise "layer_norm" COMMON [64, 1, 1] { tokens, dim, eps, scale, shift }
}

shader! {
    /// Means and variances of slices of a value.
    Moments "moments" COMMON [1, 1, 1] { positions, dim, each }
}

shader! {
    /// Layer normalisation of a whole value by the moments of its slices; `eps` holds a float's bits.
    NormaliseAll "layer_norm_all" COMMON [8, 8, 1] { positions, dim, each, slices, eps, scale, shift }
}

/// The most slices: every thread of [`NormaliseAll`] reads the moments of all.
const MOST_SLICES: usize = 32;
/// Positions that a slice has at least.
const LEAST_POSITIONS: usize = 32;

impl Lower for LayerNorm {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (scale, shift) = (to.numbers(id, self.weight), to.numbers(id, self.bias));
        let (shape, source) = (to.shape(id), to.inputs(id)[0]);
        let (positions, dim, eps) = (n(shape.positions()), n(shape.channels()), self.eps.to_bits());
        match self.over {
            NormOver::Token => {
                let params = Normalise { tokens: positions, dim, eps, scale, shift };
                to.step(id, params.kernel([positions, 1, 1]), [Some(source), None, None]);
            }
            NormOver::Whole => {
                let each = shape.positions().div_ceil(MOST_SLICES).max(LEAST_POSITIONS);
                let slices = shape.positions().div_ceil(each);
                let each = n(each);
                let moments = Moments { positions, dim, each }.kernel([n(slices), 1, 1]);
                let x = to.buffer_of(source);
                // A quad for each slice.
                let pairs = Shape::Vector { c: slices * 4 };
                let pairs = to.dispatch(id, moments, [Some(x), None, None], pairs);
                let params = NormaliseAll { positions, dim, each, slices: n(slices), eps, scale, shift };
                let kernel = params.kernel([quads(shape), positions, 1]);
                to.step_of(id, kernel, [Some(x), Some(pairs), None]);
            }
        }
        Ok(())
    }
}

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

/// Moments of slices of a value, a quad each, for all of its numbers.
pub(super) struct Slices {
    /// The buffer that holds them.
    pub(super) block: usize,
    /// Positions of a slice.
    pub(super) each: usize,
    /// How many there are.
    pub(super) count: usize,
}

impl Slices {
    /// Appends the dispatch that finds them.
    pub(super) fn of(to: &mut Lowering<'_>, id: NodeId, x: usize, shape: Shape) -> Self {
        let each = shape.positions().div_ceil(MOST_SLICES).max(LEAST_POSITIONS);
        let count = shape.positions().div_ceil(each);
        let params = Moments { positions: n(shape.positions()), dim: n(shape.channels()), each: n(each) };
        let block = to.aside(id, params.kernel([n(count), 1, 1]), [Some(x), None, None], count);
        Self { block, each, count }
    }
}

impl Lower for LayerNorm {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let (shape, x) = (to.shape(id), to.whole(id, to.inputs(id)[0]));
        let lanes = to.layout(id).lanes(0..quads(shape) as usize);
        let (scale, shift) = (to.numbers(self.weight, lanes.clone()), to.numbers(self.bias, lanes));
        let (positions, dim, eps) = (n(shape.positions()), n(shape.channels()), self.eps.to_bits());
        match self.over {
            NormOver::Token => {
                let params = Normalise { tokens: positions, dim, eps, scale, shift };
                to.alone(id, params.kernel([positions, 1, 1]), [Some(x), None, None]);
            }
            NormOver::Whole => {
                let slices = Slices::of(to, id, x, shape);
                let (each, count) = (n(slices.each), n(slices.count));
                let params = NormaliseAll { positions, dim, each, slices: count, eps, scale, shift };
                let kernel = params.kernel([quads(shape), positions, 1]);
                to.alone(id, kernel, [Some(x), Some(slices.block), None]);
            }
        }
        Ok(())
    }
}

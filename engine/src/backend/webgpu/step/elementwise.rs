//! What is done to numbers one by one.

use super::super::kernel::shader;
use super::{Lowering, NodeId, n, number, quads};
use crate::graph::Activation;

shader! {
    /// Activations, sums, gates and normalisations that nothing absorbed.
    Elementwise "elementwise" COMMON [8, 8, 1] {
        rows, channels, scale, shift, slope, activation, last, has_gate, gate_stride, has_affine, has_slope, has_residual, is_mean,
    }
}

impl Elementwise {
    /// Doing nothing to a node's value.
    pub(super) fn of(to: &Lowering<'_>, id: NodeId) -> Self {
        let (shape, none) = (to.shape(id), number(Activation::Identity));
        Self {
            rows: n(shape.positions()),
            channels: quads(shape),
            scale: 0,
            shift: 0,
            slope: 0,
            activation: none,
            last: none,
            has_gate: 0,
            gate_stride: 0,
            has_affine: 0,
            has_slope: 0,
            has_residual: 0,
            is_mean: 0,
        }
    }

    /// Appends the dispatch; operands are x, what is added, and the gate.
    pub(super) fn step(&self, to: &mut Lowering<'_>, id: NodeId, operands: [Option<NodeId>; 3]) {
        to.step(id, self.kernel([self.channels, self.rows, 1]), operands);
    }
}

//! Matrix products over positions: 1×1 convolutions and linear layers.

use super::super::kernel::{Kernel, Shader, shader};
use super::super::layout::{Layout, NONE, View};
use super::layer_norm::Slices;
use super::{Lowering, NodeId, n};
use crate::graph::op::{LayerNorm, NormOver};

shader! {
    /// 1×1 convolutions and linear layers.
    Pointwise "pointwise" PRODUCT [8, 32, 1] {
        rows, depth, columns, weight, gate, before_scale, before_shift, before_slope, before_activation, dim,
        eps, each, slices,
    }
}

/// Several threads share each sum. Rows of a workgroup are its constant `ROWS`.
pub(in crate::backend::webgpu) const SPLIT: Shader = Shader {
    name: "pointwise_split",
    body: include_str!("../../../../../shaders/pointwise_split.wgsl"),
    tile: [8, 1, 1],
    ..Pointwise::SHADER
};

/// The threads of a workgroup read together what all of them need.
pub(in crate::backend::webgpu) const TILED: Shader = Shader {
    name: "pointwise_tiled",
    body: include_str!("../../../../../shaders/pointwise_tiled.wgsl"),
    ..Pointwise::SHADER
};

/// Quads of columns that a workgroup of [`TILED`] computes.
pub(super) const COLUMNS_OF_TILE: usize = 8;

/// Threads below which sums are split: GPUs have room for thousands, and with fewer they mostly wait for memory.
const FEW_THREADS: u32 = 2048;

impl Pointwise {
    /// Doing nothing to what is read.
    pub(super) const PLAIN: Self = Self {
        rows: 0,
        depth: 0,
        columns: 0,
        weight: 0,
        gate: NONE,
        before_scale: NONE,
        before_shift: NONE,
        before_slope: NONE,
        before_activation: 0,
        dim: 0,
        eps: 0,
        each: 0,
        slices: 0,
    };

    /// Normalises what is read first; gives that, and the buffer of what is known of it.
    pub(super) fn normalise(
        &mut self,
        to: &mut Lowering<'_>,
        id: NodeId,
        source: NodeId,
        norm: &LayerNorm,
    ) -> (View, Option<usize>) {
        let shape = to.shape(source);
        let block = to.whole(id, source);
        let layout = Layout::dense(shape.channels());
        (self.dim, self.eps) = (n(shape.channels()), norm.eps.to_bits());
        let other = match norm.over {
            NormOver::Token => None,
            NormOver::Whole => {
                let slices = Slices::of(to, id, block, shape);
                (self.each, self.slices) = (n(slices.each), n(slices.count));
                Some(slices.block)
            }
        };
        (View { block, stride: layout.quads, first: 0, layout }, other)
    }

    /// By tiles, of what is read under windows.
    pub(super) fn pooling(&self) -> Kernel {
        Kernel { shader: TILED, ..self.kernel([self.columns, self.rows, 1]) }.with("POOLED", 1)
    }

    /// With the work shared out as its amount wants it, `tiles` where the GPU is fast with them.
    pub(super) fn shared(&self, tiles: bool, norm: Option<&LayerNorm>) -> Kernel {
        let is_scaled = self.before_scale != NONE;
        let kernel = self.kernel([self.columns, self.rows, 1]).with("SCALED", u32::from(is_scaled));
        let kernel = match norm.map(|norm| norm.over) {
            None => kernel,
            Some(NormOver::Token) => kernel.with("NORMALISED", 1),
            Some(NormOver::Whole) => kernel.with("NORMALISED", 2),
        };
        if self.rows.div_ceil(4) * self.columns < FEW_THREADS {
            let rows = if self.rows == 1 { 1 } else { 4 };
            let size = [self.columns, self.rows.div_ceil(rows), 1];
            return Kernel { shader: SPLIT, size, ..kernel }.with("ROWS", rows);
        }
        if tiles { Kernel { shader: TILED, ..kernel } } else { kernel }
    }
}

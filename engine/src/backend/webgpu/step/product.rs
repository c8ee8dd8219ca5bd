//! Matrix products over positions: 1×1 convolutions and linear layers.

use super::super::kernel::{Kernel, Shader, shader};

shader! {
    /// 1×1 convolutions and linear layers.
    Pointwise "pointwise" PRODUCT [8, 32, 1] {
        rows, depth, columns, weight, bias, activation, has_residual, has_gate,
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

/// Threads below which sums are split: GPUs have room for thousands, and with fewer they mostly wait for memory.
const FEW_THREADS: u32 = 2048;

impl Pointwise {
    /// With the work shared out as its amount wants it, `tiles` where the GPU is fast with them.
    pub(super) fn shared(&self, tiles: bool) -> Kernel {
        let kernel = self.kernel([self.columns, self.rows, 1]);
        if self.rows.div_ceil(4) * self.columns < FEW_THREADS {
            let rows = if self.rows == 1 { 1 } else { 4 };
            let size = [self.columns, self.rows.div_ceil(rows), 1];
            return Kernel { shader: SPLIT, size, ..kernel }.with("ROWS", rows);
        }
        if tiles { Kernel { shader: TILED, ..kernel } } else { kernel }
    }
}

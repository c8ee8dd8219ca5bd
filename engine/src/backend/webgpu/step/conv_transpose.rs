//! Transposed convolutions.

use super::super::kernel::shader;
use super::super::lower::{Layer, Stored};
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Work, n};
use crate::graph::op::{ConvTranspose, Epilogue};

shader! {
    /// Filters that every pixel of the input adds to the output.
    Transposed "conv_transpose" STORED [8, 8, 1] {
        height, width, out_height, out_width, depth, columns, kernel_height, kernel_width, stride_down, stride_across,
        pad_top, pad_left, weight,
    }
}

impl Lower for ConvTranspose {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let (input, x) = (to.shape(source), to.view(source));
        let ((height, width), (out_height, out_width)) = (input.size(), to.shape(id).size());
        let layer = Layer {
            weight: Some(self.weight),
            bias: self.bias,
            epilogue: Epilogue::NONE,
            before: None,
            after: None,
            taps: self.kernel[0] * self.kernel[1],
            filters: self.out,
            out: self.out,
            stored: Stored::InputsFirst,
            planes: 1,
        };
        let (quads, depth) = to.reading(&x.layout);
        let (weight, bias) = to.dense(id, layer, &x.layout.compacted().slots, depth);
        let params = Transposed {
            height: n(height),
            width: n(width),
            out_height: n(out_height),
            out_width: n(out_width),
            depth: n(depth),
            columns: super::quads(to.shape(id)),
            kernel_height: n(self.kernel[0]),
            kernel_width: n(self.kernel[1]),
            stride_down: n(self.stride[0]),
            stride_across: n(self.stride[1]),
            pad_top: n(self.pad.top),
            pad_left: n(self.pad.left),
            weight,
        };
        let kernel = params.kernel([params.columns, params.out_width, params.out_height]);
        to.stored(id, Work { bias: Some(bias), ..Work::of(kernel, x, quads) });
        Ok(())
    }

    fn begins(&self, _: &Readers<'_>, _: NodeId) -> Begins {
        Begins::Stored { scales: true, has_other: false }
    }
}

//! Convolutions.

use super::super::kernel::shader;
use super::super::lower::{Layer, Layout, QUAD, Stored};
use super::product::Pointwise;
use super::{GpuError, Lower, Lowering, NodeId, n, number, quads};
use crate::graph::Shape;
use crate::graph::op::{Conv, Groups, Op, Weight};

shader! {
    /// Square filters over all channels.
    Dense "conv" COMMON [8, 32, 1] {
        height, width, out_height, out_width, depth, other_depth, columns, kernel, stride, pad_top, pad_left, weight,
        bias, activation, has_residual,
    }
}

shader! {
    /// A square filter for each channel.
    Depthwise "depthwise" COMMON [8, 32, 1] {
        height, width, out_height, out_width, channels, pad_top, pad_left, weight, bias, activation, has_residual,
    }
}

shader! {
    /// Every other convolution: in groups, of windows over channels, dilated, not square, with filters that are computed.
    Parts "conv_parts" COMMON [8, 8, 1] {
        height, width, out_height, out_width, depth, channels, columns, kernel_height, kernel_width, stride_down,
        stride_across, dilation_down, dilation_across, pad_top, pad_left, read, filters, step, before, is_shared, out,
        weight, bias, activation, has_residual, planes,
    }
}

/// Which shader computes a convolution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pointwise,
    Dense,
    Depthwise,
    Parts,
}

impl Way {
    fn of(conv: &Conv, channels: usize) -> Self {
        let filters = &conv.filters;
        let is_square = filters.kernel[0] == filters.kernel[1] && filters.stride[0] == filters.stride[1];
        if conv.weight == Weight::Computed || !is_square || filters.dilation != [1; 2] {
            Self::Parts
        } else if conv.is_pointwise() {
            Self::Pointwise
        } else if conv.is_dense() {
            Self::Dense
        } else if conv.is_depthwise(channels) {
            Self::Depthwise
        } else {
            Self::Parts
        }
    }
}

impl Lower for Conv {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        match Way::of(self, to.shape(source).channels()) {
            Way::Pointwise => pointwise(self, to, id),
            Way::Dense => dense(self, to, id),
            Way::Depthwise => depthwise(self, to, id),
            Way::Parts => parts(self, to, id),
        }
        Ok(())
    }

    /// The gate of a 1×1 convolution's operand, the concatenation of two maps before a larger one.
    fn absorbs(&self, at: &Lowering<'_>, id: NodeId, input: NodeId) -> bool {
        let inputs = at.inputs(id);
        let is_first = inputs[0] == input && inputs[1..].iter().all(|other| *other != input);
        let way = Way::of(self, at.shape(input).channels());
        is_first
            && if let Op::Concat(concat) = &at.graph.node(input).op {
                way == Way::Dense && at.inputs(input).len() == 2 && (0..2).all(|i| concat.gather(i).is_none())
            } else {
                let gated = at.graph.node(input);
                let is_gated = matches!(gated.op, Op::Scale(_)) && at.shape(gated.inputs[1]).positions() == 1;
                is_gated && way == Way::Pointwise && self.gather.is_none()
            }
    }
}

/// Its numbers, for an input of so many channels.
fn layer(conv: &Conv, channels: usize) -> Layer {
    let [filters, ..] = conv.filters.weight_shape(channels);
    Layer {
        weight: conv.parameter(),
        bias: conv.bias,
        epilogue: conv.epilogue,
        taps: conv.filters.taps(),
        filters,
        out: conv.filters.out,
        stored: Stored::OutputsFirst,
        planes: conv.filters.planes,
    }
}

/// The residual among a convolution's inputs.
fn residual(conv: &Conv, to: &Lowering<'_>, id: NodeId) -> Option<NodeId> {
    conv.residual_input().map(|i| to.inputs(id)[i])
}

/// What a convolution reads: its input, or both inputs of what it absorbs.
fn sources(to: &Lowering<'_>, id: NodeId) -> (NodeId, Option<NodeId>) {
    let source = to.inputs(id)[0];
    if to.has_value(source) {
        return (source, None);
    }
    let absorbed = to.inputs(source);
    (absorbed[0], Some(absorbed[1]))
}

fn pointwise(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let (x, gate) = sources(to, id);
    let (input, columns) = (to.shape(x), quads(to.shape(id)));
    let layout = Layout::Dense { inputs: vec![input.channels()], gather: conv.gather.clone() };
    let depth = quads(input);
    let numbers = (depth * columns) as usize * QUAD * QUAD;
    let (weight, bias) = to.layer(layer(conv, input.channels()), layout, numbers);
    let residual = residual(conv, to, id);
    let params = Pointwise {
        rows: n(to.shape(id).positions()),
        depth,
        columns,
        weight,
        bias,
        activation: number(conv.epilogue.activation),
        has_residual: u32::from(residual.is_some()),
        has_gate: u32::from(gate.is_some()),
    };
    to.step(id, params.shared(to.options.tiles), [Some(x), residual, gate]);
}

fn dense(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let (x, other) = sources(to, id);
    let inputs: Vec<Shape> = [Some(x), other].into_iter().flatten().map(|input| to.shape(input)).collect();
    let channels: Vec<usize> = inputs.iter().map(|input| input.channels()).collect();
    let (weight, bias) = to.dense(layer(conv, channels.iter().sum()), channels);
    let residual = residual(conv, to, id);
    let [height, width, out_height, out_width] = sizes(inputs[0], to.shape(id));
    let params = Dense {
        height,
        width,
        out_height,
        out_width,
        depth: quads(inputs[0]),
        other_depth: inputs.get(1).map_or(0, |other| quads(*other)),
        columns: quads(to.shape(id)),
        kernel: n(conv.filters.kernel[0]),
        stride: n(conv.filters.stride[0]),
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        weight,
        bias,
        activation: number(conv.epilogue.activation),
        has_residual: u32::from(residual.is_some()),
    };
    to.step(id, params.kernel([params.columns, out_width, out_height]), [Some(x), residual, other]);
}

fn depthwise(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let x = to.inputs(id)[0];
    let channels = quads(to.shape(id));
    let numbers = conv.filters.taps() * channels as usize * QUAD;
    let (weight, bias) = to.layer(layer(conv, to.shape(x).channels()), Layout::Depthwise, numbers);
    let residual = residual(conv, to, id);
    let [height, width, out_height, out_width] = sizes(to.shape(x), to.shape(id));
    let params = Depthwise {
        height,
        width,
        out_height,
        out_width,
        channels,
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        weight,
        bias,
        activation: number(conv.epilogue.activation),
        has_residual: u32::from(residual.is_some()),
    };
    let kernel = params
        .kernel([channels, out_width, out_height])
        .with("KERNEL", n(conv.filters.kernel[0]))
        .with("STRIDE", n(conv.filters.stride[0]));
    to.step(id, kernel, [Some(x), residual, None]);
}

fn parts(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let x = to.inputs(id)[0];
    let (input, filters, columns) = (to.shape(x), &conv.filters, quads(to.shape(id)));
    let (parts, read) = filters.groups.parts(input.channels());
    let (step, before, is_shared) = match filters.groups {
        Groups::Split(_) => (read, 0, 0),
        Groups::Sliding { step, before, .. } => (step, before, 1),
    };
    let computed = (conv.weight == Weight::Computed).then(|| to.inputs(id)[1]);
    let (layout, numbers) = match computed {
        Some(_) => (Layout::Computed, 0),
        None => {
            let [all, ..] = filters.weight_shape(input.channels());
            (Layout::Parts, filters.taps() * read * all.next_multiple_of(QUAD))
        }
    };
    let (weight, bias) = to.layer(layer(conv, input.channels()), layout, numbers);
    let residual = residual(conv, to, id);
    let [height, width, out_height, out_width] = sizes(input, to.shape(id));
    let params = Parts {
        height,
        width,
        out_height,
        out_width,
        depth: quads(input),
        channels: n(input.channels()),
        columns,
        kernel_height: n(filters.kernel[0]),
        kernel_width: n(filters.kernel[1]),
        stride_down: n(filters.stride[0]),
        stride_across: n(filters.stride[1]),
        dilation_down: n(filters.dilation[0]),
        dilation_across: n(filters.dilation[1]),
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        read: n(read),
        filters: n(filters.out / parts),
        step: n(step),
        before: n(before),
        is_shared,
        out: n(filters.out),
        weight,
        bias,
        activation: number(conv.epilogue.activation),
        has_residual: u32::from(residual.is_some()),
        planes: n(filters.planes),
    };
    let kernel =
        params.kernel([columns, out_width, out_height]).with("COMPUTED", u32::from(computed.is_some()));
    to.step(id, kernel, [Some(x), residual, computed]);
}

/// Heights and widths of what is read and of what is computed.
fn sizes(input: Shape, output: Shape) -> [u32; 4] {
    let ((height, width), (out_height, out_width)) = (input.size(), output.size());
    [height, width, out_height, out_width].map(n)
}

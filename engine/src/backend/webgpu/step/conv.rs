//! Convolutions.

use super::super::kernel::shader;
use super::super::layout::{Layout, Lists, NONE};
use super::super::lower::{Before, Layer, Packing, QUAD, Stored};
use super::linear::scale_of;
use super::pool::window;
use super::product::{COLUMNS_OF_TILE, Pointwise};
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Reading, Work, n, number, quads};
use crate::graph::op::{Conv, Groups, Op, Pad, Weight};
use crate::graph::{Activation, Shape};

shader! {
    /// Filters over all channels.
    Dense "conv" STORED [8, 32, 1] {
        height, width, out_height, out_width, depth, columns, kernel_height, kernel_width, stride_down, stride_across,
        dilation_down, dilation_across, pad_top, pad_left, weight,
    }
}

shader! {
    /// A filter for each channel.
    Depthwise "depthwise" STORED [8, 32, 1] {
        height, width, out_height, out_width, channels, dilation_down, dilation_across, pad_top, pad_left, weight,
    }
}

shader! {
    /// Every other convolution: in groups, of windows over channels, with filters that are computed.
    Blocks "conv_blocks" STORED [8, 32, 1] {
        height, width, out_height, out_width, depth, columns, kernel_height, kernel_width, stride_down, stride_across,
        dilation_down, dilation_across, pad_top, pad_left, weight, places, before_scale, before_shift, before_activation,
    }
}

/// Which shader computes a convolution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pointwise,
    Dense,
    Depthwise,
    Blocks,
}

impl Way {
    fn of(conv: &Conv, channels: usize) -> Self {
        if conv.weight == Weight::Computed {
            Self::Blocks
        } else if conv.is_pointwise() {
            Self::Pointwise
        } else if conv.is_dense() {
            Self::Dense
        } else if conv.is_depthwise(channels) {
            Self::Depthwise
        } else {
            Self::Blocks
        }
    }
}

impl Lower for Conv {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        match Way::of(self, to.shape(to.inputs(id)[0]).channels()) {
            Way::Pointwise => pointwise(self, to, id),
            Way::Dense => dense(self, to, id),
            Way::Depthwise => depthwise(self, to, id),
            Way::Blocks => blocks(self, to, id),
        }
        Ok(())
    }

    /// The gate of a 1×1 convolution's operand, and the normalisation of one's operands.
    fn absorbs(&self, at: &Readers<'_>, id: NodeId, input: NodeId) -> bool {
        let inputs = at.inputs(id);
        let is_first = inputs[0] == input && inputs[1..].iter().all(|other| *other != input);
        let way = Way::of(self, at.shape(input).channels());
        let before = at.graph.node(input);
        is_first
            && match &before.op {
                Op::Scale(_) => {
                    way == Way::Pointwise
                        && self.gather.is_none()
                        && at.shape(before.inputs[1]).positions() == 1
                }
                Op::BatchNorm(norm) => match way {
                    Way::Pointwise => self.gather.is_none(),
                    // Nothing but itself may lie under a filter: zeros around a map are not normalised.
                    Way::Blocks => {
                        norm.slope.is_none() && self.filters.kernel == [1; 2] && self.pad == Pad::all(0)
                    }
                    Way::Dense | Way::Depthwise => false,
                },
                // Each column of workgroups pools anew.
                Op::Pool(_) => {
                    let columns = at.shape(id).channels().div_ceil(QUAD);
                    way == Way::Pointwise && self.gather.is_none() && at.tiles && columns <= COLUMNS_OF_TILE
                }
                Op::Fold(_) => {
                    let is_norm = matches!(at.graph.node(before.inputs[0]).op, Op::LayerNorm(_));
                    is_norm
                        && way == Way::Pointwise
                        && self.gather.is_none()
                        && at.of[before.inputs[0].0].len() == 1
                }
                _ => false,
            }
    }

    fn begins(&self, at: &Readers<'_>, id: NodeId) -> Begins {
        let is_computed = self.weight == Weight::Computed;
        let input = at.inputs(id)[0];
        let is_gated = matches!(at.graph.node(input).op, Op::Scale(_) | Op::Fold(_)) && at.is_absorbed(input);
        Begins::Stored { scales: !is_computed, has_other: is_computed || is_gated }
    }

    fn keeps_lanes(&self, at: &Readers<'_>, id: NodeId) -> bool {
        Way::of(self, at.shape(at.inputs(id)[0]).channels()) == Way::Depthwise
    }
}

/// Its numbers, for an input of so many channels.
fn layer(conv: &Conv, channels: usize, before: Option<Before>) -> Layer {
    let [filters, ..] = conv.filters.weight_shape(channels);
    Layer {
        weight: conv.parameter(),
        bias: conv.bias,
        epilogue: conv.epilogue,
        before,
        after: None,
        taps: conv.filters.taps(),
        filters,
        out: conv.filters.out,
        stored: Stored::OutputsFirst,
        planes: conv.filters.planes,
    }
}

/// What a convolution reads, and the operation on it that it computes along the way.
fn source<'a>(to: &Lowering<'a>, id: NodeId) -> (NodeId, Option<(NodeId, &'a Op)>) {
    let source = to.inputs(id)[0];
    match to.op(source) {
        _ if !to.is_absorbed(source) => (source, None),
        // The normalisation of the tokens of which this makes a map.
        Op::Fold(_) => {
            let norm = to.inputs(source)[0];
            (to.inputs(norm)[0], Some((norm, to.op(norm))))
        }
        op => (to.inputs(source)[0], Some((source, op))),
    }
}

fn pointwise(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let (source, before) = source(to, id);
    let mut x = to.view(source);
    if let Some(map) = &conv.gather {
        x = x.mapped(map);
    }
    // There is one gate for each number, or one normalisation.
    if before.is_some() && !x.layout.is_injective() {
        x = to.in_lanes(id, source, None);
    }
    let (mut folded, mut gate, mut params, mut norm) = (None, None, Pointwise::PLAIN, None);
    let window = match before {
        Some((at, Op::Pool(pool))) => Some(window(pool, to.shape(source), to.shape(at))),
        _ => None,
    };
    if let Some((_, Op::LayerNorm(over))) = before {
        let (view, slices) = params.normalise(to, id, source, over);
        (x, norm, folded) = (view, Some((over, slices)), Some(scale_of(over)));
    }
    let (reading, depth) = to.reading(&x.layout);
    let rows = x.layout.compacted();
    match before {
        Some((scale, Op::Scale(_))) => gate = Some(gate_of(to, id, to.inputs(scale)[1], &rows)),
        Some((at, Op::BatchNorm(norm))) if norm.is_linear(to.readers.graph, to.shape(at)) => {
            folded = Some(Before::Norm(norm.norm));
        }
        Some((_, Op::BatchNorm(norm))) => {
            let lanes = rows.lanes(0..rows.quads);
            (params.before_scale, params.before_shift) = to.norm(norm.norm, lanes.clone());
            params.before_slope = norm.slope.map_or(NONE, |slope| to.numbers(slope, lanes));
            params.before_activation = number(norm.activation);
        }
        _ => {}
    }
    let layer = layer(conv, x.layout.slots.len(), folded);
    let (weight, bias) = to.dense(id, layer, &rows.slots, depth);
    let params = Pointwise {
        rows: n(to.shape(id).positions()),
        depth: n(depth),
        columns: quads(to.shape(id)),
        weight,
        gate: gate.as_ref().map_or(NONE, |(_, first)| n(*first)),
        ..params
    };
    let kernel = match window {
        Some(_) => params.pooling(),
        None => params.shared(to.options.tiles, norm.map(|(norm, _)| norm)),
    };
    let other = gate.map(|(block, _)| block).or(norm.and_then(|(_, slices)| slices));
    to.stored(id, Work { bias: Some(bias), other, window, ..Work::of(kernel, x, reading) });
}

/// The buffer that holds the gates of the numbers of a row one after the other, and the first.
fn gate_of(to: &mut Lowering<'_>, id: NodeId, gate: NodeId, layout: &Layout) -> (usize, usize) {
    let lanes = layout.lanes(0..layout.quads);
    let view = to.view(gate);
    match view.layout.run(&lanes) {
        Some(slot) => (view.block, view.first + slot / QUAD),
        None => (to.in_lanes(id, gate, Some(&lanes)).block, 0),
    }
}

fn dense(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let source = to.inputs(id)[0];
    let x = to.view(source);
    let (reading, depth) = to.reading(&x.layout);
    let layer = layer(conv, x.layout.slots.len(), None);
    let (weight, bias) = to.dense(id, layer, &x.layout.compacted().slots, depth);
    let [height, width, out_height, out_width] = sizes(to.shape(source), to.shape(id));
    let filters = &conv.filters;
    let params = Dense {
        height,
        width,
        out_height,
        out_width,
        depth: n(depth),
        columns: quads(to.shape(id)),
        kernel_height: n(filters.kernel[0]),
        kernel_width: n(filters.kernel[1]),
        stride_down: n(filters.stride[0]),
        stride_across: n(filters.stride[1]),
        dilation_down: n(filters.dilation[0]),
        dilation_across: n(filters.dilation[1]),
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        weight,
    };
    let kernel = params.kernel([params.columns, out_width, out_height]);
    to.stored(id, Work { bias: Some(bias), ..Work::of(kernel, x, reading) });
}

fn depthwise(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let x = to.lanes_of(id);
    let (reading, channels) = to.reading(&x.layout);
    let lanes = to.layout(id).lanes(0..channels);
    let layer = layer(conv, x.layout.slots.len(), None);
    let numbers = conv.filters.taps() * lanes.len();
    let (weight, bias) = to.layer(id, layer, Packing::Depthwise, lanes, numbers);
    let [height, width, out_height, out_width] = sizes(to.shape(to.inputs(id)[0]), to.shape(id));
    let filters = &conv.filters;
    let params = Depthwise {
        height,
        width,
        out_height,
        out_width,
        channels: n(channels),
        dilation_down: n(filters.dilation[0]),
        dilation_across: n(filters.dilation[1]),
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        weight,
    };
    let kernel = params
        .kernel([params.channels, out_width, out_height])
        .with("KERNEL_HEIGHT", n(filters.kernel[0]))
        .with("KERNEL_WIDTH", n(filters.kernel[1]))
        .with("STRIDE_DOWN", n(filters.stride[0]))
        .with("STRIDE_ACROSS", n(filters.stride[1]));
    to.stored(id, Work { bias: Some(bias), ..Work::of(kernel, x, reading) });
}

/// What each quad of outputs reads, given the outputs.
fn lists(groups: Groups, layout: &Layout, out: usize, lanes: &[u32]) -> Lists {
    let channels = layout.slots.len();
    let (parts, read) = groups.parts(channels);
    let each = (out / parts.max(1)).max(1);
    let of_output = |output: &u32| {
        if *output == NONE {
            return 0..0;
        }
        let first = groups.first(*output as usize / each, channels);
        let inside = |channel: isize| usize::try_from(channel).unwrap_or(0).min(channels);
        inside(first)..inside(first + read as isize)
    };
    Lists::new(layout, &lanes.iter().map(of_output).collect::<Vec<_>>())
}

fn blocks(conv: &Conv, to: &mut Lowering<'_>, id: NodeId) {
    let (source, before) = source(to, id);
    let x = to.view(source);
    let norm = before.and_then(|(_, op)| if let Op::BatchNorm(norm) = op { Some(norm) } else { None });
    let (input, filters, columns) = (x.layout.slots.len(), &conv.filters, quads(to.shape(id)));
    let lanes = Layout::dense(filters.out).lanes(0..columns as usize);
    let lists = lists(filters.groups, &x.layout, filters.out, &lanes);
    let mut numbers = filters.taps() * lists.depth * QUAD * lanes.len();
    let (packing, computed) = if conv.weight == Weight::Computed {
        let order = order_of_filters(conv, &lists, input);
        numbers = 0;
        (Packing::Computed, Some(computed(to, id, &order)))
    } else {
        let (depth, channels) = (lists.depth, lists.channels.clone().into());
        (Packing::Blocks { depth, channels, groups: filters.groups, inputs: input }, None)
    };
    let (weight, bias) = to.layer(id, layer(conv, input, None), packing, lanes, numbers);
    let (before_scale, before_shift) =
        norm.map_or((NONE, NONE), |norm| to.norm(norm.norm, lists.channels.clone()));
    let [height, width, out_height, out_width] = sizes(to.shape(to.inputs(id)[0]), to.shape(id));
    let params = Blocks {
        height,
        width,
        out_height,
        out_width,
        depth: n(lists.depth),
        columns,
        kernel_height: n(filters.kernel[0]),
        kernel_width: n(filters.kernel[1]),
        stride_down: n(filters.stride[0]),
        stride_across: n(filters.stride[1]),
        dilation_down: n(filters.dilation[0]),
        dilation_across: n(filters.dilation[1]),
        pad_top: n(conv.pad.top),
        pad_left: n(conv.pad.left),
        weight: computed.map_or(weight, |(_, first)| n(first)),
        places: to.table(lists.places),
        before_scale,
        before_shift,
        before_activation: number(norm.map_or(Activation::Identity, |norm| norm.activation)),
    };
    let kernel = params
        .kernel([columns, out_width, out_height])
        .with("COMPUTED", u32::from(computed.is_some()))
        .with("SCATTERED", u32::from(lists.is_scattered))
        .with("SCALED", u32::from(norm.is_some()));
    let other = computed.map(|(block, _)| block);
    to.stored(id, Work { bias: Some(bias), other, ..Work::of(kernel, x, Reading::ALL) });
}

/// Which of the numbers that the network computes each number of the blocks is.
fn order_of_filters(conv: &Conv, lists: &Lists, channels: usize) -> Vec<u32> {
    let filters = &conv.filters;
    let (parts, read) = filters.groups.parts(channels);
    let each = (filters.out / parts.max(1)).max(1);
    let [count, ..] = filters.weight_shape(channels);
    let (taps, of_quad) = (filters.taps(), lists.depth * QUAD);
    let mut order = Vec::new();
    for (quad, list) in lists.channels.chunks(of_quad.max(1)).enumerate() {
        for tap in 0..taps {
            for channel in list {
                for lane in 0..QUAD {
                    let output = quad * QUAD + lane;
                    let first = filters.groups.first(output / each, channels);
                    let i = usize::try_from(*channel as isize - first).ok();
                    let i = i.filter(|i| *channel != NONE && output < filters.out && *i < read);
                    order.push(
                        i.map_or(NONE, |i| n((output % count * read + filters.stored(i, read)) * taps + tap)),
                    );
                }
            }
        }
    }
    order
}

/// The buffer that holds computed filters in this order, and the first quad of them.
fn computed(to: &mut Lowering<'_>, id: NodeId, order: &[u32]) -> (usize, usize) {
    let numbers = to.inputs(id)[1];
    let view = match to.filters(numbers) {
        Some(_) => to.view(numbers),
        None => to.in_lanes(id, numbers, Some(order)),
    };
    (view.block, view.first)
}

/// The order in which a convolution wants the filters that the network computes for it, if what it reads lies so.
pub(in crate::backend::webgpu) fn order_of_computed(conv: &Conv, layout: &Layout) -> Vec<u32> {
    let lanes = Layout::dense(conv.filters.out).lanes(0..conv.filters.out.div_ceil(QUAD));
    let lists = lists(conv.filters.groups, layout, conv.filters.out, &lanes);
    order_of_filters(conv, &lists, layout.slots.len())
}

/// Heights and widths of what is read and of what is computed.
fn sizes(input: Shape, output: Shape) -> [u32; 4] {
    let ((height, width), (out_height, out_width)) = (input.size(), output.size());
    [height, width, out_height, out_width].map(n)
}

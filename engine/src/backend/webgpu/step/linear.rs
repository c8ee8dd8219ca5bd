//! Linear layers.

use super::super::kernel::shader;
use super::super::layout::{Layout, NONE, View};
use super::super::lower::{Before, Layer, Packing, QUAD, Stored};
use super::product::Pointwise;
use super::{Begins, GpuError, Lower, Lowering, NodeId, Readers, Reading, Work, n, number, quads};
use crate::graph::op::{Flattened, LayerNorm, Linear, Op};

shader! {
    /// Both layers of squeeze-and-excitation, or a small layer of means.
    Excite "excite" COMMON [1, 1, 1] {
        depth, first, table, stride, rows, channels, hidden, reduce_weight, reduce_bias, reduce_activation, expand_weight,
        expand_bias, expand_activation,
    }
}

shader! {
    /// A layer in groups.
    Grouped "linear_grouped" STORED [64, 1, 1] { rows, columns, read, starts, weight }
}

/// The most channels between the layers of [`Excite`].
const MAX_HIDDEN: usize = 1024;
/// The most channels of a map whose means it finds, and quads of that map: its workgroup is the only one, and each thread reads a
/// 256th of them.
const MAX_POOLED: usize = 1024;
const MAX_MAP: usize = 1 << 14;
/// The most outputs of a layer of means that finds them itself: all are for one workgroup to compute.
const MAX_REDUCED: usize = 64;

impl Lower for Linear {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        let before = if to.is_absorbed(source) { Some(to.op(source)) } else { None };
        match before {
            Some(Op::Linear(reduce)) => excite(to, id, (source, reduce), Some(self)),
            Some(Op::GlobalAveragePool(_)) => excite(to, id, (id, self), None),
            Some(Op::BatchNorm(norm)) => {
                dense(self, to, id, (to.inputs(source)[0], Some(Before::Norm(norm.norm)), None));
            }
            Some(Op::LayerNorm(norm)) => {
                dense(self, to, id, (to.inputs(source)[0], Some(scale_of(norm)), Some(norm)));
            }
            _ if self.flattened.is_some() => flattened(self, to, id),
            _ if self.groups > 1 => grouped(self, to, id),
            _ => dense(self, to, id, (source, None, None)),
        }
        Ok(())
    }

    /// The first layer of squeeze-and-excitation, the means of a map, and the normalisation of a layer's operands.
    fn absorbs(&self, at: &Readers<'_>, id: NodeId, input: NodeId) -> bool {
        let node = at.graph.node(input);
        let is_plain = |linear: &Linear| linear.groups == 1 && linear.flattened.is_none();
        is_plain(self)
            && match &node.op {
                Op::Linear(first) => {
                    !first.epilogue.residual
                        && is_plain(first)
                        && node.shape.channels() <= MAX_HIDDEN
                        && node.shape.positions() == 1
                        && is_gate(self, at, id)
                }
                Op::GlobalAveragePool(_) => {
                    let map = at.shape(node.inputs[0]);
                    let quads = node.shape.channels().div_ceil(QUAD);
                    node.shape.channels() <= MAX_POOLED
                        && map.positions() * quads <= MAX_MAP
                        && (at.is_absorbed(id) || !self.epilogue.residual && self.out <= MAX_REDUCED)
                }
                Op::BatchNorm(norm) => norm.is_linear(at.graph, node.shape) && at.inputs(id)[0] == input,
                Op::LayerNorm(_) => at.inputs(id) == [input],
                _ => false,
            }
    }

    fn begins(&self, at: &Readers<'_>, id: NodeId) -> Begins {
        let input = at.inputs(id)[0];
        let absorbed = if at.is_absorbed(input) { Some(&at.graph.node(input).op) } else { None };
        match absorbed {
            Some(Op::Linear(_) | Op::GlobalAveragePool(_)) => Begins::Alone,
            Some(Op::LayerNorm(_)) => Begins::Stored { scales: true, has_other: true },
            _ => Begins::Stored { scales: true, has_other: false },
        }
    }
}

/// Its numbers.
fn layer(linear: &Linear, before: Option<Before>) -> Layer {
    let Linear { weight, bias, out, epilogue, .. } = *linear;
    let (weight, stored, after) = (Some(weight), Stored::OutputsFirst, None);
    Layer { weight, bias, epilogue, before, after, taps: 1, filters: out, out, stored, planes: 1 }
}

/// The end of a layer normalisation.
pub(super) fn scale_of(norm: &LayerNorm) -> Before {
    Before::Scale { weight: norm.weight, bias: norm.bias }
}

/// A layer of rows, and what its operands are scaled by and normalised by before that.
fn dense(
    linear: &Linear,
    to: &mut Lowering<'_>,
    id: NodeId,
    (source, before, norm): (NodeId, Option<Before>, Option<&LayerNorm>),
) {
    let mut params = Pointwise::PLAIN;
    let (x, other) = match norm {
        Some(norm) => params.normalise(to, id, source, norm),
        None => (to.view(source), None),
    };
    let (quads, depth) = to.reading(&x.layout);
    let lanes = to.outputs(id);
    let rows = x.layout.compacted().slots;
    let (packing, numbers) = (Packing::Dense { rows, depth: depth * QUAD }, depth * QUAD * lanes.len());
    let columns = n(lanes.len() / QUAD);
    let (weight, bias) = to.layer(id, layer(linear, before), packing, lanes, numbers);
    let rows = n(to.shape(id).positions());
    let params = Pointwise { rows, depth: n(depth), columns, weight, ..params };
    let kernel = params.shared(to.options.tiles, norm);
    to.stored(id, Work { bias: Some(bias), other, ..Work::of(kernel, x, quads) });
}

/// A layer of a whole map. The pixels of a map are one row, with the padding of each.
fn flattened(linear: &Linear, to: &mut Lowering<'_>, id: NodeId) {
    let source = to.inputs(id)[0];
    let (block, input) = (to.whole(id, source), to.shape(source));
    let taps = input.positions();
    let stored = match linear.flattened {
        Some(Flattened::ChannelsLast) => Stored::TapsFirst,
        Some(Flattened::ChannelsFirst) | None => Stored::OutputsFirst,
    };
    let layout = Layout::dense(input.channels());
    let depth = layout.quads;
    let layer = Layer { taps, stored, ..layer(linear, None) };
    let (weight, bias) = to.dense(id, layer, &layout.slots, depth);
    let (depth, columns) = (n(depth * taps), quads(to.shape(id)));
    let params = Pointwise { rows: 1, depth, columns, weight, ..Pointwise::PLAIN };
    let x = View { block, stride: depth as usize, first: 0, layout };
    let kernel = params.shared(to.options.tiles, None);
    to.stored(id, Work { bias: Some(bias), ..Work::of(kernel, x, Reading::ALL) });
}

/// A layer in groups. Its outputs are in any order, and those of a group read the same inputs.
fn grouped(linear: &Linear, to: &mut Lowering<'_>, id: NodeId) {
    let source = to.inputs(id)[0];
    let (block, input) = (to.whole(id, source), to.shape(source));
    let (read, each, lanes) = (linear.read(input), linear.out / linear.groups, to.outputs(id));
    let start = |output: &u32| if *output == NONE { 0 } else { n(*output as usize / each * read) };
    let starts = to.table(lanes.iter().map(start).collect());
    let (numbers, columns) = (read * lanes.len(), n(lanes.len() / QUAD));
    let layer = Layer { taps: read, ..layer(linear, None) };
    let (weight, bias) = to.layer(id, layer, Packing::Depthwise, lanes, numbers);
    let params = Grouped { rows: n(to.shape(id).positions()), columns, read: n(read), starts, weight };
    let layout = Layout::dense(input.channels());
    let x = View { block, stride: layout.quads, first: 0, layout };
    let kernel = params.kernel([columns, params.rows, 1]);
    to.stored(id, Work { bias: Some(bias), ..Work::of(kernel, x, Reading::ALL) });
}

/// Whether a linear layer's result is what squeeze-and-excitation scales a map with, or shift-max.
fn is_gate(linear: &Linear, at: &Readers<'_>, id: NodeId) -> bool {
    let readers = &at.of[id.0];
    let scales = |reader: &NodeId| {
        let reader = at.graph.node(*reader);
        matches!(reader.op, Op::Scale(_) | Op::ShiftMax(_)) && reader.inputs[1] == id
    };
    !linear.epilogue.residual && !readers.is_empty() && readers.iter().all(scales)
}

/// A linear layer of means, and the second one of squeeze-and-excitation if that is its reader.
fn excite(to: &mut Lowering<'_>, id: NodeId, (first, reduce): (NodeId, &Linear), expand: Option<&Linear>) {
    let mut source = to.inputs(first)[0];
    let is_pooled = to.is_absorbed(source);
    if is_pooled {
        source = to.inputs(source)[0];
    }
    let mut x = to.view(source);
    let (mut reading, mut depth) = to.reading(&x.layout);
    if is_pooled && depth * QUAD > MAX_POOLED {
        x = to.in_lanes(id, source, None);
        (reading, depth) = (Reading::ALL, x.layout.quads);
    }
    let rows = x.layout.compacted().slots;
    let (reduce_weight, reduce_bias) = to.dense(first, layer(reduce, None), &rows, depth);
    let between = Layout::dense(to.shape(first).channels());
    let (expand_weight, expand_bias) = match expand {
        Some(expand) => to.dense(id, layer(expand, None), &between.slots, between.quads),
        None => (NONE, NONE),
    };
    let params = Excite {
        depth: n(depth),
        first: n(x.first + reading.first),
        table: reading.table,
        stride: n(x.stride),
        rows: n(to.shape(source).positions()),
        channels: expand.map_or(0, |_| quads(to.shape(id))),
        hidden: n(between.quads),
        reduce_weight,
        reduce_bias,
        reduce_activation: number(reduce.epilogue.activation),
        expand_weight,
        expand_bias,
        expand_activation: expand.map_or(0, |expand| number(expand.epilogue.activation)),
    };
    let kernel = params.kernel([1; 3]).with("POOLED", u32::from(is_pooled));
    to.alone(id, kernel, [Some(x.block), None, None]);
}

//! Linear layers.

use super::super::kernel::shader;
use super::super::lower::{Layer, Layout, QUAD, Stored};
use super::product::Pointwise;
use super::{GpuError, Lower, Lowering, NodeId, n, number, quads};
use crate::graph::op::{Flattened, Linear, Op};

shader! {
    /// Both layers of squeeze-and-excitation.
    Excite "excite" COMMON [1, 1, 1] {
        channels, hidden, reduce_weight, reduce_bias, reduce_activation, expand_weight, expand_bias,
        expand_activation,
    }
}

shader! {
    /// A layer in groups.
    Grouped "linear_grouped" COMMON [64, 1, 1] {
        rows, depth, columns, out, read, each, weight, bias, activation, has_residual,
    }
}

/// The most channels between the layers of [`Excite`].
const MAX_HIDDEN: usize = 1024;

impl Lower for Linear {
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
        let source = to.inputs(id)[0];
        if !to.has_value(source) {
            excite(self, to, id);
            return Ok(());
        }
        let input = to.shape(source);
        let residual = self.epilogue.residual.then(|| to.inputs(id)[1]);
        if self.groups > 1 {
            grouped(self, to, id, residual);
            return Ok(());
        }
        let (layer, pixels) = match self.flattened {
            None => (layer(self), 1),
            Some(order) => {
                let (taps, stored) = (input.positions(), stored(order));
                (Layer { taps, stored, ..layer(self) }, taps)
            }
        };
        let (weight, bias) = to.dense(layer, vec![input.channels()]);
        let params = Pointwise {
            rows: n(to.shape(id).positions()),
            // The pixels of a map are one row, with the padding of each.
            depth: quads(input) * n(pixels),
            columns: quads(to.shape(id)),
            weight,
            bias,
            activation: number(self.epilogue.activation),
            has_residual: u32::from(self.epilogue.residual),
            has_gate: 0,
        };
        to.step(id, params.shared(to.options.tiles), [Some(source), residual, None]);
        Ok(())
    }

    /// The first linear layer of squeeze-and-excitation.
    fn absorbs(&self, at: &Lowering<'_>, id: NodeId, input: NodeId) -> bool {
        let node = at.graph.node(input);
        let Op::Linear(first) = &node.op else { return false };
        let is_plain = |linear: &Linear| linear.groups == 1 && linear.flattened.is_none();
        !first.epilogue.residual
            && is_plain(first)
            && is_plain(self)
            && node.shape.channels() <= MAX_HIDDEN
            && node.shape.positions() == 1
            && is_gate(self, at, id)
    }
}

/// Its numbers.
fn layer(linear: &Linear) -> Layer {
    let Linear { weight, bias, out, epilogue, .. } = *linear;
    let stored = Stored::OutputsFirst;
    Layer { weight: Some(weight), bias, epilogue, taps: 1, filters: out, out, stored, planes: 1 }
}

/// How a layer that reads a map holds its numbers.
fn stored(order: Flattened) -> Stored {
    match order {
        Flattened::ChannelsFirst => Stored::OutputsFirst,
        Flattened::ChannelsLast => Stored::TapsFirst,
    }
}

/// A layer in groups.
fn grouped(linear: &Linear, to: &mut Lowering<'_>, id: NodeId, residual: Option<NodeId>) {
    let source = to.inputs(id)[0];
    let (input, output) = (to.shape(source), to.shape(id));
    let (read, columns) = (linear.read(input), quads(output));
    let numbers = read * columns as usize * QUAD;
    let (weight, bias) = to.layer(layer(linear), Layout::Parts, numbers);
    let params = Grouped {
        rows: n(output.positions()),
        depth: quads(input),
        columns,
        out: n(linear.out),
        read: n(read),
        each: n(linear.out / linear.groups),
        weight,
        bias,
        activation: number(linear.epilogue.activation),
        has_residual: u32::from(residual.is_some()),
    };
    to.step(id, params.kernel([columns, params.rows, 1]), [Some(source), residual, None]);
}

/// Whether a linear layer's result is what squeeze-and-excitation scales a map with.
fn is_gate(linear: &Linear, at: &Lowering<'_>, id: NodeId) -> bool {
    let readers = &at.readers[id.0];
    let scales = |reader: &NodeId| {
        let reader = at.graph.node(*reader);
        matches!(reader.op, Op::Scale(_)) && reader.inputs[1] == id
    };
    !linear.epilogue.residual && !readers.is_empty() && readers.iter().all(scales)
}

/// The second linear layer of squeeze-and-excitation, together with the first.
fn excite(expand: &Linear, to: &mut Lowering<'_>, id: NodeId) {
    let first = to.inputs(id)[0];
    let Op::Linear(reduce) = &to.graph.node(first).op else {
        unreachable!("only linear layers are absorbed")
    };
    let means = to.inputs(first)[0];
    let (reduce_weight, reduce_bias) = to.dense(layer(reduce), vec![to.shape(means).channels()]);
    let (expand_weight, expand_bias) = to.dense(layer(expand), vec![to.shape(first).channels()]);
    let params = Excite {
        channels: quads(to.shape(id)),
        hidden: quads(to.shape(first)),
        reduce_weight,
        reduce_bias,
        reduce_activation: number(reduce.epilogue.activation),
        expand_weight,
        expand_bias,
        expand_activation: number(expand.epilogue.activation),
    };
    to.step(id, params.kernel([1; 3]), [Some(means), None, None]);
}

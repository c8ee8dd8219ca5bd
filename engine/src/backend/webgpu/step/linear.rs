//! Linear layers.

use super::super::kernel::shader;
use super::super::lower::{Layer, Stored};
use super::product::Pointwise;
use super::{GpuError, Lower, Lowering, NodeId, n, number, quads};
use crate::graph::op::{Linear, Op};

shader! {
    /// Both layers of squeeze-and-excitation.
    Excite "excite" COMMON [1, 1, 1] {
        channels, hidden, reduce_weight, reduce_bias, reduce_activation, expand_weight, expand_bias,
        expand_activation,
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
        let (weight, bias) = to.dense(layer(self), vec![input.channels()]);
        let params = Pointwise {
            rows: n(to.shape(id).positions()),
            depth: quads(input),
            columns: quads(to.shape(id)),
            weight,
            bias,
            activation: number(self.epilogue.activation),
            has_residual: u32::from(self.epilogue.residual),
            has_gate: 0,
        };
        let residual = self.epilogue.residual.then(|| to.inputs(id)[1]);
        to.step(id, params.shared(to.options.tiles), [Some(source), residual, None]);
        Ok(())
    }

    /// The first linear layer of squeeze-and-excitation.
    fn absorbs(&self, at: &Lowering<'_>, id: NodeId, input: NodeId) -> bool {
        let node = at.graph.node(input);
        let Op::Linear(first) = &node.op else { return false };
        !first.epilogue.residual
            && node.shape.channels() <= MAX_HIDDEN
            && node.shape.positions() == 1
            && is_gate(self, at, id)
    }
}

/// Its numbers.
fn layer(linear: &Linear) -> Layer {
    let Linear { weight, bias, out, epilogue } = *linear;
    Layer { weight: Some(weight), bias, epilogue, taps: 1, filters: out, out, stored: Stored::OutputsFirst }
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

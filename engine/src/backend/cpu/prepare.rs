//! From a plan and weights to steps and packed weights.

use std::borrow::Cow;
use std::ops::Range;

use super::simd::pack::{PANEL, pack_b, packed_len, reorder_oihw};
use super::simd::{Rows, Window};
use super::{Kernel, Matrix, Step};
use crate::backend::fold::{Folded, fold};
use crate::graph::{Conv2d, Graph, Linear, Node, Op, ParamId};
use crate::plan::Plan;
use crate::spec::Activation;
use crate::weights::Parameters;

/// Weights that are taken at a time, about: few beside the packed ones, since memory in the browser never shrinks.
const BLOCK: usize = 1 << 14;

/// The steps, in order, and the memory that they refer to.
pub(super) fn steps(plan: &Plan, weights: &dyn Parameters) -> (Vec<Step>, Vec<f32>) {
    // At once: growing would have the weights twice in a memory that never shrinks.
    let mut packer = Packer { plan, weights, packed: Vec::with_capacity(packed_elements(&plan.graph)) };
    let steps = plan
        .graph
        .iter()
        .map(|(id, node)| Step {
            kernel: packer.kernel(node),
            inputs: node.inputs.iter().map(|input| plan.place(*input)).collect(),
            output: plan.place(id),
        })
        .collect();
    debug_assert_eq!(packer.packed.len(), packed_elements(&plan.graph));
    (steps, packer.packed)
}

/// What all steps together pack.
fn packed_elements(graph: &Graph) -> usize {
    let of = |node: &Node| {
        let (inputs, out) = (|| graph.node(node.inputs[0]).shape.channels(), node.shape.channels());
        match &node.op {
            Op::Conv2d(conv) => {
                packed_len(conv.kernel * conv.kernel * if conv.depthwise { 1 } else { inputs() }, out)
            }
            Op::Linear(_) => packed_len(inputs(), out),
            Op::BatchNorm(_) | Op::LayerNorm(_) => 2 * out,
            _ => 0,
        }
    };
    graph.nodes.iter().map(of).sum()
}

/// The kernel for a matrix and so many positions.
fn product(rows: usize, matrix: Matrix, activation: Activation) -> Kernel {
    match rows {
        1 => Kernel::Gemv { matrix, activation },
        _ => Kernel::Gemm { rows, matrix, activation },
    }
}

struct Packer<'a> {
    plan: &'a Plan,
    weights: &'a dyn Parameters,
    packed: Vec<f32>,
}

impl Packer<'_> {
    fn kernel(&mut self, node: &Node) -> Kernel {
        let shape = |i: usize| self.plan.graph.node(node.inputs[i]).shape;
        match &node.op {
            Op::Input => Kernel::Input,
            Op::Conv2d(conv) => self.conv(conv, node),
            Op::Linear(linear) => self.linear(linear, node),
            Op::BatchNorm(norm) => {
                let (scale, shift) = fold(self.weights, norm);
                Kernel::Affine { scale: self.push(&scale), shift: self.push(&shift) }
            }
            Op::Activation(activation) => Kernel::Activation(*activation),
            Op::Add => Kernel::Add,
            Op::Scale => Kernel::Scale,
            Op::Concat => Kernel::Concat { channels: [shape(0).channels(), shape(1).channels()] },
            Op::GlobalAveragePool => Kernel::GlobalAveragePool { pixels: shape(0).positions() },
            Op::Resize => Kernel::Resize {
                from: shape(0).size(),
                to: node.shape.size(),
                channels: node.shape.channels(),
            },
            Op::Unfold { patch } => {
                Kernel::Unfold { size: shape(0).size(), channels: node.shape.channels(), patch: *patch }
            }
            Op::Fold { patch } => {
                Kernel::Fold { size: node.shape.size(), channels: node.shape.channels(), patch: *patch }
            }
            Op::LayerNorm(norm) => Kernel::LayerNorm {
                weight: self.push_param(norm.weight),
                bias: self.push_param(norm.bias),
                eps: norm.eps,
            },
            Op::Attention { heads } => {
                let (_, tokens) = node.shape.size();
                Kernel::Attention { tokens, dim: node.shape.channels(), heads: *heads }
            }
        }
    }

    fn conv(&mut self, conv: &Conv2d, node: &Node) -> Kernel {
        let input = self.plan.graph.node(node.inputs[0]).shape;
        let ((height, width), (out_height, out_width)) = (input.size(), node.shape.size());
        let (channels, out) = (input.channels(), node.shape.channels());
        let activation = conv.epilogue.activation;
        let window = Window {
            height,
            width,
            channels,
            kernel: conv.kernel,
            stride: conv.stride,
            pad_top: conv.pad.top,
            pad_left: conv.pad.left,
            out_height,
            out_width,
        };
        let filter_channels = if conv.depthwise { 1 } else { channels };
        let matrix = self.filters(conv, filter_channels, out);
        if conv.depthwise {
            Kernel::DepthwiseConv { window, matrix, activation }
        } else if conv.kernel == 1 && conv.stride == 1 {
            product(height * width, matrix, activation)
        } else {
            Kernel::DenseConv { window, matrix, activation }
        }
    }

    fn linear(&mut self, linear: &Linear, node: &Node) -> Kernel {
        let weights = self.weights;
        let bias = linear.bias.map(|bias| weights.parameter(bias));
        let k = self.plan.graph.node(node.inputs[0]).shape.channels();
        let matrix = self.matrix(k, node.shape.channels(), bias.as_deref(), |outputs| {
            weights.part(linear.weight, outputs.start * k..outputs.end * k)
        });
        product(node.shape.positions(), matrix, linear.epilogue.activation)
    }

    /// A convolution's filters and biases with its batch normalisation folded in; each filter in the order of a patch.
    fn filters(&mut self, conv: &Conv2d, channels: usize, out: usize) -> Matrix {
        let weights = self.weights;
        let k = channels * conv.kernel * conv.kernel;
        let folded = Folded::new(weights, conv, out);
        self.matrix(k, out, Some(&folded.bias), |outputs| {
            let mut filters = weights.part(conv.weight, outputs.start * k..outputs.end * k);
            if folded.has_scale() {
                folded.scale(filters.to_mut(), k, outputs.clone());
            }
            if channels == 1 || conv.kernel == 1 {
                return filters;
            }
            let mut rows = vec![0.0; filters.len()];
            reorder_oihw(&filters, outputs.len(), channels, conv.kernel, &mut rows);
            rows.into()
        })
    }

    /// Packs `n` rows of `k` weights, some at a time; `rows` gives those of a range of outputs.
    fn matrix<'w>(
        &mut self,
        k: usize,
        n: usize,
        bias: Option<&[f32]>,
        rows: impl Fn(Range<usize>) -> Cow<'w, [f32]>,
    ) -> Matrix {
        let packed = self.reserve(packed_len(k, n));
        let many = (BLOCK / k.max(1)).max(1).next_multiple_of(PANEL);
        for first in (0..n).step_by(many) {
            let outputs = first..n.min(first + many);
            let (data, len) = (rows(outputs.clone()), outputs.len());
            let to = &mut self.packed[packed.start + packed_len(k, first)..][..packed_len(k, len)];
            pack_b(Rows { data: &data, stride: k }, k, len, bias.map(|bias| &bias[outputs]), to);
        }
        Matrix { packed, k, n }
    }

    fn push_param(&mut self, id: ParamId) -> Range<usize> {
        let weights = self.weights;
        self.push(&weights.parameter(id))
    }

    fn push(&mut self, values: &[f32]) -> Range<usize> {
        let range = self.reserve(values.len());
        self.packed[range.clone()].copy_from_slice(values);
        range
    }

    fn reserve(&mut self, len: usize) -> Range<usize> {
        let start = self.packed.len();
        self.packed.resize(start + len, 0.0);
        start..start + len
    }
}

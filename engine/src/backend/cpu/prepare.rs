//! From a plan and weights to steps and packed weights.

use std::ops::Range;

use super::simd::pack::{pack_b, packed_len, reorder_oihw};
use super::simd::{Rows, Window};
use super::{Kernel, Matrix, Step};
use crate::graph::{BatchNorm, Conv2d, Linear, Node, Op, ParamId};
use crate::plan::Plan;
use crate::weights::Weights;

/// The steps, in order, and the memory that they refer to.
pub(super) fn steps(plan: &Plan, weights: &Weights) -> (Vec<Step>, Vec<f32>) {
    let mut packer = Packer { plan, weights, packed: Vec::new() };
    let steps = plan
        .graph
        .iter()
        .map(|(id, node)| Step {
            kernel: packer.kernel(node),
            inputs: node.inputs.iter().map(|input| plan.place(*input)).collect(),
            output: plan.place(id),
        })
        .collect();
    (steps, packer.packed)
}

struct Packer<'a> {
    plan: &'a Plan,
    weights: &'a Weights,
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
        let (filters, bias) = self.folded(conv, out);
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
        if conv.depthwise {
            let matrix = self.matrix(&filters, conv.kernel * conv.kernel, channels, Some(&bias));
            return Kernel::DepthwiseConv { window, matrix, activation };
        }
        if conv.kernel == 1 && conv.stride == 1 {
            let matrix = self.matrix(&filters, channels, out, Some(&bias));
            return Kernel::Gemm { rows: height * width, matrix, activation };
        }
        let mut rows = vec![0.0; filters.len()];
        reorder_oihw(&filters, out, channels, conv.kernel, &mut rows);
        let matrix = self.matrix(&rows, channels * conv.kernel * conv.kernel, out, Some(&bias));
        Kernel::DenseConv { window, matrix, activation }
    }

    fn linear(&mut self, linear: &Linear, node: &Node) -> Kernel {
        let weights = self.weights;
        let bias = linear.bias.map(|bias| weights.get(bias));
        let k = self.plan.graph.node(node.inputs[0]).shape.channels();
        let matrix = self.matrix(weights.get(linear.weight), k, node.shape.channels(), bias);
        Kernel::Gemm { rows: node.shape.positions(), matrix, activation: linear.epilogue.activation }
    }

    /// A convolution's filters and biases with its batch normalisation folded in.
    fn folded(&self, conv: &Conv2d, out: usize) -> (Vec<f32>, Vec<f32>) {
        let mut filters = self.weights.get(conv.weight).to_vec();
        let mut bias = conv.bias.map_or_else(|| vec![0.0; out], |bias| self.weights.get(bias).to_vec());
        if let Some(norm) = &conv.epilogue.norm {
            let (scale, shift) = fold(self.weights, norm);
            let filter_len = filters.len() / out;
            for (filter, scale) in filters.chunks_exact_mut(filter_len).zip(&scale) {
                filter.iter_mut().for_each(|weight| *weight *= scale);
            }
            for ((bias, scale), shift) in bias.iter_mut().zip(&scale).zip(&shift) {
                *bias = *bias * scale + shift;
            }
        }
        (filters, bias)
    }

    fn matrix(&mut self, weights: &[f32], k: usize, n: usize, bias: Option<&[f32]>) -> Matrix {
        let packed = self.reserve(packed_len(k, n));
        pack_b(Rows { data: weights, stride: k }, k, n, bias, &mut self.packed[packed.clone()]);
        Matrix { packed, k, n }
    }

    fn push_param(&mut self, id: ParamId) -> Range<usize> {
        let weights = self.weights;
        self.push(weights.get(id))
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

/// A batch normalisation as x · scale + shift, per channel.
fn fold(weights: &Weights, norm: &BatchNorm) -> (Vec<f32>, Vec<f32>) {
    let [weight, bias, mean, var] = [norm.weight, norm.bias, norm.mean, norm.var].map(|id| weights.get(id));
    let scale = |c: usize| f64::from(weight[c]) / (f64::from(var[c]) + f64::from(norm.eps)).sqrt();
    let shift = |c: usize| f64::from(bias[c]) - f64::from(mean[c]) * scale(c);
    let channels = 0..weight.len();
    (channels.clone().map(|c| scale(c) as f32).collect(), channels.map(|c| shift(c) as f32).collect())
}

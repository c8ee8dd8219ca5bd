//! From a fused graph to dispatches. Nothing here touches a GPU.

use std::ops::Range;

use super::error::GpuError;
use super::kernel::{self, Kernel};
use super::report::About;
use crate::backend::Precision;
use crate::graph::{Conv2d, Graph, Linear, Node, NodeId, Op, Shape};
use crate::plan::{Block, share};
use crate::spec::Activation;

/// Channels in a vec4.
pub const QUAD: usize = 4;

/// A network as dispatches.
#[derive(Clone, Debug)]
pub struct Program {
    /// In the order in which they run.
    pub steps: Vec<Step>,
    /// The buffers that values share, in quads.
    pub buffers: Vec<usize>,
    /// What the weights' buffer holds, in order.
    pub tensors: Vec<Tensor>,
    /// Its length, in units of 16 bytes.
    pub weights_len: usize,
    /// The network's input.
    pub input: Value,
    /// The logits.
    pub output: Value,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node whose value it computes.
    pub node: NodeId,
    /// What runs.
    pub kernel: Kernel,
    /// The buffers bound to `x`, `residual` and `other`.
    pub operands: [Option<usize>; 3],
    /// The buffer bound to `y`.
    pub output: usize,
    /// The values that exist after it: its node's, and those that only name it anew.
    pub values: Vec<Value>,
}

/// A node's value in a buffer.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// The node.
    pub node: NodeId,
    /// The buffer that holds it.
    pub buffer: usize,
    /// In which order its positions lie there.
    pub order: Order,
}

/// In which order tokens lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sequence by sequence.
    Sequences,
    /// As the pixels of the map that they were unfolded from (see [`Op::Unfold`]).
    Pixels {
        /// Side of a patch.
        patch: usize,
        /// Width of the map.
        width: usize,
    },
}

/// A part of the weights' buffer; places are in units of 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tensor {
    /// A convolution's or linear layer's matrix and its biases.
    Layer {
        /// The node.
        node: NodeId,
        /// Channels of each of its inputs.
        inputs: Vec<usize>,
        /// The matrix.
        matrix: Range<usize>,
        /// The biases.
        bias: Range<usize>,
    },
    /// Scale and shift of a normalisation.
    Norm {
        /// The node.
        node: NodeId,
        /// The scale.
        scale: Range<usize>,
        /// The shift.
        shift: Range<usize>,
    },
}

impl Order {
    /// Position in memory of a token of a sequence.
    pub fn position(self, sequence: usize, token: usize, tokens: usize) -> usize {
        let strides = self.strides(tokens);
        let [s, t] = [(sequence, strides[0]), (token, strides[1])]
            .map(|(i, [group, far, near])| i / group * far + i % group * near);
        s + t
    }

    /// Group size and the strides of whole groups and within one, for sequences and for tokens.
    fn strides(self, tokens: usize) -> [[usize; 3]; 2] {
        match self {
            Self::Sequences => [[1, tokens, 0], [1, 1, 0]],
            Self::Pixels { patch, width } => [[patch, width, 1], [width / patch, patch * width, patch]],
        }
    }
}

/// What a network's dispatches depend on beside the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How numbers are stored.
    pub precision: Precision,
    /// Whether large products read their operands by way of the memory of workgroups: of use on GPUs of many cores, a
    /// detour where the CPU does their work.
    pub tiles: bool,
}

impl Options {
    /// Those for a GPU.
    ///
    /// # Errors
    /// [`GpuError::NoHalf`].
    pub fn new(about: &About, precision: Precision) -> Result<Self, GpuError> {
        if precision == Precision::Half && !about.has_f16 {
            return Err(GpuError::NoHalf);
        }
        Ok(Self { precision, tiles: !about.is_software })
    }
}

/// Lowers a graph that [`crate::graph::passes::fuse`] has fused.
///
/// # Errors
/// [`GpuError::Unsupported`].
pub fn lower(graph: &Graph, options: Options) -> Result<Program, GpuError> {
    let mut lowering = Lowering::new(graph, options);
    for (id, node) in graph.iter() {
        lowering.node(id, node)?;
    }
    Ok(lowering.finish())
}

struct Lowering<'a> {
    graph: &'a Graph,
    options: Options,
    readers: Vec<Vec<NodeId>>,
    /// The value of each node that has one so far.
    values: Vec<Option<Value>>,
    /// What becomes a buffer: length in quads and lifetime in steps.
    blocks: Vec<Block>,
    steps: Vec<Step>,
    tensors: Vec<Tensor>,
    weights_len: usize,
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph, options: Options) -> Self {
        let mut readers = vec![Vec::new(); graph.nodes.len()];
        for (id, node) in graph.iter() {
            node.inputs.iter().for_each(|input| readers[input.0].push(id));
        }
        Self {
            graph,
            options,
            readers,
            values: vec![None; graph.nodes.len()],
            blocks: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            weights_len: 0,
        }
    }

    fn node(&mut self, id: NodeId, node: &Node) -> Result<(), GpuError> {
        if self.is_absorbed(id, node) {
            return Ok(());
        }
        let from = node.inputs.first().map(|input| self.graph.node(*input).shape);
        let shape = node.shape;
        let (rows, columns) = (n(shape.positions()), quads(shape));
        match &node.op {
            Op::Input => {
                let value = self.value(id, Order::Sequences);
                self.values[id.0] = Some(value);
            }
            Op::Unfold { patch } => {
                let (_, width) = from.map_or((0, 0), Shape::size);
                self.rename(id, node.inputs[0], Order::Pixels { patch: *patch, width });
            }
            Op::Fold { .. } => self.rename(id, node.inputs[0], Order::Sequences),
            Op::Conv2d(conv) => self.conv(id, node, conv),
            Op::Linear(linear) => self.linear(id, node, linear),
            Op::BatchNorm(_) => {
                let (scale, shift) = self.norm(id, columns);
                let params = kernel::Elementwise { scale, shift, has_affine: 1, ..plain(rows, columns) };
                self.step(id, Kernel::Elementwise(params), [Some(node.inputs[0]), None, None]);
            }
            Op::Activation(activation) => {
                let params = kernel::Elementwise { activation: number(*activation), ..plain(rows, columns) };
                self.step(id, Kernel::Elementwise(params), [Some(node.inputs[0]), None, None]);
            }
            Op::Add => {
                let params = kernel::Elementwise { has_residual: 1, ..plain(rows, columns) };
                self.step(
                    id,
                    Kernel::Elementwise(params),
                    [Some(node.inputs[0]), Some(node.inputs[1]), None],
                );
            }
            Op::Scale => {
                let params = kernel::Elementwise { has_gate: 1, ..plain(rows, columns) };
                self.step(
                    id,
                    Kernel::Elementwise(params),
                    [Some(node.inputs[0]), None, Some(node.inputs[1])],
                );
            }
            Op::Concat => {
                let [first, second] = [0, 1].map(|i| n(self.graph.node(node.inputs[i]).shape.channels()));
                let params = kernel::Concat { rows, first, second };
                self.step(id, Kernel::Concat(params), [Some(node.inputs[0]), None, Some(node.inputs[1])]);
            }
            Op::GlobalAveragePool => {
                let pixels = n(from.map_or(1, Shape::positions));
                let params = kernel::Pool { pixels, channels: columns };
                self.step(id, Kernel::Pool(params), [Some(node.inputs[0]), None, None]);
            }
            Op::Resize => {
                let ((height, width), (out_height, out_width)) =
                    (from.map_or((1, 1), Shape::size), shape.size());
                let params = kernel::Resize {
                    height: n(height),
                    width: n(width),
                    out_height: n(out_height),
                    out_width: n(out_width),
                    channels: columns,
                };
                self.step(id, Kernel::Resize(params), [Some(node.inputs[0]), None, None]);
            }
            Op::LayerNorm(norm) => {
                let (scale, shift) = self.norm(id, columns);
                let params = kernel::LayerNorm {
                    tokens: rows,
                    dim: n(shape.channels()),
                    eps: norm.eps.to_bits(),
                    scale,
                    shift,
                };
                self.step(id, Kernel::LayerNorm(params), [Some(node.inputs[0]), None, None]);
            }
            Op::Attention { heads } => self.attention(id, node, *heads)?,
        }
        Ok(())
    }

    /// Whether another node's dispatch computes this one along the way.
    fn is_absorbed(&self, id: NodeId, node: &Node) -> bool {
        let [reader] = self.readers[id.0].as_slice() else { return false };
        let by = self.graph.node(*reader);
        let is_first = by.inputs[0] == id && by.inputs[1..].iter().all(|other| *other != id);
        match (&node.op, &by.op) {
            (Op::Scale, Op::Conv2d(conv)) => is_first && is_pointwise(conv),
            (Op::Concat, Op::Conv2d(conv)) => is_first && is_dense(conv),
            (Op::Linear(linear), Op::Linear(_)) => {
                !linear.epilogue.residual
                    && node.shape.channels() <= kernel::MAX_HIDDEN
                    && node.shape.positions() == 1
                    && self.is_gate(*reader, by)
            }
            _ => false,
        }
    }

    /// Whether a linear layer's result is what squeeze-and-excitation scales a map with.
    fn is_gate(&self, id: NodeId, node: &Node) -> bool {
        let Op::Linear(linear) = node.op else { return false };
        let scales = |reader: &NodeId| {
            let reader = self.graph.node(*reader);
            reader.op == Op::Scale && reader.inputs[1] == id
        };
        !linear.epilogue.residual && !self.readers[id.0].is_empty() && self.readers[id.0].iter().all(scales)
    }

    fn conv(&mut self, id: NodeId, node: &Node, conv: &Conv2d) {
        let source = node.inputs[0];
        let residual = node.inputs.get(1).copied();
        let activation = number(conv.epilogue.activation);
        let has_residual = u32::from(residual.is_some());
        let (rows, columns) = (n(node.shape.positions()), quads(node.shape));
        let absorbed = self.values[source.0].is_none().then(|| self.graph.node(source).inputs.clone());
        if is_pointwise(conv) {
            let (x, gate) = absorbed.map_or((source, None), |inputs| (inputs[0], Some(inputs[1])));
            let input = self.graph.node(x).shape;
            let (weight, bias) = self.layer(id, vec![input.channels()], 1, columns);
            let params = kernel::Pointwise {
                rows,
                depth: quads(input),
                columns,
                weight,
                bias,
                activation,
                has_residual,
                has_gate: u32::from(gate.is_some()),
            };
            return self.step(id, params.shared(self.options.tiles), [Some(x), residual, gate]);
        }
        let (x, other) = absorbed.map_or((source, None), |inputs| (inputs[0], Some(inputs[1])));
        let input = self.graph.node(x).shape;
        let ((height, width), (out_height, out_width)) = (input.size(), node.shape.size());
        let [height, width, out_height, out_width] = [height, width, out_height, out_width].map(n);
        let (pad_top, pad_left) = (n(conv.pad.top), n(conv.pad.left));
        let taps = conv.kernel * conv.kernel;
        if conv.depthwise {
            let (weight, bias) = self.layer(id, vec![1], taps, columns);
            let params = kernel::Depthwise {
                height,
                width,
                out_height,
                out_width,
                channels: columns,
                pad_top,
                pad_left,
                weight,
                bias,
                activation,
                has_residual,
            };
            let kernel = Kernel::Depthwise { kernel: n(conv.kernel), stride: n(conv.stride), params };
            return self.step(id, kernel, [Some(x), residual, None]);
        }
        let inputs: Vec<Shape> =
            [Some(x), other].iter().flatten().map(|i| self.graph.node(*i).shape).collect();
        let (weight, bias) = self.layer(id, inputs.iter().map(|i| i.channels()).collect(), taps, columns);
        let params = kernel::Conv {
            height,
            width,
            out_height,
            out_width,
            depth: quads(input),
            other_depth: inputs.get(1).map_or(0, |other| quads(*other)),
            columns,
            kernel: n(conv.kernel),
            stride: n(conv.stride),
            pad_top,
            pad_left,
            weight,
            bias,
            activation,
            has_residual,
        };
        self.step(id, Kernel::Conv(params), [Some(x), residual, other]);
    }

    fn linear(&mut self, id: NodeId, node: &Node, linear: &Linear) {
        let source = node.inputs[0];
        if self.values[source.0].is_none() {
            return self.excite(id, node, linear);
        }
        let residual = node.inputs.get(1).copied();
        let input = self.graph.node(source).shape;
        let (rows, columns, depth) = (n(node.shape.positions()), quads(node.shape), quads(input));
        let (weight, bias) = self.layer(id, vec![input.channels()], 1, columns);
        let activation = number(linear.epilogue.activation);
        let has_residual = u32::from(residual.is_some());
        let params =
            kernel::Pointwise { rows, depth, columns, weight, bias, activation, has_residual, has_gate: 0 };
        self.step(id, params.shared(self.options.tiles), [Some(source), residual, None]);
    }

    /// The second linear layer of squeeze-and-excitation, together with the first.
    fn excite(&mut self, id: NodeId, node: &Node, expand: &Linear) {
        let reduce_id = node.inputs[0];
        let reduce = self.graph.node(reduce_id);
        let Op::Linear(reduce_linear) = reduce.op else { unreachable!("only linear layers are absorbed") };
        let (means, channels, hidden) = (reduce.inputs[0], quads(node.shape), quads(reduce.shape));
        let (reduce_weight, reduce_bias) =
            self.layer(reduce_id, vec![self.graph.node(means).shape.channels()], 1, hidden);
        let (expand_weight, expand_bias) = self.layer(id, vec![reduce.shape.channels()], 1, channels);
        let params = kernel::Excite {
            channels,
            hidden,
            reduce_weight,
            reduce_bias,
            reduce_activation: number(reduce_linear.epilogue.activation),
            expand_weight,
            expand_bias,
            expand_activation: number(expand.epilogue.activation),
        };
        self.step(id, Kernel::Excite(params), [Some(means), None, None]);
    }

    fn attention(&mut self, id: NodeId, node: &Node, heads: usize) -> Result<(), GpuError> {
        let ((sequences, tokens), dim) = (node.shape.size(), node.shape.channels());
        let head = dim / heads;
        if head > kernel::MAX_HEAD {
            let reason =
                format!("its heads have {head} numbers, and the shader has room for {}", kernel::MAX_HEAD);
            return Err(GpuError::Unsupported { node: node.name.clone(), reason });
        }
        let order = self.values[node.inputs[0].0].map_or(Order::Sequences, |value| value.order);
        let [[s_group, s_far, s_near], [t_group, t_far, t_near]] = order.strides(tokens).map(|of| of.map(n));
        let params = kernel::Attention {
            sequences: n(sequences),
            tokens: n(tokens),
            heads: n(heads),
            scale: (1.0 / (head as f64).sqrt() as f32).to_bits(),
            s_group,
            s_far,
            s_near,
            t_group,
            t_far,
            t_near,
        };
        self.step(id, Kernel::Attention { head: n(head), params }, [Some(node.inputs[0]), None, None]);
        Ok(())
    }

    /// Places a layer's matrix and biases.
    fn layer(&mut self, node: NodeId, inputs: Vec<usize>, taps: usize, columns: u32) -> (u32, u32) {
        let is_depthwise = matches!(self.graph.node(node).op, Op::Conv2d(conv) if conv.depthwise);
        let rows = if is_depthwise { 1 } else { inputs.iter().map(|c| c.next_multiple_of(QUAD)).sum() };
        let len = taps * rows * columns as usize;
        let matrix = self.reserve(match self.options.precision {
            Precision::Full => len,
            Precision::HalfWeights | Precision::Half => len.div_ceil(2),
        });
        let bias = self.reserve(columns as usize);
        let places = (n(matrix.start), n(bias.start));
        self.tensors.push(Tensor::Layer { node, inputs, matrix, bias });
        places
    }

    /// Places a normalisation's scale and shift.
    fn norm(&mut self, node: NodeId, columns: u32) -> (u32, u32) {
        let (scale, shift) = (self.reserve(columns as usize), self.reserve(columns as usize));
        let places = (n(scale.start), n(shift.start));
        self.tensors.push(Tensor::Norm { node, scale, shift });
        places
    }

    fn reserve(&mut self, len: usize) -> Range<usize> {
        let start = self.weights_len;
        self.weights_len += len;
        start..self.weights_len
    }

    /// A new value; it lives until its last reader has run.
    fn value(&mut self, node: NodeId, order: Order) -> Value {
        let now = self.steps.len();
        let shape = self.graph.node(node).shape;
        self.blocks.push(Block { len: shape.positions() * quads(shape) as usize, alive: now..now + 1 });
        Value { node, buffer: self.blocks.len() - 1, order }
    }

    /// Gives a value another name.
    fn rename(&mut self, id: NodeId, of: NodeId, order: Order) {
        let value = self.values[of.0].map(|value| Value { node: id, order, ..value });
        self.values[id.0] = value;
        if let (Some(step), Some(value)) = (self.steps.last_mut(), value)
            && step.output == value.buffer
        {
            step.values.push(value);
        }
    }

    fn step(&mut self, node: NodeId, kernel: Kernel, operands: [Option<NodeId>; 3]) {
        let now = self.steps.len();
        let of = |id: NodeId| self.values[id.0].expect("inputs come before their readers");
        let order = operands[0].map_or(Order::Sequences, |id| of(id).order);
        let operands = operands.map(|id| id.map(|id| of(id).buffer));
        for operand in operands.iter().flatten() {
            self.blocks[*operand].alive.end = now + 1;
        }
        let is_tokens = matches!(self.graph.node(node).shape, Shape::Tokens { .. });
        let value = self.value(node, if is_tokens { order } else { Order::Sequences });
        self.values[node.0] = Some(value);
        self.steps.push(Step { node, kernel, operands, output: value.buffer, values: vec![value] });
    }

    /// Lets values that are never needed together share buffers.
    fn finish(mut self) -> Program {
        let output = self.values[self.graph.output().0].expect("the logits are computed");
        // The logits are read after the run.
        self.blocks[output.buffer].alive.end = usize::MAX;
        let (shared, buffers) = share(&self.blocks);
        let place = |value: Value| Value { buffer: shared[value.buffer], ..value };
        let steps = self
            .steps
            .into_iter()
            .map(|step| Step {
                operands: step.operands.map(|operand| operand.map(|buffer| shared[buffer])),
                output: shared[step.output],
                values: step.values.into_iter().map(place).collect(),
                ..step
            })
            .collect();
        let input = self.values[0].expect("the first node is the input");
        Program {
            steps,
            buffers,
            tensors: self.tensors,
            weights_len: self.weights_len,
            input: place(input),
            output: place(output),
        }
    }
}

/// What the shader of pointwise convolutions computes.
fn is_pointwise(conv: &Conv2d) -> bool {
    conv.kernel == 1 && conv.stride == 1 && !conv.depthwise
}

/// What the shader of dense convolutions computes.
fn is_dense(conv: &Conv2d) -> bool {
    !is_pointwise(conv) && !conv.depthwise
}

/// Elementwise, doing nothing.
fn plain(rows: u32, channels: u32) -> kernel::Elementwise {
    kernel::Elementwise {
        rows,
        channels,
        scale: 0,
        shift: 0,
        activation: number(Activation::Identity),
        has_gate: 0,
        has_affine: 0,
        has_residual: 0,
    }
}

/// An activation as `activate` in `common.wgsl` numbers them.
fn number(activation: Activation) -> u32 {
    match activation {
        Activation::Identity => 0,
        Activation::Relu => 1,
        Activation::Relu6 => 2,
        Activation::HardSwish => 3,
        Activation::HardSigmoid => 4,
        Activation::Sigmoid => 5,
        Activation::Silu => 6,
    }
}

fn quads(shape: Shape) -> u32 {
    n(shape.channels().div_ceil(QUAD))
}

/// Sizes of networks are far below 2³²: [`crate::spec::Variant::graph`] limits sides, widths and classes.
fn n(size: usize) -> u32 {
    size as u32
}

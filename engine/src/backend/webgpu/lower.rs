//! From a fused graph to dispatches. Nothing here touches a GPU.

use std::ops::Range;

use super::error::GpuError;
use super::kernel::Kernel;
use super::report::About;
use super::step;
use crate::backend::Precision;
use crate::graph::op::{ChannelMap, Epilogue, Norm};
use crate::graph::{Activation, Graph, NodeId, ParamId, Shape};
use crate::plan::{Lifetime, share};

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
    /// As the pixels of the map that they were unfolded from (see [`crate::graph::op::Unfold`]).
    Pixels {
        /// Side of a patch.
        patch: usize,
        /// Width of the map.
        width: usize,
    },
}

/// A part of the weights' buffer; places are in units of 16 bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Tensor {
    /// A convolution's or linear layer's filters and their biases.
    Layer {
        /// What they are made of.
        layer: Layer,
        /// How the filters lie.
        layout: Layout,
        /// The filters.
        matrix: Range<usize>,
        /// The biases.
        bias: Range<usize>,
    },
    /// Scale and shift that a batch normalisation amounts to.
    Norm {
        /// Its numbers.
        norm: Norm,
        /// Channels of what it is applied to.
        channels: usize,
        /// The scale.
        scale: Range<usize>,
        /// The shift.
        shift: Range<usize>,
    },
    /// A parameter with a number for each channel.
    Numbers {
        /// The parameter.
        param: ParamId,
        /// Channels of what it is applied to.
        channels: usize,
        /// Its place.
        place: Range<usize>,
    },
    /// Numbers that are known beforehand.
    Table {
        /// The numbers.
        words: Vec<u32>,
        /// Their place.
        place: Range<usize>,
    },
}

/// The numbers of a convolution or a linear layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Its filters, if they are a parameter.
    pub weight: Option<ParamId>,
    /// Its biases, if it has any.
    pub bias: Option<ParamId>,
    /// What follows its sums.
    pub epilogue: Epilogue,
    /// Taps of a filter.
    pub taps: usize,
    /// Its filters' number, and that of its outputs: more where filters slide over channels.
    pub filters: usize,
    /// See `filters`.
    pub out: usize,
    /// How its parameter holds them.
    pub stored: Stored,
    /// See [`crate::graph::op::Filters::planes`].
    pub planes: usize,
}

/// How a parameter holds filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// (O, I, taps).
    OutputsFirst,
    /// (I, O, taps): that of a transposed convolution.
    InputsFirst,
    /// (O, taps, I): that of a linear layer in Keras, the pixels of a map being the taps.
    TapsFirst,
}

/// How filters lie in the weights' buffer; outputs are columns throughout, padded to quads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Taps × channels of each input, padded to quads × outputs.
    Dense {
        /// Channels of each input.
        inputs: Vec<usize>,
        /// Which channels of the only input the filters read; all if `None`.
        gather: Option<ChannelMap>,
    },
    /// Taps × channels.
    Depthwise,
    /// Taps × the channels that a filter reads × filters.
    Parts,
    /// No filters: the network computes them. Biases are there.
    Computed,
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
    pub(super) fn strides(self, tokens: usize) -> [[usize; 3]; 2] {
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
    lower_keeping(graph, options, &[])
}

/// The same; what the named modules return is computed by dispatches of its own.
///
/// # Errors
/// [`GpuError::Unsupported`].
pub fn lower_keeping(graph: &Graph, options: Options, keep: &[String]) -> Result<Program, GpuError> {
    let mut lowering = Lowering::new(graph, options, keep);
    for (id, node) in graph.iter() {
        if !lowering.is_absorbed(id) {
            lowering.check_orders(id)?;
            step::lower(&node.op, &mut lowering, id)?;
        }
    }
    Ok(lowering.finish())
}

/// A program in the making.
pub(super) struct Lowering<'a> {
    pub(super) graph: &'a Graph,
    pub(super) options: Options,
    pub(super) readers: Vec<Vec<NodeId>>,
    kept: Vec<NodeId>,
    /// The value of each node that has one so far.
    values: Vec<Option<Value>>,
    /// What becomes a buffer: length in quads and lifetime in steps.
    blocks: Vec<Lifetime>,
    steps: Vec<Step>,
    tensors: Vec<Tensor>,
    weights_len: usize,
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph, options: Options, keep: &[String]) -> Self {
        let kept = graph.stages.iter().filter(|stage| keep.contains(&stage.name)).map(|stage| stage.value);
        Self {
            graph,
            options,
            readers: graph.readers(),
            kept: kept.collect(),
            values: vec![None; graph.nodes.len()],
            blocks: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            weights_len: 0,
        }
    }

    /// Whether another node's dispatch computes this one along the way.
    fn is_absorbed(&self, id: NodeId) -> bool {
        let [reader] = self.readers[id.0].as_slice() else { return false };
        !self.kept.contains(&id) && step::absorbs(&self.graph.node(*reader).op, self, *reader, id)
    }

    /// Inputs of a node.
    pub(super) fn inputs(&self, id: NodeId) -> &'a [NodeId] {
        &self.graph.node(id).inputs
    }

    /// The shape of a value.
    pub(super) fn shape(&self, id: NodeId) -> Shape {
        self.graph.node(id).shape
    }

    /// Whether a node has a value of its own, as all have that no other absorbs.
    pub(super) fn has_value(&self, id: NodeId) -> bool {
        self.values[id.0].is_some()
    }

    /// In which order a value's tokens lie.
    pub(super) fn order(&self, id: NodeId) -> Order {
        self.values[id.0].map_or(Order::Sequences, |value| value.order)
    }

    /// Whether tokens that meet lie in one order.
    fn check_orders(&self, id: NodeId) -> Result<(), GpuError> {
        let node = self.graph.node(id);
        let is_tokens = |input: &&NodeId| matches!(self.shape(**input), Shape::Tokens { .. });
        let mut orders = node.inputs.iter().filter(is_tokens).map(|input| self.order(*input));
        match orders.next().is_none_or(|first| orders.all(|order| order == first)) {
            true => Ok(()),
            false => Err(self.unsupported(id, "tokens of maps of different widths meet in it".to_owned())),
        }
    }

    /// Why no shader computes a node.
    pub(super) fn unsupported(&self, id: NodeId, reason: String) -> GpuError {
        GpuError::Unsupported { node: self.graph.node(id).name.clone(), reason }
    }

    /// Places a layer's filters, so many numbers, and its biases.
    pub(super) fn layer(&mut self, layer: Layer, layout: Layout, numbers: usize) -> (u32, u32) {
        let matrix = self.reserve(match self.options.precision {
            Precision::Full => numbers.div_ceil(QUAD),
            Precision::HalfWeights | Precision::Half => numbers.div_ceil(2 * QUAD),
        });
        let bias = self.reserve(layer.out.div_ceil(QUAD));
        let places = (n(matrix.start), n(bias.start));
        self.tensors.push(Tensor::Layer { layer, layout, matrix, bias });
        places
    }

    /// Places the filters of a layer that reads all channels of its inputs.
    pub(super) fn dense(&mut self, layer: Layer, inputs: Vec<usize>) -> (u32, u32) {
        let rows: usize = inputs.iter().map(|c| c.next_multiple_of(QUAD)).sum();
        let numbers = layer.taps * rows * layer.out.next_multiple_of(QUAD);
        self.layer(layer, Layout::Dense { inputs, gather: None }, numbers)
    }

    /// Places the scale and shift that a node's batch normalisation amounts to.
    pub(super) fn norm(&mut self, node: NodeId, norm: Norm) -> (u32, u32) {
        let channels = self.shape(node).channels();
        let [scale, shift] = [(); 2].map(|()| self.reserve(channels.div_ceil(QUAD)));
        let places = (n(scale.start), n(shift.start));
        self.tensors.push(Tensor::Norm { norm, channels, scale, shift });
        places
    }

    /// Places a parameter with a number for each of a node's channels.
    pub(super) fn numbers(&mut self, node: NodeId, param: ParamId) -> u32 {
        let channels = self.shape(node).channels();
        let place = self.reserve(channels.div_ceil(QUAD));
        let start = n(place.start);
        self.tensors.push(Tensor::Numbers { param, channels, place });
        start
    }

    /// Places numbers that are known beforehand.
    pub(super) fn table(&mut self, words: Vec<u32>) -> u32 {
        let place = self.reserve(words.len().div_ceil(QUAD));
        let start = n(place.start);
        self.tensors.push(Tensor::Table { words, place });
        start
    }

    fn reserve(&mut self, len: usize) -> Range<usize> {
        let start = self.weights_len;
        self.weights_len += len;
        start..self.weights_len
    }

    /// A new buffer for a value of this shape; it lives until its last reader has run.
    fn buffer(&mut self, shape: Shape) -> usize {
        let now = self.steps.len();
        self.blocks.push(Lifetime { len: shape.positions() * quads(shape) as usize, alive: now..now + 1 });
        self.blocks.len() - 1
    }

    /// The network's input.
    pub(super) fn input(&mut self, id: NodeId) {
        let buffer = self.buffer(self.shape(id));
        self.values[id.0] = Some(Value { node: id, buffer, order: Order::Sequences });
    }

    /// Gives a value another name.
    pub(super) fn rename(&mut self, id: NodeId, of: NodeId, order: Order) {
        let value = self.values[of.0].map(|value| Value { node: id, order, ..value });
        self.values[id.0] = value;
        let Some(value) = value else { return };
        if let Some(step) = self.steps.iter_mut().rfind(|step| step.output == value.buffer) {
            step.values.push(value);
        }
    }

    /// The buffer that holds a value.
    pub(super) fn buffer_of(&self, id: NodeId) -> usize {
        self.values[id.0].expect("inputs come before their readers").buffer
    }

    /// A dispatch that computes a node's value.
    pub(super) fn step(&mut self, node: NodeId, kernel: Kernel, operands: [Option<NodeId>; 3]) {
        let operands = operands.map(|id| id.map(|id| self.buffer_of(id)));
        self.step_of(node, kernel, operands);
    }

    /// The same from these buffers. Tokens lie in the order of those that are read.
    pub(super) fn step_of(&mut self, node: NodeId, kernel: Kernel, operands: [Option<usize>; 3]) {
        let first = self.inputs(node).first().filter(|_| matches!(self.shape(node), Shape::Tokens { .. }));
        let order = first.map_or(Order::Sequences, |id| self.order(*id));
        let buffer = self.dispatch(node, kernel, operands, self.shape(node));
        let value = Value { node, buffer, order };
        self.values[node.0] = Some(value);
        if let Some(step) = self.steps.last_mut() {
            step.values.push(value);
        }
    }

    /// A dispatch that computes something on the way to a node's value; gives the buffer that holds it.
    pub(super) fn dispatch(
        &mut self,
        node: NodeId,
        kernel: Kernel,
        operands: [Option<usize>; 3],
        shape: Shape,
    ) -> usize {
        let now = self.steps.len();
        for operand in operands.iter().flatten() {
            self.blocks[*operand].alive.end = now + 1;
        }
        let output = self.buffer(shape);
        self.steps.push(Step { node, kernel, operands, output, values: Vec::new() });
        output
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

/// An activation as `activate` in `common.wgsl` numbers them.
pub(super) fn number(activation: Activation) -> u32 {
    match activation {
        Activation::Identity => 0,
        Activation::Relu => 1,
        Activation::Relu6 => 2,
        Activation::HardSwish => 3,
        Activation::HardSigmoid => 4,
        Activation::Sigmoid => 5,
        Activation::Silu => 6,
        Activation::Gelu => 7,
    }
}

/// Quads of a position.
pub(super) fn quads(shape: Shape) -> u32 {
    n(shape.channels().div_ceil(QUAD))
}

/// Sizes of networks are far below 2³²: [`crate::spec::Variant::graph`] limits sides, widths and classes.
pub(super) fn n(size: usize) -> u32 {
    size as u32
}

//! From a fused graph to dispatches. Nothing here touches a GPU.

use std::ops::Range;
use std::sync::Arc;

use super::chains::{Chains, Layouts, Meeting, Readers};
use super::error::GpuError;
use super::kernel::Kernel;
use super::layout::{Layout, NONE, View};
use super::report::About;
use super::step::{self, Entry, gather};
use crate::backend::Precision;
use crate::graph::op::{Epilogue, Groups, Norm, Op};
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
    /// The node that it begins with.
    pub node: NodeId,
    /// What runs.
    pub kernel: Kernel,
    /// The buffers bound to `x`, `residual` and `other`.
    pub operands: [Option<usize>; 3],
    /// The buffer bound to `y`.
    pub output: usize,
    /// The values that exist after it: what its node's becomes in it, and those that only name it anew.
    pub values: Vec<Value>,
}

/// A node's value in a buffer, which may hold others too.
#[derive(Clone, Debug)]
pub struct Value {
    /// The node.
    pub node: NodeId,
    /// The buffer that holds it.
    pub buffer: usize,
    /// Quads from a position to the next.
    pub stride: usize,
    /// The first quad of a position that is its own.
    pub first: usize,
    /// For each channel, which number it is from there on.
    pub slots: Arc<[u32]>,
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
        layer: Box<Layer>,
        /// How the filters lie.
        packing: Packing,
        /// For each number of a row of the result the output that it is.
        lanes: Arc<[u32]>,
        /// The filters.
        matrix: Range<usize>,
        /// The biases.
        bias: Range<usize>,
    },
    /// Scale and shift that a batch normalisation amounts to.
    Norm {
        /// Its numbers.
        norm: Norm,
        /// For each number of a row the channel that it is.
        lanes: Arc<[u32]>,
        /// The scale.
        scale: Range<usize>,
        /// The shift.
        shift: Range<usize>,
    },
    /// A parameter with a number for each channel.
    Numbers {
        /// The parameter.
        param: ParamId,
        /// For each number of a row the channel that it is.
        lanes: Arc<[u32]>,
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
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its filters, if they are a parameter.
    pub weight: Option<ParamId>,
    /// Its biases, if it has any.
    pub bias: Option<ParamId>,
    /// What follows its sums.
    pub epilogue: Epilogue,
    /// What its operands are scaled and shifted by, where every sum has one product for each channel.
    pub before: Option<Before>,
    /// A further normalisation of its sums, and for each number of a row of the result the channel that it means.
    pub after: Option<(Norm, Arc<[u32]>)>,
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

/// Numbers by which channels are scaled and shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Before {
    /// Those of a batch normalisation.
    Norm(Norm),
    /// Two parameters: the end of a layer normalisation.
    Scale {
        /// What is multiplied with.
        weight: ParamId,
        /// What is added.
        bias: ParamId,
    },
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

/// How filters lie in the weights' buffer; outputs are columns throughout, as many as a row of the result has numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Taps × numbers of a row × outputs.
    Dense {
        /// Which number of a row each channel is; several channels may be the same.
        rows: Arc<[u32]>,
        /// Numbers of a row.
        depth: usize,
    },
    /// Taps × channels.
    Depthwise,
    /// Quads of outputs × taps × entries of a list × 4 × 4.
    Blocks {
        /// Entries of a list.
        depth: usize,
        /// The channel that each number of each entry is.
        channels: Arc<[u32]>,
        /// Which channels filters read.
        groups: Groups,
        /// Channels of the input.
        inputs: usize,
    },
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
    for (id, _) in graph.iter() {
        lowering.check_orders(id)?;
        if let Some(turn) = lowering.chains.turns[id.0] {
            lowering.take_turn(turn)?;
        }
    }
    Ok(lowering.finish())
}

/// A program in the making.
pub(super) struct Lowering<'a> {
    pub(super) readers: Readers<'a>,
    pub(super) options: Options,
    chains: Chains,
    /// Where each value's channels lie in its part of a row, and in which order its positions.
    layouts: Vec<Layout>,
    orders: Vec<Order>,
    /// Where the inputs of each concatenation begin.
    starts: Vec<Vec<usize>>,
    /// See [`Layouts::filters`].
    filters: Vec<Option<Vec<u32>>>,
    /// Quads of the rows in which a value lies that lies in no other; where among them those begin that others read before a
    /// tail's end; and the buffer.
    strides: Vec<usize>,
    raw: Vec<Option<usize>>,
    roots: Vec<Option<usize>>,
    /// The value of each node that has one so far.
    values: Vec<Option<View>>,
    /// What becomes a buffer: length in quads and lifetime in steps.
    blocks: Vec<Lifetime>,
    steps: Vec<Step>,
    tensors: Vec<Tensor>,
    weights_len: usize,
}

/// What a dispatch does before its tail.
pub(super) struct Work {
    pub(super) kernel: Kernel,
    /// The value that it reads, and which of its quads.
    pub(super) x: View,
    pub(super) quads: Reading,
    /// Where its biases are, if it has any.
    pub(super) bias: Option<u32>,
    /// A further value that it reads.
    pub(super) other: Option<usize>,
    /// The window under which it reads the first, in shaders that can.
    pub(super) window: Option<[u32; 12]>,
}

impl Work {
    /// Reading a value.
    pub(super) const fn of(kernel: Kernel, x: View, quads: Reading) -> Self {
        Self { kernel, x, quads, bias: None, other: None, window: None }
    }
}

/// Which quads of a row are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// The first, counted from the value's own.
    pub(super) first: usize,
    /// Where it says which, counted from there; [`NONE`] where they follow each other.
    pub(super) table: u32,
}

impl Reading {
    /// All from the first on.
    pub(super) const ALL: Self = Self { first: 0, table: NONE };
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph, options: Options, keep: &[String]) -> Self {
        let readers = Readers::new(graph, keep, options.tiles);
        let chains = Chains::new(&readers);
        let Layouts { of: layouts, starts, filters } = chains.layouts(&readers);
        let mut strides: Vec<usize> = layouts.iter().map(|layout| layout.quads).collect();
        let mut raw = vec![None; strides.len()];
        for tail in chains.tails.iter().flatten() {
            let Some(value) = tail.raw else { continue };
            let (root, _) = chains.root(&starts, tail.end);
            raw[value.0] = Some(strides[root.0]);
            strides[root.0] += layouts[value.0].quads;
        }
        let mut orders: Vec<Order> = Vec::with_capacity(strides.len());
        for (_, node) in graph.iter() {
            let own = |input: &NodeId| orders[input.0];
            orders.push(match (&node.op, node.inputs.first()) {
                (Op::Unfold(unfold), Some(input)) => {
                    Order::Pixels { patch: unfold.patch, width: graph.node(*input).shape.size().1 }
                }
                (_, Some(input)) if matches!(node.shape, Shape::Tokens { .. }) => own(input),
                _ => Order::Sequences,
            });
        }
        let nodes = graph.nodes.len();
        Self {
            readers,
            options,
            chains,
            layouts,
            orders,
            starts,
            filters,
            strides,
            raw,
            roots: vec![None; nodes],
            values: vec![None; nodes],
            blocks: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            weights_len: 0,
        }
    }

    /// Appends the dispatches of an operation, and those that it has its turn with.
    fn take_turn(&mut self, id: NodeId) -> Result<(), GpuError> {
        for head in self.chains.deferred[id.0].clone() {
            step::lower(self.op(head), self, head)?;
        }
        step::lower(self.op(id), self, id)
    }

    /// An operation.
    pub(super) fn op(&self, id: NodeId) -> &'a Op {
        &self.readers.graph.node(id).op
    }

    /// Inputs of a node.
    pub(super) fn inputs(&self, id: NodeId) -> &'a [NodeId] {
        self.readers.inputs(id)
    }

    /// The shape of a value.
    pub(super) fn shape(&self, id: NodeId) -> Shape {
        self.readers.shape(id)
    }

    /// Whether a reader computes a node along the way.
    pub(super) fn is_absorbed(&self, id: NodeId) -> bool {
        self.chains.absorbed[id.0]
    }

    /// Where the channels of a node's value lie in its rows.
    pub(super) fn layout(&self, id: NodeId) -> &Layout {
        &self.layouts[id.0]
    }

    /// In which order a value's tokens lie.
    pub(super) fn order(&self, id: NodeId) -> Order {
        self.orders[id.0]
    }

    /// See [`Layouts::filters`].
    pub(super) fn filters(&self, id: NodeId) -> Option<&[u32]> {
        self.filters[id.0].as_deref()
    }

    /// The outputs that the numbers of a row are which a layer computes.
    pub(super) fn outputs(&self, id: NodeId) -> Vec<u32> {
        match self.filters(id) {
            Some(order) => order.to_vec(),
            None => self.layouts[id.0].lanes(0..self.layouts[id.0].quads),
        }
    }

    /// The first input of a node that leaves channels where they are: as it is, or a copy where that cannot be.
    pub(super) fn lanes_of(&mut self, id: NodeId) -> View {
        let source = self.inputs(id)[0];
        let view = self.view(source);
        if view.layout.is_injective() { view } else { self.in_lanes(id, source, None) }
    }

    /// Quads where a concatenation's inputs begin.
    pub(super) fn starts(&self, id: NodeId) -> &[usize] {
        &self.starts[id.0]
    }

    /// Whether an input of a concatenation has been computed in its place.
    pub(super) fn is_in_place(&self, id: NodeId, input: usize) -> bool {
        self.chains.homes[self.inputs(id)[input].0] == Some((id, input))
    }

    /// Where a concatenation is to be.
    pub(super) fn concat(&mut self, id: NodeId) -> View {
        self.place(self.chains.ends[id.0])
    }

    /// Says that a concatenation is there, or what has become of it.
    pub(super) fn name_concat(&mut self, id: NodeId) {
        let end = self.chains.ends[id.0];
        let view = self.place(end);
        self.name(end, view);
    }

    /// A value.
    pub(super) fn view(&self, id: NodeId) -> View {
        self.values[id.0].clone().expect("inputs come before their readers")
    }

    /// Whether tokens that meet lie in one order.
    fn check_orders(&self, id: NodeId) -> Result<(), GpuError> {
        if let Op::Fold(fold) = self.op(id)
            && self.order(self.inputs(id)[0]) != (Order::Pixels { patch: fold.patch, width: fold.size.1 })
        {
            return Err(self.unsupported(id, "its tokens are not those of such a map".to_owned()));
        }
        let is_tokens = |input: &&NodeId| matches!(self.shape(**input), Shape::Tokens { .. });
        let mut orders = self.inputs(id).iter().filter(is_tokens).map(|input| self.order(*input));
        match orders.next().is_none_or(|first| orders.all(|order| order == first)) {
            true => Ok(()),
            false => Err(self.unsupported(id, "tokens of maps of different widths meet in it".to_owned())),
        }
    }

    /// Why no shader computes a node.
    pub(super) fn unsupported(&self, id: NodeId, reason: String) -> GpuError {
        GpuError::Unsupported { node: self.readers.graph.node(id).name.clone(), reason }
    }

    /// The channels of a value in a head's tail that the numbers of the head's rows of so many quads are.
    fn lanes_at(&self, head: NodeId, at: NodeId, quads: usize) -> Vec<u32> {
        let end = self.chains.tails[head.0].as_ref().map_or(head, |tail| tail.end);
        // What comes behind a concatenation knows the channels of all of its inputs.
        let first = match self.chains.homes[end.0] {
            Some((concat, i)) if at > end => self.starts[concat.0][i],
            _ => 0,
        };
        self.layouts[at.0].lanes(first..first + quads)
    }

    /// Places the filters of a node's layer, so many numbers, and its biases; `lanes` are the outputs that the numbers of a row of its
    /// result are. What its tail normalises by is folded in.
    pub(super) fn layer(
        &mut self,
        id: NodeId,
        layer: Layer,
        packing: Packing,
        lanes: Vec<u32>,
        numbers: usize,
    ) -> (u32, u32) {
        let after = self.chains.tails[id.0].as_ref().and_then(|tail| tail.norm).and_then(|at| {
            let Op::BatchNorm(batch_norm) = self.op(at) else { return None };
            Some((batch_norm.norm, self.lanes_at(id, at, lanes.len() / QUAD).into()))
        });
        let matrix = self.reserve(match self.options.precision {
            Precision::Full => numbers.div_ceil(QUAD),
            Precision::HalfWeights | Precision::Half => numbers.div_ceil(2 * QUAD),
        });
        let bias = self.reserve(lanes.len() / QUAD);
        let places = (n(matrix.start), n(bias.start));
        let layer = Box::new(Layer { after, ..layer });
        self.tensors.push(Tensor::Layer { layer, packing, lanes: lanes.into(), matrix, bias });
        places
    }

    /// Places the filters of a layer that reads all these channels of a row of so many quads.
    pub(super) fn dense(&mut self, id: NodeId, layer: Layer, rows: &[u32], depth: usize) -> (u32, u32) {
        let lanes = Layout::dense(layer.out).lanes(0..layer.out.div_ceil(QUAD));
        let numbers = layer.taps * depth * QUAD * lanes.len();
        self.layer(id, layer, Packing::Dense { rows: rows.into(), depth: depth * QUAD }, lanes, numbers)
    }

    /// Places the scale and shift that a batch normalisation amounts to, for numbers that are these channels.
    pub(super) fn norm(&mut self, norm: Norm, lanes: Vec<u32>) -> (u32, u32) {
        let [scale, shift] = [(); 2].map(|()| self.reserve(lanes.len() / QUAD));
        let places = (n(scale.start), n(shift.start));
        self.tensors.push(Tensor::Norm { norm, lanes: lanes.into(), scale, shift });
        places
    }

    /// Places a parameter with a number for each of these channels.
    pub(super) fn numbers(&mut self, param: ParamId, lanes: Vec<u32>) -> u32 {
        let place = self.reserve(lanes.len() / QUAD);
        let start = n(place.start);
        self.tensors.push(Tensor::Numbers { param, lanes: lanes.into(), place });
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

    /// A new buffer of so many quads, from now on.
    fn block(&mut self, len: usize) -> usize {
        let now = self.steps.len();
        self.blocks.push(Lifetime { len, alive: now..now + 1 });
        self.blocks.len() - 1
    }

    /// Where a node's value is to be.
    fn place(&mut self, id: NodeId) -> View {
        let (root, first) = self.chains.root(&self.starts, id);
        let stride = self.strides[root.0];
        let block = match self.roots[root.0] {
            Some(block) => block,
            None => self.block(self.shape(root).positions() * stride),
        };
        self.roots[root.0] = Some(block);
        View { block, stride, first, layout: self.layouts[id.0].clone() }
    }

    /// The network's input.
    pub(super) fn input(&mut self, id: NodeId) {
        self.values[id.0] = Some(self.place(id));
    }

    /// Says where a node's value is, and that it is there.
    pub(super) fn name(&mut self, id: NodeId, view: View) {
        let value = Value::new(id, &view, self.orders[id.0]);
        if let Some(step) = self.steps.iter_mut().rfind(|step| step.output == view.block) {
            step.values.push(value);
        }
        self.values[id.0] = Some(view);
    }

    /// Which quads of a row hold channels of a layout, and how many they are.
    pub(super) fn reading(&mut self, layout: &Layout) -> (Reading, usize) {
        let used = layout.used();
        let first = used.first().copied().unwrap_or(0);
        let is_run = used.iter().zip(first..).all(|(quad, next)| *quad == next);
        let depth = used.len();
        let reading = match is_run {
            true => Reading { first: first as usize, table: NONE },
            false => Reading { first: 0, table: self.table(used) },
        };
        (reading, depth)
    }

    /// A dispatch that begins with a head and ends with its tail.
    pub(super) fn stored(&mut self, head: NodeId, work: Work) {
        let tail = self.chains.tails[head.0].clone().expect("a head has a tail");
        let target = self.place(tail.end);
        let width = target.layout.quads;
        let concat = self.chains.homes[tail.end.0];
        let lanes = |to: &Self, at: NodeId| to.lanes_at(head, at, width);
        let Work { mut kernel, x, quads, bias, other, window } = work;
        let x_words = [n(x.stride), n(x.first + quads.first), quads.table, 0];
        let is_in_place = x.block == target.block;
        if is_in_place {
            kernel = kernel.with("IN_PLACE", 1);
        }
        let mut operands = [(!is_in_place).then_some(x.block), None, other];
        let mut met = [[0, 0, 0, NONE]; 2];
        for (i, meeting) in [tail.a, tail.b].into_iter().enumerate() {
            let Some(Meeting { how, at, with }) = meeting else { continue };
            let lanes = lanes(self, at);
            // A map that was to be gated is gated as it is met.
            let (value, gate) = match *self.inputs(with) {
                [value, gate] if self.is_absorbed(with) => (value, Some(gate)),
                _ => (with, None),
            };
            let all =
                [Some((value, how as u32 + if gate.is_some() { 8 } else { 0 })), gate.map(|gate| (gate, 0))];
            for (i, (value, how)) in (i..).zip(all.into_iter().flatten()) {
                let view = self.view(value);
                let is_in_place = view.block == target.block;
                if !is_in_place {
                    operands[i + 1] = Some(view.block);
                }
                let (first, table) = self.meeting(&view, &lanes);
                let stride = if self.shape(value).positions() == 1 { 0 } else { n(view.stride) };
                met[i] = [how + if is_in_place { 4 } else { 0 }, stride, first, table];
            }
        }
        let (scale, shift) = match tail.affine {
            Some(at) => {
                let Op::BatchNorm(batch_norm) = self.op(at) else { unreachable!("that is a normalisation") };
                let lanes = lanes(self, at);
                self.norm(batch_norm.norm, lanes)
            }
            None => (NONE, NONE),
        };
        let slope = tail.slope.map(|(at, slope)| {
            let lanes = lanes(self, at);
            self.numbers(slope, lanes)
        });
        let raw = tail.raw.and_then(|value| self.raw[value.0]);
        let out = [n(target.stride), n(target.first), bias.unwrap_or(NONE), number(tail.activation)];
        let rest = [[scale, shift, slope.unwrap_or(NONE), number(tail.last)], [raw.map_or(NONE, n), 0, 0, 0]];
        let words = [x_words, out, met[0], met[1], rest[0], rest[1]].concat();
        let window: &[u32] = if kernel.shader.has_window() { &window.unwrap_or_default() } else { &[] };
        kernel.words.splice(0..0, words.into_iter().chain(window.iter().copied()));
        self.dispatch(head, kernel, operands, target.block);
        match (raw, concat) {
            (Some(first), _) => self.name(tail.end, View { first, ..target }),
            // As a part of something that more is done to it has no name.
            (None, Some((concat, _))) if self.chains.ends[concat.0] != concat => {}
            (None, _) => self.name(tail.end, target),
        }
    }

    /// The first quad of a value's rows that meets numbers which are these channels, or where it says which numbers do.
    fn meeting(&mut self, view: &View, lanes: &[u32]) -> (u32, u32) {
        match view.layout.run(lanes) {
            Some(slot) => (n(view.first + slot / QUAD), NONE),
            None => {
                let slot = |channel: &u32| view.layout.slots.get(*channel as usize).copied().unwrap_or(0);
                (n(view.first), self.table(lanes.iter().map(slot).collect()))
            }
        }
    }

    /// Keeps a buffer for the last step.
    fn touch(&mut self, block: usize) {
        self.blocks[block].alive.end = self.steps.len();
    }

    /// A dispatch from and to these buffers.
    fn dispatch(&mut self, node: NodeId, kernel: Kernel, operands: [Option<usize>; 3], output: usize) {
        self.steps.push(Step { node, kernel, operands, output, values: Vec::new() });
        operands.into_iter().flatten().chain([output]).for_each(|block| self.touch(block));
    }

    /// A dispatch that computes something on the way to a node's value; gives the buffer, of so many quads, that holds it.
    pub(super) fn aside(
        &mut self,
        node: NodeId,
        kernel: Kernel,
        operands: [Option<usize>; 3],
        quads: usize,
    ) -> usize {
        let block = self.block(quads);
        self.dispatch(node, kernel, operands, block);
        block
    }

    /// A dispatch without a tail that computes a node's value.
    pub(super) fn alone(&mut self, node: NodeId, kernel: Kernel, operands: [Option<usize>; 3]) {
        let target = self.place(node);
        self.dispatch(node, kernel, operands, target.block);
        self.name(node, target);
    }

    /// A dispatch that puts a concatenation's inputs in their places, from one number of a row to another: each is a value's number.
    pub(super) fn gather(
        &mut self,
        node: NodeId,
        sources: &[&View],
        entries: Vec<Entry>,
        to: &View,
        first: usize,
    ) {
        let rows = self.shape(node).positions();
        let kernel = gather::kernel(self, rows, sources, entries, to, first);
        let is_elsewhere = |view: &&View| (view.block != to.block).then_some(view.block);
        let operands = std::array::from_fn(|i| sources.get(i).and_then(is_elsewhere));
        self.dispatch(node, kernel, operands, to.block);
    }

    /// The buffer that holds a value with nothing else in its rows and its channels in order: its own, or a copy.
    pub(super) fn whole(&mut self, node: NodeId, value: NodeId) -> usize {
        let view = self.view(value);
        if view.is_whole() { view.block } else { self.in_lanes(node, value, None).block }
    }

    /// A value's numbers in another order: those of its channels or, with `lanes`, which of them each is.
    pub(super) fn in_lanes(&mut self, node: NodeId, value: NodeId, lanes: Option<&[u32]>) -> View {
        let view = self.view(value);
        let layout = Layout::dense(lanes.map_or(view.layout.slots.len(), <[u32]>::len));
        let all: Vec<u32>;
        let lanes = match lanes {
            Some(lanes) => lanes,
            None => {
                all = layout.lanes(0..layout.quads);
                &all
            }
        };
        let entries = lanes.iter().map(|channel| Entry::of(0, &view, *channel)).collect();
        let rows = self.shape(value).positions();
        let block = self.block(rows * layout.quads);
        let copy = View { block, stride: layout.quads, first: 0, layout };
        let kernel = gather::kernel(self, rows, &[&view], entries, &copy, 0);
        self.dispatch(node, kernel, [Some(view.block), None, None], block);
        copy
    }

    /// Lets values that are never needed together share buffers.
    fn finish(mut self) -> Program {
        let output = self.readers.graph.output();
        let view = self.view(output);
        // The logits are read after the run.
        self.blocks[view.block].alive.end = usize::MAX;
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
        let input = self.values[0].as_ref().expect("the first node is the input");
        Program {
            steps,
            buffers,
            tensors: self.tensors,
            weights_len: self.weights_len,
            input: place(Value::new(NodeId(0), input, Order::Sequences)),
            output: place(Value::new(output, &view, self.orders[output.0])),
        }
    }
}

impl Value {
    fn new(node: NodeId, view: &View, order: Order) -> Self {
        let View { block, stride, first, layout } = view;
        Self { node, buffer: *block, stride: *stride, first: *first, slots: layout.slots.clone(), order }
    }
}

/// An activation as `activate` in `common.wgsl` numbers it.
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

/// Quads of a position whose channels lie one after the other.
pub(super) fn quads(shape: Shape) -> u32 {
    n(shape.channels().div_ceil(QUAD))
}

/// Sizes of networks are far below 2³²: [`crate::spec::Variant::graph`] limits sides, widths and classes.
pub(super) fn n(size: usize) -> u32 {
    size as u32
}

//! Which values and layers of a network are bytes.

use super::layer::{
    Around, Filters, LONGEST_SUM, Layer, Weighted, Why, activated, bounds, changed, is_tabled, normalised,
    sloped,
};
use super::{Form, Observed, Quantisation, Ranges};
use crate::graph::op::{Activate, Add, Channels, Conv, Epilogue, Pool, PoolKind, Weight};
use crate::graph::{Graph, Node, NodeId, Op};
use crate::weights::Parameters;
use kernels::int8::elementwise::{Factors, Terms};

/// A fused graph with the integers of its layers of bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheme {
    /// What runs.
    pub graph: Graph,
    /// One a node.
    pub values: Vec<Value>,
    /// One a node.
    pub layers: Vec<Layer>,
}

/// How a value is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// What its bytes stand for, where its numbers' range is known.
    pub quantisation: Option<Quantisation>,
    /// The form in which it is computed.
    pub computed: Form,
    /// Whether its bytes are read.
    pub bytes: bool,
    /// Whether its numbers are read.
    pub floats: bool,
}

impl Scheme {
    /// Of a fused graph whose values' ranges are known.
    ///
    /// # Panics
    /// If the ranges are those of a graph with another number of nodes.
    pub fn new(graph: Graph, weights: &dyn Parameters, ranges: &Ranges) -> Self {
        assert_eq!(ranges.values.len(), graph.nodes.len(), "ranges of the same fused graph");
        let sites = Sites { graph: &graph, weights, ranges, readers: graph.readers() };
        let stays = sites.stays();
        let wanted = sites.wanted(&stays);
        let quantisations = sites.quantisations(&stays, &wanted);
        let layers: Vec<Layer> = graph
            .iter()
            .map(|(id, node)| match stays[id.0] {
                Some(why) => Layer::Floats(why),
                None => sites.layer(id, node, &quantisations, wanted[id.0]),
            })
            .collect();
        let values = graph.iter().map(|(id, _)| {
            let reads = |form: Form| {
                let reads_so = |reader: &NodeId| {
                    let inputs = &graph.node(*reader).inputs;
                    (0..inputs.len()).any(|i| inputs[i] == id && layers[reader.0].reads(i) == form)
                };
                sites.readers[id.0].iter().any(reads_so)
            };
            let computed = layers[id.0].computes();
            Value {
                quantisation: quantisations[id.0],
                computed,
                bytes: reads(Form::Bytes),
                floats: reads(Form::Floats) || id == graph.output(),
            }
        });
        let values = values.collect();
        drop(sites);
        Self { graph, values, layers }
    }

    /// The bytes of a value that has some.
    pub(in crate::backend) fn quantisation(&self, id: NodeId) -> Quantisation {
        self.values[id.0].quantisation.unwrap_or(Quantisation { scale: 1.0, zero: 0 })
    }

    /// How many multiply-accumulates' layers are bytes and how many f32, of those that consist of them.
    pub fn shares(&self) -> (usize, usize) {
        let is_product = |node: &Node| matches!(node.op, Op::Conv(_) | Op::Linear(_));
        let products = || self.graph.nodes.iter().zip(&self.layers).filter(|(node, _)| is_product(node));
        let bytes = products().filter(|(_, layer)| matches!(layer, Layer::Product(_))).count();
        (bytes, products().count() - bytes)
    }
}

/// What layers are made of.
struct Sites<'a> {
    graph: &'a Graph,
    weights: &'a dyn Parameters,
    ranges: &'a Ranges,
    readers: Vec<Vec<NodeId>>,
}

impl Sites<'_> {
    /// For each node why it stays f32, if it does.
    fn stays(&self) -> Vec<Option<Why>> {
        let mut stays = Vec::with_capacity(self.graph.nodes.len());
        for (_, node) in self.graph.iter() {
            let why = self.operation(node, &stays);
            stays.push(why);
        }
        // A range is needed of what is read and of what is computed; the logits' need none.
        for (id, node) in self.graph.iter() {
            let has_range = |id: &NodeId| self.quantisation(*id).is_some();
            let all = node.inputs.iter().all(has_range) && (has_range(&id) || id == self.graph.output());
            if stays[id.0].is_none() && !all {
                stays[id.0] = Some(Why::NoRange);
            }
        }
        stays
    }

    /// Why an operation stays f32, if it does, as far as ranges are not concerned.
    fn operation(&self, node: &Node, before: &[Option<Why>]) -> Option<Why> {
        let among_floats =
            || node.inputs.iter().all(|input| before[input.0].is_some()).then_some(Why::AmongFloats);
        match &node.op {
            Op::Input(_) => Some(Why::Image),
            Op::Conv(Conv { weight: Weight::Computed, .. }) => Some(Why::ComputedFilters),
            Op::Conv(Conv { gather: Some(map), .. }) if map.repeats() => Some(Why::RepeatedChannels),
            Op::Conv(conv) => {
                let input = self.graph.input_shapes(node)[0];
                let (_, read) = conv.filters.groups.parts(conv.channels_of(input));
                product(read * conv.filters.taps(), &conv.epilogue)
            }
            Op::Linear(linear) if linear.groups > 1 => Some(Why::Groups),
            Op::Linear(linear) => product(linear.read(self.graph.input_shapes(node)[0]), &linear.epilogue),
            Op::Add(Add { activation, .. }) if bounds(*activation).is_none() => Some(Why::Activation),
            Op::BatchNorm(_)
            | Op::Activate(_)
            | Op::Prelu(_)
            | Op::Add(_)
            | Op::Scale(_)
            | Op::Concat(_)
            | Op::Channels(_)
            | Op::Pool(_)
            | Op::GlobalAveragePool(_) => among_floats(),
            Op::ConvTranspose(_)
            | Op::ShiftMax(_)
            | Op::Resize(_)
            | Op::Unfold(_)
            | Op::Fold(_)
            | Op::LayerNorm(_)
            | Op::Attention(_)
            | Op::SeparableAttention(_) => Some(Why::Operation),
        }
    }

    /// For each node the form in which its value is wanted: numbers where nobody reads bytes, and in chains of sums.
    fn wanted(&self, stays: &[Option<Why>]) -> Vec<Form> {
        let mut wanted = vec![Form::Bytes; self.graph.nodes.len()];
        for (id, node) in self.graph.iter().collect::<Vec<_>>().into_iter().rev() {
            let reads_bytes = |reader: &NodeId| {
                let other = self.graph.node(*reader);
                let inputs = (0..other.inputs.len()).filter(|i| other.inputs[*i] == id);
                // Sums that stay numbers are added to numbers.
                let is_added = |i: usize| wanted[reader.0] == Form::Floats && residual(&other.op) == Some(i);
                stays[reader.0].is_none() && inputs.into_iter().any(|i| !is_added(i))
            };
            let can = epilogue(&node.op).is_some_and(|epilogue| bounds(epilogue.activation).is_some())
                && !self.is_depthwise(node);
            if stays[id.0].is_some()
                || can && (self.is_term(id, stays) || !self.readers[id.0].iter().any(reads_bytes))
            {
                wanted[id.0] = Form::Floats;
            }
        }
        wanted
    }

    /// Whether a value is one of a chain of sums. Those stay numbers: to round every sum of a chain to seven bits would add up, and
    /// they are the smallest maps of their networks.
    fn is_term(&self, id: NodeId, stays: &[Option<Why>]) -> bool {
        let adds = |reader: NodeId, to: NodeId| {
            let node = self.graph.node(reader);
            stays[reader.0].is_none() && residual(&node.op).is_some_and(|i| node.inputs[i] == to)
        };
        residual(&self.graph.node(id).op).is_some()
            || self.readers[id.0].iter().any(|reader| adds(*reader, id))
    }

    fn is_depthwise(&self, node: &Node) -> bool {
        matches!(&node.op, Op::Conv(conv) if conv.is_depthwise(self.graph.input_shapes(node)[0].channels()))
    }

    fn observed(&self, id: NodeId) -> &Observed {
        &self.ranges.values[id.0]
    }

    /// The bytes that a value's own range asks for.
    fn quantisation(&self, id: NodeId) -> Option<Quantisation> {
        self.observed(id).range.and_then(Quantisation::new)
    }

    /// The bytes of every value.
    fn quantisations(&self, stays: &[Option<Why>], wanted: &[Form]) -> Vec<Option<Quantisation>> {
        let mut quantisations: Vec<Option<Quantisation>> =
            self.graph.iter().map(|(id, _)| self.quantisation(id)).collect();
        // What only a concatenation reads has its steps from the start, so that nothing is rounded twice.
        for (id, node) in self.graph.iter().collect::<Vec<_>>().into_iter().rev() {
            if !matches!(node.op, Op::Concat(_)) || stays[id.0].is_some() {
                continue;
            }
            for input in &node.inputs {
                let is_free = stays[input.0].is_none()
                    && wanted[input.0] == Form::Bytes
                    && matches!(self.graph.node(*input).op, Op::Conv(_) | Op::Concat(_) | Op::Add(_));
                if is_free && self.readers[input.0].as_slice() == [id] {
                    quantisations[input.0] = quantisations[id.0];
                }
            }
        }
        // What only moves or compares bytes keeps them.
        for (id, node) in self.graph.iter() {
            let is_max = |pool: &Pool| pool.kind == PoolKind::Max;
            let keeps =
                matches!(&node.op, Op::Channels(_)) || matches!(&node.op, Op::Pool(pool) if is_max(pool));
            if keeps && stays[id.0].is_none() {
                quantisations[id.0] = quantisations[node.inputs[0].0];
            }
        }
        quantisations
    }

    /// A layer of bytes.
    fn layer(&self, id: NodeId, node: &Node, values: &[Option<Quantisation>], wanted: Form) -> Layer {
        let without = Layer::Floats(Why::NoRange);
        let read = |i: usize| values[node.inputs.get(i)?.0];
        let (Some(from), Some(input)) = (read(0), self.graph.input_shapes(node).first().copied()) else {
            return without;
        };
        let reach = self.observed(id).range.map_or(0.0, |(_, high)| high);
        let around = |epilogue: &Epilogue| {
            let at = residual(&node.op).filter(|_| epilogue.residual);
            Around {
                input: from,
                means: &self.observed(node.inputs[0]).means,
                output: values[id.0].filter(|_| wanted == Form::Bytes).map(|to| (to, reach)),
                residual: at.map(|i| (i, read(i).filter(|_| wanted == Form::Bytes))),
            }
        };
        if let Op::Conv(conv) = &node.op {
            let Some(filters) = Filters::of_conv(conv, input, self.weights) else { return without };
            let epilogue = &conv.epilogue;
            return Layer::Product(Weighted::new(filters, epilogue.activation, &around(epilogue)));
        }
        if let Op::Linear(linear) = &node.op {
            let filters = Filters::of_linear(linear, input, self.weights);
            let epilogue = &linear.epilogue;
            return Layer::Product(Weighted::new(filters, epilogue.activation, &around(epilogue)));
        }
        let Some(to) = values[id.0] else { return without };
        let (zero, ratio) = (f32::from(to.zero), f64::from(from.scale) / f64::from(to.scale));
        match &node.op {
            Op::BatchNorm(op) => Layer::Table(normalised(op, self.weights, from, to)),
            Op::Activate(Activate(activation)) => Layer::Table(activated(*activation, from, to)),
            Op::Prelu(op) => Layer::Table(sloped(op, self.weights, from, to)),
            Op::Add(op) => match read(1) {
                Some(second) => Layer::Add(terms(op, [from, second], to)),
                None => without,
            },
            Op::Scale(_) => match read(1) {
                Some(gate) => Layer::Multiply(Factors {
                    zeros: [from.zero, gate.zero],
                    scale: (ratio * f64::from(gate.scale)) as f32,
                    zero,
                }),
                None => without,
            },
            Op::Concat(_) => {
                let tables = (0..node.inputs.len()).map(|i| changed(read(i).unwrap_or(to), to));
                Layer::Concat(tables.collect())
            }
            Op::Channels(Channels(_)) => Layer::Channels,
            Op::Pool(pool) => match pool.kind {
                PoolKind::Max => Layer::MaxPool,
                PoolKind::Average => Layer::Mean { ratio: ratio as f32 },
            },
            Op::GlobalAveragePool(_) => Layer::Mean { ratio: ratio as f32 },
            Op::Input(_)
            | Op::Conv(_)
            | Op::Linear(_)
            | Op::ConvTranspose(_)
            | Op::ShiftMax(_)
            | Op::Resize(_)
            | Op::Unfold(_)
            | Op::Fold(_)
            | Op::LayerNorm(_)
            | Op::Attention(_)
            | Op::SeparableAttention(_) => Layer::Floats(Why::Operation),
        }
    }
}

/// Why sums of `k` products stay f32, if they do.
fn product(k: usize, epilogue: &Epilogue) -> Option<Why> {
    if k > LONGEST_SUM {
        return Some(Why::LongSums);
    }
    (epilogue.residual && is_tabled(epilogue.activation)).then_some(Why::Activation)
}

/// What ends an operation that computes sums of products.
fn epilogue(op: &Op) -> Option<&Epilogue> {
    if let Op::Conv(conv) = op {
        return Some(&conv.epilogue);
    }
    if let Op::Linear(linear) = op { Some(&linear.epilogue) } else { None }
}

/// The place of the residual among an operation's inputs, where it has one.
fn residual(op: &Op) -> Option<usize> {
    if let Op::Conv(conv) = op {
        return conv.residual_input();
    }
    epilogue(op).filter(|epilogue| epilogue.residual).map(|_| 1)
}

fn terms(op: &Add, from: [Quantisation; 2], to: Quantisation) -> Terms {
    let share = if op.is_mean { 0.5 } else { 1.0 };
    let scales = from.map(|from| share * f64::from(from.scale) / f64::from(to.scale));
    let zeros: f64 = from.iter().zip(scales).map(|(from, scale)| scale * f64::from(from.zero)).sum();
    let (low, high) = bounds(op.activation).unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
    let steps = |x: f32| (x / to.scale + f32::from(to.zero)).clamp(0.0, 127.0);
    Terms {
        scales: scales.map(|scale| scale as f32),
        offset: (f64::from(to.zero) - zeros) as f32,
        low: steps(low),
        high: steps(high),
    }
}

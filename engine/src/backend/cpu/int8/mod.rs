//! The CPU backend in bytes: what [`crate::backend::int8`] defines, on SIMD; layers that stay f32 are steps of the f32 backend.

mod product;
mod simple;

use std::ops::Range;

use super::pack::Packer;
use super::step::{self, Step};
use super::{Machine, zeros};
use crate::backend::Values;
use crate::backend::int8::{Form, Layer, Ranges, Scheme, Value, Weighted};
use crate::graph::{Graph, NodeId, passes};
use crate::plan::{Lifetime, Place, Plan, arrange};
use crate::weights::Parameters;
use kernels::gemm::RowTile;
use kernels::threads::{Threads, Work};
use product::Product;
use simple::Simple;

/// A network in bytes, prepared.
#[derive(Debug)]
pub struct CpuInt8 {
    /// Without weights, which are packed.
    scheme: Scheme,
    /// Where numbers lie.
    plan: Plan,
    /// Where bytes lie.
    places: Vec<Place>,
    steps: Vec<Layered>,
    packed_bytes: Vec<u8>,
    packed: Vec<f32>,
    bytes: Vec<u8>,
    floats: Vec<f32>,
    /// Equal shares for each thread.
    scratch_bytes: Vec<u8>,
    scratch: Vec<f32>,
    machine: Machine,
}

/// What computes a node.
#[derive(Debug)]
enum Layered {
    Floats(Step),
    Product(Product),
    Simple(Simple),
}

/// What steps of bytes read and write.
struct Io<'a> {
    bytes: &'a mut [u8],
    floats: &'a mut [f32],
    packed: &'a [u8],
    scratch: &'a mut [u8],
    threads: &'a Threads,
    /// Where bytes lie, and numbers.
    places: &'a [Place],
    float_places: &'a [Place],
    inputs: &'a [NodeId],
    output: NodeId,
}

const DISJOINT: &str = "a step's output lies apart from its inputs";

impl Io<'_> {
    fn range(&self, input: usize) -> Range<usize> {
        self.places[self.inputs[input].0].range()
    }

    /// The output, and an input.
    fn one(&mut self, input: usize) -> (&mut [u8], &[u8]) {
        let ranges = [self.places[self.output.0].range(), self.range(input)];
        let [y, x] = self.bytes.get_disjoint_mut(ranges).expect(DISJOINT);
        (y, x)
    }

    /// The output, an input and another one, which may be the same, and scratch memory.
    fn two(&mut self, first: usize, second: usize) -> (&mut [u8], &[u8], &[u8], &mut [u8]) {
        let y = self.places[self.output.0].range();
        let (a, b) = (self.range(first), self.range(second));
        let scratch = &mut *self.scratch;
        if a == b {
            let [y, a] = self.bytes.get_disjoint_mut([y, a]).expect(DISJOINT);
            return (y, a, a, scratch);
        }
        let [y, a, b] = self.bytes.get_disjoint_mut([y, a, b]).expect(DISJOINT);
        (y, a, b, scratch)
    }

    /// For numbers that are computed from bytes.
    fn numbers(&mut self, first: usize, second: Option<usize>) -> Numbers<'_> {
        let x = self.range(first);
        let y = self.float_places[self.output.0].range();
        let (x, scratch) = (&self.bytes[x], &mut *self.scratch);
        let Some(second) = second else {
            return Numbers { y: &mut self.floats[y], x, added: None, scratch };
        };
        let added = self.float_places[self.inputs[second].0].range();
        let [y, added] = self.floats.get_disjoint_mut([y, added]).expect(DISJOINT);
        Numbers { y, x, added: Some(added), scratch }
    }
}

/// The output's numbers, an input's bytes, another input's numbers, and scratch memory.
struct Numbers<'a> {
    y: &'a mut [f32],
    x: &'a [u8],
    added: Option<&'a [f32]>,
    scratch: &'a mut [u8],
}

impl CpuInt8 {
    /// Fuses a graph, makes its integers for these ranges, and packs them.
    ///
    /// # Panics
    /// If the ranges are those of another graph, or of another list of what remains a value.
    pub fn prepare(graph: &Graph, weights: &dyn Parameters, threads: &Threads, ranges: &Ranges) -> Self {
        Self::prepare_keeping(graph, weights, threads, &[], ranges)
    }

    /// The same; what the named modules return can be observed.
    ///
    /// # Panics
    /// As [`CpuInt8::prepare`].
    pub fn prepare_keeping(
        graph: &Graph,
        weights: &dyn Parameters,
        threads: &Threads,
        keep: &[String],
        ranges: &Ranges,
    ) -> Self {
        let graph = graph.with_tables(|name| weights.table(name));
        let scheme = Scheme::new(passes::fuse_keeping(&graph, keep), weights, ranges);
        Self::of_scheme(scheme, weights, threads)
    }

    /// Packs a scheme; the weights are for what stays f32.
    pub fn of_scheme(mut scheme: Scheme, weights: &dyn Parameters, threads: &Threads) -> Self {
        let (places, bytes_len) = arranged(&scheme, Form::Bytes);
        let (float_places, floats_len) = arranged(&scheme, Form::Floats);
        let plan = Plan { graph: scheme.graph.clone(), places: float_places, arena_len: floats_len };
        let in_floats = |layer: &Layer| matches!(layer, Layer::Floats(_));
        let nodes = scheme.graph.iter().map(|(id, _)| id);
        let nodes: Vec<NodeId> = nodes.filter(|id| in_floats(&scheme.layers[id.0])).collect();
        let (float_steps, packed) = Packer::pack_some(&plan, &nodes, weights, Vec::new());
        let most = threads.most();
        let scratch_len = float_steps.iter().map(|step| step.scratch_len(most)).max().unwrap_or(0) * most;
        let mut float_steps = float_steps.into_iter();
        let mut packed_bytes = Vec::new();
        let mut steps = Vec::with_capacity(scheme.layers.len());
        for i in 0..scheme.layers.len() {
            let id = NodeId(i);
            let step = match (&scheme.layers[i], Product::new(&scheme, id, &mut packed_bytes)) {
                (Layer::Floats(_), _) => float_steps.next().map(Layered::Floats),
                (_, Some(product)) => Some(Layered::Product(product)),
                (_, None) => Some(Layered::Simple(Simple::new(&scheme, id))),
            };
            steps.extend(step);
            if let Layer::Product(Weighted { weights, .. }) = &mut scheme.layers[i] {
                *weights = Vec::new();
            }
        }
        let scratch_bytes = steps.iter().map(Layered::scratch_len).max().unwrap_or(0) * most;
        Self {
            scheme,
            places,
            steps,
            packed_bytes,
            packed,
            bytes: vec![0; bytes_len],
            floats: zeros(Vec::new(), floats_len),
            scratch_bytes: vec![0; scratch_bytes],
            scratch: zeros(Vec::new(), scratch_len),
            machine: Machine { tile: RowTile::detect(), threads: threads.clone() },
            plan,
        }
    }

    /// The fused graph.
    pub fn graph(&self) -> &Graph {
        &self.scheme.graph
    }

    /// Which layers are bytes. (Weights are not there any more.)
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Runs the network on an input (H, W, C) and shows every value to `observe` as it is computed.
    ///
    /// # Panics
    /// Panics if the input has another length.
    pub fn run(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, Values<'_>)) -> &[f32] {
        for (i, step) in self.steps.iter().enumerate() {
            let id = NodeId(i);
            let inputs = &self.scheme.graph.node(id).inputs;
            let io = Io {
                bytes: &mut self.bytes,
                floats: &mut self.floats,
                packed: &self.packed_bytes,
                scratch: &mut self.scratch_bytes,
                threads: &self.machine.threads,
                places: &self.places,
                float_places: &self.plan.places,
                inputs,
                output: id,
            };
            match step {
                Layered::Floats(step) => step.run(step::Io {
                    image: input,
                    arena: &mut self.floats,
                    packed: &self.packed,
                    scratch: &mut self.scratch,
                    machine: &self.machine,
                    places: &self.plan.places,
                    inputs,
                    output: id,
                }),
                Layered::Product(product) => product.run(io),
                Layered::Simple(simple) => simple.run(io),
            }
            Conversion { scheme: &self.scheme, threads: &self.machine.threads, id }.run(
                (&mut self.bytes, self.places[i].range()),
                (&mut self.floats, self.plan.place(id).range()),
            );
            observe(id, self.values(id));
        }
        &self.floats[self.plan.place(self.scheme.graph.output()).range()]
    }

    fn values(&self, id: NodeId) -> Values<'_> {
        let channels = self.scheme.graph.node(id).shape.channels();
        match self.scheme.values[id.0].computed {
            Form::Floats => Values::whole(&self.floats[self.plan.place(id).range()], channels),
            Form::Bytes => {
                Values::bytes(&self.bytes[self.places[id.0].range()], channels, self.scheme.quantisation(id))
            }
        }
    }

    /// Bytes of packed weights.
    pub fn weight_bytes(&self) -> u64 {
        self.packed_bytes.len() as u64 + 4 * self.packed.len() as u64
    }

    /// Bytes of both arenas and of scratch memory.
    pub fn activation_bytes(&self) -> u64 {
        let bytes = self.bytes.len() + self.scratch_bytes.len();
        (bytes + 4 * (self.floats.len() + self.scratch.len())) as u64
    }
}

/// What gives a value that was just computed its other form, if that is read.
struct Conversion<'a> {
    scheme: &'a Scheme,
    threads: &'a Threads,
    id: NodeId,
}

impl Conversion<'_> {
    fn run(self, (bytes, place): (&mut [u8], Range<usize>), (numbers, at): (&mut [f32], Range<usize>)) {
        let Value { computed, bytes: needs_bytes, floats: needs_floats, .. } = self.scheme.values[self.id.0];
        let to = self.scheme.quantisation(self.id);
        match computed {
            Form::Floats if needs_bytes => {
                let (x, y) = (&numbers[at], &mut bytes[place]);
                self.threads.rows(moved(y.len()), y, 1, |range, y| to.bytes(&x[range], y));
            }
            Form::Bytes if needs_floats => {
                let (x, y) = (&bytes[place], &mut numbers[at]);
                self.threads.rows(moved(y.len()), y, 1, |range, y| to.numbers(&x[range], y));
            }
            Form::Floats | Form::Bytes => {}
        }
    }
}

impl Layered {
    fn scratch_len(&self) -> usize {
        match self {
            Self::Floats(_) | Self::Simple(_) => 0,
            Self::Product(product) => product.scratch_len(),
        }
    }
}

/// The work of a step that reads, changes and writes so many bytes.
fn moved(bytes: usize) -> Work {
    Work { nanoseconds: bytes / 4, multiple: 16 }
}

/// A place for each value that is there in a form, in an arena of that form.
fn arranged(scheme: &Scheme, form: Form) -> (Vec<Place>, usize) {
    let last_uses = scheme.graph.last_uses();
    let output = scheme.graph.output();
    let is_there = |value: &Value| {
        value.computed == form
            || match form {
                Form::Bytes => value.bytes,
                Form::Floats => value.floats,
            }
    };
    let lifetimes: Vec<Lifetime> = scheme
        .graph
        .iter()
        .map(|(id, node)| Lifetime {
            len: if is_there(&scheme.values[id.0]) { node.shape.elements().next_multiple_of(64) } else { 0 },
            // The logits are read after the run.
            alive: id.0..if id == output { usize::MAX } else { last_uses[id.0] + 1 },
        })
        .collect();
    let (offsets, len) = arrange(&lifetimes);
    let place = |(id, node): (NodeId, &crate::graph::Node)| Place {
        start: offsets[id.0],
        stride: node.shape.channels(),
        channels: node.shape.channels(),
        positions: node.shape.positions(),
    };
    (scheme.graph.iter().map(place).collect(), len)
}

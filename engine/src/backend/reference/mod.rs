//! The oracle: every operation as its definition reads, in plain loops over f64 sums; a file each.
//!
//! Maps are channels-last, so element (y, x, c) of an H×W×C map is `values[(y · W + x) · C + c]`.

mod activate;
mod add;
mod attention;
mod batch_norm;
mod channels;
mod concat;
mod conv;
mod conv_transpose;
mod fold;
mod global_average_pool;
mod layer_norm;
mod linear;
mod pool;
mod prelu;
mod resize;
mod scale;
mod separable_attention;
mod shift_max;
mod unfold;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::Values;
use crate::graph::{ChannelMap, Graph, Node, NodeId, Op, ParamId, Shape, op};
use crate::weights::{Parameters, Weights};

/// A graph with its weights; it runs fused and unfused graphs alike.
#[derive(Debug)]
pub struct Reference {
    graph: Graph,
    weights: Weights,
    values: Vec<Vec<f32>>,
}

/// An operation's definition.
trait Define {
    /// What it makes of its inputs.
    fn compute(&self, of: &Of<'_>) -> Vec<f32>;

    /// The derivatives of Σ seed\[i\] · y\[i\], y being what it computes, by the numbers of each of its inputs.
    fn pull(&self, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>>;
}

/// What [`Define::pull`] needs.
const AS_BUILT: &str = "derivatives are of graphs as they are built, before anything is fused";

/// Only some parameters; the others are empty.
struct Read<'a> {
    weights: &'a dyn Parameters,
    read: HashSet<usize>,
}

impl Parameters for Read<'_> {
    fn elements(&self, id: ParamId) -> usize {
        if self.read.contains(&id.0) { self.weights.elements(id) } else { 0 }
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        if range.is_empty() { Cow::default() } else { self.weights.part(id, range) }
    }

    fn table(&self, name: &str) -> Option<ChannelMap> {
        self.weights.table(name)
    }
}

/// What an operation is applied to.
pub(super) struct Of<'a> {
    /// The image.
    pub(super) image: &'a [f32],
    pub(super) inputs: Vec<&'a [f32]>,
    pub(super) shapes: Vec<Shape>,
    pub(super) output: Shape,
    pub(super) weights: &'a Weights,
}

impl Define for op::Input {
    fn compute(&self, of: &Of<'_>) -> Vec<f32> {
        of.image.to_vec()
    }

    fn pull(&self, _of: &Of<'_>, _seed: &[f64]) -> Vec<Vec<f64>> {
        Vec::new()
    }
}

/// The closed list of definitions.
macro_rules! definitions {
    ($($name:ident),+ $(,)?) => {
        /// What an operation makes of its inputs.
        pub(super) fn compute(op: &Op, of: &Of<'_>) -> Vec<f32> {
            match op {
                $(Op::$name(op) => op.compute(of)),+
            }
        }

        fn pull(op: &Op, of: &Of<'_>, seed: &[f64]) -> Vec<Vec<f64>> {
            match op {
                $(Op::$name(op) => op.pull(of, seed)),+
            }
        }
    };
}

definitions! {
    Input,
    Conv,
    ConvTranspose,
    Linear,
    BatchNorm,
    Activate,
    Prelu,
    Add,
    Scale,
    ShiftMax,
    Concat,
    Channels,
    Pool,
    GlobalAveragePool,
    Resize,
    Unfold,
    Fold,
    LayerNorm,
    Attention,
    SeparableAttention,
}

impl Reference {
    /// Prepares a graph.
    pub fn new(graph: &Graph, weights: &dyn Parameters) -> Self {
        let values = vec![Vec::new(); graph.nodes.len()];
        let tabled = graph.with_tables(|name| weights.table(name)).into_owned();
        Self { graph: tabled, weights: Weights::gather(graph, weights), values }
    }

    /// Prepares a part of a graph (see [`Graph::between`]): only the parameters that it reads are fetched.
    pub fn of_part(part: &Graph, weights: &dyn Parameters) -> Self {
        let read = part.nodes.iter().flat_map(|node| node.op.operation().params()).map(|id| id.0).collect();
        Self::new(part, &Read { weights, read })
    }

    /// The graph that runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Runs the network on an input (H, W, C) and shows every value to `observe` as it is computed.
    ///
    /// # Panics
    /// Panics if the input has another length.
    pub fn run(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, Values<'_>)) -> &[f32] {
        for i in 0..self.graph.nodes.len() {
            let node = &self.graph.nodes[i];
            let value = compute(&node.op, &self.of(node, input));
            assert_eq!(value.len(), node.shape.elements(), "{}", node.name);
            observe(NodeId(i), Values::whole(&value, node.shape.channels()));
            self.values[i] = value;
        }
        &self.values[self.graph.output().0]
    }

    /// The derivatives of Σ seed\[i\] · y\[i\] by every number of `by`, as the last run left the network; y is what
    /// `output` computes (maps channels-last), in f64. At a kink they are one of the two sides', as in PyTorch.
    ///
    /// # Panics
    /// If there was no run, the seed has another length than y, or the graph is fused.
    pub fn gradient(&self, output: NodeId, seed: &[f64], by: NodeId) -> Vec<f64> {
        assert_eq!(seed.len(), self.values[output.0].len(), "a weight for each number");
        let mut pulled: Vec<Option<Vec<f64>>> = vec![None; output.0 + 1];
        pulled[output.0] = Some(seed.to_vec());
        for id in (by.0 + 1..=output.0).rev() {
            let Some(seed) = pulled[id].take() else { continue };
            let node = &self.graph.nodes[id];
            for (input, part) in
                node.inputs.iter().zip(pull(&node.op, &self.of(node, &self.values[0]), &seed))
            {
                match &mut pulled[input.0] {
                    Some(sum) => sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part),
                    empty => *empty = Some(part),
                }
            }
        }
        // Nothing where the output does not depend on it.
        let by_none = || vec![0.0; self.values[by.0].len()];
        pulled.get_mut(by.0).and_then(Option::take).unwrap_or_else(by_none)
    }

    /// What a node computed in the last run; empty before it.
    pub fn value(&self, id: NodeId) -> &[f32] {
        &self.values[id.0]
    }

    fn of<'a>(&'a self, node: &Node, image: &'a [f32]) -> Of<'a> {
        Of {
            image,
            inputs: node.inputs.iter().map(|input| self.values[input.0].as_slice()).collect(),
            shapes: self.graph.input_shapes(node),
            output: node.shape,
            weights: &self.weights,
        }
    }
}

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

use super::Values;
use crate::graph::{Graph, Node, NodeId, Op, Shape, op};
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

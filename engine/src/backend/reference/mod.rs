//! The oracle: every operation as its definition reads, in plain loops over f64 sums.
//!
//! Maps are channels-last, so element (y, x, c) of an H×W×C map is `values[(y · W + x) · C + c]`.

mod attention;
mod conv;
mod map;
mod norm;

use crate::graph::{Graph, Node, NodeId, Op};
use crate::weights::{Parameters, Weights};

/// A graph with its weights; it runs fused and unfused graphs alike.
#[derive(Debug)]
pub struct Reference {
    graph: Graph,
    weights: Weights,
    values: Vec<Vec<f32>>,
}

impl Reference {
    /// Prepares a graph.
    pub fn new(graph: &Graph, weights: &dyn Parameters) -> Self {
        let values = vec![Vec::new(); graph.nodes.len()];
        Self { graph: graph.clone(), weights: Weights::gather(graph, weights), values }
    }

    /// The graph that runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Runs the network on an input (H, W, 3) and shows every value to `observe` as it is computed.
    ///
    /// # Panics
    /// Panics if the input has another length.
    pub fn run(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, &[f32])) -> &[f32] {
        for i in 0..self.graph.nodes.len() {
            let node = &self.graph.nodes[i];
            let value = if node.op == Op::Input { input.to_vec() } else { self.compute(node) };
            assert_eq!(value.len(), node.shape.elements(), "{}", node.name);
            observe(NodeId(i), &value);
            self.values[i] = value;
        }
        &self.values[self.graph.output().0]
    }

    fn compute(&self, node: &Node) -> Vec<f32> {
        let value = |i: usize| self.values[node.inputs[i].0].as_slice();
        let shape = |i: usize| self.graph.node(node.inputs[i]).shape;
        let w = &self.weights;
        match &node.op {
            Op::Input => Vec::new(),
            Op::Conv2d(conv) => {
                let sums = conv::conv2d(conv, w, value(0), shape(0), node.shape);
                conv::epilogue(&conv.epilogue, w, sums, node.inputs.get(1).map(|_| value(1)))
            }
            Op::Linear(linear) => {
                let sums = conv::linear(linear, w, value(0), shape(0).channels());
                conv::epilogue(&linear.epilogue, w, sums, node.inputs.get(1).map(|_| value(1)))
            }
            Op::BatchNorm(batch_norm) => norm::batch_norm(batch_norm, w, value(0)),
            Op::Activation(activation) => value(0).iter().map(|x| activation.apply(*x)).collect(),
            Op::Add => value(0).iter().zip(value(1)).map(|(x, y)| x + y).collect(),
            Op::Scale => map::scale(value(0), value(1)),
            Op::Concat => map::concat(value(0), shape(0).channels(), value(1), shape(1).channels()),
            Op::GlobalAveragePool => map::global_average_pool(value(0), shape(0).channels()),
            Op::Resize => map::resize_bilinear(value(0), shape(0), node.shape),
            Op::Unfold { patch } => map::unfold(value(0), shape(0), *patch),
            Op::Fold { patch } => map::fold(value(0), node.shape, *patch),
            Op::LayerNorm(layer_norm) => norm::layer_norm(layer_norm, w, value(0)),
            Op::Attention { heads } => attention::attention(value(0), node.shape, *heads),
        }
    }
}

//! What a network costs, counted on its graph.
//!
//! Conventions (those of `docs/METHODOLOGY.md`): one multiply-accumulate of a convolution or linear layer
//! is one MAC, without biases, normalisations and activations; the two matrix products of attention are
//! counted apart. Parameters are the learned ones, so batch-norm scales and shifts but not its running
//! statistics.

use serde::{Deserialize, Serialize};

use super::{Graph, Node, Op, ParamId, ParamKind, Shape};

/// A network's cost for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Learned parameters.
    pub params: u64,
    /// Multiply-accumulates of convolutions and linear layers.
    pub conv_linear_macs: u64,
    /// Multiply-accumulates of q · kᵀ and of its product with v.
    pub attention_macs: u64,
    /// Numbers that pass an activation function, gates included.
    pub activation_elements: u64,
    /// The most bytes (f32) of values that are alive at once when every node of this graph runs in order.
    pub peak_activation_bytes: u64,
    /// One entry a node, without the input.
    pub layers: Vec<LayerCost>,
}

/// A node's cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerCost {
    /// The module that the node belongs to.
    pub name: String,
    /// What it does.
    pub op: String,
    /// What it computes.
    pub output: Shape,
    /// Learned parameters.
    pub params: u64,
    /// Multiply-accumulates.
    pub macs: u64,
}

impl Graph {
    /// Counts everything.
    pub fn cost(&self) -> Cost {
        let mut cost = Cost {
            params: 0,
            conv_linear_macs: 0,
            attention_macs: 0,
            activation_elements: 0,
            peak_activation_bytes: self.peak_activation_bytes(),
            layers: Vec::with_capacity(self.nodes.len() - 1),
        };
        for node in &self.nodes[1..] {
            let layer = LayerCost {
                name: node.name.clone(),
                op: node.op.name().to_owned(),
                output: node.shape,
                params: self.node_params(node),
                macs: self.macs(node),
            };
            cost.params += layer.params;
            match node.op {
                Op::Attention { .. } => cost.attention_macs += layer.macs,
                Op::Activation(_) => cost.activation_elements += node.shape.elements() as u64,
                _ => cost.conv_linear_macs += layer.macs,
            }
            cost.layers.push(layer);
        }
        cost
    }

    /// The parameters that a node reads.
    pub fn params_of(&self, node: &Node) -> Vec<ParamId> {
        match &node.op {
            Op::Conv2d(conv) => {
                let norm = conv.epilogue.norm;
                [Some(conv.weight), conv.bias]
                    .into_iter()
                    .flatten()
                    .chain(norm.into_iter().flat_map(|n| [n.weight, n.bias, n.mean, n.var]))
                    .collect()
            }
            Op::Linear(linear) => [Some(linear.weight), linear.bias].into_iter().flatten().collect(),
            Op::BatchNorm(norm) => vec![norm.weight, norm.bias, norm.mean, norm.var],
            Op::LayerNorm(norm) => vec![norm.weight, norm.bias],
            Op::Input
            | Op::Activation(_)
            | Op::Attention { .. }
            | Op::Add
            | Op::Scale
            | Op::GlobalAveragePool
            | Op::Concat
            | Op::Resize
            | Op::Unfold { .. }
            | Op::Fold { .. } => Vec::new(),
        }
    }

    fn node_params(&self, node: &Node) -> u64 {
        self.params_of(node)
            .into_iter()
            .map(|id| self.param(id))
            .filter(|param| !matches!(param.kind, ParamKind::BnMean | ParamKind::BnVar))
            .map(|param| param.elements() as u64)
            .sum()
    }

    fn macs(&self, node: &Node) -> u64 {
        // Not in usize: what large inputs cost is more than the 32 bits that it has in browsers.
        let at_every_position =
            |weight: ParamId| node.shape.positions() as u64 * self.param(weight).elements() as u64;
        match &node.op {
            Op::Conv2d(conv) => at_every_position(conv.weight),
            Op::Linear(linear) => at_every_position(linear.weight),
            Op::Attention { .. } => {
                let tokens = node.shape.size().1 as u64;
                2 * node.shape.elements() as u64 * tokens
            }
            Op::Input
            | Op::BatchNorm(_)
            | Op::LayerNorm(_)
            | Op::Activation(_)
            | Op::Add
            | Op::Scale
            | Op::GlobalAveragePool
            | Op::Concat
            | Op::Resize
            | Op::Unfold { .. }
            | Op::Fold { .. } => 0,
        }
    }

    fn peak_activation_bytes(&self) -> u64 {
        let last_use = self.last_uses();
        let (mut alive, mut peak) = (0, 0);
        for (i, node) in self.nodes.iter().enumerate() {
            alive += node.shape.elements() as u64;
            peak = peak.max(alive);
            alive -= self.nodes[..=i]
                .iter()
                .zip(&last_use)
                .filter(|(_, last)| **last == i)
                .map(|(node, _)| node.shape.elements() as u64)
                .sum::<u64>();
        }
        4 * peak
    }

    /// For each node the position of the last node that reads it (its own if none does).
    pub fn last_uses(&self) -> Vec<usize> {
        let mut last: Vec<usize> = (0..self.nodes.len()).collect();
        for (i, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                last[input.0] = i;
            }
        }
        last
    }
}

//! What a network costs, counted on its graph.
//!
//! Conventions (those of `docs/METHODOLOGY.md`): one multiply-accumulate of a convolution or linear layer
//! is one MAC, without biases, normalisations and activations; the two matrix products of attention are
//! counted apart. Parameters are the learned ones, so batch-norm scales and shifts but not its running
//! statistics.

use serde::{Deserialize, Serialize};

use super::{Graph, Node, OpKind, Param, ParamId, Shape};

/// A network's cost for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Learned parameters, those too that the network has and never reads (ESPNetV2 has some).
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
    pub op: OpKind,
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
        let facts = self.facts_of_nodes();
        let layers: Vec<LayerCost> = self.nodes[1..]
            .iter()
            .zip(&facts[1..])
            .map(|(node, facts)| LayerCost {
                name: node.name.clone(),
                op: node.op.kind(),
                output: node.shape,
                params: self.node_params(node),
                macs: facts.macs(),
            })
            .collect();
        Cost {
            params: learned(self.params.iter()),
            conv_linear_macs: facts.iter().map(|of| of.conv_linear_macs + of.squeeze_excite_macs).sum(),
            attention_macs: facts.iter().map(|of| of.attention_macs).sum(),
            activation_elements: facts.iter().map(|of| of.activation_elements).sum(),
            peak_activation_bytes: self.peak_activation_bytes(),
            layers,
        }
    }

    /// The parameters that a node reads.
    pub fn params_of(&self, node: &Node) -> Vec<ParamId> {
        node.op.operation().params()
    }

    fn node_params(&self, node: &Node) -> u64 {
        learned(self.params_of(node).into_iter().map(|id| self.param(id)))
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
}

/// Numbers that are learned.
fn learned<'a>(params: impl Iterator<Item = &'a Param>) -> u64 {
    params.filter(|param| param.kind.is_learned()).map(|param| param.elements() as u64).sum()
}

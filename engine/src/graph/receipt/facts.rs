//! What a network contains, before anybody has decided what counts.

use serde::{Deserialize, Serialize};

use crate::graph::op::At;
use crate::graph::{Graph, Node, Shape};

/// Global poolings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolFacts {
    /// Numbers that they read.
    pub read: u64,
    /// Means that they compute.
    pub means: u64,
}

/// Numbers of multiply-accumulates and of elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Multiply-accumulates of convolutions and linear layers outside of squeeze-and-excite.
    pub conv_linear_macs: u64,
    /// Multiply-accumulates of the linear layers of squeeze-and-excite.
    pub squeeze_excite_macs: u64,
    /// Multiply-accumulates of q · kᵀ and of its product with v.
    pub attention_macs: u64,
    /// Numbers to which a convolution or a linear layer adds a bias.
    pub biases: u64,
    /// Numbers that a batch normalisation scales and shifts.
    pub batch_norm_elements: u64,
    /// Numbers that pass an activation function, gates included.
    pub activation_elements: u64,
    /// Pooling before the classifier.
    pub pool: PoolFacts,
    /// Pooling of squeeze-and-excite.
    pub squeeze_pool: PoolFacts,
    /// Sums of residuals.
    pub residual_elements: u64,
    /// Numbers that a gate scales.
    pub scaled_elements: u64,
    /// Numbers of layer normalisations.
    pub layer_norm_elements: u64,
    /// Scores of softmax.
    pub softmax_elements: u64,
}

impl Facts {
    /// All multiply-accumulates.
    pub fn macs(&self) -> u64 {
        self.conv_linear_macs + self.squeeze_excite_macs + self.attention_macs
    }
}

impl std::ops::AddAssign for Facts {
    fn add_assign(&mut self, other: Self) {
        self.conv_linear_macs += other.conv_linear_macs;
        self.squeeze_excite_macs += other.squeeze_excite_macs;
        self.attention_macs += other.attention_macs;
        self.biases += other.biases;
        self.batch_norm_elements += other.batch_norm_elements;
        self.activation_elements += other.activation_elements;
        self.pool += other.pool;
        self.squeeze_pool += other.squeeze_pool;
        self.residual_elements += other.residual_elements;
        self.scaled_elements += other.scaled_elements;
        self.layer_norm_elements += other.layer_norm_elements;
        self.softmax_elements += other.softmax_elements;
    }
}

impl std::ops::AddAssign for PoolFacts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.means += other.means;
    }
}

impl Graph {
    /// Counts what conventions weigh. Batch normalisations and activations that were fused are counted no more, so this is
    /// for graphs as they are built.
    pub fn facts(&self) -> Facts {
        let mut sum = Facts::default();
        self.facts_of_nodes().into_iter().for_each(|facts| sum += facts);
        sum
    }

    /// The facts of every node.
    pub(in crate::graph) fn facts_of_nodes(&self) -> Vec<Facts> {
        let of = |(node, stride): (&Node, Option<usize>)| {
            // A vector that is followed by a map again belongs to squeeze-and-excite.
            let squeezed = matches!(node.shape, Shape::Vector { .. }) && stride.is_some();
            let inputs = self.input_shapes(node);
            node.op.operation().facts(&At { inputs: &inputs, output: node.shape, squeezed })
        };
        self.nodes.iter().zip(self.strides()).map(of).collect()
    }
}

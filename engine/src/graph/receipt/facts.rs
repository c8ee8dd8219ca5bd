//! What a network contains, before anybody has decided what counts.

use serde::{Deserialize, Serialize};

use crate::graph::{Graph, Op, Shape};

/// Global poolings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
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
    pub pool: Pool,
    /// Pooling of squeeze-and-excite.
    pub squeeze_pool: Pool,
    /// Sums of residuals.
    pub residual_elements: u64,
    /// Numbers that a gate scales.
    pub scaled_elements: u64,
    /// Numbers of layer normalisations.
    pub layer_norm_elements: u64,
    /// Scores of softmax.
    pub softmax_elements: u64,
}

impl Graph {
    /// Counts what conventions weigh. Batch normalisations and activations that were fused are counted no more, so this is
    /// for graphs as they are built.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for layer in self.layers() {
            let node = &self.nodes[layer.node];
            let elements = node.shape.elements() as u64;
            // A vector that is followed by a map again belongs to squeeze-and-excite.
            let squeezed = matches!(node.shape, Shape::Vector { .. }) && layer.stride.is_some();
            match &node.op {
                Op::Conv2d(conv) => facts.biases += if conv.bias.is_some() { elements } else { 0 },
                Op::Linear(linear) => facts.biases += if linear.bias.is_some() { elements } else { 0 },
                Op::BatchNorm(_) => facts.batch_norm_elements += elements,
                Op::Activation(_) => facts.activation_elements += elements,
                Op::Add => facts.residual_elements += elements,
                Op::Scale => facts.scaled_elements += elements,
                Op::LayerNorm(_) => facts.layer_norm_elements += elements,
                Op::GlobalAveragePool => {
                    let pool = if squeezed { &mut facts.squeeze_pool } else { &mut facts.pool };
                    pool.read += self.node(node.inputs[0]).shape.elements() as u64;
                    pool.means += elements;
                }
                Op::Attention { heads } => {
                    let (sequences, tokens) = node.shape.size();
                    let [sequences, heads, tokens] = [sequences, *heads, tokens].map(|count| count as u64);
                    facts.softmax_elements += sequences * heads * tokens * tokens;
                }
                Op::Input | Op::Concat | Op::Resize | Op::Unfold { .. } | Op::Fold { .. } => {}
            }
            match &node.op {
                Op::Attention { .. } => facts.attention_macs += layer.cost.macs,
                _ if squeezed => facts.squeeze_excite_macs += layer.cost.macs,
                _ => facts.conv_linear_macs += layer.cost.macs,
            }
        }
        facts
    }
}

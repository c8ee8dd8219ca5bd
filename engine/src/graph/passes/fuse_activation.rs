//! An activation moves into what computes its numbers, where that can end with one; a PReLU into a batch normalisation.

use super::merge_into_input;
use crate::graph::op::{BatchNorm, Op};
use crate::graph::{Activation, Graph, Node};

pub(super) fn fuse_activation(graph: &Graph, keep: &[String]) -> Graph {
    merge_into_input(graph, keep, |node, _, producer| {
        let mut op = producer.op.clone();
        match &node.op {
            Op::Activate(activate) => {
                let activation = op.last_activation_mut().filter(|last| **last == Activation::Identity)?;
                *activation = activate.0;
            }
            Op::Prelu(prelu) => {
                let Op::BatchNorm(BatchNorm { norm, activation: Activation::Identity, slope }) = &mut op
                else {
                    return None;
                };
                // A volume's may have another number of channels at a depth.
                let [numbers, slopes] = [norm.weight, prelu.slope].map(|id| graph.param(id).elements());
                if slope.is_some() || numbers != slopes {
                    return None;
                }
                *slope = Some(prelu.slope);
            }
            _ => return None,
        }
        Some(Node { op, ..producer.clone() })
    })
}

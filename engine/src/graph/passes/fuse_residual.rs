//! A residual addition moves into the convolution or linear layer that computes one of its terms.

use super::merge_into_input;
use crate::graph::op::{Add, Op};
use crate::graph::{Graph, Node};

pub(super) fn fuse_residual(graph: &Graph, keep: &[String]) -> Graph {
    merge_into_input(graph, keep, |node, input, producer| {
        if node.op != Op::Add(Add::PLAIN) {
            return None;
        }
        let mut op = producer.op.clone();
        let epilogue = op.epilogue_mut()?;
        if epilogue.residual || producer.inputs.len() > 1 {
            return None;
        }
        epilogue.residual = true;
        let other = node.inputs.iter().copied().find(|id| *id != input)?;
        let inputs = producer.inputs.iter().copied().chain([other]).collect();
        Some(Node { op, inputs, ..producer.clone() })
    })
}

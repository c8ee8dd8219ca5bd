//! A residual addition moves into the convolution or linear layer that computes one of its terms.

use super::merge_into_input;
use crate::graph::{Graph, Node, Op};

pub(super) fn fuse_residual(graph: &Graph) -> Graph {
    merge_into_input(graph, |node, input, producer| {
        if node.op != Op::Add {
            return None;
        }
        let mut op = producer.op;
        let epilogue = op.epilogue_mut()?;
        if epilogue.residual {
            return None;
        }
        epilogue.residual = true;
        let other = node.inputs.iter().copied().find(|id| *id != input)?;
        Some(Node { op, inputs: vec![producer.inputs[0], other], ..producer.clone() })
    })
}

//! An activation moves into the convolution or linear layer before it.

use super::merge_into_input;
use crate::graph::{Graph, Node, Op};
use crate::spec::Activation;

pub(super) fn fuse_activation(graph: &Graph) -> Graph {
    merge_into_input(graph, |node, _, producer| {
        let Op::Activation(activation) = node.op else { return None };
        let mut op = producer.op;
        let epilogue = op.epilogue_mut()?;
        if epilogue.activation != Activation::Identity || epilogue.residual {
            return None;
        }
        epilogue.activation = activation;
        Some(Node { op, ..producer.clone() })
    })
}

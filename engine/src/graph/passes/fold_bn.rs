//! Batch normalisation moves into the convolution before it; its numbers are folded when weights are packed.

use super::merge_into_input;
use crate::graph::{Epilogue, Graph, Node, Op};

pub(super) fn fold_bn(graph: &Graph) -> Graph {
    merge_into_input(graph, |node, _, producer| match (node.op, producer.op) {
        (Op::BatchNorm(norm), Op::Conv2d(mut conv)) if conv.epilogue == Epilogue::NONE => {
            conv.epilogue.norm = Some(norm);
            Some(Node { op: Op::Conv2d(conv), ..producer.clone() })
        }
        _ => None,
    })
}

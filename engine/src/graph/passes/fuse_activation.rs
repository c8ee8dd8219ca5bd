//! An activation moves into what computes its numbers, where that can end with one.

use super::merge_into_input;
use crate::graph::op::Op;
use crate::graph::{Activation, Graph, Node};

pub(super) fn fuse_activation(graph: &Graph, keep: &[String]) -> Graph {
    merge_into_input(graph, keep, |node, _, producer| {
        let Op::Activate(activate) = &node.op else { return None };
        let mut op = producer.op.clone();
        let activation = op.last_activation_mut().filter(|last| **last == Activation::Identity)?;
        *activation = activate.0;
        Some(Node { op, ..producer.clone() })
    })
}

//! Orders and parts of channels move into what reads them: the next order, a concatenation, or a matrix product, whose
//! weights can be packed in any order.

use super::{compact, kept};
use crate::graph::op::{Channels, Op};
use crate::graph::{Graph, Node, NodeId};

pub(super) fn fold_channels(graph: &Graph, keep: &[String]) -> Graph {
    let kept = kept(graph, keep);
    let mut nodes: Vec<Node> = graph.nodes.clone();
    for i in 0..nodes.len() {
        for input in 0..nodes[i].inputs.len() {
            let from = nodes[i].inputs[input];
            if let Op::Channels(Channels(map)) = &nodes[from.0].op
                && let Some(op) = nodes[i].op.operation().gathering(input, map)
            {
                let source = nodes[from.0].inputs[0];
                nodes[i].op = op;
                nodes[i].inputs[input] = source;
            }
        }
    }
    // From the end, because what only an unread node reads is unread too.
    let mut needed: Vec<bool> = (0..nodes.len()).map(|i| kept.contains(&NodeId(i))).collect();
    needed[0] = true;
    needed[nodes.len() - 1] = true;
    for i in (0..nodes.len()).rev() {
        if needed[i] {
            nodes[i].inputs.iter().for_each(|input| needed[input.0] = true);
        }
    }
    let remaining = nodes.into_iter().zip(needed).map(|(node, needed)| needed.then_some(node)).collect();
    compact(graph, remaining)
}

//! Rewrites of a graph that keep its values: what a convolution is followed by moves into it.

mod fold_bn;
mod fuse_activation;
mod fuse_residual;

use super::{Graph, Node, NodeId};

/// All passes, in the order in which each makes room for the next.
#[must_use]
pub fn fuse(graph: &Graph) -> Graph {
    let graph = fold_bn::fold_bn(graph);
    let graph = fuse_activation::fuse_activation(&graph);
    fuse_residual::fuse_residual(&graph)
}

/// Merges nodes into one of their inputs wherever `merge` returns the input and the merged node. The merged
/// node stands where the later one stood; modules that returned the input's value are no longer stages,
/// since that value does not exist any more.
///
/// `merge` is offered every node with each input that only this node reads.
fn merge_into_input(graph: &Graph, merge: impl Fn(&Node, NodeId, &Node) -> Option<Node>) -> Graph {
    let mut readers = vec![0; graph.nodes.len()];
    for input in graph.nodes.iter().flat_map(|node| &node.inputs) {
        readers[input.0] += 1;
    }
    let mut nodes: Vec<Option<Node>> = graph.nodes.iter().cloned().map(Some).collect();
    for i in 0..nodes.len() {
        let Some(node) = nodes[i].clone() else { continue };
        for &input in node.inputs.iter().filter(|input| readers[input.0] == 1) {
            let merged = nodes[input.0].as_ref().and_then(|producer| merge(&node, input, producer));
            if merged.is_some() {
                nodes[input.0] = None;
                nodes[i] = merged;
                break;
            }
        }
    }
    compact(graph, nodes)
}

/// Numbers the remaining nodes anew.
fn compact(graph: &Graph, nodes: Vec<Option<Node>>) -> Graph {
    let mut next = 0;
    let ids: Vec<Option<NodeId>> = nodes
        .iter()
        .map(|node| {
            node.as_ref().map(|_| {
                next += 1;
                NodeId(next - 1)
            })
        })
        .collect();
    let nodes = nodes
        .into_iter()
        .flatten()
        .map(|node| Node { inputs: node.inputs.iter().filter_map(|input| ids[input.0]).collect(), ..node })
        .collect();
    let stages = graph
        .stages
        .iter()
        .filter_map(|stage| ids[stage.value.0].map(|value| super::Stage { value, ..stage.clone() }))
        .collect();
    Graph { nodes, params: graph.params.clone(), stages }
}

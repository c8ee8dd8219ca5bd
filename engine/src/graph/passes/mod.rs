//! Rewrites of a graph that keep its values: what a convolution is followed by moves into it, and what only reorders
//! channels into what reads them.

mod fold_bn;
mod fold_channels;
mod fuse_activation;
mod fuse_residual;

use super::{Graph, Node, NodeId};

/// All passes, in the order in which each makes room for the next.
#[must_use]
pub fn fuse(graph: &Graph) -> Graph {
    fuse_keeping(graph, &[])
}

/// The same, but what these modules return remains a value that can be looked at (see [`Graph::stages`]).
#[must_use]
pub fn fuse_keeping(graph: &Graph, keep: &[String]) -> Graph {
    let graph = fold_bn::fold_bn(graph, keep);
    let graph = fuse_activation::fuse_activation(&graph, keep);
    let graph = fuse_residual::fuse_residual(&graph, keep);
    fold_channels::fold_channels(&graph, keep)
}

/// Which values must remain.
fn kept(graph: &Graph, keep: &[String]) -> Vec<NodeId> {
    graph.stages.iter().filter(|stage| keep.contains(&stage.name)).map(|stage| stage.value).collect()
}

/// Merges nodes into one of their inputs wherever `merge` returns the input and the merged node. The merged
/// node stands where the later one stood; modules that returned the input's value are no longer stages,
/// since that value does not exist any more.
///
/// `merge` is offered every node with each input that only this node reads and that need not remain.
fn merge_into_input(
    graph: &Graph,
    keep: &[String],
    merge: impl Fn(&Node, NodeId, &Node) -> Option<Node>,
) -> Graph {
    let (readers, kept) = (graph.readers(), kept(graph, keep));
    let mut nodes: Vec<Option<Node>> = graph.nodes.iter().cloned().map(Some).collect();
    for i in 0..nodes.len() {
        let Some(node) = nodes[i].clone() else { continue };
        let free = |input: &NodeId| readers[input.0].len() == 1 && !kept.contains(input);
        for &input in node.inputs.iter().filter(|input| free(input)) {
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
    let (params, classifier) = (graph.params.clone(), graph.classifier);
    Graph { nodes, params, stages, tables: Vec::new(), classifier }
}

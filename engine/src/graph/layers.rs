//! A graph's nodes as the rows of a table.

use serde::{Deserialize, Serialize};

use super::{Graph, LayerCost, NodeId, Shape};

/// Bytes of a number.
const F32_BYTES: u64 = 4;

/// A node with what it reads, writes and costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The node's position in its graph: what joins measured times with rows.
    pub node: usize,
    /// Name, operation, output shape, parameters, MACs.
    pub cost: LayerCost,
    /// Shapes of the values that it reads.
    pub inputs: Vec<Shape>,
    /// Bytes of what it computes, as f32.
    pub activation_bytes: u64,
    /// Bytes that it must move at least, as f32: its inputs, its parameters and its output, once each.
    pub traffic_bytes: u64,
    /// Pixels of the network's input to a step of this map, each way; `None` behind the last map.
    pub stride: Option<usize>,
}

impl Graph {
    /// Every node but the input, in order.
    pub fn layers(&self) -> Vec<Layer> {
        let strides = self.strides();
        let bytes = |shape: Shape| F32_BYTES * shape.elements() as u64;
        let rows = self.iter().skip(1).zip(self.cost().layers);
        rows.map(|((NodeId(node), of), cost)| {
            let inputs = self.input_shapes(of);
            let read: u64 = inputs.iter().copied().map(bytes).sum();
            Layer {
                node,
                activation_bytes: bytes(of.shape),
                traffic_bytes: read + bytes(of.shape) + F32_BYTES * cost.params,
                stride: strides[node],
                cost,
                inputs,
            }
        })
        .collect()
    }

    /// The stride of every value. A vector inside a block (of squeeze-and-excite) has that of the map that it came from.
    pub(super) fn strides(&self) -> Vec<Option<usize>> {
        let mut strides: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let operation = node.op.operation();
            let before = node.inputs.first().map_or(1, |input| strides[input.0]);
            let stride = operation.stride().saturating_mul(before);
            strides.push((stride / operation.upsampling().max(1)).max(1));
        }
        let last_map = self.nodes.iter().rposition(|node| matches!(node.shape, Shape::Map { .. }));
        let is_head = |node: usize| last_map.is_none_or(|last| node > last);
        strides.into_iter().enumerate().map(|(i, stride)| (!is_head(i)).then_some(stride)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{OpKind, Shape, passes};
    use crate::zoo::Zoo;

    #[test]
    fn rows_add_up_to_the_networks_costs_fused_or_not() {
        for variant in Zoo::builtin().variants() {
            let graph = variant.graph().unwrap();
            let cost = graph.cost();
            for graph in [&graph, &passes::fuse(&graph)] {
                let layers = graph.layers();
                assert_eq!(layers.len(), graph.nodes.len() - 1);
                let sum = |of: fn(&super::Layer) -> u64| layers.iter().map(of).sum::<u64>();
                let read: u64 = sum(|layer| layer.cost.params);
                // ESPNetV2 has parameters of functions that it does not call.
                let is_unread = |name: &str| {
                    name.contains("_0.eesp.module_act") || name.starts_with("level5_0.inp_reinf")
                };
                let unread =
                    graph.params.iter().filter(|param| param.kind.is_learned() && is_unread(&param.name));
                let unread: u64 = unread.map(|param| param.elements() as u64).sum();
                assert_eq!(read + unread, cost.params, "{}", variant.id());
                assert_eq!(sum(|layer| layer.cost.macs), cost.conv_linear_macs + cost.attention_macs);
                let strides: Vec<_> = layers.iter().filter_map(|layer| layer.stride).collect();
                let (most, last) = match (&*variant.model.family, variant.resolution) {
                    ("squeezenet", _) => (16, 16),
                    ("espnet", _) if variant.id().starts_with("espnetc") => (8, 8),
                    // Its decoder doubles maps until they are as large as the input.
                    ("espnet", _) => (8, 1),
                    ("hybridsn", _) => (1, 1),
                    // CIFAR's images.
                    (_, (32, 32)) => (4, 4),
                    _ => (32, 32),
                };
                // (Branches are one after the other: not all strides ascend.)
                assert!(
                    strides.iter().max() == Some(&most) && strides.last() == Some(&last),
                    "{}: {strides:?}",
                    variant.id()
                );
                let is_map = matches!(graph.node(graph.output()).shape, Shape::Map { .. });
                assert_eq!(layers.last().unwrap().stride, is_map.then_some(last), "{}", variant.id());
            }
        }
    }

    #[test]
    fn a_row_says_what_a_layer_moves() {
        let graph = passes::fuse(&Zoo::builtin().find("mobilenetv2_100").unwrap().graph().unwrap());
        let stem = &graph.layers()[0];
        assert_eq!((stem.node, stem.stride, stem.cost.op), (1, Some(2), OpKind::Conv));
        assert_eq!(stem.activation_bytes, 4 * 112 * 112 * 32);
        // 32 filters of 3·3·3 numbers, and 32 scales and shifts.
        assert_eq!(stem.traffic_bytes, 4 * (224 * 224 * 3 + 112 * 112 * 32 + 32 * 27 + 64));
    }
}

//! Batch normalisation moves into the convolution or linear layer before it; its numbers are folded when weights are packed.

use super::merge_into_input;
use crate::graph::op::{Epilogue, Op, Weight};
use crate::graph::{Graph, Node};

pub(super) fn fold_bn(graph: &Graph, keep: &[String]) -> Graph {
    merge_into_input(graph, keep, |node, _, producer| {
        let Op::BatchNorm(batch_norm) = &node.op else { return None };
        debug_assert_eq!(batch_norm.slope, None, "slopes are fused later");
        let mut op = producer.op.clone();
        if let Op::Conv(conv) = &op {
            // What a network computes cannot be scaled beforehand, nor can filters by numbers of each place that they share.
            let [filters, ..] =
                conv.filters.weight_shape(conv.channels_of(graph.node(producer.inputs[0]).shape));
            if conv.weight == Weight::Computed || graph.param(batch_norm.norm.weight).elements() != filters {
                return None;
            }
        }
        let epilogue = op.epilogue_mut().filter(|epilogue| **epilogue == Epilogue::NONE)?;
        epilogue.norm = Some(batch_norm.norm);
        epilogue.activation = batch_norm.activation;
        Some(Node { op, ..producer.clone() })
    })
}

//! Batch normalisation moves into the convolution or linear layer before it; its numbers are folded when weights are packed.

use std::collections::BTreeSet;

use super::merge_into_input;
use crate::graph::op::{Epilogue, Op, Weight};
use crate::graph::{Graph, Node};

pub(super) fn fold_bn(graph: &Graph, keep: &BTreeSet<String>) -> Graph {
    merge_into_input(graph, keep, |node, _, producer| {
        let Op::BatchNorm(batch_norm) = &node.op else { return None };
        let mut op = producer.op.clone();
        // What a network computes cannot be scaled beforehand.
        if matches!(&op, Op::Conv(conv) if conv.weight == Weight::Computed) {
            return None;
        }
        let epilogue = op.epilogue_mut().filter(|epilogue| **epilogue == Epilogue::NONE)?;
        epilogue.norm = Some(batch_norm.norm);
        epilogue.activation = batch_norm.activation;
        Some(Node { op, ..producer.clone() })
    })
}

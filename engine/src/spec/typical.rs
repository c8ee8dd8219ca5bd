//! The block that a network is made of.

use std::mem::{Discriminant, discriminant};
use std::ops::Range;

use super::{Block, Variant};
use crate::graph::{Graph, OpKind};

impl Variant {
    /// Where a network's typical block stands in its graph, the place with the most operations first (there it has its residual): the
    /// block of the kind that most operations belong to. A network of single layers is its own block.
    pub fn typical_block(&self) -> Option<(Graph, Vec<Range<usize>>)> {
        let (graph, blocks) = self.blocks().ok()?;
        let kind = |row: usize| discriminant(&self.model.rows[row].block);
        let has_layers = |nodes: &Range<usize>| {
            let sums =
                graph.nodes[nodes.clone()].iter().filter(|node| !node.op.operation().params().is_empty());
            sums.filter(|node| !matches!(node.op.kind(), OpKind::BatchNorm)).count() > 1
        };
        let mut sizes: Vec<(Discriminant<Block>, usize)> = Vec::new();
        for block in blocks.iter().filter(|block| has_layers(&block.nodes)) {
            match sizes.iter_mut().find(|(of, _)| *of == kind(block.row)) {
                Some((_, nodes)) => *nodes += block.nodes.len(),
                None => sizes.push((kind(block.row), block.nodes.len())),
            }
        }
        let mut places: Vec<Range<usize>> = match sizes.into_iter().max_by_key(|(_, nodes)| *nodes) {
            Some((most, _)) => {
                blocks.into_iter().filter(|block| kind(block.row) == most).map(|block| block.nodes).collect()
            }
            None => std::iter::once(1..graph.nodes.len()).collect(),
        };
        // Of equal ones the first.
        places.sort_by_key(|nodes| std::cmp::Reverse(nodes.len()));
        Some((graph, places))
    }
}

//! Where every value of a fused graph lives while the network runs.

mod memory;

use std::ops::Range;

use crate::graph::{Graph, NodeId};

pub use memory::{Block, arrange, share};

/// Values start on cache lines: 16 numbers of 4 bytes.
const ALIGNMENT: usize = 16;

/// A graph whose values have places in one arena.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What runs, in order.
    pub graph: Graph,
    /// For each node, where its value lies in the arena (in numbers, not bytes).
    pub places: Vec<Range<usize>>,
    /// Numbers in the arena.
    pub arena_len: usize,
}

impl Plan {
    /// Gives every value a place; values that are alive at the same time do not overlap.
    pub fn new(graph: Graph) -> Self {
        let last_uses = graph.last_uses();
        let output = graph.output().0;
        let blocks: Vec<Block> = graph
            .nodes
            .iter()
            .zip(&last_uses)
            .enumerate()
            .map(|(i, (node, last))| Block {
                len: node.shape.elements().next_multiple_of(ALIGNMENT),
                // The logits are read after the run.
                alive: i..if i == output { usize::MAX } else { last + 1 },
            })
            .collect();
        let (offsets, arena_len) = arrange(&blocks);
        let places = graph
            .nodes
            .iter()
            .zip(offsets)
            .map(|(node, offset)| offset..offset + node.shape.elements())
            .collect();
        Self { graph, places, arena_len }
    }

    /// Where a value lies in the arena.
    pub fn place(&self, id: NodeId) -> Range<usize> {
        self.places[id.0].clone()
    }
}

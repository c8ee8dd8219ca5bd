//! Where every value of a fused graph lives while the network runs.

mod memory;

use std::ops::Range;

use crate::graph::{Graph, NodeId, Op, Shape};

pub use memory::{Lifetime, arrange, share};

/// Values start on cache lines: 16 numbers of 4 bytes.
const ALIGNMENT: usize = 16;

/// Where a value lies in the arena; all in numbers, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its first number.
    pub start: usize,
    /// From a position (pixel, token) to the next: its channels, or those of what it is a part of.
    pub stride: usize,
    /// Its channels.
    pub channels: usize,
    /// Its positions.
    pub positions: usize,
}

impl Place {
    /// From its first number to behind its last.
    pub fn range(&self) -> Range<usize> {
        let last = self.positions.saturating_sub(1) * self.stride;
        self.start..self.start + last + self.channels
    }

    /// Whether nothing of another value lies between its numbers.
    pub fn is_contiguous(&self) -> bool {
        self.stride == self.channels || self.positions == 1
    }
}

/// A graph whose values have places in one arena.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What runs, in order.
    pub graph: Graph,
    /// For each node, where its value lies in the arena.
    pub places: Vec<Place>,
    /// Numbers in the arena.
    pub arena_len: usize,
}

/// A value that is a part of a concatenation from the start.
#[derive(Clone, Copy)]
struct Part {
    of: usize,
    first_channel: usize,
}

impl Plan {
    /// Gives every value a place; values that are alive at the same time do not overlap.
    ///
    /// Values that only a concatenation reads are computed where it wants them, if `writes_parts` says that their operation
    /// can leave gaps between positions.
    pub fn new(graph: Graph, writes_parts: impl Fn(&Op) -> bool) -> Self {
        let last_uses = graph.last_uses();
        let output = graph.output().0;
        let parts = parts(&graph, writes_parts);
        let mut first_uses: Vec<usize> = (0..graph.nodes.len()).collect();
        for (i, part) in parts.iter().enumerate() {
            if let Some(part) = part {
                first_uses[part.of] = first_uses[part.of].min(i);
            }
        }
        let lifetimes: Vec<Lifetime> = graph
            .nodes
            .iter()
            .enumerate()
            .map(|(i, node)| Lifetime {
                len: if parts[i].is_some() { 0 } else { node.shape.elements().next_multiple_of(ALIGNMENT) },
                // The logits are read after the run.
                alive: first_uses[i]..if i == output { usize::MAX } else { last_uses[i] + 1 },
            })
            .collect();
        let (offsets, arena_len) = arrange(&lifetimes);
        let place = |(i, part): (usize, &Option<Part>)| {
            let shape = graph.nodes[i].shape;
            let (start, stride) = match part {
                None => (offsets[i], shape.channels()),
                Some(part) => (offsets[part.of] + part.first_channel, graph.nodes[part.of].shape.channels()),
            };
            Place { start, stride, channels: shape.channels(), positions: shape.positions() }
        };
        let places = parts.iter().enumerate().map(place).collect();
        Self { graph, places, arena_len }
    }

    /// Where a value lies in the arena.
    pub fn place(&self, id: NodeId) -> Place {
        self.places[id.0]
    }

    /// Whether a value is computed as a part of the concatenation that reads it.
    pub fn is_part(&self, value: NodeId, of: NodeId) -> bool {
        let whole = self.place(of).range();
        let part = self.place(value);
        part.stride == self.place(of).channels && whole.contains(&part.start) && !part.range().is_empty()
    }
}

fn parts(graph: &Graph, writes_parts: impl Fn(&Op) -> bool) -> Vec<Option<Part>> {
    let readers = graph.readers();
    let mut parts = vec![None; graph.nodes.len()];
    for (id, node) in graph.iter() {
        let Op::Concat(concat) = &node.op else { continue };
        let Shape::Map { .. } = node.shape else { continue };
        let mut first_channel = 0;
        for (i, input) in node.inputs.iter().enumerate() {
            let producer = graph.node(*input);
            let is_only_reader = readers[input.0].as_slice() == [id];
            if is_only_reader && concat.gather(i).is_none() && writes_parts(&producer.op) {
                parts[input.0] = Some(Part { of: id.0, first_channel });
            }
            first_channel += concat.channels(i, producer.shape);
        }
    }
    parts
}

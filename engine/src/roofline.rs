//! What a device could do at best, and how long a layer would take then.
//!
//! A layer has to multiply and to move numbers; at best it does both at once, so it takes at least the longer of the
//! two times (Williams, Waterman and Patterson, 2009). The two roofs are measured on the backend itself, with two graphs
//! that do little else.

use serde::{Deserialize, Serialize};

use crate::graph::op::{Filters, OpError, Pad};
use crate::graph::{Builder, Graph, Layer, NodeId, Shape};

/// What a backend reaches on this device when nothing else holds it up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Roofs {
    /// Multiply-accumulates in a millisecond.
    pub macs_per_ms: f64,
    /// Bytes read and written in a millisecond.
    pub bytes_per_ms: f64,
}

/// Which roof a layer meets first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// It multiplies longer than it moves.
    Compute,
    /// It moves longer than it multiplies.
    Memory,
}

impl Roofs {
    /// From the times of the last nodes of [`compute_graph`] and [`memory_graph`].
    pub fn measured(compute_ms: f64, memory_ms: f64) -> Self {
        let last = |graph: Graph| graph.layers().pop();
        let per_ms =
            |amount: Option<u64>, ms: f64| amount.unwrap_or_default() as f64 / ms.max(f64::MIN_POSITIVE);
        Self {
            macs_per_ms: per_ms(last(compute_graph()).map(|layer| layer.cost.macs), compute_ms),
            bytes_per_ms: per_ms(last(memory_graph()).map(|layer| layer.traffic_bytes), memory_ms),
        }
    }

    /// The least milliseconds that a layer takes, and what decides them.
    pub fn predict(&self, layer: &Layer) -> (f64, Bound) {
        let compute = layer.cost.macs as f64 / self.macs_per_ms;
        let memory = layer.traffic_bytes as f64 / self.bytes_per_ms;
        if compute >= memory { (compute, Bound::Compute) } else { (memory, Bound::Memory) }
    }
}

/// Whose last node does almost nothing but multiply: a 1×1 convolution of 28×28 pixels from 256 to 256 channels, all of
/// which stays in the caches.
pub fn compute_graph() -> Graph {
    build(28, |builder, input| {
        let wide = pointwise(builder, "wide", input, 256)?;
        pointwise(builder, "product", wide, 256)
    })
}

/// Whose last node does almost nothing but move: it adds two maps of 4 MB each, as large as the largest between the
/// layers of the networks here.
pub fn memory_graph() -> Graph {
    build(128, |builder, input| {
        let one = pointwise(builder, "one", input, 64)?;
        let other = pointwise(builder, "other", input, 64)?;
        // Read twice, or the sum would move into the convolution.
        let first = builder.add("first", one, other)?;
        let second = builder.add("second", one, first)?;
        builder.add("sum", first, second)
    })
}

fn pointwise(builder: &mut Builder, name: &str, x: NodeId, out: usize) -> Result<NodeId, OpError> {
    builder.conv(name, x, Filters::pointwise(out), Pad::all(0), false)
}

fn build(side: usize, network: impl Fn(&mut Builder, NodeId) -> Result<NodeId, OpError>) -> Graph {
    let mut builder = Builder::new(Shape::Map { h: side, w: side, c: 3 });
    let input = builder.input();
    network(&mut builder, input).expect("these shapes fit");
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{OpKind, passes};

    #[test]
    fn the_longer_of_two_times_is_predicted() {
        let roofs = Roofs { macs_per_ms: 1e6, bytes_per_ms: 1e6 };
        let graph =
            passes::fuse(&crate::zoo::Zoo::builtin().find("mobilenetv1_100").unwrap().graph().unwrap());
        for layer in graph.layers() {
            let (ms, bound) = roofs.predict(&layer);
            let (compute, memory) = (layer.cost.macs as f64 / 1e6, layer.traffic_bytes as f64 / 1e6);
            assert_eq!(ms, compute.max(memory));
            assert_eq!(bound == Bound::Compute, compute >= memory, "{}", layer.cost.name);
        }
    }

    #[test]
    fn the_graphs_that_measure_the_roofs_survive_fusion() {
        let (compute, memory) = (passes::fuse(&compute_graph()), passes::fuse(&memory_graph()));
        assert_eq!(compute.layers().pop().unwrap().cost.op, OpKind::PointwiseConv);
        assert_eq!(memory.layers().pop().unwrap().cost.op, OpKind::Add);
        let roofs = Roofs::measured(2.0, 4.0);
        assert_eq!(roofs.macs_per_ms, f64::from(28 * 28 * 256 * 256) / 2.0);
        assert_eq!(roofs.bytes_per_ms, f64::from(3 * 4 * 128 * 128 * 64) / 4.0);
    }
}

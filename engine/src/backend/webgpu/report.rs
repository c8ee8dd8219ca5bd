//! What a GPU reports. Nothing here touches one.

use crate::graph::NodeId;

/// What a GPU says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name; empty where the browser keeps it secret.
    pub name: String,
    /// Whether the CPU does its work.
    pub is_software: bool,
    /// Whether it times single dispatches.
    pub has_timestamps: bool,
    /// Whether its shaders compute in f16.
    pub has_f16: bool,
}

/// What [`WebGpu::profile`](super::WebGpu::profile) finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The node of each dispatch and its nanoseconds, in the order in which they run.
    pub steps: Vec<(NodeId, f64)>,
    /// The step of the GPU's clock in nanoseconds, as its readings show it: browsers make it coarse (Chrome: 100 µs).
    pub quantum_ns: f64,
}

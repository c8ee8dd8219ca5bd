//! The inference engine of MobileNet Lab.
//!
//! Everything that is known about a network comes from one [`graph::Graph`], built from the rows in
//! [`zoo`]: its parameter and MAC counts, the plan that the backends execute, and the names under which
//! checkpoints store its tensors. The way through the crate:
//!
//! ```text
//! zoo ─► spec ─► blocks ─► graph ─► graph::passes ─► plan ─► backend ─► predict
//! ```
//!
//! The crate knows no browser, clock or network: time comes in as a closure, bytes come in as slices.

pub mod accuracy;
pub mod backend;
pub mod bench;
pub mod blocks;
mod checksum;
pub mod decode;
pub mod explain;
pub mod file_kind;
pub mod golden;
pub mod graph;
pub mod head;
pub mod measure;
mod order;
pub mod plan;
pub mod predict;
#[cfg_attr(not(feature = "webgpu"), expect(dead_code, reason = "tables for the GPU"))]
pub mod preprocess;
pub mod roofline;
pub mod spec;
pub mod synthetic;
pub mod weights;
pub mod zoo;

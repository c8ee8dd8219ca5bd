//! What executes a network.

pub mod cpu;
mod profile;
pub mod reference;

use serde::{Deserialize, Serialize};

use crate::graph::{Graph, NodeId, Op, passes};
use crate::plan::Plan;
use crate::weights::Parameters;

pub use cpu::simd::threads::{Helper, Threads};
pub use profile::Profile;

/// Which backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendKind {
    /// Readable loops, the oracle; slow.
    Reference,
    /// Packed weights, SIMD kernels.
    Cpu,
}

/// A network that is ready to run.
#[derive(Debug)]
pub enum Session {
    /// On the reference backend, nothing fused.
    Reference(reference::Reference),
    /// On the CPU backend, fused.
    Cpu(cpu::Cpu),
}

impl Session {
    /// Prepares a network: fuses its graph, plans its memory and packs its weights as the backend needs.
    pub fn prepare(kind: BackendKind, graph: &Graph, weights: &dyn Parameters) -> Self {
        Self::prepare_on(kind, graph, weights, &Threads::alone())
    }

    /// The same, for running on these threads. The results do not depend on how many there are.
    pub fn prepare_on(kind: BackendKind, graph: &Graph, weights: &dyn Parameters, threads: &Threads) -> Self {
        match kind {
            BackendKind::Reference => Self::Reference(reference::Reference::new(graph, weights)),
            BackendKind::Cpu => Self::Cpu(cpu::Cpu::new(Plan::new(passes::fuse(graph)), weights, threads)),
        }
    }

    /// The graph that runs, after fusion.
    pub fn graph(&self) -> &Graph {
        match self {
            Self::Reference(session) => session.graph(),
            Self::Cpu(session) => session.graph(),
        }
    }

    /// Input numbers of one run: height · width · 3.
    pub fn input_len(&self) -> usize {
        let input = &self.graph().nodes[0];
        debug_assert_eq!(input.op, Op::Input);
        input.shape.elements()
    }

    /// Runs the network on a normalised image (H, W, 3) and returns its logits.
    ///
    /// # Panics
    /// If `input` has not [`Session::input_len`] numbers.
    pub fn run(&mut self, input: &[f32]) -> &[f32] {
        self.run_observed(input, &mut |_, _| {})
    }

    /// The same, showing every value (maps channels-last) to `observe` as it is computed.
    ///
    /// # Panics
    /// If `input` has not [`Session::input_len`] numbers.
    pub fn run_observed(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, &[f32])) -> &[f32] {
        assert_eq!(input.len(), self.input_len(), "the input's length");
        match self {
            Self::Reference(session) => session.run(input, observe),
            Self::Cpu(session) => session.run(input, observe),
        }
    }

    /// Bytes that the backend has allocated for weights.
    pub fn weight_bytes(&self) -> u64 {
        match self {
            Self::Reference(session) => session.graph().params.iter().map(|p| 4 * p.elements() as u64).sum(),
            Self::Cpu(session) => session.weight_bytes(),
        }
    }

    /// Bytes that the backend has allocated for values between operations, scratch included.
    pub fn activation_bytes(&self) -> u64 {
        match self {
            Self::Reference(session) => {
                session.graph().nodes.iter().map(|n| 4 * n.shape.elements() as u64).sum()
            }
            Self::Cpu(session) => session.activation_bytes(),
        }
    }
}

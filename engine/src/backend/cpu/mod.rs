//! The CPU backend: channels-last f32, weights packed once, one arena, SIMD128 in the browser.

#[cfg(feature = "int8")]
pub mod int8;
mod pack;
mod step;
mod work;

use super::{Data, Values};
use crate::graph::{Graph, NodeId, passes};
use crate::plan::{Place, Plan};
use crate::weights::Parameters;
use kernels::gemm::RowTile;
use kernels::threads::Threads;
use pack::Packer;
use step::{Io, Step};

/// A network, prepared.
#[derive(Debug)]
pub struct Cpu {
    plan: Plan,
    steps: Vec<Step>,
    /// Everything that [`Step`]s refer to by range.
    packed: Vec<f32>,
    arena: Vec<f32>,
    /// An equal share for each thread.
    scratch: Vec<f32>,
    machine: Machine,
}

/// What steps run on.
#[derive(Debug)]
struct Machine {
    tile: RowTile,
    threads: Threads,
}

impl Cpu {
    /// Fuses a graph, plans its memory, packs its weights and allocates everything that runs on these threads need.
    pub fn prepare(graph: &Graph, weights: &dyn Parameters, threads: &Threads) -> Self {
        Self::prepare_keeping(graph, weights, threads, &[], None)
    }

    /// The same; what the named modules return can be observed. It takes over the memory of a network that is not needed any
    /// more: where memory never shrinks, as in browsers, small allocations may settle in what that gives back, so that nothing
    /// large fits there again.
    pub fn prepare_keeping(
        graph: &Graph,
        weights: &dyn Parameters,
        threads: &Threads,
        keep: &[String],
        previous: Option<Self>,
    ) -> Self {
        let [packed, arena, scratch] = previous
            .map_or_else(Default::default, |Self { packed, arena, scratch, .. }| [packed, arena, scratch]);
        let graph = graph.with_tables(|name| weights.table(name));
        let plan = Self::plan(passes::fuse_keeping(&graph, keep));
        let (steps, packed) = Packer::pack(&plan, weights, packed);
        let most = threads.most();
        let scratch_len = steps.iter().map(|step| step.scratch_len(most)).max().unwrap_or(0) * most;
        Self {
            steps,
            packed,
            arena: zeros(arena, plan.arena_len),
            scratch: zeros(scratch, scratch_len),
            machine: Machine { tile: RowTile::detect(), threads: threads.clone() },
            plan,
        }
    }

    /// Places for the values of a fused graph.
    pub fn plan(graph: Graph) -> Plan {
        Plan::new(graph, step::writes_parts)
    }

    /// The fused graph.
    pub fn graph(&self) -> &Graph {
        &self.plan.graph
    }

    /// Runs the network on an input (H, W, C) and shows every value to `observe` as it is computed.
    ///
    /// # Panics
    /// Panics if the input has another length.
    pub fn run(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, Values<'_>)) -> &[f32] {
        for (i, step) in self.steps.iter().enumerate() {
            let id = NodeId(i);
            let inputs = &self.plan.graph.node(id).inputs;
            step.run(Io {
                image: input,
                arena: &mut self.arena,
                packed: &self.packed,
                scratch: &mut self.scratch,
                machine: &self.machine,
                places: &self.plan.places,
                inputs,
                output: id,
            });
            observe(id, values(&self.arena, self.plan.place(id)));
        }
        &self.arena[self.plan.place(self.plan.graph.output()).range()]
    }

    /// Bytes of packed weights.
    pub fn weight_bytes(&self) -> u64 {
        4 * self.packed.len() as u64
    }

    /// Bytes of the arena and of scratch memory.
    pub fn activation_bytes(&self) -> u64 {
        4 * (self.arena.len() + self.scratch.len()) as u64
    }
}

/// An empty vector with room for `len` numbers, in the memory of one that is not needed any more if that suffices.
fn emptied(mut previous: Vec<f32>, len: usize) -> Vec<f32> {
    previous.clear();
    if previous.capacity() >= len {
        return previous;
    }
    // Before the other is allocated.
    drop(previous);
    Vec::with_capacity(len)
}

fn zeros(previous: Vec<f32>, len: usize) -> Vec<f32> {
    let mut zeros = emptied(previous, len);
    zeros.resize(len, 0.0);
    zeros
}

fn values(arena: &[f32], place: Place) -> Values<'_> {
    Values { data: Data::Floats(&arena[place.range()]), stride: place.stride, channels: place.channels }
}

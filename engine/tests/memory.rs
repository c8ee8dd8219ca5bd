//! Preparing a network takes little more memory than it keeps. In a binary of its own, since the allocator counts for
//! the whole process.

#![cfg(not(target_family = "wasm"))]

use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::weights::Random;
use engine::zoo::Zoo;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes beside packed weights and activations: the graph, the steps, and weights on their way.
const SPARE_BYTES: u64 = 1 << 20;

#[test]
fn preparing_holds_weights_once() {
    for id in ["mobilenetv1_100", "mobilenetv3_small_100", "mobilevit_s"] {
        let graph = Zoo::builtin().find(id).expect("in the zoo").graph().expect("can be built");
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let session = Cpu::prepare(&graph, &Random(&graph), &Threads::alone());
        let peak = (ALLOCATOR.peak_usage() - before) as u64;
        let kept = session.weight_bytes() + session.activation_bytes();
        assert!(peak < kept + SPARE_BYTES, "{id}: {peak} bytes, of which {kept} are kept");
    }
}

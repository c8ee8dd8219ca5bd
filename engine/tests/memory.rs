//! Preparing a network takes little more memory than it keeps. In a binary of its own, since the allocator counts for
//! the whole process.

#![cfg(not(target_family = "wasm"))]

use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::graph::Graph;
use engine::synthetic;
use engine::weights::Random;
use engine::zoo::Zoo;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes beside packed weights and activations: the graph, the steps, and weights on their way.
const SPARE_BYTES: u64 = 1 << 20;

/// What is allocated at most while this is prepared, and what comes of it.
fn prepare(graph: &Graph, previous: Option<Cpu>) -> (Cpu, u64) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();

    let session = Cpu::prepare_keeping(graph, &Random(graph), &Threads::alone(), &[], previous);
    let peak = ALLOCATOR.peak_usage().saturating_sub(before) as u64;
    (session, peak)
}

fn graph(id: &str) -> Graph {
    Zoo::builtin().find(id).expect("in the zoo").graph().expect("can be built")
}

fn logits(session: &mut Cpu) -> Vec<f32> {
    let (h, w) = session.graph().nodes[0].shape.size();
    session.run(&synthetic::input(h, w), &mut |_, _| {}).to_vec()
}

/// One test: another beside it would allocate, too.
#[test]
fn preparing_holds_weights_once_and_takes_over_memory() {
    for id in ["mobilenetv1_100", "mobilenetv3_small_100", "mobilevit_s"] {
        let graph = graph(id);
        let (mut session, peak) = prepare(&graph, None);
        let kept = session.weight_bytes() + session.activation_bytes();
        assert!(peak < kept + SPARE_BYTES, "{id}: {peak} bytes, of which {kept} are kept");
        let expected = logits(&mut session);
        let (mut again, peak) = prepare(&graph, Some(session));
        assert!(peak < SPARE_BYTES, "{id} again: {peak} bytes");
        assert_eq!(logits(&mut again), expected, "{id} again");
    }
    // Nothing is left of a larger network, nor of a smaller one.
    let [small, large] = ["mobilenetv3_small_050", "mobilevit_xxs"].map(graph);
    for (first, second) in [(&small, &large), (&large, &small)] {
        let expected = logits(&mut prepare(second, None).0);
        let mut previous = prepare(first, None).0;
        logits(&mut previous);
        assert_eq!(logits(&mut prepare(second, Some(previous)).0), expected);
    }
}

//! A run allocates nothing. In a binary of its own, since the allocator counts for the whole process.

#![cfg(not(target_family = "wasm"))]

use std::alloc::System;

use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::Ranges;
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_run_allocates_nothing() {
    let shared = Threads::spawn(3);
    while shared.count() < 3 {
        std::thread::yield_now();
    }
    check(&Threads::alone());
    check(&shared);
}

fn check(threads: &Threads) {
    for id in
        ["mobilenetv1_025", "mobilenetv2_035", "mobilenetv3_small_050", "mobilevit_xxs", "squeezenet1_1"]
    {
        let variant = Zoo::builtin().find(id).expect("in the zoo").with_resolution(96, 72);
        let graph = variant.graph().expect("can be built");
        let input = synthetic::input(96, 72);
        let mut session = Cpu::prepare(&graph, &Weights::random(&graph), threads);
        session.run(&input, &mut |_, _| {});
        let region = Region::new(ALLOCATOR);
        let sum: f32 = session.run(&input, &mut |_, _| {}).iter().sum();
        let change = region.change();
        assert!(sum.is_finite());
        assert_eq!((change.allocations, change.reallocations), (0, 0), "{id} on {threads:?}");

        let weights = Weights::random(&graph);
        let ranges = Ranges::calibrate(&graph, &weights, threads, &[], std::slice::from_ref(&input));
        let mut session = CpuInt8::prepare(&graph, &weights, threads, &ranges);
        session.run(&input, &mut |_, _| {});
        let region = Region::new(ALLOCATOR);
        let sum: f32 = session.run(&input, &mut |_, _| {}).iter().sum();
        let change = region.change();
        assert!(sum.is_finite());
        assert_eq!((change.allocations, change.reallocations), (0, 0), "{id} in bytes on {threads:?}");
    }
}

//! Networks in bytes: the CPU backend equals the definition bit by bit, on any number of threads; what stays f32 is near f32.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;

use engine::backend::Threads;
use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::{Layer, Oracle, Ranges, Scheme, Why};
use engine::graph::{Graph, NodeId, passes};
use engine::spec::Variant;
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;

/// The network at the size nearest to a small one.
fn small(variant: &Variant) -> Variant {
    let at = |side| variant.clone().with_resolution(side, side).with_classes(11);
    let sides = [9, 48, 64, 65, 96, 128, 193, 224, 256];
    sides.into_iter().map(at).find(|variant| variant.graph().is_ok()).expect("it runs at some size")
}

fn inputs(variant: &Variant, count: u64) -> Vec<Vec<f32>> {
    let (h, w) = variant.resolution;
    let first = synthetic::input_of(h as usize, w as usize, variant.model.channels as usize);
    (0..count)
        .map(|i| {
            first
                .iter()
                .cycle()
                .skip(i as usize * 7)
                .take(first.len())
                .map(|x| x * (1.0 - 0.1 * i as f32))
                .collect()
        })
        .collect()
}

/// The values of a run, node by node.
fn values(session: &mut CpuInt8, input: &[f32]) -> Vec<Vec<f32>> {
    let mut values = Vec::new();
    session.run(input, &mut |_, seen| values.push(seen.numbers().into_owned()));
    values
}

/// Compares a network's values on one and on two threads with those by definition; says why layers are not bytes.
fn check(variant: &Variant, two: &Threads) -> BTreeMap<String, usize> {
    let (id, graph) = (variant.id(), variant.graph().expect("can be built"));
    let weights = Weights::random(&graph);
    let inputs = inputs(variant, 2);
    let ranges = Ranges::calibrate(&graph, &weights, &Threads::alone(), &[], &inputs);
    let mut session = CpuInt8::prepare(&graph, &weights, &Threads::alone(), &ranges);
    let ours = values(&mut session, &inputs[1]);
    assert_eq!(values(&mut CpuInt8::prepare(&graph, &weights, two, &ranges), &inputs[1]), ours, "{id}");
    let scheme = Scheme::new(passes::fuse(&graph), &weights, &ranges);
    let mut oracle = Oracle::new(scheme, &weights);
    let mut number = 0;
    let name = |graph: &Graph, NodeId(i): NodeId| {
        format!("{id}: {i} {} {:?}", graph.nodes[i].name, graph.nodes[i].op.kind())
    };
    let fused = oracle.scheme().graph.clone();
    let layers = oracle.scheme().layers.clone();
    oracle.run(
        &inputs[1],
        &mut |node, floats| {
            let near = &ours[node.0];
            let largest = floats.iter().fold(1e-3f32, |most, x| most.max(x.abs()));
            for (x, y) in floats.iter().zip(near) {
                assert!((x - y).abs() <= 1e-4 * largest, "{}: {x}, {y} of {largest}", name(&fused, node));
            }
            floats.clone_from(near);
        },
        &mut |node, seen| {
            assert!(seen.numbers() == ours[node.0], "{} {:?}", name(&fused, node), layers[node.0].computes());
            number += 1;
        },
    );
    assert_eq!(number, fused.nodes.len());
    let mut whys = BTreeMap::new();
    for layer in &layers {
        let why = if let Layer::Floats(why) = layer { format!("{why:?}") } else { "Bytes".to_owned() };
        *whys.entry(why).or_insert(0) += 1;
    }
    assert!(!whys.contains_key(&format!("{:?}", Why::NoRange)), "{id}: {whys:?}");
    whys
}

/// One of each family, and what is unlike the others in some.
#[test]
fn every_family_equals_its_definition() {
    let two = Threads::spawn(2);
    let zoo = Zoo::builtin();
    let mut seen = std::collections::BTreeSet::new();
    for variant in zoo.variants() {
        if !seen.insert(variant.model.family.to_string()) {
            continue;
        }
        let start = std::time::Instant::now();
        let variant = small(&variant);
        let whys = check(&variant, &two);
        println!("{} at {:?}: {whys:?}, {:?}", variant.id(), variant.resolution, start.elapsed());
    }
}

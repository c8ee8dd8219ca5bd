//! Networks in bytes: the CPU backend equals the definition bit by bit, on any number of threads; what stays f32 is near f32.

use std::collections::BTreeMap;

use crate::int8_golden;

use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::{Layer, Oracle, Ranges, Scheme, Why};
use engine::backend::{Session, Target, Threads};
use engine::graph::{Graph, NodeId, passes};
use engine::spec::Variant;
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use pollster::block_on;

/// The network at a small size whose maps are odd, or at the smallest that it takes.
fn small(variant: &Variant) -> Variant {
    let at = |side| variant.clone().with_resolution(side, side).with_classes(11);
    if at(41).graph().is_ok() && &*variant.model.family != "hybridsn" {
        return at(41);
    }
    at(variant.smallest().expect("it runs at some size"))
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

/// The narrowest network of each family.
#[test]
fn every_family_equals_its_definition() {
    let two = Threads::spawn(2);
    let mut narrowest = BTreeMap::new();
    for variant in Zoo::builtin().variants() {
        let Ok(graph) = small(&variant).graph() else { continue };
        let macs = graph.cost().conv_linear_macs;
        let least = narrowest.entry(variant.model.family.to_string()).or_insert((macs, variant.clone()));
        if macs < least.0 {
            *least = (macs, variant);
        }
    }
    assert!(narrowest.len() >= 28, "{:?}", narrowest.keys());
    for (family, (_, variant)) in narrowest {
        let variant = small(&variant);
        let whys = check(&variant, &two);
        println!("{family}: {} at {:?}: {whys:?}", variant.id(), variant.resolution);
        let bytes = whys.get("Bytes").copied().unwrap_or_default();
        assert!(bytes > 0, "{family}: {whys:?}");
        if ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3", "efficientnet"].contains(&&*family) {
            assert_eq!(whys.len(), 2, "{family} is bytes but for its image: {whys:?}");
        }
    }
}

#[test]
fn without_ranges_a_network_stays_f32() {
    let variant = Zoo::builtin().find("mobilenetv2_035").unwrap().with_resolution(41, 41).with_classes(11);
    let graph = variant.graph().unwrap();
    let weights = Weights::random(&graph);
    let ranges = Ranges::calibrate(&graph, &weights, &Threads::alone(), &[], &[]);
    let input = synthetic::input(41, 41);
    let mut session = CpuInt8::prepare(&graph, &weights, &Threads::alone(), &ranges);
    assert_eq!(session.scheme().shares().0, 0);
    let mut plain = engine::backend::cpu::Cpu::prepare(&graph, &weights, &Threads::alone());
    assert_eq!(session.run(&input, &mut |_, _| {}), plain.run(&input, &mut |_, _| {}));
}

/// Bytes that are wrong anywhere give logits that have nothing to do with those of f32.
#[test]
fn logits_are_near_those_of_f32() {
    for (id, most) in [("mobilenetv1_050", 0.1), ("mobilenetv2_050", 0.3), ("mobilevit_xxs", 0.1)] {
        let variant = Zoo::builtin().find(id).unwrap().with_resolution(96, 96).with_classes(50);
        let graph = variant.graph().unwrap();
        let weights = Weights::random(&graph);
        let input = synthetic::input(96, 96);
        let ranges =
            Ranges::calibrate(&graph, &weights, &Threads::alone(), &[], std::slice::from_ref(&input));
        let target = Target::CpuInt8(&Threads::alone(), &ranges);
        assert_eq!(target.name(), "cpu-int8");
        let run = |target: Target<'_>| {
            let mut session = block_on(Session::prepare(target, &graph, &weights)).unwrap();
            let logits = block_on(session.run(&input)).unwrap().to_vec();
            (logits, session.weight_bytes())
        };
        let (ours, bytes) = run(target);
        let (plain, plain_bytes) = run(Target::Cpu(&Threads::alone()));
        let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let off = norm(&mut ours.iter().zip(&plain).map(|(a, b)| a - b)) / norm(&mut plain.iter().copied());
        assert!(off < most, "{id}: {off} of the logits");
        println!("{id}: {off:.3} off, {bytes} bytes of weights, {plain_bytes} in f32");
    }
}

#[test]
fn goldens_are_what_the_definition_gives() {
    for (name, json) in int8_golden::GOLDENS {
        let golden = int8_golden::Golden::parse(json);
        golden.check();
        let (graph, weights) = golden.network();
        let mut oracle = Oracle::new(Scheme::new(passes::fuse(&graph), &weights, &golden.ranges()), &weights);
        let logits = oracle.run(&golden.input(), &mut |_, _| {}, &mut |_, _| {});
        assert_eq!(logits, golden.logits, "{name}");
        assert!(logits.iter().any(|logit| *logit != 0.0), "{name}");
    }
}

/// Run by hand where the definition changes.
#[test]
#[ignore = "writes the goldens anew"]
fn write_goldens() {
    for (name, _) in int8_golden::GOLDENS {
        let golden = int8_golden::Golden::new(name);
        let file = format!("{}/tests/data/int8/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(file, serde_json::to_string(&golden).unwrap() + "\n").unwrap();
    }
}

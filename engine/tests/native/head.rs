//! The last layer of networks: what it reads on the backends, and files in which it is another one.

use std::collections::BTreeMap;
use std::ops::Range;

use engine::backend::{Session, Target, Threads};
use engine::graph::{Graph, ParamId};
use engine::head::{FEATURES, Head, Lesson, LessonError, teach};
use engine::spec::{Preprocess, Variant};
use engine::synthetic;
use engine::weights::safetensors::{read, read_header};
use engine::weights::{Origin, Parameters, Random, Weights, WeightsError, describe, tables};
use engine::zoo::Zoo;
use pollster::block_on;

/// Every network that reads photos and can be taught, at the least of these sizes at which it can be built, one a family.
fn pupils() -> Vec<Variant> {
    let mut families = Vec::new();
    let mut pupils = Vec::new();
    for variant in Zoo::builtin().variants().filter(|variant| variant.model.channels == 3) {
        let smaller = [64, 96, 128].map(|side| variant.clone().with_resolution(side, side));
        let built = smaller.into_iter().find(|variant| variant.graph().is_ok()).unwrap_or(variant);
        let graph = built.graph().expect("can be built");
        // The default of each model, which comes first or last in its list, stands for its widths.
        let kind = (built.model.id.to_string(), graph.params.len());
        if Head::of(&graph).is_some() && !families.contains(&kind) {
            families.push(kind);
            pupils.push(built);
        }
    }
    pupils
}

fn image(variant: &Variant) -> Vec<f32> {
    let (h, w) = variant.resolution;
    synthetic::input_of(h as usize, w as usize, 3)
}

/// What a network's last layer reads, and its logits.
fn observed(
    graph: &Graph,
    weights: &dyn Parameters,
    image: &[f32],
    target: Target<'_>,
) -> (Vec<f32>, Vec<f32>) {
    let graph = Head::observable(graph.clone());
    let keep = [FEATURES.to_owned()];
    let mut session =
        block_on(Session::prepare_keeping(target, &graph, weights, &keep, None)).expect("can run");
    let node = session.graph().stage(FEATURES).expect("was kept");
    let mut features = Vec::new();
    let logits = block_on(session.run_observed(image, &mut |id, seen| {
        if id == node {
            features = seen.numbers().into_owned();
        }
    }));
    let logits = logits.expect("runs").to_vec();
    (features, logits)
}

fn logits(graph: &Graph, weights: &dyn Parameters, image: &[f32], target: Target<'_>) -> Vec<f32> {
    let mut session = block_on(Session::prepare(target, graph, weights)).expect("can run");
    block_on(session.run(image)).expect("runs").to_vec()
}

/// A linear layer, in f64.
fn layer(weight: &[f32], bias: &[f32], features: &[f32]) -> Vec<f32> {
    let row = |(row, bias): (&[f32], &f32)| {
        let products = row.iter().zip(features).map(|(a, b)| f64::from(*a) * f64::from(*b));
        (f64::from(*bias) + products.sum::<f64>()) as f32
    };
    weight.chunks_exact(features.len()).zip(bias).map(row).collect()
}

fn parameter(graph: &Graph, weights: &dyn Parameters, name: &str) -> Vec<f32> {
    let at = graph.params.iter().position(|param| param.name == name).expect("a parameter");
    weights.parameter(ParamId(at)).into_owned()
}

fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(1e-3f32, |most, x| most.max(x.abs()));
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    assert!(worst <= tolerance * largest, "{what}: {worst} of {largest}");
}

/// What a page does with a file.
fn load(variant: &Variant, graph: &Graph, file: &[u8]) -> Weights {
    let header = read_header(file).expect("a header");
    let (weights, extra) =
        Weights::bind(&variant.id(), graph, read(file).expect("a file").tensors).expect("fits");
    assert_eq!(extra, [""; 0]);
    let stored = |range: Range<u64>| {
        let [begin, end] = [range.start, range.end].map(|at| (header.data_start + at) as usize);
        file[begin..end].to_vec()
    };
    weights.with_tables(tables(&variant.id(), graph, &header, stored).expect("orders"))
}

#[test]
fn most_networks_can_be_taught_and_the_others_are_known() {
    let (mut with, mut without) = (0, Vec::new());
    for variant in Zoo::builtin().variants().filter(|variant| variant.model.channels == 3) {
        let graph = variant.graph().expect("can be built");
        match Head::of(&graph) {
            Some(head) => {
                with += 1;
                let weight = graph.param(graph.classifier.expect("a classifier"));
                assert_eq!(weight.shape[..2], [variant.classes as usize, head.width], "{}", variant.id());
                assert_eq!(graph.node(head.features).shape.elements(), head.width, "{}", variant.id());
            }
            None => without.push(variant.model.family.to_string()),
        }
    }
    without.dedup();
    println!("{with} networks can be taught; of these families some cannot: {without:?}");
    assert!(with > 60, "{with}");
    // Maps and poolings of maps, normalisations, means of two layers, layers without a bias.
    let known =
        ["espnet", "micronet", "repvit", "shufflenet_v1", "shufflenet_v2", "squeezenet", "squeezenext"];
    assert!(without.iter().all(|family| known.contains(&&**family)), "{without:?}");
}

#[test]
fn logits_are_the_last_layers_of_what_it_reads() {
    let threads = Threads::alone();
    let pupils = pupils();
    assert!(pupils.len() > 30, "{}", pupils.len());
    for variant in pupils {
        let variant = variant.with_classes(10);
        let graph = variant.graph().expect("can be built");
        let weights = Random(&graph);
        let head = Head::of(&graph).expect("a head");
        let (features, logits) = observed(&graph, &weights, &image(&variant), Target::Cpu(&threads));
        assert_eq!(features.len(), head.width, "{}", variant.id());
        let id = graph.classifier.expect("a classifier");
        let name = &graph.param(id).name;
        let bias = parameter(&graph, &weights, &name.replace("weight", "bias"));
        let own = layer(&weights.parameter(id), &bias, &features);
        assert_close(&variant.id(), &logits, &own, 1e-4);
    }
}

#[test]
fn a_taught_network_is_recognised_and_tells_the_new_classes() {
    const MODELS: [&str; 9] = [
        "mobilenetv1_050",
        "mobilenetv2_050",
        "mobilenetv3_small_050",
        "mobilenetv4_conv_small",
        "mobilevit_xxs",
        "ghostnet_100",
        "efficientnet_b0",
        "starnet_s1",
        "condensenet86_cifar_g4",
    ];
    let classes = ["tabby cat", "虎斑猫", "no, neither"].map(str::to_owned);
    let threads = Threads::alone();
    let mut taught = 0;
    for id in MODELS {
        let Ok(variant) = Zoo::builtin().find(id) else { panic!("{id} is not in the zoo") };
        let side = if id.contains("cifar") { 32 } else { 64 };
        let variant = variant.with_resolution(side, side);
        let graph = variant.graph().expect("can be built");
        let weights = Random(&graph);
        let Some(head) = Head::of(&graph) else { panic!("{id} has no head") };
        let weight: Vec<f32> = (0..3 * head.width).map(|i| (i as f32 * 0.37).sin() * 0.1).collect();
        let bias = [0.5, -0.25, 0.125];
        let preprocess = Preprocess { mean: [0.25, 0.5, 0.75], ..variant.model.style.preprocess };
        let more = BTreeMap::from([("license".to_owned(), "CC0".to_owned())]);
        let mut file = Vec::new();
        let lesson = Lesson { classes: &classes, weight: &weight, bias: &bias };
        teach(&variant, &weights, &preprocess, lesson, &more, &mut |piece| file.extend(piece))
            .expect("can be written");

        let header = read_header(&file).expect("a header");
        let description = describe(&header, Zoo::builtin(), None).expect("recognised");
        assert_eq!((description.variant.id(), description.variant.classes), (id.to_owned(), 3));
        assert_eq!(description.variant.resolution, variant.resolution, "{id}");
        assert_eq!(description.preprocess, preprocess, "{id}");
        assert_eq!(description.names.as_deref(), Some(&classes[..]), "{id}");
        assert_eq!(description.origins.labels, Origin::File, "{id}");
        assert_eq!(description.licence.as_deref(), Some("CC0"), "{id}");
        assert!(description.unusable.is_empty() && description.of_others.is_none(), "{id}");

        let image = image(&variant);
        let (features, _) = observed(&graph, &weights, &image, Target::Cpu(&threads));
        let expected = layer(&weight, &bias, &features);
        let read = description.variant.graph().expect("can be built");
        let read_weights = load(&description.variant, &read, &file);
        assert_close(id, &logits(&read, &read_weights, &image, Target::Cpu(&threads)), &expected, 1e-4);
        if id.starts_with("mobilenetv3") {
            assert_close(id, &logits(&read, &read_weights, &image, Target::Reference), &expected, 1e-4);
            let (features, _) = observed(&graph, &weights, &image, Target::Reference);
            assert_close(id, &layer(&weight, &bias, &features), &expected, 1e-4);
        }
        taught += 1;
    }
    assert_eq!(taught, MODELS.len());
}

#[test]
fn what_cannot_be_taught_is_refused() {
    let find = |id: &str| Zoo::builtin().find(id).expect("in the zoo");
    let attempt = |variant: &Variant, classes: &[&str], weight: &[f32], bias: &[f32]| {
        let graph = variant.graph().expect("can be built");
        let classes: Vec<String> = classes.iter().map(|name| (*name).to_owned()).collect();
        let lesson = Lesson { classes: &classes, weight, bias };
        let preprocess = variant.model.style.preprocess;
        teach(variant, &Random(&graph), &preprocess, lesson, &BTreeMap::new(), &mut |_| ())
    };
    let variant = find("mobilenetv2_050");
    let weight = vec![0.0; 2 * 1280];
    for classes in [&["one"][..], &["a", " "], &["a", "b\nc"], &[]] {
        assert_eq!(attempt(&variant, classes, &weight, &[0.0; 2]), Err(LessonError::Classes), "{classes:?}");
    }
    let numbers = |what, expected, found| Err(LessonError::Numbers { what, expected, found });
    assert_eq!(attempt(&variant, &["a", "b"], &weight[1..], &[0.0; 2]), numbers("weight", 2560, 2559));
    assert_eq!(attempt(&variant, &["a", "b"], &weight, &[0.0; 3]), numbers("bias", 2, 3));
    let no_number = attempt(&variant, &["a", "b"], &weight, &[0.0, f32::NAN]);
    assert!(matches!(no_number, Err(LessonError::Write(WeightsError::NonFinite { .. }))), "{no_number:?}");
    let other = find("squeezenet1_0");
    assert_eq!(attempt(&other, &["a", "b"], &weight, &[0.0; 2]), Err(LessonError::NoHead));
}

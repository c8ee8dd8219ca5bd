//! Class activation maps and receptive fields against PyTorch's autograd (`tools/derivatives`), on the goldens' weights.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use engine::backend::{Session, Target, Threads};
use engine::explain::{LastMap, receptive_field};
use engine::golden::Golden;
use engine::graph::Graph;
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use pollster::block_on;
use serde::Deserialize;

/// What PyTorch says of a network.
#[derive(Deserialize)]
struct Expected {
    golden: String,
    class: usize,
    logit: f32,
    size: (usize, usize),
    class_map: Vec<f32>,
    stage: String,
    /// Sums of the receptive field's rows and columns.
    rows: Vec<f32>,
    columns: Vec<f32>,
}

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder)
}

/// A golden's network with its weights, and its image.
fn network(golden: &str) -> (Graph, Weights, Vec<f32>) {
    let mut json = Vec::new();
    let file = fs::File::open(data("golden").join(format!("{golden}.json.gz"))).expect("the file is there");
    flate2::read::GzDecoder::new(file).read_to_end(&mut json).expect("gzip");
    let golden = Golden::parse(&json).expect("a golden file");
    let variant = golden.variant().expect("the zoo has it");
    let graph = variant.graph().expect("can be built");
    let tensors = golden.tensors().expect("tensors");
    let (weights, extra) = Weights::bind(&golden.model, &graph, tensors).expect("they fit");
    assert_eq!(extra, [""; 0]);
    let (h, w) = graph.nodes[0].shape.size();
    let image = synthetic::input_of(h, w, graph.nodes[0].shape.channels());
    (graph, weights, image)
}

/// Fails unless numbers differ by little, as measured by the largest.
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0f32, |most, x| most.max(x.abs()));
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
    println!("{what}: differs by {:.1e} of the largest", worst / largest);
    assert!(worst <= tolerance * largest, "{what}: {worst} of {largest}");
}

#[test]
fn class_maps_and_receptive_fields_are_those_of_autograd() {
    let mut files: Vec<PathBuf> = fs::read_dir(data("derivatives"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 9, "{files:?}");
    let threads = Threads::alone();
    for file in files {
        let expected: Expected =
            serde_json::from_slice(&fs::read(&file).expect("can be read")).expect("JSON");
        let name = &expected.golden;
        let (graph, weights, image) = network(name);

        // The map from the backend that the page uses.
        let last = LastMap::of(&graph).expect("a last map");
        let keep = [last.stage.clone()];
        let target = Target::Cpu(&threads);
        let session = Session::prepare_keeping(target, &graph, &weights, &keep, None);
        let mut session = block_on(session).expect("no GPU");
        let node = session.graph().stage(&last.stage).expect("was kept");
        let mut value = Vec::new();
        let logits = block_on(session.run_observed(&image, &mut |id, seen| {
            if id == node {
                value = seen.numbers().into_owned();
            }
        }));
        let logits = logits.expect("no GPU").to_vec();
        let map = last.class_activation(&value, &weights, None).expect("a class");
        assert_eq!((map.class, map.size), (expected.class, expected.size), "{name}");
        assert_close(&format!("{name} logit"), &[map.logit], &[expected.logit], 1e-4);
        assert_close(&format!("{name} class map"), &map.values, &expected.class_map, 1e-3);
        // What the values leave of a logit is the same for every class map where it is a bias.
        let other = last.class_activation(&value, &weights, Some(0)).expect("a class");
        assert!((other.logit - logits[0]).abs() < 1e-3, "{name}");
        assert_eq!(last.class_activation(&value, &weights, Some(logits.len())), None, "{name}");

        let field = receptive_field(&graph, &expected.stage, &weights, &image).expect("a stage");
        let (h, w) = graph.nodes[0].shape.size();
        let rows: Vec<f32> = field.chunks_exact(w).map(|row| row.iter().sum()).collect();
        let columns: Vec<f32> = (0..w).map(|x| (0..h).map(|y| field[y * w + x]).sum()).collect();
        assert_close(&format!("{name} field's rows"), &rows, &expected.rows, 1e-3);
        assert_close(&format!("{name} field's columns"), &columns, &expected.columns, 1e-3);
        assert_eq!(receptive_field(&graph, "no such module", &weights, &image), None);
    }
}

#[test]
fn every_network_that_classifies_photos_has_a_class_map() {
    let (mut with, mut without) = (0, Vec::new());
    for variant in Zoo::builtin().variants() {
        let graph = variant.graph().expect("can be built");
        match LastMap::of(&graph) {
            Some(last) => {
                with += 1;
                assert!(graph.stage(&last.stage).is_some(), "{}", variant.id());
            }
            None => without.push(variant.model.family.clone()),
        }
    }
    without.dedup();
    println!("{with} networks have one; of these families some have none: {without:?}");
    assert!(with > 60, "{with}");
    // Maps are their answers, or a vector of all numbers of a map is what their classes are told from.
    assert!(without.iter().all(|family| ["espnet", "hybridsn"].contains(&&**family)), "{without:?}");
}

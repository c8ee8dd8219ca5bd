//! Orders of channels that a checkpoint states as integers: read, checked, and followed on every backend.

use std::collections::BTreeMap;
use std::ops::Range;

use engine::backend::{Gpu, Precision, Session, Target, Threads};
use engine::graph::{ChannelMap, Graph, ParamId};
use engine::synthetic;
use engine::weights::safetensors::{read, read_header};
use engine::weights::{NamesError, Parameters, Random, Weights, describe, tables};
use engine::zoo::Zoo;
use pollster::block_on;

const MODEL: &str = "condensenet86_cifar_g4";

fn graph() -> Graph {
    let variant = Zoo::builtin().find(MODEL).expect("in the zoo").with_classes(10);
    variant.graph().expect("can be built")
}

/// A tensor of a file: its type, its shape and its bytes.
type Stored = (&'static str, Vec<usize>, Vec<u8>);

fn floats(shape: &[usize], values: &[f32]) -> Stored {
    ("F32", shape.to_vec(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

fn longs(values: &[i64]) -> Stored {
    ("I64", vec![values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// A network's parameters, and its own orders of channels.
fn stored(graph: &Graph, weights: &dyn Parameters) -> BTreeMap<String, Stored> {
    let params = graph
        .params
        .iter()
        .enumerate()
        .map(|(i, param)| (param.name.clone(), floats(&param.shape, &weights.parameter(ParamId(i)))));
    let tables = graph.tables.iter().map(|table| {
        let order: Vec<i64> = graph.table(table).0.iter().map(|channel| channel as i64).collect();
        (table.name.clone(), longs(&order))
    });
    params.chain(tables).collect()
}

/// These tensors as a file, with something before every name.
fn file(tensors: &BTreeMap<String, Stored>, wrapper: &str) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (name, (dtype, shape, bytes)) in tensors {
        let begin = data.len();
        data.extend_from_slice(bytes);
        let end = data.len();
        entries.push(format!(
            r#""{wrapper}{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{begin},{end}]}}"#
        ));
    }
    let header = format!("{{{}}}", entries.join(","));
    [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &data].concat()
}

/// What a page does with a file.
fn load(model: &str, graph: &Graph, file: &[u8]) -> Result<Weights, NamesError> {
    let header = read_header(file).expect("a header");
    let (weights, _) = Weights::bind(model, graph, read(file).expect("a file").tensors)?;
    let stored = |range: Range<u64>| {
        let [begin, end] = [range.start, range.end].map(|at| (header.data_start + at) as usize);
        file[begin..end].to_vec()
    };
    Ok(weights.with_tables(tables(model, graph, &header, stored)?))
}

fn logits(graph: &Graph, weights: &dyn Parameters, target: Target<'_>) -> Vec<f32> {
    let mut session = block_on(Session::prepare(target, graph, weights)).expect("can run");
    block_on(session.run(&synthetic::input(32, 32))).expect("runs").to_vec()
}

fn furthest(ours: &[f32], theirs: &[f32]) -> f32 {
    let largest = theirs.iter().fold(1e-3f32, |most, value| most.max(value.abs()));
    ours.iter().zip(theirs).fold(0f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

/// Numbers of the second dimension, in reverse within each run of `run`.
fn reversed(values: &[f32], columns: usize, run: usize) -> Vec<f32> {
    let row = |row: &[f32]| row.chunks(run).flat_map(|run| run.iter().rev().copied()).collect::<Vec<_>>();
    values.chunks(columns).flat_map(row).collect()
}

#[test]
fn another_order_with_weights_in_that_order_is_the_same_network() {
    const GROUPS: usize = 4;
    let graph = graph();
    let random = Random(&graph);
    let mut tensors = stored(&graph, &random);
    // Each table in reverse within its groups, and so what is computed from those channels.
    for table in &graph.tables {
        let (order, _) = graph.table(table);
        let is_classifier = table.name.starts_with("classifier");
        let run = if is_classifier { order.len() } else { order.len() / GROUPS };
        let order: Vec<usize> = order.iter().collect();
        let turned: Vec<i64> =
            order.chunks(run).flat_map(|run| run.iter().rev()).map(|channel| *channel as i64).collect();
        tensors.insert(table.name.clone(), longs(&turned));
        let module = table.name.trim_end_matches("index");
        let after: Vec<String> = if is_classifier {
            vec![format!("{module}linear.weight")]
        } else {
            let norm =
                ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{module}norm.{part}"));
            norm.into_iter().chain([format!("{module}conv.weight")]).collect()
        };
        for name in after {
            let id = graph.params.iter().position(|param| param.name == name).expect("a parameter");
            let shape = &graph.params[id].shape;
            let columns = shape[shape.len().min(2) - 1];
            let values = reversed(&random.parameter(ParamId(id)), columns, run.min(columns));
            tensors.insert(name, floats(shape, &values));
        }
    }
    let turned = load(MODEL, &graph, &file(&tensors, "")).expect("fits");
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let threads = Threads::alone();
    let oracle = logits(&graph, &random, Target::Reference);
    for target in [Target::Reference, Target::Cpu(&threads), Target::WebGpu(&gpu, Precision::Full)] {
        let ours = logits(&graph, &turned, target);
        assert!(furthest(&ours, &oracle) < 3e-5, "{}: {ours:?}, oracle {oracle:?}", target.name());
        // Were the file's tables not followed, its weights would meet other channels.
        let (untold, _) =
            Weights::bind(MODEL, &graph, read(&file(&tensors, "")).expect("a file").tensors).expect("fits");
        assert!(furthest(&logits(&graph, &untold, target), &oracle) > 1e-2, "{}", target.name());
    }
}

#[test]
fn tables_are_read_behind_wrappers_and_from_both_kinds_of_integers() {
    let graph = graph();
    let mut tensors = stored(&graph, &Random(&graph));
    let table = &graph.tables[0];
    let len = graph.table(table).0.len();
    let order: Vec<usize> = (0..len).rev().collect();
    let bytes = order.iter().flat_map(|channel| (*channel as i32).to_le_bytes()).collect();
    tensors.insert(table.name.clone(), ("I32", vec![len], bytes));
    for wrapper in ["", "module."] {
        let weights = load(MODEL, &graph, &file(&tensors, wrapper)).expect("fits");
        assert_eq!(weights.table(&table.name), Some(ChannelMap::index(order.clone())));
        let own = graph.table(&graph.tables[1]).0.clone();
        assert_eq!(weights.table(&graph.tables[1].name), Some(own));
        let header = read_header(&file(&tensors, wrapper)).expect("a header");
        let described = describe(&header, Zoo::builtin(), None).expect("recognised");
        assert_eq!(described.candidates, [MODEL]);
    }
}

/// pytorchcv's CondenseNet calls them otherwise.
#[test]
fn tables_are_read_under_the_names_of_other_libraries() {
    let model = "condensenet74_g4";
    let graph = Zoo::builtin().find(model).expect("in the zoo").graph().expect("can be built");
    let theirs = |name: &str| {
        let layers =
            [("denseblock_", "stage"), ("denselayer_", "unit"), ("conv_1", "conv1"), ("conv_2", "conv2")];
        let ends =
            [("init_conv", "init_block.conv"), ("norm_last", "post_activ.bn"), ("classifier", "output")];
        let renamed = layers.iter().chain(&ends).fold(name.to_owned(), |name, (a, b)| name.replace(a, b));
        renamed.replace(".norm.", ".bn.")
    };
    let own = stored(&graph, &Random(&graph));
    let mut tensors: BTreeMap<String, Stored> =
        own.into_iter().map(|(name, stored)| (theirs(&name), stored)).collect();
    let first = "features.stage1.unit1.conv1.index";
    assert_eq!(theirs(&graph.tables[0].name), first);
    let len = graph.table(&graph.tables[0]).0.len();
    let order: Vec<i64> = (0..len as i64).rev().collect();
    tensors.insert(first.to_owned(), longs(&order));
    for wrapper in ["", "module."] {
        let file = file(&tensors, wrapper);
        let header = read_header(&file).expect("a header");
        let described = describe(&header, Zoo::builtin(), None).expect("recognised");
        assert_eq!(described.candidates, [model]);
        let weights = load(model, &graph, &file).expect("fits");
        let read: Vec<usize> = weights.table(&graph.tables[0].name).expect("is stated").iter().collect();
        assert!(read.into_iter().eq((0..len).rev()));
        assert_eq!(graph.tables.iter().filter(|table| weights.table(&table.name).is_some()).count(), 37);
    }
    // One that cannot be used is told by the file's own name.
    tensors.insert(first.to_owned(), longs(&vec![99; len]));
    let error = load(model, &graph, &file(&tensors, "")).expect_err("of 16").to_string();
    assert!(error.contains(first) && error.contains("channel 99 at position 0, of 16"), "{error}");
}

#[test]
fn tables_that_cannot_be_meant_are_refused_with_what_is_wrong() {
    let graph = graph();
    let good = stored(&graph, &Random(&graph));
    let table = &graph.tables[2];
    let (order, channels) = graph.table(table);
    let longs_with = |position: usize, value: i64| {
        let mut order: Vec<i64> = order.iter().map(|channel| channel as i64).collect();
        order[position] = value;
        longs(&order)
    };
    let short: Vec<i64> = vec![0; order.len() - 1];
    for (change, parts) in [
        (None, vec!["lack", "buffers"]),
        (Some(longs(&short)), vec!["[31] integers of 8 bytes", "should be 32"]),
        (Some(floats(&[order.len()], &vec![0.0; order.len()])), vec!["floats of 4 bytes"]),
        (Some(("U8", vec![order.len()], vec![0; order.len()])), vec!["integers of 1 bytes"]),
        (Some(longs_with(5, channels as i64)), vec!["channel 32 at position 5, of 32"]),
        (Some(longs_with(0, -1)), vec!["channel -1 at position 0"]),
        (Some(longs_with(1, i64::MIN)), vec!["channel -9223372036854775808 at position 1"]),
    ] {
        let mut tensors = good.clone();
        match change {
            None => tensors.remove(&table.name),
            Some(stored) => tensors.insert(table.name.clone(), stored),
        };
        let error = load(MODEL, &graph, &file(&tensors, "module.")).expect_err("cannot be meant").to_string();
        let name = format!("module.{}", table.name);
        assert!(error.contains(&name) && parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

//! Networks that other programs have exported give the logits that those programs compute: `tools/exports/generate.py` writes both.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use engine::backend::Threads;
use engine::backend::cpu::Cpu;
use engine::weights::{Description, Weights, describe, safetensors};
use engine::zoo::Zoo;
use reader::{ReaderError, read};
use serde::Deserialize;

/// What `logits.json` says of a file.
#[derive(Deserialize)]
struct Expected {
    model: String,
    side: u32,
    logits: Vec<f32>,
    /// Whether batch normalisations have been folded into the convolutions.
    folded: Option<bool>,
    /// Tensors of integers.
    dequantised: Option<usize>,
    /// Of the largest logit; 1e-4 otherwise.
    tolerance: Option<f32>,
    padding: Option<String>,
    /// Whether it is not read.
    #[serde(default)]
    refused: bool,
}

fn unpacked(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(format!("{name}.br"));
    let packed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut packed.as_slice(), &mut bytes).expect("compressed by generate.py");
    bytes
}

fn expected() -> BTreeMap<String, Expected> {
    let json = include_str!("exports/logits.json");
    serde_json::from_str(json).expect("written by generate.py")
}

/// The picture that generate.py shows to every network, (H, W, C).
fn image(side: u32) -> Vec<f32> {
    let all = (0..side).flat_map(|y| (0..side).flat_map(move |x| (0..3).map(move |c| (c, y, x))));
    all.map(|(c, y, x)| ((c * 89 + y * 57 + x * 131 + (x * y) % 17 * 7) % 256) as f32)
        .map(|number| (f64::from(number) / 127.5 - 1.0) as f32)
        .collect()
}

/// What a file is, and its logits.
fn run(bytes: Vec<u8>, side: u32) -> (Description, BTreeMap<String, String>, Vec<f32>) {
    let mut source = Cursor::new(bytes);
    let checkpoint = read(&mut source).unwrap_or_else(|error| panic!("{error}"));
    let bytes = checkpoint.bytes(&mut source).expect("can be read");
    let header = safetensors::read_header(&bytes).expect("safetensors");
    let description = describe(&header, Zoo::builtin(), None).unwrap_or_else(|error| panic!("{error}"));
    let variant = description.variant.clone().with_resolution(side, side);
    let graph = variant.graph().expect("can be built");
    let tensors = safetensors::read(&bytes).expect("safetensors").tensors;
    let (weights, unused) = Weights::bind(&variant.id(), &graph, tensors).expect("fits");
    assert!(unused.is_empty(), "{unused:?}");
    let mut session = Cpu::prepare(&graph, &weights, &Threads::alone());
    let logits = session.run(&image(side), &mut |_, _| {}).to_vec();
    (description, header.metadata, logits)
}

#[test]
fn exported_networks_compute_what_their_libraries_do() {
    let only = std::env::var("MOBILENET_LAB_EXPORT").unwrap_or_default();
    let mut failures = Vec::new();
    let expected =
        expected().into_iter().filter(|(name, expected)| !expected.refused && name.contains(&only));
    for (name, expected) in expected {
        let outcome = std::panic::catch_unwind(|| run(unpacked(&name), expected.side));
        let Ok((description, metadata, logits)) = outcome else {
            failures.push(name);
            continue;
        };
        let largest = expected.logits.iter().fold(1f32, |largest, logit| largest.max(logit.abs()));
        let off =
            logits.iter().zip(&expected.logits).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max) / largest;
        println!("{name}: {} off by {off:.1e} of {largest:.2}", description.variant.id());
        let is_right = logits.len() == expected.logits.len()
            && off <= expected.tolerance.unwrap_or(1e-4)
            && description.variant.id() == expected.model
            && description.candidates.len() == 1
            && expected.folded.is_none_or(|folded| folded == metadata.contains_key("folded"))
            && expected
                .dequantised
                .is_none_or(|count| Some(&count.to_string()) == metadata.get("dequantised"))
            && expected.padding.as_ref().is_none_or(|padding| Some(padding) == metadata.get("padding"));
        if !is_right {
            println!("  {:?} {:?}, {metadata:?}", description.variant.id(), description.candidates);
            failures.push(name);
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}

#[test]
fn numbers_in_another_file_are_refused_with_what_to_do() {
    let error = read(&mut Cursor::new(unpacked("external.onnx"))).expect_err("no numbers");
    assert!(matches!(error, ReaderError::Form { .. }), "{error}");
    assert!(
        error.to_string().contains("external data") && error.to_string().contains("onnx.save"),
        "{error}"
    );
}

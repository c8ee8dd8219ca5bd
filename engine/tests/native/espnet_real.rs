//! ESPNet's published weights: from the authors' file, whose names are those of PyTorch 0.3, to the maps that PyTorch computes.
//!
//! The files lie beside the repository, in `../shared/reference/espnet_weights`, and are not part of it.

use std::io::Read;
use std::path::{Path, PathBuf};

use engine::backend::{Gpu, Precision, Session, Target, Threads};
use engine::decode::RgbImage;
use engine::preprocess::preprocess;
use engine::spec::ChannelOrder;
use engine::synthetic;
use engine::weights::{Weights, describe, safetensors};
use engine::zoo::Zoo;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    model: String,
    input_hw: [usize; 2],
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    input: String,
    output_f64: Samples,
}

/// Some numbers of the map, by their places in PyTorch's order.
#[derive(Deserialize)]
struct Samples {
    idx: Vec<usize>,
    val: Vec<f64>,
}

fn folder() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference/espnet_weights"));
    if folder.is_dir() {
        return Some(folder.to_owned());
    }
    println!("SKIPPED: no ../shared/reference/espnet_weights, so ESPNet's published weights were not loaded");
    None
}

fn golden(file: &Path) -> Golden {
    let mut json = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).expect("the file is there"))
        .read_to_string(&mut json)
        .expect("gzip");
    serde_json::from_str(&json).expect("a golden")
}

#[test]
fn published_weights_give_the_maps_that_pytorch_computes() {
    let Some(folder) = folder() else { return };
    let threads = Threads::alone();
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    for name in ["espnetc_p2_q3", "espnet_p2_q3"] {
        let golden = golden(&folder.join(format!("real_{name}.json.gz")));
        assert_eq!(golden.model, name);
        let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).expect("the weights are there");
        let header = safetensors::read_header(&bytes).expect("a header");
        let description = describe(&header, Zoo::builtin(), None).expect("a network of the zoo");
        assert_eq!(description.candidates, [name]);
        assert_eq!((description.variant.classes, description.variant.conventions.bn_eps), (20, 1e-3));
        let [h, w] = golden.input_hw;
        let variant = description.variant.with_resolution(h as u32, w as u32);
        let graph = variant.graph().expect("can be built");
        let tensors = safetensors::read(&bytes).expect("a checkpoint").tensors;
        let (weights, unused) = Weights::bind(name, &graph, tensors).expect("fits");
        assert!(unused.is_empty(), "{unused:?}");
        let shape = graph.node(graph.output()).shape;
        for target in [Target::Reference, Target::Cpu(&threads), Target::WebGpu(&gpu, Precision::Full)] {
            let mut session = block_on(Session::prepare(target, &graph, &weights)).expect("can run");
            for case in &golden.cases {
                assert_eq!(case.input, "synth/255");
                let input: Vec<f32> = synthetic::input(h, w).into_iter().map(|x| x / 255.0).collect();
                let map = block_on(session.run(&input)).expect("runs");
                let Samples { idx, val } = &case.output_f64;
                assert!(idx.len() == val.len() && idx.len() >= 256, "{} samples", idx.len());
                let largest = val.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
                let differences =
                    idx.iter().zip(val).map(|(i, x)| (f64::from(map[shape.channels_last(*i)]) - x).abs());
                let off = differences.fold(0.0, f64::max) / largest;
                println!("{name} on {}: {off:e} of {largest}", target.name());
                assert!(off < 1e-4, "{name} on {}: {off}", target.name());
            }
        }
    }
}

/// The authors read images with OpenCV, as blue, green, red; subtract means, divide by deviations, and by 255 then.
#[test]
fn images_are_prepared_as_the_authors_do() {
    let model = Zoo::builtin().find("espnet_p2_q3").expect("in the zoo").model;
    let p = model.style.preprocess;
    assert_eq!(p.order, ChannelOrder::Bgr);
    let pixels = vec![10, 20, 30, 200, 100, 50, 0, 255, 128, 73, 83, 72];
    let numbers = preprocess(&RgbImage { width: 2, height: 2, pixels: pixels.clone() }, &p, (2, 2));
    let (mean, std) =
        ([72.392_311_1, 82.908_935_55, 73.158_401_49], [45.319_221_5, 46.152_893_07, 44.914_833_07]);
    for (pixel, numbers) in pixels.chunks_exact(3).zip(numbers.chunks_exact(3)) {
        for channel in 0..3 {
            let expected = (f64::from(pixel[2 - channel]) - mean[channel]) / std[channel] / 255.0;
            assert!((f64::from(numbers[channel]) - expected).abs() < 1e-7, "{numbers:?} of {pixel:?}");
        }
    }
}

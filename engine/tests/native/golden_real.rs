//! Trained networks on photos: from the bytes of an image file to the classes that PyTorch finds.
//!
//! The checkpoints lie beside the repository, in `../shared/weights`, and are not part of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::backend::{Gpu, Precision, Session, Target, Threads};
use engine::decode::{RgbImage, decode};
use engine::graph::Graph;
use engine::predict::top_k;
use engine::preprocess::{preprocess, resize_and_crop};
use engine::spec::{ChannelOrder, Padding, Preprocess, Resize};
use engine::weights::{Description, Weights, describe, safetensors};
use engine::zoo::Zoo;
use pollster::block_on;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The largest difference of a probability.
const PROBABILITY: f32 = 2e-3;
/// The largest difference of a logit.
const LOGIT: f32 = 2e-2;

#[derive(Deserialize)]
struct Goldens {
    photos: BTreeMap<String, Photo>,
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
struct Photo {
    file: String,
    inputs: BTreeMap<String, Input>,
}

#[derive(Deserialize)]
struct Input {
    rgb224_sha256: String,
}

#[derive(Deserialize)]
struct Model {
    file: String,
    /// By photo and transform.
    top5: BTreeMap<String, BTreeMap<String, Vec<Class>>>,
}

#[derive(Debug, Deserialize)]
struct Class {
    index: usize,
    prob: f32,
    logit: f32,
}

fn folder() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/weights"));
    if folder.is_dir() {
        return Some(folder.to_owned());
    }
    println!("SKIPPED: no checkpoints in ../shared/weights, so trained networks were not run on photos");
    None
}

fn goldens(folder: &Path) -> Goldens {
    let json = std::fs::read(folder.join("golden_real.json")).expect("golden_real.json");
    serde_json::from_slice(&json).expect("golden_real.json is of this form")
}

fn photo(folder: &Path, photo: &Photo) -> RgbImage {
    let bytes = std::fs::read(folder.join("photos").join(&photo.file)).expect("the photo is there");
    decode(&bytes).expect("an image").image
}

/// The preprocessing that golden_real.json calls by this name.
fn transform(name: &str, of: Preprocess) -> Preprocess {
    match name {
        "crop" => of,
        "direct" => Preprocess { resize: Resize::Stretch, ..of },
        _ => panic!("an unknown transform: {name}"),
    }
}

fn load(file: &Path) -> (Description, Graph, Weights) {
    let bytes = std::fs::read(file).expect("the checkpoint is there");
    let header = safetensors::read_header(&bytes).expect("a header");
    let description = describe(&header, Zoo::builtin(), None).expect("a network of the zoo");
    let graph = description.variant.graph().expect("can be built");
    let tensors = safetensors::read(&bytes).expect("a checkpoint").tensors;
    let (weights, unused) = Weights::bind(&description.variant.id(), &graph, tensors).expect("fits");
    assert!(unused.is_empty(), "{unused:?}");
    (description, graph, weights)
}

/// Says what differs from the golden's five classes.
fn compare(logits: &[f32], golden: &[Class]) -> Result<(), String> {
    let all = top_k(logits, logits.len()).ok_or("a logit is not finite")?;
    for class in golden {
        let found = all.iter().find(|score| score.index == class.index).ok_or("no such class")?;
        let (probability, logit) = (found.probability - class.prob, found.logit - class.logit);
        if !(probability.abs() <= PROBABILITY && logit.abs() <= LOGIT) {
            return Err(format!("{class:?} is {found:?}"));
        }
    }
    // Classes closer to each other than the tolerance may change places.
    for (place, pair) in golden.windows(2).enumerate() {
        let clear = pair[0].prob - pair[1].prob > PROBABILITY;
        if clear && all[..=place].iter().all(|score| score.index != pair[0].index) {
            return Err(format!("{:?} is not among the first {}: {:?}", pair[0], place + 1, &all[..5]));
        }
    }
    Ok(())
}

#[test]
fn photos_are_prepared_to_the_byte() {
    let Some(folder) = folder() else { return };
    let own = Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: engine::spec::Interpolation::Bilinear,
        mean: [0.5; 3],
        std: [0.5; 3],
        order: ChannelOrder::Rgb,
    };
    for (name, golden) in goldens(&folder).photos {
        let image = photo(&folder, &golden);
        assert_eq!(golden.inputs.len(), 2, "{name}");
        for (transform_name, input) in golden.inputs {
            let seen = resize_and_crop(&image, &transform(&transform_name, own), (224, 224));
            let hash: String =
                Sha256::digest(&seen.pixels).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, input.rgb224_sha256, "{name}, {transform_name}");
        }
    }
}

#[test]
fn trained_networks_find_what_pytorch_finds() {
    let Some(folder) = folder() else { return };
    let goldens = goldens(&folder);
    let photos: BTreeMap<&String, RgbImage> =
        goldens.photos.iter().map(|(name, golden)| (name, photo(&folder, golden))).collect();
    let (mut checked, mut wrong) = (0, Vec::new());
    let threads = Threads::alone();
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    for (name, model) in &goldens.models {
        // The list is of more networks than the zoo.
        if !folder.join(&model.file).is_file() {
            println!("{name}: no file");
            continue;
        }
        let (description, graph, weights) = load(&folder.join(&model.file));
        let prepare = |target| block_on(Session::prepare(target, &graph, &weights)).expect("can run");
        let mut cpu = prepare(Target::Cpu(&threads));
        let mut web_gpu = prepare(Target::WebGpu(&gpu, Precision::Full));
        let mut reference = prepare(Target::Reference);
        let smallest = description.variant.id() == "mobilenetv1_025";
        for (photo, transforms) in &model.top5 {
            for (transform_name, golden) in transforms {
                let preparation = transform(transform_name, description.preprocess);
                let input = preprocess(&photos[photo], &preparation, description.variant.resolution);
                let mut check = |session: &mut Session, backend: &str| {
                    checked += 1;
                    if let Err(what) = compare(block_on(session.run(&input)).expect("runs"), golden) {
                        wrong.push(format!("{name} on {backend}, {photo} {transform_name}: {what}"));
                    }
                };
                check(&mut cpu, "cpu");
                check(&mut web_gpu, "webgpu");
                if smallest {
                    check(&mut reference, "reference");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(checked, (5 + 5 + 1) * 3 * 2, "five networks on both fast backends and one on the reference");
}

#[test]
fn checkpoints_tell_what_they_are() {
    let Some(folder) = folder() else { return };
    for (file, id) in [
        ("mobilenetv1_025_tf1001", "mobilenetv1_025"),
        ("mobilenetv1_075_tf1001", "mobilenetv1_075"),
        ("mobilenetv2_100_tf1001", "mobilenetv2_100"),
        ("tf_mobilenetv3_small_100_tf1001", "tf_mobilenetv3_small_100"),
        ("tf_mobilenetv3_large_minimal_100_tf1001", "tf_mobilenetv3_large_minimal_100"),
    ] {
        let (description, ..) = load(&folder.join(format!("{file}.safetensors")));
        assert_eq!(description.candidates, [id]);
        assert_eq!(description.variant.classes, 1001);
        assert_eq!(description.variant.conventions.padding, Padding::Same, "{id}");
        assert_eq!(description.preprocess.resize, Resize::CropPct(0.875));
        assert_eq!((description.preprocess.mean, description.preprocess.std), ([0.5; 3], [0.5; 3]));
    }
}

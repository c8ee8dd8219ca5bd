//! Checkpoints are recognised by their tensors, whatever library wrote them, and refused with reasons.

use crate::located;

use std::collections::BTreeMap;

use engine::accuracy::Accuracy;
use engine::graph::ParamId;
use engine::spec::{ChannelOrder, Interpolation, Padding, Preprocess, Resize, Variant};
use engine::weights::manifest::{LabelSet, Training};
use engine::weights::names::{self, Misshaped};
use engine::weights::safetensors::read_header;
use engine::weights::write::{TensorRef, write_safetensors};
use engine::weights::{
    Dtype, FloatDtype, Header, NamesError, Parameters, Random, Tensor, TensorInfo, Weights, describe, locate,
    metadata,
};
use engine::zoo::Zoo;
use located::values;

type Shapes = BTreeMap<String, Vec<usize>>;

fn find(id: &str) -> Variant {
    Zoo::builtin().find(id).expect("in the zoo")
}

fn shapes(variant: Variant) -> Shapes {
    let graph = variant.graph().expect("can be built");
    graph.params.into_iter().map(|param| (param.name, param.shape)).collect()
}

/// A header of f32 tensors with these shapes.
fn header(shapes: &Shapes, metadata: &[(&str, &str)]) -> Header {
    let mut begin = 0;
    let tensors = shapes.iter().map(|(name, shape)| {
        let end = begin + 4 * shape.iter().product::<usize>() as u64;
        let dtype = Dtype::Float(FloatDtype::F32);
        let info = TensorInfo { name: name.clone(), dtype, shape: shape.clone(), begin, end };
        begin = end;
        info
    });
    let tensors = tensors.collect();
    let metadata = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Header { metadata, tensors, data_start: 8 }
}

#[test]
fn every_network_is_recognised_by_its_own_tensors() {
    // Each network with one of the numbers: all with all would take as long as the zoo is large, twice.
    for (i, variant) in Zoo::builtin().variants().enumerate() {
        // ESPNet's decoder has a fifth of the classes' channels.
        let least = if variant.id().starts_with("espnet_") { 5 } else { 1 };
        for classes in [[1000, 1001, 10, 1][i % 4].max(least)] {
            let candidates = names::recognise(&shapes(variant.clone().with_classes(classes)))
                .expect("recognised")
                .variants;
            let found = candidates
                .iter()
                .find(|other| other.id() == variant.id() && other.width == variant.width)
                .unwrap_or_else(|| panic!("{} at {}: {candidates:?}", variant.id(), variant.width));
            assert_eq!(found.classes, classes, "{}", variant.id());
            // Only a network with the same tensors may stand beside it.
            for other in candidates {
                assert_eq!(shapes(other), shapes(variant.clone().with_classes(classes)), "{}", variant.id());
            }
        }
    }
}

#[test]
fn twins_that_differ_in_conventions_are_both_named() {
    for (id, twin) in [
        ("mobilenetv3_large_100", "tf_mobilenetv3_large_100"),
        ("mobilenetv3_small_075", "tf_mobilenetv3_small_075"),
    ] {
        let description =
            describe(&header(&shapes(find(twin)), &[]), Zoo::builtin(), None).expect("recognised");
        assert_eq!(description.candidates, [id, twin]);

        let declared = header(&shapes(find(twin)), &[("architecture", twin)]);
        let description = describe(&declared, Zoo::builtin(), None).expect("recognised");
        assert_eq!(description.candidates, [twin]);
        assert_eq!(description.variant.conventions.padding, Padding::Same);

        let description = describe(&declared, Zoo::builtin(), Some(id)).expect("fits");
        assert_eq!(description.candidates, [id], "a model that is asked for comes first");
    }
    let minimal = find("tf_mobilenetv3_small_minimal_100");
    assert_eq!(
        describe(&header(&shapes(minimal.clone()), &[]), Zoo::builtin(), None)
            .expect("recognised")
            .candidates,
        [minimal.id()]
    );
}

#[test]
fn a_width_that_the_id_does_not_tell_is_read_off_the_tensors() {
    let wide = find("mobilenet_v3_large").with_width(0.75);
    let header = header(&shapes(wide.clone()), &[]);
    for model in [None, Some("mobilenet_v3_large")] {
        let description = describe(&header, Zoo::builtin(), model).expect("recognised");
        assert_eq!((description.variant.id(), description.variant.width), (wide.id(), 0.75));
    }
}

#[test]
fn a_width_beside_the_published_ones_needs_to_be_named() {
    let odd = find("mobilenetv2_110");
    assert!(matches!(names::recognise(&shapes(odd.clone())), Err(NamesError::Unrecognised { .. })));
    let by_model =
        describe(&header(&shapes(odd.clone()), &[]), Zoo::builtin(), Some("mobilenetv2_110")).expect("fits");
    let declared = [("architecture", "mobilenetv2_100"), ("width", "1.1")];
    let by_metadata = describe(&header(&shapes(odd.clone()), &declared), Zoo::builtin(), None).expect("fits");
    for description in [by_model, by_metadata] {
        assert_eq!(description.variant.id(), "mobilenetv2_110");
    }
}

/// timm stores the 1×1 convolutions after the pool as (O, I, 1, 1), torchvision's heads are (O, I): the numbers
/// are the same, and checkpoints of either form exist for both.
#[test]
fn trailing_ones_make_no_difference() {
    for (id, weight) in [
        ("mobilenetv3_small_100", "conv_head.weight"),
        ("mobilenetv3_small_100", "blocks.0.0.se.conv_reduce.weight"),
        ("mobilenet_v3_small", "classifier.0.weight"),
        ("mobilenet_v3_small", "classifier.3.weight"),
        ("mobilenet_v2", "classifier.1.weight"),
        ("mobilenetv2_100", "classifier.weight"),
        ("mobilevit_xs", "head.fc.weight"),
    ] {
        let graph = find(id).graph().expect("can be built");
        let mut tensors: BTreeMap<String, Tensor> = graph
            .params
            .iter()
            .map(|p| (p.name.clone(), Tensor { shape: p.shape.clone(), data: vec![0.5; p.elements()] }))
            .collect();
        let shape = &mut tensors.get_mut(weight).unwrap_or_else(|| panic!("{id} has no {weight}")).shape;
        match shape.len() {
            2 => shape.extend([1, 1]),
            4 => shape.truncate(2),
            _ => panic!("{weight} has the shape {shape:?}"),
        }
        let other_form = tensors.iter().map(|(name, t)| (name.clone(), t.shape.clone())).collect();
        let recognised = names::recognise(&other_form).expect("recognised").variants;
        assert!(recognised.iter().any(|variant| variant.id() == id), "{id}: {recognised:?}");
        let (_, unused) = Weights::bind(id, &graph, tensors).expect("fits");
        assert!(unused.is_empty());
    }
}

#[test]
fn parameters_are_located_where_they_are_bound() {
    let graph = find("mobilenetv3_small_050").graph().expect("a network");
    let drawn = Weights::random(&graph);
    let spare = TensorRef { name: "spare", shape: &[1], data: &[1.0] };
    // The file's order is not the graph's.
    let params = graph.params.iter().enumerate().rev();
    let tensors: Vec<TensorRef<'_>> = params
        .map(|(i, p)| TensorRef { name: &p.name, shape: &p.shape, data: drawn.get(ParamId(i)) })
        .chain([spare])
        .collect();
    let file = write_safetensors(&tensors, FloatDtype::F32, &BTreeMap::new()).expect("f32 holds it");
    let header = read_header(&file).expect("a header");

    let (infos, unused) = locate("mobilenetv3_small_050", &graph, &header).expect("fits");
    assert_eq!(unused, ["spare"]);
    assert_eq!(infos.len(), graph.params.len());
    for (i, located) in infos.iter().enumerate() {
        assert_eq!(values(located, &header, &file), drawn.get(ParamId(i)), "{}", graph.params[i].name);
    }

    let mut header = header;
    header.tensors.retain(|info| info.name != graph.params[3].name);
    let error = locate("mobilenetv3_small_050", &graph, &header).expect_err("one is missing");
    assert!(
        matches!(error, NamesError::Mismatch { mismatch, .. } if mismatch.missing == [graph.params[3].name.clone()])
    );
}

#[test]
fn another_architecture_is_refused_with_the_nearest_and_what_differs() {
    // torchvision's ResNet-18 begins like this.
    let resnet: Shapes = [
        ("conv1.weight", vec![64, 3, 7, 7]),
        ("bn1.weight", vec![64]),
        ("bn1.bias", vec![64]),
        ("layer1.0.conv1.weight", vec![64, 64, 3, 3]),
        ("layer1.0.bn1.weight", vec![64]),
        ("fc.weight", vec![1000, 512]),
        ("fc.bias", vec![1000]),
    ]
    .map(|(name, shape)| (name.to_owned(), shape))
    .into();
    let error = names::recognise(&resnet).expect_err("no such network here");
    let NamesError::Unrecognised { nearest, mismatch } = &error else { panic!("{error:?}") };
    Zoo::builtin().find(nearest).expect("the nearest is a network of the zoo");
    assert!(mismatch.extra.contains(&"layer1.0.conv1.weight".to_owned()), "{mismatch:?}");
    assert!(!mismatch.missing.is_empty());
    assert!(error.to_string().contains(nearest.as_str()), "{error}");

    let mut pruned = shapes(find("mobilenetv2_100"));
    let shape = pruned.remove("blocks.3.1.conv_pw.weight").expect("a tensor of V2");
    pruned.insert("blocks.3.1.expand.weight".to_owned(), shape);
    let error = names::recognise(&pruned).expect_err("a tensor is missing");
    let NamesError::Unrecognised { nearest, mismatch } = &error else { panic!("{error:?}") };
    assert_eq!(nearest, "mobilenetv2_100");
    assert_eq!(mismatch.missing, ["blocks.3.1.conv_pw.weight"]);
    assert_eq!(mismatch.extra, ["blocks.3.1.expand.weight"]);
    assert!(mismatch.misshaped.is_empty());
    for part in ["mobilenetv2_100", "blocks.3.1.conv_pw.weight", "blocks.3.1.expand.weight"] {
        assert!(error.to_string().contains(part), "{error}");
    }

    assert!(matches!(names::recognise(&Shapes::new()), Err(NamesError::Unrecognised { .. })));
}

#[test]
fn a_wrong_shape_is_named_with_both_shapes() {
    let mut narrow = shapes(find("mobilenetv1_100"));
    narrow.insert("conv_stem.weight".to_owned(), vec![24, 3, 3, 3]);
    let misshaped = Misshaped {
        name: "conv_stem.weight".to_owned(),
        expected: vec![32, 3, 3, 3],
        found: vec![24, 3, 3, 3],
    };
    let error =
        describe(&header(&narrow, &[]), Zoo::builtin(), Some("mobilenetv1_100")).expect_err("does not fit");
    let NamesError::Mismatch { model, mismatch } = &error else { panic!("{error:?}") };
    assert_eq!((model.as_str(), &mismatch.misshaped), ("mobilenetv1_100", &vec![misshaped.clone()]));
    assert!(mismatch.missing.is_empty() && mismatch.extra.is_empty());
    for part in ["mobilenetv1_100", "conv_stem.weight", "[24, 3, 3, 3]", "[32, 3, 3, 3]"] {
        assert!(error.to_string().contains(part), "{error}");
    }

    let graph = find("mobilenetv1_100").graph().expect("can be built");
    let tensor =
        |shape: &Vec<usize>| Tensor { shape: shape.clone(), data: vec![0.0; shape.iter().product()] };
    let tensors = narrow.iter().map(|(name, shape)| (name.clone(), tensor(shape))).collect();
    let error = Weights::bind("mobilenetv1_100", &graph, tensors).expect_err("does not fit");
    assert!(matches!(error, NamesError::Mismatch { mismatch, .. } if mismatch.misshaped == [misshaped]));

    // Transposed, with the right number of elements: no less wrong.
    let mut transposed = shapes(find("mobilenetv1_100"));
    transposed.insert("classifier.weight".to_owned(), vec![1024, 1000]);
    assert!(describe(&header(&transposed, &[]), Zoo::builtin(), Some("mobilenetv1_100")).is_err());

    let error =
        describe(&header(&narrow, &[]), Zoo::builtin(), Some("mobilenetv7_100")).expect_err("unknown");
    assert!(matches!(&error, NamesError::UnknownModel(unknown) if unknown.id == "mobilenetv7_100"));
}

#[test]
fn tensors_without_use_are_tolerated_and_listed() {
    let variant = find("mobilenetv1_025");
    let graph = variant.graph().expect("can be built");
    let mut tensors: BTreeMap<String, Tensor> = graph
        .params
        .iter()
        .map(|p| (p.name.clone(), Tensor { shape: p.shape.clone(), data: vec![0.5; p.elements()] }))
        .collect();
    tensors.insert("ema.decay".to_owned(), Tensor { shape: vec![], data: vec![0.999] });
    let shapes = tensors.iter().map(|(name, t)| (name.clone(), t.shape.clone())).collect();
    assert_eq!(names::recognise(&shapes).expect("recognised").variants[0].id(), "mobilenetv1_025");
    let (_, unused) = Weights::bind("mobilenetv1_025", &graph, tensors).expect("fits");
    assert_eq!(unused, ["ema.decay"]);
}

#[test]
fn metadata_state_what_tensors_do_not() {
    let tensors = shapes(find("mobilenetv1_025").with_classes(1001));
    let stated = [
        ("padding", "same"),
        ("bn_eps", "0.001"),
        ("input_size", "3,192,160"),
        ("mean", "0.5, 0.25, 0"),
        ("std", "0.5,0.5,1"),
        ("interpolation", "bilinear"),
        ("crop_pct", "0.9"),
        ("license", "Apache-2.0"),
        ("source", "a paper"),
    ];
    let description = describe(&header(&tensors, &stated), Zoo::builtin(), None).expect("recognised");
    assert_eq!(description.variant.conventions.padding, Padding::Same);
    assert_eq!(description.variant.conventions.bn_eps, 1e-3);
    assert_eq!(description.variant.resolution, (192, 160));
    let expected = Preprocess {
        resize: Resize::CropPct(0.9),
        interpolation: Interpolation::Bilinear,
        mean: [0.5, 0.25, 0.0],
        std: [0.5, 0.5, 1.0],
        order: ChannelOrder::Rgb,
    };
    assert_eq!(description.preprocess, expected);
    assert_eq!(description.labels, Some(LabelSet::Imagenet1001));
    assert_eq!(description.dtype, FloatDtype::F32);
    assert_eq!(description.licence.as_deref(), Some("Apache-2.0"));
    assert_eq!(description.origin.as_deref(), Some("a paper"));

    // What cannot be used leaves the network's own.
    let nonsense = [
        ("architecture", "resnet18"),
        ("padding", "valid"),
        ("bn_eps", "NaN"),
        ("input_size", "3,0,224"),
        ("mean", "0.5,0.5"),
        ("std", "0,1,1"),
        ("interpolation", "lanczos"),
        ("crop_pct", "-1"),
        ("labels", "cifar10"),
        ("license", ""),
        ("test_correct", "11"),
        ("test_images", "10"),
        ("training_epochs", "1"),
        ("training_seconds", "1"),
        ("training_threads", "1"),
    ];
    let description = describe(&header(&tensors, &nonsense), Zoo::builtin(), None).expect("recognised");
    let own = find("mobilenetv1_025");
    assert_eq!(description.variant.conventions, own.conventions);
    assert_eq!(description.variant.resolution, own.resolution);
    assert_eq!(description.preprocess, own.model.style.preprocess);
    assert_eq!((description.labels, description.licence, description.training), (None, None, None));
}

#[test]
fn an_input_that_the_network_cannot_take_counts_as_absent() {
    for id in ["squeezenet1_0", "mobilenetv1_025"] {
        let network = find(id);
        let smallest = network.smallest().expect("it runs at some size");
        for side in [0, smallest - 1, smallest, 4096, 4097] {
            let size = format!("3,{side},224");
            let header = header(&shapes(network.clone()), &[("input_size", size.as_str())]);
            let used = describe(&header, Zoo::builtin(), None).expect("recognised").variant.resolution;
            let fits = (smallest..=4096).contains(&side);
            assert_eq!(used, if fits { (side, 224) } else { network.resolution }, "{id} at {side}");
        }
    }
}

#[test]
fn written_metadata_are_read_back() {
    for variant in Zoo::builtin().variants() {
        // Some take few sizes, and HybridSN's parameters are those of one window.
        let sized = variant.clone().with_resolution(200, 216);
        let takes_it = variant.model.channels == 3 && sized.graph().is_ok();
        let mut variant = if takes_it { sized } else { variant };
        variant.conventions.bn_eps = 2e-5;
        for resize in [
            variant.model.style.preprocess.resize,
            Resize::CropPct(0.95),
            Resize::ShortSide(232),
            Resize::Stretch,
            Resize::Enlarge(32),
        ] {
            let preprocess = Preprocess { mean: [0.1, 0.2, 0.3], resize, ..variant.model.style.preprocess };
            let test = Accuracy { correct: 8123, images: 10_000 };
            let training = Some(Training { test, epochs: 30, seconds: 1234, threads: 1 });
            let written = metadata(&variant, &preprocess, training);
            let pairs: Vec<(&str, &str)> = written.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let read = describe(&header(&shapes(variant.clone()), &pairs), Zoo::builtin(), None)
                .expect("recognised");
            assert_eq!(read.candidates, [variant.id()]);
            assert_eq!((read.variant.width, read.variant.resolution), (variant.width, variant.resolution));
            assert_eq!((read.variant.conventions, read.preprocess), (variant.conventions, preprocess));
            assert_eq!(read.training, training);
        }
    }
}

/// Megvii's networks and torchvision's of one name have other units with a stride but at width 0.5.
#[test]
fn megviis_shufflenet_is_no_torchvisions() {
    let megviis = shapes(find("shufflenetv2_1.0x"));
    assert_eq!(names::recognise(&megviis).expect("recognised").variants[0].id(), "shufflenetv2_1.0x");
    let torchvisions = find("shufflenet_v2_x1_0");
    let error = names::recognise_as(&torchvisions, &megviis).expect_err("not its tensors");
    assert!(
        matches!(&error, NamesError::OtherNetwork { model, found } if model == "shufflenet_v2_x1_0" && found == "shufflenetv2_1.0x"),
        "{error}"
    );
    let error = describe(&header(&megviis, &[]), Zoo::builtin(), Some("shufflenet_v2_x1_0"));
    let text = error.expect_err("not its tensors").to_string();
    assert!(text.contains("are those of shufflenetv2_1.0x"), "{text}");
    // Under torchvision's names the shapes tell.
    let renamed: Shapes = shapes(torchvisions.clone())
        .into_iter()
        .map(|(name, shape)| {
            let shape = if name == "stage2.0.branch1.2.weight" { vec![24, 24, 1, 1] } else { shape };
            (name, shape)
        })
        .collect();
    let text = names::recognise_as(&torchvisions, &renamed).expect_err("other shapes").to_string();
    assert!(
        text.contains("stage2.0.branch1.2.weight is [24, 24, 1, 1] and should be [58, 24, 1, 1]"),
        "{text}"
    );
}

#[test]
fn parts_make_the_whole() {
    let graph = Zoo::builtin().find("mobilenetv2_035").expect("in the zoo").graph().expect("can be built");
    let random = Random(&graph);
    for id in (0..graph.params.len()).map(ParamId) {
        let (whole, cut) = (random.parameter(id), random.elements(id) / 3);
        let parts = [random.part(id, 0..cut), random.part(id, cut..whole.len())].concat();
        assert_eq!(parts, *whole, "{}", graph.param(id).name);
    }
}

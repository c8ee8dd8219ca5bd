//! Files that people really have: the shipped checkpoints behind prefixes, quantised, with other heads. What is whole is used,
//! what fits in part is refused with the reason.

use std::fs;
use std::path::Path;

use engine::weights::safetensors::read_header;
use engine::weights::{Description, Dtype, Header, NamesError, TensorInfo, describe, locate};
use engine::zoo::Zoo;

fn shipped(id: &str) -> Header {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../static/weights/{id}.cifar10.safetensors"));
    read_header(&fs::read(file).expect("it ships")).expect("a header")
}

fn v2() -> Header {
    let mut header = shipped("mobilenetv2_100");
    header.metadata.clear();
    header
}

fn described(header: &Header) -> Result<Description, NamesError> {
    describe(header, Zoo::builtin(), None)
}

/// The header with its tensors changed.
fn with(mut header: Header, change: impl Fn(&mut TensorInfo)) -> Header {
    header.tensors.iter_mut().for_each(change);
    header
}

/// The tensor of this name.
fn tensor<'a>(header: &'a mut Header, name: &str) -> &'a mut TensorInfo {
    header.tensors.iter_mut().find(|tensor| tensor.name == name).expect("it is there")
}

#[test]
fn whatever_stands_before_all_names_is_left_out_and_named() {
    for wrapper in ["module.", "_orig_mod.", "model.", "net.backbone.", "a.b.c.d.", "student."] {
        let header = with(v2(), |tensor| tensor.name = format!("{wrapper}{}", tensor.name));
        let read = described(&header).unwrap_or_else(|error| panic!("{wrapper}: {error}"));
        assert_eq!((read.variant.id(), read.variant.classes), ("mobilenetv2_100".to_owned(), 10));
        assert_eq!(read.renaming.expect("named").wrapper, wrapper);
        assert!(read.wrappers.is_empty());
        let graph = read.variant.graph().expect("can be built");
        let (located, unused) = locate("mobilenetv2_100", &graph, &header).expect("fits");
        assert_eq!((located.len(), unused), (graph.params.len(), Vec::new()));
    }
    // Others beside them are not used, and named.
    let mut header = with(v2(), |tensor| tensor.name = format!("student.{}", tensor.name));
    let first = header.tensors[0].clone();
    header.tensors.push(TensorInfo { name: "teacher.weight".to_owned(), ..first });
    let read = described(&header).expect("fits");
    let (_, unused) = locate("mobilenetv2_100", &read.variant.graph().unwrap(), &header).expect("fits");
    assert_eq!(unused, ["teacher.weight"]);
}

#[test]
fn weights_and_their_moving_average_ask_for_a_choice() {
    let mut header = with(v2(), |tensor| tensor.name = format!("model.{}", tensor.name));
    let average = with(v2(), |tensor| tensor.name = format!("model_ema.module.{}", tensor.name));
    header.tensors.extend(average.tensors);
    let read = described(&header).expect("fits");
    assert_eq!(read.wrappers, ["model.", "model_ema.module."]);
    assert_eq!(read.renaming.expect("named").wrapper, "model.");
    for wrapper in read.wrappers {
        let mut chosen = header.clone();
        chosen.tensors.retain(|tensor| tensor.name.starts_with(&wrapper));
        let read = described(&chosen).expect("fits");
        assert_eq!((read.renaming.expect("named").wrapper, read.wrappers), (wrapper, Vec::new()));
    }
}

#[test]
fn more_layers_than_the_network_computes_are_refused() {
    // torchvision's network with a head of two layers, as people fine-tune it.
    let mut graph =
        Zoo::builtin().find("mobilenet_v2").expect("in the zoo").with_classes(512).graph().unwrap();
    let first = v2().tensors[0].clone();
    let info = |name: &str, shape: &[usize]| TensorInfo {
        name: name.to_owned(),
        shape: shape.to_vec(),
        ..first.clone()
    };
    let mut tensors: Vec<TensorInfo> =
        graph.params.drain(..).map(|param| info(&param.name, &param.shape)).collect();
    tensors.push(info("classifier.4.weight", &[37, 512]));
    tensors.push(info("classifier.4.bias", &[37]));
    let header = Header { metadata: Default::default(), tensors, data_start: 8 };
    for model in [None, Some("mobilenet_v2")] {
        let error = describe(&header, Zoo::builtin(), model).expect_err("it ends elsewhere");
        let expected = ("mobilenet_v2", "classifier.4.bias", 2);
        assert!(
            matches!(&error, NamesError::MoreLayers { model, tensor, count } if (model.as_str(), tensor.as_str(), *count) == expected),
            "{error:?}"
        );
        assert!(error.to_string().contains("classifier.4.bias"), "{error}");
    }
    // A gate in a block that has none here.
    let mut header = v2();
    header.tensors.push(info("blocks.2.0.se.conv_reduce.weight", &[8, 144, 1, 1]));
    assert!(matches!(described(&header), Err(NamesError::MoreLayers { count: 1, .. })));
    // Counters of batches are no layers, whatever their type has become.
    let mut header = v2();
    header.tensors.push(info("bn1.num_batches_tracked", &[]));
    assert!(described(&header).is_ok());
}

#[test]
fn quantised_weights_are_called_so() {
    let header = with(v2(), |tensor| {
        if tensor.shape.len() == 4 {
            tensor.dtype = Dtype::Integer(1);
        }
    });
    let error = described(&header).expect_err("integers");
    assert!(matches!(&error, NamesError::Quantised { tensor } if tensor == "conv_stem.weight"), "{error:?}");
}

#[test]
fn a_first_layer_for_other_channels_is_told_from_other_misfits() {
    for found in [1, 4, 6] {
        let mut header = v2();
        tensor(&mut header, "conv_stem.weight").shape[1] = found;
        for model in [None, Some("mobilenetv2_100")] {
            let error = describe(&header, Zoo::builtin(), model).expect_err("no photos");
            let NamesError::Channels { tensor, found: said, expected, .. } = error else {
                panic!("{error:?}")
            };
            assert_eq!((tensor.as_str(), said, expected), ("conv_stem.weight", found, 3));
        }
    }
    let mut header = v2();
    tensor(&mut header, "conv_stem.weight").shape[2] = 5;
    assert!(matches!(described(&header), Err(NamesError::Unrecognised { .. })));
}

#[test]
fn one_output_is_described_as_such() {
    let mut header = v2();
    tensor(&mut header, "classifier.weight").shape[0] = 1;
    tensor(&mut header, "classifier.bias").shape[0] = 1;
    assert_eq!(described(&header).expect("fits").variant.classes, 1);
}

/// What is right for each file of `shared/field/checkpoints.py`, where somebody has made them: MOBILENET_LAB_FIELD is their
/// folder.
#[test]
fn files_from_the_field_are_what_they_are() {
    let Ok(folder) = std::env::var("MOBILENET_LAB_FIELD") else {
        eprintln!("SKIPPED: MOBILENET_LAB_FIELD names no folder that field/checkpoints.py has filled");
        return;
    };
    let read = |name: &str| {
        let file = fs::read(Path::new(&folder).join(format!("{name}.safetensors"))).expect(name);
        described(&read_header(&file).expect(name))
    };
    for (name, wrapper) in [
        ("prefix_module", "module."),
        ("prefix_orig_mod", "_orig_mod."),
        ("prefix_model", "model."),
        ("prefix_net_backbone", "net.backbone."),
    ] {
        assert_eq!(read(name).expect(name).renaming.expect(name).wrapper, wrapper);
    }
    assert_eq!(read("ema").expect("fits").wrappers, ["model.", "model_ema."]);
    assert!(matches!(read("int8"), Err(NamesError::Quantised { .. })));
    assert!(matches!(read("head_of_two"), Err(NamesError::MoreLayers { count: 2, .. })));
    assert_eq!(read("one_output").expect("fits").variant.classes, 1);
    let silent = read("no_metadata").expect("fits");
    assert_eq!(silent.origins, engine::weights::Origins::default());
    let lists = read("python_lists").expect("fits");
    assert_eq!(
        (lists.preprocess.mean, lists.preprocess.std, lists.variant.resolution),
        ([0.5; 3], [0.5; 3], (64, 64))
    );
    assert!(lists.unusable.is_empty(), "{:?}", lists.unusable);
    assert_eq!(read("a/model").expect("fits").variant.id(), "mobilenetv2_100");
    assert_eq!(read("b/model").expect("fits").variant.id(), "mobilenetv3_small_100");
    let many = read("other_1000").expect("fits");
    assert_eq!((many.variant.classes, many.origins.labels), (1000, engine::weights::Origin::Assumed));
    assert!(read("edited").expect("fits").training.is_some());
    let transformers = read("transformers").expect("fits").renaming.expect("renamed");
    assert_eq!(transformers.scheme.expect("another library's").library, "transformers");
}

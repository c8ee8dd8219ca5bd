//! Who says how a checkpoint is to be used: nobody, its metadata, a file beside it, the visitor; and what is not believed.

use std::collections::BTreeMap;

use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize, Variant};
use engine::weights::manifest::LabelSet;
use engine::weights::usage::of_others;
use engine::weights::{Description, Dtype, FloatDtype, Header, Origin, Origins, TensorInfo, Usage, describe};
use engine::zoo::Zoo;

fn find(id: &str) -> Variant {
    Zoo::builtin().find(id).expect("in the zoo")
}

fn said(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A file of a network of so many classes with these metadata.
fn described(id: &str, classes: u32, metadata: &[(&str, &str)]) -> Description {
    let graph = find(id).with_classes(classes).graph().expect("can be built");
    let mut begin = 0;
    let tensors = graph.params.into_iter().map(|param| {
        let end = begin + 4 * param.elements() as u64;
        let dtype = Dtype::Float(FloatDtype::F32);
        let info = TensorInfo { name: param.name, dtype, shape: param.shape, begin, end };
        begin = end;
        info
    });
    let header = Header { tensors: tensors.collect(), metadata: said(metadata), data_start: 8 };
    describe(&header, Zoo::builtin(), None).expect("recognised")
}

#[test]
fn lists_may_be_written_as_python_does() {
    for (mean, std, size) in [
        ("0.5,0.25,0", "0.5,0.5,1", "3,64,96"),
        ("[0.5, 0.25, 0.0]", "(0.5, 0.5, 1.0)", "(3, 64, 96)"),
        (" ( 0.5 ,.25, 0e0 ) ", "[0.5,0.5,1,]", "[3,64,96]"),
    ] {
        let metadata = [("mean", mean), ("std", std), ("input_size", size), ("labels", "cifar10")];
        let read = described("mobilenetv2_100", 10, &metadata);
        assert_eq!(
            (read.preprocess.mean, read.preprocess.std),
            ([0.5, 0.25, 0.0], [0.5, 0.5, 1.0]),
            "{mean}"
        );
        assert_eq!((read.variant.resolution, read.labels), ((64, 96), Some(LabelSet::Cifar10)));
        assert!(read.unusable.is_empty() && read.of_others.is_none(), "{:?}", read.unusable);
        let file = Origins {
            resolution: Origin::File,
            mean: Origin::File,
            std: Origin::File,
            labels: Origin::File,
            ..Origins::default()
        };
        assert_eq!(read.origins, file);
    }
}

#[test]
fn what_nobody_says_is_assumed_and_marked_so() {
    let read = described("mobilenetv2_100", 1000, &[("format", "pt")]);
    assert_eq!(read.origins, Origins::all(Origin::Assumed));
    assert_eq!(read.preprocess, find("mobilenetv2_100").model.style.preprocess);
    assert!(read.unusable.is_empty());
}

#[test]
fn what_cannot_be_read_is_named_and_leaves_what_was() {
    let own = find("mobilenetv2_100").model.style.preprocess;
    for (key, value) in [
        ("mean", "0.5"),
        ("mean", "[0.5, 0.5]"),
        ("mean", "0.5,0.5,0.5,0.5"),
        ("mean", "[[0.5], [0.5], [0.5]]"),
        ("mean", "123.675, 116.28, 103.53"),
        ("mean", "nan,0,0"),
        ("std", "0.5,0,0.5"),
        ("std", "58.395,57.12,57.375"),
        ("std", "inf,1,1"),
        ("std", "a,b,c"),
        ("interpolation", "lanczos"),
        ("crop_pct", "1.5"),
        ("crop_pct", "NaN"),
        ("crop_mode", "border"),
        ("resize_size", "-3"),
        ("input_size", "64,64"),
        ("input_size", "1,64,64"),
        ("input_size", "3,64,1e9"),
        ("labels", "cats"),
        ("padding", "valid"),
        ("bn_eps", "2"),
        ("architecture", "resnet18"),
    ] {
        let read = described("mobilenetv2_100", 10, &[(key, value)]);
        assert_eq!(read.unusable, [(key, value.to_owned())]);
        assert_eq!((read.preprocess, read.origins), (own, Origins::default()), "{key} = {value}");
    }
    // What Python and JSON write for nothing says nothing.
    for nothing in ["None", "null", "", " "] {
        let read = described("mobilenetv2_100", 10, &[("mean", nothing), ("crop_pct", nothing)]);
        assert!(read.unusable.is_empty(), "{nothing:?}");
    }
    // One bad value does not take the good ones with it.
    let read = described("mobilenetv2_100", 10, &[("mean", "0.5,0.5,0.5"), ("std", "wide")]);
    assert_eq!((read.preprocess.mean, read.preprocess.std), ([0.5; 3], own.std));
    assert_eq!((read.origins.mean, read.origins.std), (Origin::File, Origin::Assumed));
}

#[test]
fn metadata_of_other_weights_are_not_believed() {
    for (key, value) in [
        ("architecture", "mobilenetv3_small_100"),
        ("architecture", "mobilenetv2_140.ra_in1k"),
        ("num_classes", "1000"),
        ("labels", "imagenet_1000"),
    ] {
        let metadata = [(key, value), ("mean", "0.5,0.5,0.5"), ("license", "MIT"), ("padding", "same")];
        let read = described("mobilenetv2_100", 10, &metadata);
        assert_eq!(read.of_others, Some((key, value.to_owned())));
        let own = find("mobilenetv2_100").model.style;
        assert_eq!((read.preprocess, read.variant.conventions), (own.preprocess, own.conventions));
        assert_eq!((read.licence, read.labels, read.origins), (None, None, Origins::default()));
    }
    // timm's names with the tag of the weights are the network's.
    let read = described(
        "mobilenetv2_100",
        10,
        &[("architecture", "mobilenetv2_100.ra_in1k"), ("num_classes", "10")],
    );
    assert_eq!((read.of_others, read.unusable), (None, Vec::new()));
}

#[test]
fn whoever_speaks_last_is_heard() {
    let variant = find("mobilenetv2_100").with_classes(1000);
    let mut usage = Usage {
        resolution: (224, 224),
        preprocess: variant.model.style.preprocess,
        labels: None,
        origins: Origins::all(Origin::File),
    };
    let config =
        said(&[("mean", "0,0,0"), ("std", "1,1,1"), ("resize_size", "256"), ("labels", "imagenet_1000")]);
    assert!(usage.declare(&config, Origin::Config, &variant).is_empty());
    let visitor = said(&[("std", "0.5,0.5,0.5"), ("interpolation", "bilinear")]);
    assert!(usage.declare(&visitor, Origin::Visitor, &variant).is_empty());
    let expected = Preprocess {
        resize: Resize::ShortSide(256),
        interpolation: Interpolation::Bilinear,
        mean: [0.0; 3],
        std: [0.5; 3],
        order: ChannelOrder::Rgb,
    };
    assert_eq!((usage.preprocess, usage.labels), (expected, Some(LabelSet::Imagenet1000)));
    let origins = Origins {
        resolution: Origin::File,
        resize: Origin::Config,
        interpolation: Origin::Visitor,
        mean: Origin::Config,
        std: Origin::Visitor,
        labels: Origin::Config,
    };
    assert_eq!(usage.origins, origins);
    assert!(usage.declare(&said(&[("labels", "numbers")]), Origin::Visitor, &variant).is_empty());
    assert_eq!((usage.labels, usage.origins.labels), (None, Origin::Visitor));
    assert_eq!(of_others(&said(&[("num_classes", "10")]), 1000), Some("num_classes"));
    assert_eq!(of_others(&said(&[("num_classes", "ten")]), 1000), None);
}

#[test]
fn a_file_may_say_what_its_classes_are_called() {
    let read = described("mobilenetv2_100", 3, &[("label_names", "cat\n虎斑猫\nno, neither")]);
    assert_eq!(read.names, Some(["cat", "虎斑猫", "no, neither"].map(str::to_owned).to_vec()));
    assert_eq!((read.labels, read.origins.labels), (None, Origin::File));
    let read = described("mobilenetv2_100", 3, &[("label_names", "cat\ndog")]);
    assert_eq!((read.names, read.origins.labels), (None, Origin::Assumed));
    assert_eq!(read.unusable, [("label_names", "cat\ndog".to_owned())]);
}

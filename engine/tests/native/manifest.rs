//! The weights manifest: the file that the page ships, and every way in which one can be wrong.

use std::collections::HashSet;
use std::path::Path;

use engine::spec::{ChannelOrder, Interpolation, Padding, Preprocess, Resize};
use engine::weights::manifest::{
    CheckpointEntry, CheckpointSource, EntryError, LabelSet, MAX_BYTES, MAX_CHECKPOINTS, Manifest,
    ManifestError, ManifestProblem, ParsedManifest, VERSION,
};
use serde_json::{Value, json};

/// A bundled checkpoint with every optional field.
fn bundled() -> Value {
    json!({
        "id": "mobilenetv1_025.demo",
        "model": "mobilenetv1_025",
        "source": {"bundled": {"file": "demo/mobilenetv1_025.safetensors"}},
        "bytes": 966946,
        "sha256": "0123456789abcdef".repeat(4),
        "dtype": "F16",
        "classes": 1001,
        "labels": "imagenet_1001",
        "preprocess": {
            "resize": {"short_side": 256},
            "interpolation": "bilinear",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
        },
        "input": [224, 192],
        "conventions": {"padding": "same", "bn_eps": 0.001},
        "licence": "Apache-2.0",
        "origin": {"description": "converted from TensorFlow", "url": "https://example.org/a?b=c#d"},
        "published": [
            {"resolution": 224, "top1": 49.8, "source": {"description": "a table", "url": "https://example.org/"}},
        ],
        "training": {"test": {"correct": 8123, "images": 10000}, "epochs": 30, "seconds": 1234, "threads": 1},
    })
}

/// A checkpoint on the hub without any optional field.
fn hub() -> Value {
    json!({
        "id": "mobilenetv2_100.ra_in1k",
        "model": "mobilenetv2_100",
        "source": {"hub": {"repository": "timm/mobilenetv2_100.ra_in1k", "file": "model.safetensors"}},
        "dtype": "F32",
        "classes": 1000,
        "labels": "imagenet_1000",
        "preprocess": {
            "resize": {"crop_pct": 0.875},
            "interpolation": "bicubic",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
        "input": [224, 224],
        "licence": "Apache-2.0",
        "origin": {"description": "timm", "url": "https://huggingface.co/timm/mobilenetv2_100.ra_in1k"},
    })
}

fn manifest(entries: &[Value]) -> Vec<u8> {
    json!({"version": VERSION, "checkpoints": entries}).to_string().into_bytes()
}

fn parse(entries: &[Value]) -> ParsedManifest {
    Manifest::parse(&manifest(entries)).expect("the manifest as a whole is fine")
}

/// `entry` with `value` at the JSON pointer `at`.
fn with(mut entry: Value, at: &str, value: Value) -> Value {
    let (parent, field) = at.rsplit_once('/').expect("a pointer");
    let parent = entry.pointer_mut(parent).expect(at);
    match parent.as_array_mut() {
        Some(array) => array[field.parse::<usize>().expect("an index")] = value,
        None => parent[field] = value,
    }
    entry
}

/// The one problem that `entry` has, next to a good one that must survive.
fn problem(entry: Value) -> ManifestProblem {
    let good = with(hub(), "/id", json!("good"));
    let parsed = parse(&[entry.clone(), good]);
    assert_eq!(parsed.manifest.checkpoints.len(), 1, "{entry}");
    assert_eq!(parsed.manifest.checkpoints[0].id, "good");
    let [problem] = parsed.problems.as_slice() else { panic!("{:?}", parsed.problems) };
    assert!(problem.to_string().contains(';'), "no next step in {problem}");
    let text = serde_json::to_string(problem).expect("problems serialise");
    assert_eq!(serde_json::from_str::<ManifestProblem>(&text).expect(&text), *problem);
    problem.clone()
}

fn error_with(entry: Value, at: &str, value: Value) -> EntryError {
    problem(with(entry, at, value)).error
}

#[test]
fn every_field_is_read() {
    let ParsedManifest { manifest, problems } = parse(&[bundled(), hub()]);
    assert_eq!(problems, []);
    let [bundled, hub] = manifest.checkpoints.as_slice() else { panic!("two entries") };

    assert_eq!(bundled.source.url(), "demo/mobilenetv1_025.safetensors");
    assert_eq!((bundled.bytes, bundled.input), (Some(966_946), [224, 192]));
    assert_eq!((bundled.labels, bundled.classes), (LabelSet::Imagenet1001, 1001));
    assert_eq!(bundled.preprocess.resize, Resize::ShortSide(256));
    assert_eq!(bundled.conventions.padding, Some(Padding::Same));
    assert_eq!(bundled.conventions.bn_eps, Some(0.001));
    assert_eq!((bundled.published[0].top1, bundled.published[0].top5), (49.8, None));
    assert_eq!(bundled.training.expect("given").test.percent(), 81.23);

    let preprocess = Preprocess {
        resize: Resize::CropPct(0.875),
        interpolation: Interpolation::Bicubic,
        mean: Preprocess::IMAGENET_MEAN,
        std: Preprocess::IMAGENET_STD,
        order: ChannelOrder::Rgb,
    };
    assert_eq!(hub.preprocess, preprocess);
    assert!(hub.conventions.is_default() && hub.bytes.is_none() && hub.sha256.is_none());
    assert_eq!(
        hub.source.url(),
        "https://huggingface.co/timm/mobilenetv2_100.ra_in1k/resolve/main/model.safetensors"
    );
    let pinned = CheckpointSource::Hub {
        repository: "owner/name".into(),
        file: "onnx/model.safetensors".into(),
        revision: Some("0a1b2c".into()),
    };
    assert_eq!(pinned.url(), "https://huggingface.co/owner/name/resolve/0a1b2c/onnx/model.safetensors");
}

#[test]
fn text_and_manifest_are_equal_both_ways() {
    let manifest = parse(&[bundled(), hub()]).manifest;
    let text = manifest.to_json();
    let again = Manifest::parse(text.as_bytes()).expect("what we write");
    assert_eq!((&again.manifest, again.problems.len()), (&manifest, 0));
    assert_eq!(again.manifest.to_json(), text);
    assert!(text.starts_with("{\n  \"version\": 1,\n  \"checkpoints\": [\n    {\n      \"id\": "), "{text}");
    assert!(text.ends_with("}\n"));
    // What is absent stays absent.
    assert_eq!(text.matches("\"sha256\"").count(), 1);
    assert_eq!(text.matches("\"conventions\"").count(), 1);
}

#[test]
fn entries_are_added_and_replaced_in_place() {
    let mut manifest = parse(&[bundled(), hub()]).manifest;
    let entry = |value| serde_json::from_value::<CheckpointEntry>(value).expect("well-formed");
    let ids = |manifest: &Manifest| Vec::from_iter(manifest.checkpoints.iter().map(|c| c.id.clone()));

    manifest.insert(entry(with(hub(), "/id", json!("third")))).expect("valid");
    manifest.insert(entry(with(bundled(), "/bytes", json!(7)))).expect("valid");
    assert_eq!(ids(&manifest), ["mobilenetv1_025.demo", "mobilenetv2_100.ra_in1k", "third"]);
    assert_eq!(manifest.checkpoints[0].bytes, Some(7));

    let before = manifest.clone();
    let refused = manifest.insert(entry(with(bundled(), "/licence", json!(" "))));
    assert_eq!(refused, Err(EntryError::Empty { field: "licence".into() }));
    assert_eq!(manifest, before);
}

#[test]
fn the_shipped_manifest_is_in_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/weights/manifest.json");
    let text = std::fs::read_to_string(path).expect("a part of the repository");
    let ParsedManifest { manifest, problems } = Manifest::parse(text.as_bytes()).expect("valid");
    assert_eq!(problems, []);
    assert_eq!(manifest.to_json(), text, "written by hand, or by another version?");
    for entry in &manifest.checkpoints {
        if let CheckpointSource::Hub { repository, .. } = &entry.source
            && let Some(name) = repository.strip_prefix("timm/")
        {
            assert_eq!(name, entry.id);
            assert_eq!(Some(entry.model.as_str()), entry.id.split('.').next());
            // The accuracy that holds for this very preparation is among the published ones.
            let holds = entry.published.iter().any(|figure| {
                entry.input == [figure.resolution; 2]
                    && figure.crop_pct.map(Resize::CropPct) == Some(entry.preprocess.resize)
            });
            assert!(holds, "{}", entry.id);
        }
    }
    let models: HashSet<_> = manifest.checkpoints.iter().map(|entry| entry.model.as_str()).collect();
    for model in ["mobilenetv1_100", "mobilenetv2_050", "mobilenetv3_small_100", "mobilevit_xxs"] {
        assert!(models.contains(model), "{model}");
    }
}

#[test]
fn text_that_is_no_json_is_found() {
    assert_eq!(
        Manifest::parse(b"{\n  \"version\": 1,\n  \"checkpoints\": [,]\n}"),
        Err(ManifestError::NotJson { line: 3, column: 19, message: "expected value".into() })
    );
    for text in [&b""[..], b"<!DOCTYPE html>", b"{\"version\": 1", b"{\"version\": 1} {}", b"\xff\xfe"] {
        let error = Manifest::parse(text).expect_err("no JSON");
        assert!(matches!(error, ManifestError::NotJson { .. }), "{error:?}");
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}

#[test]
fn json_of_another_form_is_found() {
    for (text, column, message) in [
        ("{}", 2, "missing field `version`"),
        ("{\"version\": \"1\"}", 15, "invalid type: string \"1\", expected u64"),
        ("{\"version\": 1}", 14, "missing field `checkpoints`"),
        ("{\"version\": 1, \"checkpoints\": {}}", 30, "invalid type: map, expected a sequence"),
    ] {
        let expected = ManifestError::Malformed { line: 1, column, message: message.into() };
        assert_eq!(Manifest::parse(text.as_bytes()), Err(expected), "{text}");
    }
    assert!(matches!(Manifest::parse(b"[1]"), Err(ManifestError::Malformed { .. })));
}

#[test]
fn another_version_is_refused_whatever_it_looks_like() {
    for found in [0, 2, u64::MAX] {
        let text = format!("{{\"weights\": {{}}, \"version\": {found}}}");
        let expected = ManifestError::UnsupportedVersion { found, supported: VERSION };
        assert_eq!(Manifest::parse(text.as_bytes()), Err(expected));
    }
}

#[test]
fn a_manifest_beyond_the_limits_is_refused() {
    let mut text = manifest(&[]);
    text.resize(MAX_BYTES, b' ');
    assert!(Manifest::parse(&text).is_ok());
    text.push(b' ');
    let expected = ManifestError::TooLong { bytes: MAX_BYTES + 1, limit: MAX_BYTES };
    assert_eq!(Manifest::parse(&text), Err(expected));

    let many = vec![json!(1); MAX_CHECKPOINTS + 1];
    let expected = ManifestError::TooManyCheckpoints { count: MAX_CHECKPOINTS + 1, limit: MAX_CHECKPOINTS };
    assert_eq!(Manifest::parse(&manifest(&many)), Err(expected));
    assert_eq!(parse(&many[1..]).problems.len(), MAX_CHECKPOINTS);
}

#[test]
fn a_malformed_entry_is_located() {
    let text = r#"{
  "version": 1,
  "checkpoints": [
    7,
    {
      "id": "b",
      "model": 3
    }
  ]
}"#;
    let ParsedManifest { manifest, problems } = Manifest::parse(text.as_bytes()).expect("fine as a whole");
    assert_eq!(manifest.checkpoints, []);
    let [number, entry] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((number.index, number.line, &number.id), (0, 4, &None));
    assert_eq!((entry.index, entry.line, entry.id.as_deref()), (1, 7, Some("b")));
    let message = "invalid type: integer `3`, expected a string";
    assert_eq!(entry.error, EntryError::Malformed { message: message.into() });
    assert_eq!(
        entry.to_string(),
        format!("checkpoint 2 of the weights manifest (\"b\", line 7): {message}; correct or remove it")
    );
}

#[test]
fn fields_are_neither_missed_nor_passed_over() {
    for required in ["id", "model", "source", "dtype", "classes", "labels", "preprocess", "input", "origin"] {
        let mut entry = hub();
        entry.as_object_mut().expect("an object").remove(required);
        let message = format!("missing field `{required}`");
        assert_eq!(problem(entry).error, EntryError::Malformed { message });
    }
    for (at, value) in [
        ("/paddding", json!("same")),
        ("/conventions", json!({"eps": 1e-3})),
        ("/source", json!({"disk": {"file": "a"}})),
        ("/source/hub/branch", json!("main")),
        ("/labels", json!("imagenet")),
        ("/dtype", json!("I64x")),
        ("/input", json!([224])),
        ("/classes", json!(-1)),
    ] {
        let error = error_with(hub(), at, value);
        assert!(matches!(error, EntryError::Malformed { .. }), "{at}: {error:?}");
    }
}

#[test]
fn an_id_can_be_used_once() {
    let ParsedManifest { manifest, problems } = parse(&[bundled(), hub(), bundled(), hub()]);
    assert_eq!(manifest.checkpoints.len(), 2);
    let found = problems.iter().map(|p| (p.index, p.error.clone())).collect::<Vec<_>>();
    let duplicate = |id: &str, first| EntryError::DuplicateId { id: id.into(), first };
    assert_eq!(
        found,
        [(2, duplicate("mobilenetv1_025.demo", 0)), (3, duplicate("mobilenetv2_100.ra_in1k", 1))]
    );
}

#[test]
fn ids_are_plain() {
    for value in ["", "a b", "a/b", "..", "ü", "a#b", "<script>"] {
        for field in ["id", "model"] {
            let error = error_with(hub(), &format!("/{field}"), json!(value));
            assert_eq!(error, EntryError::BadId { field: field.into(), value: value.into() });
        }
    }
}

#[test]
fn file_names_stay_in_their_folder() {
    for value in [
        "",
        "../a.safetensors",
        "a/../../b",
        "/etc/passwd",
        "//host/a",
        "https://host/a",
        "C:\\a",
        "a\\b",
        "a/./b",
        "a//b",
        "a/",
        "%2e%2e/a",
        "a?b",
        "a#b",
        "a\nb",
        "data:,x",
    ] {
        let error = EntryError::BadPath { value: value.into() };
        assert_eq!(error_with(bundled(), "/source/bundled/file", json!(value)), error);
        assert_eq!(error_with(hub(), "/source/hub/file", json!(value)), error);
    }
}

#[test]
fn repositories_and_revisions_are_plain() {
    for value in ["", "timm", "timm/", "/a", "a/b/c", "../a", "timm/a?b", "https://host/a"] {
        let error = error_with(hub(), "/source/hub/repository", json!(value));
        assert_eq!(error, EntryError::BadRepository { value: value.into() });
    }
    for value in ["", "..", "refs/pr/1", "a b"] {
        let error = error_with(hub(), "/source/hub/revision", json!(value));
        assert_eq!(error, EntryError::BadRevision { value: value.into() });
    }
}

#[test]
fn checksums_are_sha256() {
    for value in
        [String::new(), "a".repeat(63), "a".repeat(65), "g".repeat(64), "A".repeat(64), "é".repeat(32)]
    {
        let error = error_with(hub(), "/sha256", json!(value));
        assert_eq!(error, EntryError::BadSha256 { value });
    }
}

#[test]
fn bundled_files_can_be_verified() {
    for field in ["bytes", "sha256"] {
        let error = error_with(bundled(), &format!("/{field}"), Value::Null);
        assert_eq!(error, EntryError::MissingForBundled { field: field.into() });
    }
}

#[test]
fn addresses_are_https() {
    for value in ["", "https://", "http://example.org", "javascript:alert(1)", "https://a b", "https://ü"] {
        let error = EntryError::BadUrl { value: value.into() };
        assert_eq!(error_with(bundled(), "/origin/url", json!(value)), error);
        assert_eq!(error_with(bundled(), "/published/0/source/url", json!(value)), error);
    }
}

#[test]
fn texts_are_not_empty() {
    for (at, field) in [
        ("/licence", "licence"),
        ("/origin/description", "origin.description"),
        ("/published/0/source/description", "published.source.description"),
    ] {
        assert_eq!(error_with(bundled(), at, json!(" \n")), EntryError::Empty { field: field.into() });
    }
}

#[test]
fn classes_fit_the_labels() {
    let (classes, labels, expected) = (1000, LabelSet::Imagenet1001, 1001);
    let error = error_with(bundled(), "/classes", json!(classes));
    assert_eq!(error, EntryError::ClassesDoNotFitLabels { classes, labels, expected });
    let cifar = with(with(hub(), "/labels", json!("cifar10")), "/classes", json!(10));
    assert_eq!(parse(&[cifar]).problems, []);
}

#[test]
fn numbers_are_within_their_ranges() {
    for (at, value, field, shown) in [
        ("/bytes", json!(0), "bytes", "0"),
        ("/classes", json!(0), "classes", "0"),
        ("/input/0", json!(0), "input", "0"),
        ("/input/1", json!(4097), "input", "4097"),
        ("/preprocess/resize", json!({"crop_pct": 0.0}), "crop_pct", "0"),
        ("/preprocess/resize", json!({"crop_pct": 1.5}), "crop_pct", "1.5"),
        ("/preprocess/resize", json!({"short_side": 0}), "short_side", "0"),
        ("/preprocess/resize", json!({"short_side": 4_000_000_000u32}), "short_side", "4000000000"),
        // Beyond f32, though finite in JSON's f64.
        ("/preprocess/mean/2", json!(1e39), "mean", "inf"),
        ("/preprocess/std/0", json!(1e39), "std", "inf"),
        ("/preprocess/std/1", json!(0.0), "std", "0"),
        ("/preprocess/std/2", json!(-0.5), "std", "-0.5"),
        ("/conventions/bn_eps", json!(0.0), "bn_eps", "0"),
        ("/conventions/bn_eps", json!(1e39), "bn_eps", "inf"),
        ("/published/0/resolution", json!(0), "published.resolution", "0"),
        ("/published/0/crop_pct", json!(-1.0), "crop_pct", "-1"),
        ("/published/0/top1", json!(100.5), "published.top1", "100.5"),
        ("/published/0/top5", json!(-0.5), "published.top5", "-0.5"),
        ("/training/test/images", json!(0), "training.test.images", "0"),
        ("/training/test/correct", json!(10_001), "training.test.correct", "10001"),
    ] {
        match error_with(bundled(), at, value) {
            EntryError::OutOfRange { field: found, value, .. } => {
                assert_eq!((found.as_str(), value.as_str()), (field, shown), "{at}");
            }
            other => panic!("{at}: {other:?}"),
        }
    }
}

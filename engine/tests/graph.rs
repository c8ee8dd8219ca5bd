//! Every network of the zoo against the reference counts and the libraries' own tensor lists.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;
use std::io::Read;

use engine::graph::Graph;
use engine::graph::passes::fuse;
use engine::spec::{Library, SpecError, Variant};
use engine::zoo::Zoo;

fn graph(variant: Variant) -> Graph {
    variant.graph().expect("the zoo's own variants can be built")
}

/// The variant that a row of measured.json is about, from its key.
fn measured_variant(key: &str) -> Variant {
    let (name, resolution) = key.rsplit_once('@').expect("rows are named NAME@RESOLUTION");
    let sides: Vec<u32> = resolution.split('x').map(|side| side.parse().expect("a side")).collect();
    let variant = match name {
        "v1_table4_full_conv" => Zoo::builtin().find("mobilenetv1_full_conv"),
        "v1_table4_depthwise" => Zoo::builtin().find("mobilenetv1_100"),
        "v1_table5_shallow" => Zoo::builtin().find("mobilenetv1_shallow"),
        "v1_table5_narrow_0.75" => Zoo::builtin().find("mobilenetv1_075"),
        _ => match name.split_once(':') {
            Some((framework, id)) if Zoo::builtin().find_in(framework, id).is_some() => {
                Ok(Zoo::builtin().find_in(framework, id).expect("just found"))
            }
            // Ids that do not say the width.
            Some((_, id)) => {
                let (id, width) = id.rsplit_once('_').expect("torchvision rows end with the width");
                let width = width.parse().expect("a width");
                Zoo::builtin().find(id).map(|variant| Variant { width, ..variant })
            }
            None => {
                let (family, width) = name.rsplit_once('_').expect("grid rows end with the width");
                let percent = (width.parse::<f64>().expect("a width") * 100.0).round();
                Zoo::builtin().find(&format!("{family}_{percent:03}"))
            }
        },
    };
    variant.expect(key).with_resolution(sides[0], sides[sides.len() - 1])
}

type Rows = BTreeMap<String, serde_json::Value>;

#[test]
fn counts_equal_the_reference_to_the_unit() {
    let rows: Rows = serde_json::from_str(include_str!("data/measured.json")).expect("measured.json");
    assert!(rows.len() >= 81, "only {} rows", rows.len());
    counts_equal(&rows, measured_variant);
}

#[test]
fn counts_of_the_surveys_networks_equal_the_reference_to_the_unit() {
    let mut rows: Rows =
        serde_json::from_str(include_str!("data/measured_survey.json")).expect("measured_survey.json");
    rows.retain(|key, row| survey_variant(key, row).is_some());
    println!("{} rows of networks that the zoo has", rows.len());
    counts_equal(&rows, |key| survey_variant(key, &rows[key]).expect("just found"));
}

/// The variant that a row of measured_survey.json is about, from its key: FRAMEWORK:NAME, perhaps with @SIDES.
fn survey_variant(key: &str, row: &serde_json::Value) -> Option<Variant> {
    let (framework, name) = key.split('@').next()?.split_once(':')?;
    let variant = Zoo::builtin().find_in(framework, name)?;
    let shape = row["input"].as_array().expect("the input's shape");
    let side = |from_last: usize| shape[shape.len() - from_last].as_u64().expect("a side") as u32;
    Some(variant.with_resolution(side(2), side(1)))
}

fn counts_equal(rows: &Rows, variant: impl Fn(&str) -> Variant) {
    let mut wrong = Vec::new();
    for (key, row) in rows {
        let classes = row["out"][1].as_u64().map_or(1000, |classes| classes as u32);
        let cost = graph(variant(key).with_classes(classes)).cost();
        for (what, ours, theirs) in [
            ("params", cost.params, &row["params"]),
            ("conv + linear MACs", cost.conv_linear_macs, &row["conv_linear_macs"]),
            ("attention MACs", cost.attention_macs, &row["attn_matmul_macs"]),
            ("activation elements", cost.activation_elements, &row["act"]),
        ] {
            if Some(ours) != theirs.as_u64() {
                wrong.push(format!("{key}: {what} {ours}, reference {theirs}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn state_dict(file: &str) -> Vec<(String, Vec<usize>)> {
    let path = format!("{}/tests/data/state_dicts/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).expect("the file is there"))
        .read_to_string(&mut text)
        .expect("gzip");
    text.lines()
        .map(|line| {
            let (name, shape) = line.split_once('\t').expect("name and shape");
            (name.to_owned(), shape.split(',').map(|n| n.parse().expect("a number")).collect())
        })
        .collect()
}

#[test]
fn tensor_names_and_shapes_equal_the_libraries() {
    let folder = format!("{}/tests/data/state_dicts", env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let file = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let (framework, id) = file.trim_end_matches(".tsv.gz").split_once("__").expect("FRAMEWORK__ID");
        let variant = Zoo::builtin().find_in(framework, id).expect(&file);
        let mut ours: Vec<_> = graph(variant).params.into_iter().map(|p| (p.name, p.shape)).collect();
        let mut theirs = state_dict(&file);
        ours.sort();
        theirs.sort();
        if let Some((ours, theirs)) = ours.iter().zip(&theirs).find(|(a, b)| a != b) {
            panic!("{file}: ours {ours:?}, theirs {theirs:?}");
        }
        assert_eq!(ours.len(), theirs.len(), "{file}");
        checked += 1;
    }
    assert!(checked >= 31, "only {checked} lists");
}

#[test]
fn ids_are_unique_and_found() {
    let mut seen = BTreeMap::new();
    for variant in Zoo::builtin().variants() {
        let id = variant.id();
        if variant.model.style.library == Library::Timm {
            assert!(seen.insert(id.clone(), ()).is_none(), "{id} appears twice");
        }
        let found = Zoo::builtin().find(&id).expect("an id of the zoo");
        assert_eq!(found.model.id, variant.model.id);
    }
    let error = Zoo::builtin().find("mobilenetv9_100").expect_err("no such network");
    assert!(error.to_string().contains("mobilenetv9_100"), "{error}");
    assert_eq!(error.nearest.len(), 3);
}

#[test]
fn every_network_builds_at_odd_sizes_and_class_counts() {
    for variant in Zoo::builtin().variants() {
        for (h, w) in [(32, 32), (33, 47), (65, 129), (224, 160), (97, 32)] {
            let graph = match variant.clone().with_resolution(h, w).with_classes(10).graph() {
                Ok(graph) => graph,
                Err(SpecError::TooSmall { least, .. }) => {
                    assert!(h.min(w) < least, "{} at {h}×{w}", variant.id());
                    continue;
                }
                Err(error) => panic!("{} at {h}×{w}: {error}", variant.id()),
            };
            assert_eq!(graph.node(graph.output()).shape.elements(), 10, "{} at {h}×{w}", variant.id());
            let fused = fuse(&graph);
            assert!(fused.nodes.len() < graph.nodes.len());
            assert_eq!(fused.cost().params, graph.cost().params, "{}", variant.id());
            assert_eq!(fused.cost().conv_linear_macs, graph.cost().conv_linear_macs);
        }
    }
}

#[test]
fn fusion_leaves_no_norm_activation_or_residual_alone() {
    use engine::graph::op::Add;
    use engine::graph::{NodeId, Op, OpKind};
    for variant in Zoo::builtin().variants() {
        let id = variant.id();
        let graph = fuse(&graph(variant));
        let readers = graph.readers();
        for (node_id, node) in graph.iter() {
            // GhostNet adds what a concatenation has made, and ShuffleNetV2 ends stages with a shuffle that depthwise
            // convolutions read; nothing else is left to itself.
            let is_product = |input: &NodeId| {
                let is_free = match &graph.node(*input).op {
                    Op::Conv(conv) => !conv.epilogue.residual,
                    Op::Linear(linear) => !linear.epilogue.residual,
                    _ => false,
                };
                is_free && readers[input.0].len() == 1
            };
            let is_depthwise = |reader: &NodeId| graph.node(*reader).op.kind() == OpKind::DepthwiseConv;
            let kind = node.op.kind();
            // StarNet and RepViT normalise sums, and RepViT's logits are a mean of two.
            let alone = kind == OpKind::Activation
                || matches!(kind, OpKind::BatchNorm | OpKind::Add)
                    && node.op != Op::Add(Add::MEAN)
                    && node.inputs.iter().any(is_product)
                || kind == OpKind::Channels && !readers[node_id.0].iter().all(is_depthwise);
            assert!(!alone, "{id}: {} is still a {}", node.name, kind.name());
        }
    }
}

#[test]
fn impossible_variants_are_refused_with_their_numbers() {
    let refused = |variant: Variant, expected: &str| {
        let error = variant.graph().expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    };
    let find = |id: &str| Zoo::builtin().find(id).expect("in the zoo");
    refused(find("mobilenetv2_100").with_resolution(0, 224), "0×224");
    refused(find("mobilenetv2_100").with_classes(0), "0 classes");
    refused(find("mobilenetv2_100").with_width(f64::NAN), "NaN");
    refused(find("shufflenet_v2_x1_0").with_width(0.75), "α = 0.75");
    refused(find("squeezenet1_0").with_resolution(20, 224), "20×224");
}

/// The smallest inputs are those that the libraries' own networks take.
#[test]
fn networks_take_what_their_libraries_take() {
    let smallest = |id: &str| Zoo::builtin().find(id).expect("in the zoo").smallest();
    assert_eq!(smallest("squeezenet1_0"), Some(21));
    assert_eq!(smallest("squeezenet1_1"), Some(17));
    for id in ["FBNetV3_A", "FBNetV3_B"] {
        assert_eq!(smallest(id), Some(49), "{id}");
    }
    for id in [
        "mobilenetv1_100",
        "mobilenetv3_small_100",
        "mobilevit_xxs",
        "mnasnet_100",
        "mnasnet1_0",
        "efficientnet_b0",
        "tf_efficientnet_lite4",
        "fbnet_a",
        "FBNetV2_L1",
        "FBNetV3_D",
        "fbnetv3_b",
        "lcnet_035",
        "mobilenetv4_conv_medium",
        "repvit_m0_9",
        "starnet_s1",
        "shufflenet_v2_x1_0",
        "ghostnet_100",
    ] {
        assert_eq!(smallest(id), Some(1), "{id}");
    }
}

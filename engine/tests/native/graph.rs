//! Every network of the zoo against the reference counts and the libraries' own tensor lists.

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
    let rows: Rows = serde_json::from_str(include_str!("../data/measured.json")).expect("measured.json");
    assert!(rows.len() >= 81, "only {} rows", rows.len());
    counts_equal(&rows, measured_variant);
}

#[test]
fn counts_of_the_surveys_networks_equal_the_reference_to_the_unit() {
    let mut rows: Rows =
        serde_json::from_str(include_str!("../data/measured_survey.json")).expect("measured_survey.json");
    rows.retain(|key, row| survey_variant(key, row).is_some());
    println!("{} rows of networks that the zoo has", rows.len());
    counts_equal(&rows, |key| survey_variant(key, &rows[key]).expect("just found"));
}

/// The variant that a row of measured_survey.json is about, from its key: FRAMEWORK:NAME, perhaps with @SIDES.
fn survey_variant(key: &str, row: &serde_json::Value) -> Option<Variant> {
    let (framework, name) = key.split('@').next()?.split_once(':')?;
    let variant = Zoo::builtin().find_in(framework, &name.replace("_converted", ""))?;
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

/// What the authors' repository says in millions, and what was measured in thousands of multiplications and parameters.
#[test]
fn weightnet_costs_what_its_authors_say() {
    for (width, macs, params) in
        [(0.5, 40_700, 1464), (1.0, 138_530, 2436), (1.5, 301_100, 3915), (2.0, 561_370, 6198)]
    {
        let variant = Zoo::builtin().find("weightnet_shufflenetv2_1.0x").expect("in the zoo");
        let cost = graph(variant.with_width(width)).cost();
        assert!(cost.conv_linear_macs.abs_diff(macs * 1000) <= 10_000, "{width}: {}", cost.conv_linear_macs);
        assert!(cost.params.abs_diff(params * 1000) <= 1000, "{width}: {}", cost.params);
    }
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
        let mut theirs = state_dict(&file);
        let own = graph(variant.clone());
        let classifier = own.classifier.map(|id| own.param(id).name.as_str());
        let rows =
            theirs.iter().find(|(name, _)| Some(name.as_str()) == classifier).map(|(_, shape)| shape[0]);
        let variant = variant.with_classes(rows.map_or(1000, |rows| rows as u32));
        let own = graph(variant);
        let tables = own.tables.iter().map(|table| (table.name.clone(), vec![own.table(table).0.len()]));
        let params = own.params.iter().map(|param| (param.name.clone(), param.shape.clone()));
        let mut ours: Vec<_> = params.chain(tables).collect();
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
        // Windows of a hyperspectral image are small, and a layer reads all that is left of them.
        let mut sizes = match &*variant.model.family {
            "hybridsn" => vec![(9, 9), (11, 25), (19, 19), (25, 25), (33, 10)],
            _ => vec![(32, 32), (33, 47), (65, 129), (224, 160), (97, 32)],
        };
        let takes_all = variant.smallest() == Some(1);
        if !takes_all {
            // What a network of a few sizes takes.
            sizes.extend([(193, 210), (224, 224), (227, 199)]);
        }
        let mut taken = 0;
        for (h, w) in sizes {
            let sized = variant.clone().with_resolution(h, w).with_classes(10);
            let graph = match sized.graph() {
                Ok(graph) => graph,
                Err(SpecError::TooSmall { .. } | SpecError::Unfit { .. }) if !takes_all => continue,
                // Decoders join maps that were halved and doubled.
                Err(error) if error.to_string().contains("multiples of 8") => continue,
                Err(error) => panic!("{} at {h}×{w}: {error}", variant.id()),
            };
            taken += 1;
            assert_eq!(graph.node(graph.output()).shape.channels(), 10, "{} at {h}×{w}", variant.id());
            let fused = fuse(&graph);
            assert!(fused.nodes.len() < graph.nodes.len());
            assert_eq!(fused.cost().params, graph.cost().params, "{}", variant.id());
            assert_eq!(fused.cost().conv_linear_macs, graph.cost().conv_linear_macs);
        }
        assert!(taken > 0, "{} takes none of these sizes", variant.id());
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
            // GhostNet adds what a concatenation has made, and sums that end with an activation are computed by themselves.
            // Depthwise convolutions, those in groups and linear layers read their channels as they lie, and what is normalised behind a
            // shuffle, or before the first convolution that reads it, is none of a product's own numbers.
            // What already ends with a residual ends with nothing else: StarNet normalises a sum.
            let is_product = |input: &NodeId| {
                let is_open = match &graph.node(*input).op {
                    Op::Conv(conv) => !conv.epilogue.residual,
                    Op::Linear(linear) => !linear.epilogue.residual,
                    _ => false,
                };
                readers[input.0].len() == 1 && is_open
            };
            let kind = node.op.kind();
            let alone = match &node.op {
                // Behind a concatenation or a sum (StarNet, RepViT) there is nothing to be folded into, nor into filters that are
                // computed.
                Op::BatchNorm(_) => {
                    let input = &node.inputs[0];
                    let computed = matches!(&graph.node(*input).op, Op::Conv(conv) if conv.parameter().is_none());
                    is_product(input) && !computed
                }
                Op::Add(add) => *add == Add::PLAIN && node.inputs.iter().any(is_product),
                // No product ends with a PReLU.
                Op::Prelu(_) => graph.node(node.inputs[0]).op.kind() == OpKind::BatchNorm,
                // Products in groups read channels in their order.
                Op::Channels(_) => readers[node_id.0].iter().any(|reader| {
                    matches!(&graph.node(*reader).op, Op::Conv(conv) if conv.is_pointwise() && conv.parameter().is_some())
                }),
                // Behind means, shuffles and the like.
                _ => kind == OpKind::Activation && node.inputs.iter().any(|input| {
                    let mut op = graph.node(*input).op.clone();
                    readers[input.0].len() == 1 && op.last_activation_mut().is_some()
                }),
            };
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
    refused(find("espnet_p2_q3").with_resolution(129, 256), "multiples of 8");
    refused(find("weightnet_shufflenetv2_1.0x").with_resolution(192, 224), "193×193");
    refused(find("weightnet_shufflenetv2_1.0x").with_resolution(417, 417), "7×7");
    refused(find("hybridsn_seed").with_resolution(8, 25), "9×9");
}

/// What their code makes of width 0.5, as counted in MXNet.
#[test]
fn the_authors_igcv3_narrows_the_first_block_of_a_stage_twice() {
    let narrow = Zoo::builtin().find("mxnet_igcv3_wd2").expect("in the zoo");
    assert_eq!(graph(narrow).cost().params, 1_934_132);
}

/// Pools of a fixed window, and maps that must be even.
#[test]
fn sizes_that_do_not_fit_are_refused_with_those_next_to_them_that_do() {
    for (id, size, nearest) in [
        ("shufflenetv1_g3_1.0x", (417, 417), Some(vec![416])),
        ("shufflenetv2_0.5x", (224, 448), Some(vec![416])),
        ("shufflenetv2_1.0x", (416, 225), None),
        ("sqnxt23_w1", (231, 224), Some(vec![230])),
        ("igcv3_w1", (256, 256), Some(vec![224])),
        ("igcv1_L4M32", (225, 193), Some(vec![224])),
        ("peleenet", (225, 225), Some(vec![224, 227])),
        ("peleenet", (97, 128), Some(vec![96, 99])),
        ("peleenet", (256, 255), None),
        ("peleenet", (256, 258), Some(vec![256, 259])),
        ("1.0-SqNxt-23", (1000, 9), None),
    ] {
        let graph = Zoo::builtin().find(id).expect("in the zoo").with_resolution(size.0, size.1).graph();
        let found = match graph {
            Ok(_) => None,
            Err(SpecError::Unfit { nearest, .. }) => Some(nearest),
            Err(error) => panic!("{id}: {error}"),
        };
        assert_eq!(found, nearest, "{id} at {size:?}");
    }
    let large = Zoo::builtin().find("shufflenetv1_g8_0.5x").expect("in the zoo").with_resolution(448, 448);
    let text = large.graph().expect_err("too large").to_string();
    assert!(text.contains("globalpool") && text.contains("2×2") && text.contains("416 pixels"), "{text}");
}

/// The smallest inputs are those that the libraries' own networks take.
#[test]
fn networks_take_what_their_libraries_take() {
    let smallest = |id: &str| Zoo::builtin().find(id).expect("in the zoo").smallest();
    assert_eq!(smallest("squeezenet1_0"), Some(21));
    assert_eq!(smallest("squeezenet1_1"), Some(17));
    for (id, side) in [
        ("FBNetV3_A", 49),
        ("FBNetV3_B", 49),
        ("sqnxt23_w1", 199),
        ("1.0-SqNxt-23", 9),
        ("shufflenetv1_g3_1.0x", 193),
        ("shufflenetv2_1.0x", 193),
        ("igcv3_w1", 193),
        ("igcv1_L4M32", 193),
        ("peleenet", 31),
    ] {
        assert_eq!(smallest(id), Some(side), "{id}");
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
    for (id, least) in [
        ("mobilevitv2_050", 1),
        ("espnetv2_1.0", 1),
        ("espnetc_p2_q3", 1),
        ("espnet_p2_q3", 7),
        ("weightnet_shufflenetv2_1.0x", 193),
        ("micronet_m0", 1),
        ("hybridsn_seed", 9),
    ] {
        assert_eq!(smallest(id), Some(least), "{id}");
    }
    let espnet = Zoo::builtin().find("espnet_p2_q3").expect("in the zoo").with_resolution(255, 256);
    let graph = espnet.graph().expect("as it runs with PyTorch");
    assert_eq!(graph.node(graph.output()).shape.size(), (256, 256));
}

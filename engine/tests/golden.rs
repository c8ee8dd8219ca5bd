//! Every golden file on every backend, by value.

#![cfg(not(target_family = "wasm"))]

use std::io::Read;
use std::path::{Path, PathBuf};

use engine::backend::{Gpu, Precision, Target, Threads};
use engine::golden::{Golden, GoldenError};
use pollster::block_on;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden")
}

fn load(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.json.gz"));
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).expect("the file is there"))
        .read_to_end(&mut json)
        .expect("gzip");
    json
}

fn check(name: &str) {
    let golden = Golden::parse(&load(name)).expect("a golden file");
    let threads = Threads::alone();
    // A machine without one fails: that is no reason to leave a backend unchecked.
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    println!("{:?}", gpu.about());
    for target in [
        Target::Reference,
        Target::Cpu(&threads),
        Target::WebGpu(&gpu, Precision::Full),
        Target::WebGpu(&gpu, Precision::HalfWeights),
        Target::WebGpu(&gpu, Precision::Half),
    ] {
        let backend = target.name();
        let reports = block_on(golden.verify(target)).expect("the zoo has the network");
        assert_eq!(reports.len(), golden.cases.len(), "{name}");
        assert!(!reports.is_empty(), "{name} has no cases");
        for (report, case) in reports.into_iter().zip(&golden.cases) {
            println!("{backend} {report:?}");
            assert!(report.passed, "{backend}: {report:?}");
            let stages = report.stages_checked + report.stages_fused;
            assert_eq!(stages as usize, case.stages.len(), "{backend}: {report:?}");
            assert!(report.stages_checked > 3, "{backend}: {report:?}");
            if matches!(target, Target::Reference) {
                assert_eq!(report.stages_fused, 0, "nothing is fused: {report:?}");
            }
        }
    }
}

#[test]
fn channelnet() {
    check("pytorchcv_channelnet");
}

#[test]
fn condensenet() {
    check("authors_condensenet74_g4");
}

#[test]
fn igcv1_cifar_plain_d20() {
    check("mxnet_igcv1_cifar_plain_d20_L24M2_32");
}

#[test]
fn igcv1_l4m32() {
    check("mxnet_igcv1_L4M32_224");
}

#[test]
fn igcv2_fixture() {
    check("own_igcv2_fixture_c64_k8_32");
}

#[test]
fn igcv3_mxnet() {
    check("mxnet_igcv3_w1_224");
}

#[test]
fn igcv3_pytorchcv() {
    check("pytorchcv_igcv3_w1");
}

#[test]
fn mobilenetv1_100() {
    check("mobilenetv1_100_224");
}

#[test]
fn mobilenetv2_100() {
    check("mobilenetv2_100_224");
}

#[test]
fn mobilenetv3_large_100() {
    check("mobilenetv3_large_100_224");
}

#[test]
fn mobilenetv3_small_100() {
    check("mobilenetv3_small_100_224");
}

#[test]
fn mobilevit_xxs() {
    check("mobilevit_xxs_256");
}

#[test]
fn mobilevit_s() {
    check("mobilevit_s_256");
}

#[test]
fn peleenet() {
    check("authors_peleenet");
}

#[test]
fn squeezenet1_0() {
    check("tv_squeezenet1_0_224");
}

#[test]
fn squeezenet1_1() {
    check("tv_squeezenet1_1_224");
}

#[test]
fn squeezenext_caffe() {
    check("caffe_1.0-SqNxt-23_227");
}

#[test]
fn squeezenext_pytorchcv() {
    check("pytorchcv_sqnxt23_w1");
}

#[test]
fn shufflenet_v1() {
    check("authors_shufflenetv1_g3_1.0x");
}

#[test]
fn shufflenet_v2_megvii() {
    check("authors_shufflenetv2_0.5x_224");
}

#[test]
fn shufflenet_v2_x1_0() {
    check("tv_shufflenet_v2_x1_0_224");
}

#[test]
fn ghostnet_100() {
    check("ghostnet_100_224");
}

#[test]
fn mobilenetv4_conv_small() {
    check("mobilenetv4_conv_small_224");
}

#[test]
fn every_file_is_checked() {
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let call = format!("check(\"{}\")", name.trim_end_matches(".json.gz"));
        assert!(include_str!("golden.rs").contains(&call), "no test has {call}");
    }
}

/// The checks must be able to fail: each of these mistakes is one that leaves top-1 as it is.
#[test]
fn mistakes_are_noticed() {
    let json = String::from_utf8(load("mobilenetv3_small_100_224")).expect("UTF-8");
    let golden = Golden::parse(json.as_bytes()).expect("a golden file");

    let threads = Threads::alone();
    let verify = |golden: &Golden| block_on(golden.verify(Target::Cpu(&threads)));

    let mut shifted = golden.clone();
    shifted.cases[0].logits_f64[7] += 0.01;
    let report = &verify(&shifted).expect("known network")[0];
    assert!(!report.passed && (report.max_abs_logit_diff - 0.01).abs() < 1e-3, "{report:?}");

    let mut renamed = golden.clone();
    let samples = renamed.cases[0].stages.remove("blocks.1").expect("a stage");
    renamed.cases[0].stages.insert("blocks.2".to_owned(), samples);
    let report = &verify(&renamed).expect("known network")[0];
    assert!(!report.passed && report.stages_wrong == ["blocks.2"], "{report:?}");

    let mut reseeded = golden.clone();
    reseeded.tensors[0].gain = 6.44;
    assert!(matches!(verify(&reseeded), Err(GoldenError::Checksum { .. })));

    let other = json.replace("\"model\": \"mobilenetv3_small_100\"", "\"model\": \"resnet18\"");
    let other = if other == json {
        json.replace("\"model\":\"mobilenetv3_small_100\"", "\"model\":\"resnet18\"")
    } else {
        other
    };
    let error = Golden::parse(other.as_bytes()).and_then(|golden| verify(&golden)).expect_err("unknown");
    assert!(error.to_string().contains("resnet18"), "{error}");
    assert!(matches!(Golden::parse(b"{}"), Err(GoldenError::Malformed { .. })));
}

//! Every golden file on every backend, by value.

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

/// Those that WebGPU runs on all their inputs, and in half precision too: the four families and each kind of operation. Software GPUs
/// take seconds for each; `cargo xtask verify` checks any.
const WHOLE_ON_GPU: [&str; 14] = [
    "mobilenetv1_100_224",
    "mobilenetv2_100_224",
    "mobilenetv3_large_100_224",
    "mobilenetv3_small_100_224",
    "mobilevit_xxs_256",
    "mobilevitv2_050_256",
    "authors_condensenet74_g4",
    "authors_espnetv2_1.0",
    "authors_micronet_m3",
    "authors_shufflenetv1_g3_1.0x",
    "ghostnet_100_224",
    "own_hybridsn_seed",
    "own_weightnet_shufflenetv2_1.0x_224",
    "tv_squeezenet1_1_224",
];

fn check(name: &str) {
    let golden = Golden::parse(&load(name)).expect("a golden file");
    let threads = Threads::alone();
    // A machine without one fails: that is no reason to leave a backend unchecked.
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    println!("{:?}", gpu.about());
    let mut first = golden.clone();
    first.cases.truncate(1);
    let on_gpu = |precision| Target::WebGpu(&gpu, precision);
    let mut runs = vec![(Target::Reference, &golden), (Target::Cpu(&threads), &golden)];
    if WHOLE_ON_GPU.contains(&name) {
        runs.push((on_gpu(Precision::Full), &golden));
        runs.extend([Precision::HalfWeights, Precision::Half].map(|precision| (on_gpu(precision), &first)));
    } else {
        runs.push((on_gpu(Precision::Full), &first));
    }
    for (target, golden) in runs {
        let backend = target.name();
        let reports = block_on(golden.verify(target)).expect("the zoo has the network");
        assert_eq!(reports.len(), golden.cases.len(), "{name}");
        assert!(!reports.is_empty(), "{name} has no cases");
        for (report, case) in reports.into_iter().zip(&golden.cases) {
            println!("{backend} {report:?}");
            assert!(report.passed, "{backend}: {report:?}");
            let stages = report.stages_checked + report.stages_fused;
            assert_eq!(stages as usize, case.stages.len(), "{backend}: {report:?}");
            // HybridSN's in Keras end before functions that are fused into them.
            let least = if matches!(target, Target::Reference) || case.stages.len() > 7 { 4 } else { 1 };
            assert!(report.stages_checked >= least, "{backend}: {report:?}");
            if matches!(target, Target::Reference) {
                assert_eq!(report.stages_fused, 0, "nothing is fused: {report:?}");
            }
        }
    }
}

/// A test for each file.
macro_rules! goldens {
    ($($name:ident $file:literal)*) => {
        $(
            #[test]
            fn $name() {
                check($file);
            }
        )*
    };
}

goldens! {
    channelnet "pytorchcv_channelnet"
    condensenet "authors_condensenet74_g4"
    efficientnet_b0 "efficientnet_b0_224"
    efficientnet_lite0 "efficientnet_lite0_224"
    espnet_p2_q3 "authors_espnet_p2_q3_128x256"
    espnetc_p2_q3 "authors_espnetc_p2_q3_128x256"
    espnetv2_1_0 "authors_espnetv2_1.0"
    fbnet_a "mobilecv_fbnet_a_224"
    fbnet_v2_f4 "mobilecv_FBNetV2_F4_224"
    fbnetc_100 "fbnetc_100_224"
    fbnetv3_b "fbnetv3_b_224"
    ghostnet_100 "ghostnet_100_224"
    hybridsn "own_hybridsn_seed"
    hybridsn_keras "own_hybridsn_keras_30b_16c"
    igcv1_cifar_plain_d20 "mxnet_igcv1_cifar_plain_d20_L24M2_32"
    igcv1_l4m32 "mxnet_igcv1_L4M32_224"
    igcv2_fixture "own_igcv2_fixture_c64_k8_32"
    igcv3_mxnet "mxnet_igcv3_w1_224"
    igcv3_pytorchcv "pytorchcv_igcv3_w1"
    lcnet_100 "lcnet_100_224"
    micronet_m0 "authors_micronet_m0"
    micronet_m3 "authors_micronet_m3"
    mnasnet_100 "mnasnet_100_224"
    mobilenetv1_100 "mobilenetv1_100_224"
    mobilenetv2_100 "mobilenetv2_100_224"
    mobilenetv3_large_100 "mobilenetv3_large_100_224"
    mobilenetv3_small_100 "mobilenetv3_small_100_224"
    mobilenetv4_conv_medium "mobilenetv4_conv_medium_256"
    mobilenetv4_conv_small "mobilenetv4_conv_small_224"
    mobilevit_s "mobilevit_s_256"
    mobilevit_xxs "mobilevit_xxs_256"
    mobilevitv2_050 "mobilevitv2_050_256"
    peleenet "authors_peleenet"
    repvit_m0_9 "repvit_m0_9_224"
    semnasnet_100 "semnasnet_100_224"
    shufflenet_v1 "authors_shufflenetv1_g3_1.0x"
    shufflenet_v2_megvii "authors_shufflenetv2_0.5x_224"
    shufflenet_v2_x1_0 "tv_shufflenet_v2_x1_0_224"
    squeezenet1_0 "tv_squeezenet1_0_224"
    squeezenet1_1 "tv_squeezenet1_1_224"
    squeezenext_caffe "caffe_1.0-SqNxt-23_227"
    squeezenext_pytorchcv "pytorchcv_sqnxt23_w1"
    starnet_s1 "starnet_s1_224"
    weightnet_1_0 "own_weightnet_shufflenetv2_1.0x_224"
}

#[test]
fn every_file_is_checked() {
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let call = format!("\"{}\"", name.trim_end_matches(".json.gz"));
        assert!(include_str!("golden.rs").contains(&call), "no test checks {call}");
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

//! Goldens on WebGPU in a browser, a sample with each kind of operation that the zoo has (`mobilenetLab.verify` runs any). One build is
//! enough: the CPU's instructions do not matter here.

#![cfg(all(target_family = "wasm", not(target_feature = "relaxed-simd")))]

use std::io::Read;

use engine::backend::{Gpu, Precision, Target};
use engine::golden::Golden;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

async fn check(file: &[u8], precision: Precision) {
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut json).expect("gzip");
    let golden = Golden::parse(&json).expect("a golden file");
    let gpu = Gpu::request().await.expect("Chromium with --enable-unsafe-webgpu, see webdriver.json");
    let reports = golden.verify(Target::WebGpu(&gpu, precision)).await.expect("the network runs");
    assert!(!reports.is_empty() && reports.len() == golden.cases.len(), "a report for each case");
    for (report, case) in reports.into_iter().zip(&golden.cases) {
        assert!(report.passed, "{report:?}");
        let stages = report.stages_checked + report.stages_fused;
        assert_eq!(stages as usize, case.stages.len(), "{report:?}");
        // HybridSN's in Keras end before functions that are fused into them.
        assert!(report.stages_checked >= if case.stages.len() > 7 { 4 } else { 1 }, "{report:?}");
    }
    gpu.destroy();
}

macro_rules! goldens {
    ($($name:ident $file:literal $precision:ident)+) => {
        $(#[wasm_bindgen_test]
        async fn $name() {
            check(include_bytes!(concat!("data/golden/", $file, ".json.gz")), Precision::$precision).await;
        })+
    };
}

goldens! {
    mobilenetv3_small_100 "mobilenetv3_small_100_224" Full
    mobilevit_xxs "mobilevit_xxs_256" Full
    channelnet "pytorchcv_channelnet" Full
    condensenet74_g4 "authors_condensenet74_g4" Full
    espnet_p2_q3 "authors_espnet_p2_q3_128x256" Full
    hybridsn_keras "own_hybridsn_keras_30b_16c" Full
    igcv1_cifar "mxnet_igcv1_cifar_plain_d20_L24M2_32" Full
    micronet_m3 "authors_micronet_m3" Full
    mobilevitv2_050 "mobilevitv2_050_256" Full
    shufflenetv1 "authors_shufflenetv1_g3_1.0x" Full
    weightnet "own_weightnet_shufflenetv2_1.0x_224" Full
    mobilenetv3_small_100_with_f16_weights "mobilenetv3_small_100_224" HalfWeights
    mobilevit_xxs_with_f16_weights "mobilevit_xxs_256" HalfWeights
}

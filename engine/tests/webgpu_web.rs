//! Every golden on WebGPU in a browser. One build is enough: the CPU's instructions do not matter here.

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
    assert_eq!(reports.len(), golden.cases.len(), "a report for each case");
    for (report, case) in reports.into_iter().zip(&golden.cases) {
        assert!(report.passed, "{report:?}");
        let stages = report.stages_checked + report.stages_fused;
        assert_eq!(stages as usize, case.stages.len(), "{report:?}");
        assert!(report.stages_checked > 0, "{report:?}");
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
    mobilenetv1_100 "mobilenetv1_100_224" Full
    mobilenetv2_100 "mobilenetv2_100_224" Full
    mobilenetv3_large_100 "mobilenetv3_large_100_224" Full
    mobilenetv3_small_100 "mobilenetv3_small_100_224" Full
    mobilevit_xxs "mobilevit_xxs_256" Full
    mobilevit_s "mobilevit_s_256" Full
    squeezenet1_0 "tv_squeezenet1_0_224" Full
    shufflenet_v2_x1_0 "tv_shufflenet_v2_x1_0_224" Full
    ghostnet_100 "ghostnet_100_224" Full
    mobilenetv4_conv_small "mobilenetv4_conv_small_224" Full
    channelnet "pytorchcv_channelnet" Full
    condensenet "authors_condensenet74_g4" Full
    efficientnet_b0 "efficientnet_b0_224" Full
    efficientnet_lite0 "efficientnet_lite0_224" Full
    espnet_p2_q3 "authors_espnet_p2_q3_128x256" Full
    espnetc_p2_q3 "authors_espnetc_p2_q3_128x256" Full
    espnetv2_1_0 "authors_espnetv2_1.0" Full
    fbnet_a "mobilecv_fbnet_a_224" Full
    fbnet_v2_f4 "mobilecv_FBNetV2_F4_224" Full
    fbnetc_100 "fbnetc_100_224" Full
    fbnetv3_b "fbnetv3_b_224" Full
    hybridsn "own_hybridsn_seed" Full
    hybridsn_keras "own_hybridsn_keras_30b_16c" Full
    igcv1_cifar_plain_d20 "mxnet_igcv1_cifar_plain_d20_L24M2_32" Full
    igcv1_l4m32 "mxnet_igcv1_L4M32_224" Full
    igcv2_fixture "own_igcv2_fixture_c64_k8_32" Full
    igcv3_mxnet "mxnet_igcv3_w1_224" Full
    igcv3_pytorchcv "pytorchcv_igcv3_w1" Full
    lcnet_100 "lcnet_100_224" Full
    micronet_m0 "authors_micronet_m0" Full
    micronet_m3 "authors_micronet_m3" Full
    mnasnet_100 "mnasnet_100_224" Full
    mobilenetv4_conv_medium "mobilenetv4_conv_medium_256" Full
    mobilevitv2_050 "mobilevitv2_050_256" Full
    peleenet "authors_peleenet" Full
    repvit_m0_9 "repvit_m0_9_224" Full
    semnasnet_100 "semnasnet_100_224" Full
    shufflenet_v1 "authors_shufflenetv1_g3_1.0x" Full
    shufflenet_v2_megvii "authors_shufflenetv2_0.5x_224" Full
    squeezenet1_1 "tv_squeezenet1_1_224" Full
    squeezenext_caffe "caffe_1.0-SqNxt-23_227" Full
    squeezenext_pytorchcv "pytorchcv_sqnxt23_w1" Full
    starnet_s1 "starnet_s1_224" Full
    weightnet_1_0 "own_weightnet_shufflenetv2_1.0x_224" Full
    mobilenetv3_small_100_with_f16_weights "mobilenetv3_small_100_224" HalfWeights
    mobilevit_xxs_with_f16_weights "mobilevit_xxs_256" HalfWeights
}

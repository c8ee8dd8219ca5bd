//! Top-1 accuracies on ImageNet-1k that the networks' authors published, of weights of their own.

/// Where figures are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// In words.
    pub title: &'static str,
    /// Address.
    pub url: &'static str,
}

/// Figures of one source: zoo ids with top-1 in percent at square resolutions.
pub struct Published {
    /// Who says so.
    pub source: Publication,
    /// By network.
    pub top1: &'static [(&'static str, &'static [(u32, f32)])],
}

// Sources of which `quoted.rs` has other figures.
pub(super) const SLIM_V1: Publication = Publication {
    title: "TF-slim, mobilenet_v1.md",
    url: "https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet_v1.md",
};
pub(super) const SLIM_V2: Publication = Publication {
    title: "TF-slim, mobilenet/README.md",
    url: "https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/README.md",
};
pub(super) const ESPNET_V2: Publication = Publication {
    title: "ESPNetV2's repository, imagenet/README.md",
    url: "https://github.com/sacmehta/ESPNetv2",
};
pub(super) const MEGVII_V1: Publication = Publication {
    title: "Megvii, ShuffleNetV1/README.md",
    url: "https://github.com/megvii-model/ShuffleNet-Series/blob/master/ShuffleNetV1/README.md",
};
pub(super) const MEGVII_V2: Publication = Publication {
    title: "Megvii, ShuffleNetV2/README.md",
    url: "https://github.com/megvii-model/ShuffleNet-Series/blob/master/ShuffleNetV2/README.md",
};
pub(super) const PELEENET: Publication = Publication {
    title: "Robert-JunWang/PeleeNet, README.md",
    url: "https://github.com/Robert-JunWang/PeleeNet",
};
pub(super) const IGCV1: Publication = Publication {
    title: "hellozting/InterleavedGroupConvolutions, README.md",
    url: "https://github.com/hellozting/InterleavedGroupConvolutions",
};
pub(super) const IGCV3: Publication =
    Publication { title: "homles11/IGCV3, README.md", url: "https://github.com/homles11/IGCV3" };
pub(super) const MNASNET: Publication = Publication {
    title: "tensorflow/tpu, mnasnet/README.md",
    url: "https://github.com/tensorflow/tpu/blob/master/models/official/mnasnet/README.md",
};
pub(super) const LITE: Publication = Publication {
    title: "tensorflow/tpu, efficientnet/lite/README.md",
    url: "https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/lite/README.md",
};
pub(super) const MOBILE_VISION: Publication = Publication {
    title: "mobile-vision, model_info",
    url: "https://github.com/facebookresearch/mobile-vision",
};
pub(super) const WEIGHTNET: Publication = Publication {
    title: "WeightNet's repository, README.md (errors, subtracted from 100)",
    url: "https://github.com/megvii-model/WeightNet",
};
pub(super) const MICRONET: Publication = Publication {
    title: "MicroNet's repository, README.md",
    url: "https://github.com/liyunsheng13/micronet",
};
pub(super) const CONDENSENET: Publication = Publication {
    title: "ShichenLiu/CondenseNet, README.md",
    url: "https://github.com/ShichenLiu/CondenseNet",
};

/// The figures. Where a paper prints its grid as a picture only, they are those of the authors' own checkpoints (TF-slim, cvnets).
#[rustfmt::skip]
pub const PUBLISHED: &[Published] = &[
    Published {
        source: SLIM_V1,
        top1: &[
            ("mobilenetv1_100", &[(224, 70.9), (192, 70.0), (160, 68.0), (128, 65.2)]),
            ("mobilenetv1_075", &[(224, 68.4), (192, 67.2), (160, 65.3), (128, 62.1)]),
            ("mobilenetv1_050", &[(224, 63.3), (192, 61.7), (160, 59.1), (128, 56.3)]),
            ("mobilenetv1_025", &[(224, 49.8), (192, 47.7), (160, 45.5), (128, 41.5)]),
        ],
    },
    Published {
        source: Publication {
            title: "MobileNetV1 paper, tables 4 and 5",
            url: "https://arxiv.org/abs/1704.04861",
        },
        top1: &[
            ("mobilenetv1_full_conv", &[(224, 71.7)]),
            ("mobilenetv1_shallow", &[(224, 65.3)]),
        ],
    },
    Published {
        source: SLIM_V2,
        top1: &[
            ("mobilenetv2_140", &[(224, 75.0)]),
            ("mobilenetv2_130", &[(224, 74.4)]),
            ("mobilenetv2_100", &[(224, 71.8), (192, 70.7), (160, 68.8), (128, 65.3), (96, 60.3)]),
            ("mobilenetv2_075", &[(224, 69.8), (192, 68.7), (160, 66.4), (128, 63.2), (96, 58.8)]),
            ("mobilenetv2_050", &[(224, 65.4), (192, 63.9), (160, 61.0), (128, 57.7), (96, 51.2)]),
            ("mobilenetv2_035", &[(224, 60.3), (192, 58.2), (160, 55.7), (128, 50.8), (96, 45.5)]),
            ("mobilenetv3_large_100", &[(224, 75.2)]),
            ("mobilenetv3_large_075", &[(224, 73.3)]),
            ("mobilenetv3_small_100", &[(224, 67.5)]),
            ("mobilenetv3_small_075", &[(224, 65.4)]),
            ("tf_mobilenetv3_large_100", &[(224, 75.2)]),
            ("tf_mobilenetv3_large_075", &[(224, 73.3)]),
            ("tf_mobilenetv3_small_100", &[(224, 67.5)]),
            ("tf_mobilenetv3_small_075", &[(224, 65.4)]),
            ("tf_mobilenetv3_large_minimal_100", &[(224, 72.3)]),
            ("tf_mobilenetv3_small_minimal_100", &[(224, 61.9)]),
        ],
    },
    Published {
        source: Publication {
            title: "cvnets, model zoo",
            url: "https://github.com/apple/ml-cvnets",
        },
        top1: &[
            ("mobilevit_xxs", &[(256, 69.0)]),
            ("mobilevit_xs", &[(256, 74.7)]),
            ("mobilevit_s", &[(256, 78.3)]),
        ],
    },
    Published {
        source: ESPNET_V2,
        top1: &[
            ("espnetv2_0.5", &[(224, 57.7)]),
            ("espnetv2_1.0", &[(224, 66.1)]),
            ("espnetv2_1.25", &[(224, 67.9)]),
            ("espnetv2_1.5", &[(224, 69.2)]),
            ("espnetv2_2.0", &[(224, 72.1)]),
        ],
    },
    Published {
        source: MEGVII_V1,
        top1: &[
            ("shufflenetv1_g3_2.0x", &[(224, 74.1)]),
            ("shufflenetv1_g8_2.0x", &[(224, 72.9)]),
            ("shufflenetv1_g3_1.5x", &[(224, 71.6)]),
            ("shufflenetv1_g8_1.5x", &[(224, 71.0)]),
            ("shufflenetv1_g3_1.0x", &[(224, 67.8)]),
            ("shufflenetv1_g8_1.0x", &[(224, 68.0)]),
            ("shufflenetv1_g3_0.5x", &[(224, 57.3)]),
            ("shufflenetv1_g8_0.5x", &[(224, 58.8)]),
        ],
    },
    Published {
        source: MEGVII_V2,
        top1: &[
            ("shufflenetv2_2.0x", &[(224, 75.0)]),
            ("shufflenetv2_1.5x", &[(224, 72.6)]),
            ("shufflenetv2_1.0x", &[(224, 69.4)]),
            ("shufflenetv2_0.5x", &[(224, 61.1)]),
        ],
    },
    Published {
        source: PELEENET,
        top1: &[("peleenet", &[(224, 72.6)])],
    },
    Published {
        source: IGCV1,
        top1: &[
            ("igcv1_L4M32", &[(224, 69.23)]),
            ("igcv1_L16M16", &[(224, 70.6)]),
            ("igcv1_L100M2", &[(224, 73.05)]),
        ],
    },
    Published {
        source: IGCV3,
        top1: &[("mxnet_igcv3_w1", &[(224, 72.2)])],
    },
    Published {
        source: MNASNET,
        top1: &[
            ("semnasnet_140", &[(224, 77.2)]),
            ("semnasnet_100", &[(224, 75.2)]),
            ("semnasnet_075", &[(224, 73.3)]),
            ("semnasnet_050", &[(224, 68.9)]),
        ],
    },
    Published {
        source: Publication {
            title: "tensorflow/tpu, efficientnet/README.md, AutoAugment",
            url: "https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/README.md",
        },
        top1: &[
            ("efficientnet_b0", &[(224, 77.1)]),
            ("tf_efficientnet_b0", &[(224, 77.1)]),
        ],
    },
    Published {
        source: LITE,
        top1: &[
            ("efficientnet_lite0", &[(224, 75.1)]),
            ("efficientnet_lite1", &[(240, 76.7)]),
            ("efficientnet_lite2", &[(260, 77.6)]),
            ("efficientnet_lite3", &[(280, 79.8)]),
            ("efficientnet_lite4", &[(300, 81.5)]),
            ("tf_efficientnet_lite0", &[(224, 75.1)]),
            ("tf_efficientnet_lite1", &[(240, 76.7)]),
            ("tf_efficientnet_lite2", &[(260, 77.6)]),
            ("tf_efficientnet_lite3", &[(280, 79.8)]),
            ("tf_efficientnet_lite4", &[(300, 81.5)]),
        ],
    },
    Published {
        source: MOBILE_VISION,
        top1: &[
            ("fbnet_a", &[(224, 73.298)]),
            ("fbnet_b", &[(224, 74.544)]),
            ("fbnet_c", &[(224, 75.25)]),
            ("FBNetV2_F1", &[(128, 68.278)]),
            ("FBNetV2_F2", &[(160, 70.976)]),
            ("FBNetV2_F3", &[(192, 73.032)]),
            ("FBNetV2_F4", &[(224, 75.818)]),
            ("FBNetV2_L1", &[(224, 77.038)]),
            ("FBNetV2_L2", &[(256, 78.243)]),
            ("FBNetV3_A", &[(224, 79.574)]),
            ("FBNetV3_B", &[(248, 80.206)]),
            ("FBNetV3_C", &[(248, 80.826)]),
            ("FBNetV3_D", &[(248, 81.042)]),
            ("FBNetV3_E", &[(264, 81.254)]),
            ("FBNetV3_F", &[(272, 82.062)]),
            ("FBNetV3_G", &[(320, 82.794)]),
        ],
    },
    Published {
        source: WEIGHTNET,
        top1: &[
            ("weightnet_shufflenetv2_0.5x", &[(224, 63.3)]),
            ("weightnet_shufflenetv2_1.0x", &[(224, 71.2)]),
            ("weightnet_shufflenetv2_1.5x", &[(224, 74.4)]),
            ("weightnet_shufflenetv2_2.0x", &[(224, 75.9)]),
        ],
    },
    Published {
        source: MICRONET,
        top1: &[
            ("micronet_m0", &[(224, 46.6)]),
            ("micronet_m1", &[(224, 51.4)]),
            ("micronet_m2", &[(224, 59.4)]),
            ("micronet_m3", &[(224, 62.5)]),
        ],
    },
    Published {
        source: CONDENSENET,
        top1: &[("condensenet74_g4", &[(224, 73.8)]), ("condensenet74_g8", &[(224, 71.0)])],
    },
];

//! Parameters and operations that papers and repositories print of networks of the zoo, beside which the counts of the graphs can be
//! put. What tools count is in [`crate::graph::receipt`].

use Why::{Activations, Attention, Bare, NoBatchNorm, NoClassifier, Other, Same};

use super::Publication;
use super::published::{
    CONDENSENET, ESPNET_V2, IGCV1, IGCV3, LITE, MEGVII_V1, MEGVII_V2, MICRONET, MNASNET, MOBILE_VISION,
    PELEENET, SLIM_V1, SLIM_V2, WEIGHTNET,
};

/// Figures of one source.
pub struct Quoted {
    /// Who prints them.
    pub source: Publication,
    /// The figures.
    pub figures: &'static [Figure],
}

/// What a source prints of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Zoo id.
    pub model: &'static str,
    /// Side of the square input in pixels.
    pub resolution: u32,
    /// Learned parameters.
    pub params: Option<Printed>,
    /// Operations; the sources mean multiply-accumulates.
    pub operations: Option<Printed>,
    /// How it differs from the graph's parameters and from the multiply-accumulates of its convolutions and linear layers.
    pub why: Why,
}

/// Why a figure differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It does not.
    Same,
    /// Parameters without those of batch normalisations.
    NoBatchNorm,
    /// Parameters without batch normalisations and biases, operations with an addition for each number
    /// that a global pooling reads.
    Bare,
    /// Operations without the classifier's.
    NoClassifier,
    /// Operations with one for each number that passes an activation function.
    Activations,
    /// Operations with attention's two products.
    Attention,
    /// What is known, or that nothing is.
    Other(&'static str),
}

impl Why {
    /// In words; nothing where figures are the same.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::NoBatchNorm => "parameters without batch normalisations",
            Self::Bare => {
                "parameters without biases and batch normalisations, operations with global poolings"
            }
            Self::NoClassifier => "operations without the classifier",
            Self::Activations => "operations with activations",
            Self::Attention => "operations with attention",
            Self::Other(words) => words,
        }
    }
}

/// A number as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The number.
    pub value: u64,
    /// A unit of its last digit.
    pub step: u64,
}

impl Printed {
    /// Whether a count is this number, as far as it is printed (some sources cut, some round).
    #[must_use]
    pub fn agrees_with(self, count: u64) -> bool {
        self.value.abs_diff(count) < self.step
    }
}

const fn about(value: u64, step: u64) -> Option<Printed> {
    Some(Printed { value, step })
}

const fn figure(
    model: &'static str,
    resolution: u32,
    params: Option<Printed>,
    operations: Option<Printed>,
    why: Why,
) -> Figure {
    Figure { model, resolution, params, operations, why }
}

/// The figures.
#[rustfmt::skip]
pub const QUOTED: &[Quoted] = &[
    Quoted {
        source: Publication {
            title: "MobileNetV1 paper, tables 4–9",
            url: "https://arxiv.org/abs/1704.04861",
        },
        figures: &[
            figure("mobilenetv1_full_conv", 224, about(29_300_000, 100_000), about(4_866_000_000, 1_000_000), NoClassifier),
            figure("mobilenetv1_shallow", 224, about(2_900_000, 100_000), about(307_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 224, about(4_200_000, 100_000), about(569_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 192, about(4_200_000, 100_000), about(418_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 160, about(4_200_000, 100_000), about(290_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 128, about(4_200_000, 100_000), about(186_000_000, 1_000_000), Same),
            figure("mobilenetv1_075", 224, about(2_600_000, 100_000), about(325_000_000, 1_000_000), Same),
            figure("mobilenetv1_050", 224, about(1_300_000, 100_000), about(149_000_000, 1_000_000), Same),
            figure("mobilenetv1_025", 224, about(500_000, 100_000), about(41_000_000, 1_000_000), Same),
            figure("mobilenetv1_050", 160, about(1_320_000, 10_000), about(76_000_000, 1_000_000), NoBatchNorm),
            figure("squeezenet1_0", 224, about(1_250_000, 10_000), about(1_700_000_000, 100_000_000), Other("some two operations for each multiply-accumulate; not reproduced")),
        ],
    },
    Quoted {
        source: SLIM_V1,
        figures: &[
            figure("mobilenetv1_100", 224, about(4_240_000, 10_000), about(569_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 192, about(4_240_000, 10_000), about(418_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 160, about(4_240_000, 10_000), about(291_000_000, 1_000_000), Same),
            figure("mobilenetv1_100", 128, about(4_240_000, 10_000), about(186_000_000, 1_000_000), Same),
            figure("mobilenetv1_075", 224, about(2_590_000, 10_000), about(317_000_000, 1_000_000), Other("not reproduced: the paper prints 325 M at 224")),
            figure("mobilenetv1_075", 192, about(2_590_000, 10_000), about(233_000_000, 1_000_000), Other("not reproduced: the paper prints 325 M at 224")),
            figure("mobilenetv1_075", 160, about(2_590_000, 10_000), about(162_000_000, 1_000_000), Other("not reproduced: the paper prints 325 M at 224")),
            figure("mobilenetv1_075", 128, about(2_590_000, 10_000), about(104_000_000, 1_000_000), Other("not reproduced: the paper prints 325 M at 224")),
            figure("mobilenetv1_050", 224, about(1_340_000, 10_000), about(150_000_000, 1_000_000), Same),
            figure("mobilenetv1_050", 192, about(1_340_000, 10_000), about(110_000_000, 1_000_000), Same),
            figure("mobilenetv1_050", 160, about(1_340_000, 10_000), about(77_000_000, 1_000_000), Same),
            figure("mobilenetv1_050", 128, about(1_340_000, 10_000), about(49_000_000, 1_000_000), Same),
            figure("mobilenetv1_025", 224, about(470_000, 10_000), about(41_000_000, 1_000_000), Same),
            figure("mobilenetv1_025", 192, about(470_000, 10_000), about(34_000_000, 1_000_000), Other("not reproduced: its other sides fit 30 M")),
            figure("mobilenetv1_025", 160, about(470_000, 10_000), about(21_000_000, 1_000_000), Same),
            figure("mobilenetv1_025", 128, about(470_000, 10_000), about(14_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "MobileNetV2 paper, table 4",
            url: "https://arxiv.org/abs/1801.04381",
        },
        figures: &[
            figure("mobilenetv1_100", 224, about(4_200_000, 100_000), about(575_000_000, 1_000_000), Other("not reproduced: the paper of MobileNetV1 prints 569 M")),
            figure("mobilenetv2_100", 224, about(3_400_000, 100_000), about(300_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_140", 224, about(6_900_000, 100_000), about(585_000_000, 1_000_000), Other("not reproduced: TF-slim prints 6.06 M and 582 M")),
            figure("shufflenetv1_g3_1.5x", 224, about(3_400_000, 100_000), about(292_000_000, 1_000_000), Same),
            figure("shufflenetv1_g3_2.0x", 224, about(5_400_000, 100_000), about(524_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: SLIM_V2,
        figures: &[
            figure("mobilenetv2_140", 224, about(6_060_000, 10_000), about(582_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_130", 224, about(5_340_000, 10_000), about(509_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_100", 224, about(3_470_000, 10_000), about(300_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_100", 192, about(3_470_000, 10_000), about(221_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_100", 160, about(3_470_000, 10_000), about(154_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_100", 128, about(3_470_000, 10_000), about(99_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_100", 96, about(3_470_000, 10_000), about(56_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_075", 224, about(2_610_000, 10_000), about(209_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_075", 192, about(2_610_000, 10_000), about(153_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_075", 160, about(2_610_000, 10_000), about(107_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_075", 128, about(2_610_000, 10_000), about(69_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_075", 96, about(2_610_000, 10_000), about(39_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_050", 224, about(1_950_000, 10_000), about(97_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_050", 192, about(1_950_000, 10_000), about(71_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_050", 160, about(1_950_000, 10_000), about(50_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_050", 128, about(1_950_000, 10_000), about(32_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_050", 96, about(1_950_000, 10_000), about(18_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_035", 224, about(1_660_000, 10_000), about(59_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_035", 192, about(1_660_000, 10_000), about(43_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_035", 160, about(1_660_000, 10_000), about(30_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_035", 128, about(1_660_000, 10_000), about(20_000_000, 1_000_000), NoBatchNorm),
            figure("mobilenetv2_035", 96, about(1_660_000, 10_000), about(11_000_000, 1_000_000), NoBatchNorm),
            figure("tf_mobilenetv3_large_100", 224, about(5_400_000, 100_000), about(217_000_000, 1_000_000), Same),
            figure("tf_mobilenetv3_large_075", 224, about(4_000_000, 100_000), about(155_000_000, 1_000_000), Same),
            figure("tf_mobilenetv3_small_100", 224, about(2_900_000, 100_000), about(66_000_000, 1_000_000), Other("not reproduced: the paper's table 3 fits (2.5 M and 56 M; 2.0 M at width 0.75)")),
            figure("tf_mobilenetv3_small_075", 224, about(2_400_000, 100_000), about(44_000_000, 1_000_000), Other("not reproduced: the paper's table 3 fits (2.5 M and 56 M; 2.0 M at width 0.75)")),
            figure("tf_mobilenetv3_large_minimal_100", 224, about(3_900_000, 100_000), about(209_000_000, 1_000_000), Same),
            figure("tf_mobilenetv3_small_minimal_100", 224, about(2_000_000, 100_000), about(65_000_000, 1_000_000), Other("not reproduced")),
        ],
    },
    Quoted {
        source: Publication {
            title: "MobileNetV3 paper (v5), table 3",
            url: "https://arxiv.org/abs/1905.02244",
        },
        figures: &[
            figure("mobilenetv3_large_100", 224, about(5_400_000, 100_000), about(219_000_000, 1_000_000), Other("not reproduced: TF-slim prints 217 M")),
            figure("mobilenetv3_large_075", 224, about(4_000_000, 100_000), about(155_000_000, 1_000_000), Same),
            figure("mobilenetv3_small_100", 224, about(2_500_000, 100_000), about(56_000_000, 1_000_000), Same),
            figure("mobilenetv3_small_075", 224, about(2_000_000, 100_000), about(44_000_000, 1_000_000), Same),
            figure("semnasnet_100", 224, about(3_900_000, 100_000), about(315_000_000, 1_000_000), Other("not reproduced: its repository's text says 312 M")),
            figure("mobilenetv2_035", 224, about(1_600_000, 100_000), about(59_200_000, 100_000), Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "MobileViT paper",
            url: "https://arxiv.org/abs/2110.02178",
        },
        figures: &[
            figure("mobilevit_xxs", 256, about(1_300_000, 100_000), None, Same),
            figure("mobilevit_xs", 256, about(2_300_000, 100_000), about(700_000_000, 100_000_000), Other("not reproduced by any convention of the receipt")),
            figure("mobilevit_s", 256, about(5_600_000, 100_000), None, Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "MobileViTv2 paper",
            url: "https://arxiv.org/abs/2206.02680",
        },
        figures: &[
            figure("mobilevit_xxs", 256, None, about(400_000_000, 100_000_000), Same),
            figure("mobilevit_s", 256, None, about(2_000_000_000, 100_000_000), Attention),
            figure("mobilevitv2_050", 256, about(1_400_000, 100_000), None, Same),
            figure("mobilevitv2_075", 256, about(2_900_000, 100_000), None, Same),
            figure("mobilevitv2_100", 256, about(4_900_000, 100_000), None, Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "torchvision 0.29.2, weights' metadata",
            url: "https://pytorch.org/vision/stable/models.html",
        },
        figures: &[
            figure("squeezenet1_0", 224, about(1_248_424, 1), None, Same),
            figure("squeezenet1_1", 224, about(1_235_496, 1), None, Same),
            figure("shufflenet_v2_x0_5", 224, about(1_366_792, 1), None, Same),
            figure("shufflenet_v2_x1_0", 224, about(2_278_604, 1), None, Same),
            figure("shufflenet_v2_x1_5", 224, about(3_503_624, 1), None, Same),
            figure("shufflenet_v2_x2_0", 224, about(7_393_996, 1), None, Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "HongyangGao/ChannelNets, README.md",
            url: "https://github.com/HongyangGao/ChannelNets",
        },
        figures: &[
            figure("squeezenet1_0", 224, about(1_300_000, 100_000), about(833_000_000, 1_000_000), Other("not reproduced")),
            figure("channelnet", 224, about(3_700_000, 100_000), about(407_000_000, 1_000_000), Other("without its three concatenations the parameters fit; operations not reproduced")),
        ],
    },
    Quoted {
        source: MEGVII_V1,
        figures: &[
            figure("shufflenetv1_g3_2.0x", 224, about(5_400_000, 100_000), about(524_000_000, 1_000_000), Same),
            figure("shufflenetv1_g8_2.0x", 224, about(6_500_000, 100_000), about(522_000_000, 1_000_000), Same),
            figure("shufflenetv1_g3_1.5x", 224, about(3_400_000, 100_000), about(292_000_000, 1_000_000), Same),
            figure("shufflenetv1_g8_1.5x", 224, about(4_300_000, 100_000), about(290_000_000, 1_000_000), Same),
            figure("shufflenetv1_g3_1.0x", 224, about(1_900_000, 100_000), about(138_000_000, 1_000_000), Same),
            figure("shufflenetv1_g8_1.0x", 224, about(2_400_000, 100_000), about(138_000_000, 1_000_000), Same),
            figure("shufflenetv1_g3_0.5x", 224, about(700_000, 100_000), about(38_000_000, 1_000_000), Same),
            figure("shufflenetv1_g8_0.5x", 224, about(1_000_000, 100_000), about(40_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: MEGVII_V2,
        figures: &[
            figure("shufflenetv2_2.0x", 224, about(7_400_000, 100_000), about(591_000_000, 1_000_000), Same),
            figure("shufflenetv2_1.5x", 224, about(3_500_000, 100_000), about(299_000_000, 1_000_000), Same),
            figure("shufflenetv2_1.0x", 224, about(2_300_000, 100_000), about(146_000_000, 1_000_000), Same),
            figure("shufflenetv2_0.5x", 224, about(1_400_000, 100_000), about(41_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: MNASNET,
        figures: &[
            figure("semnasnet_140", 224, about(6_100_000, 100_000), about(591_500_000, 100_000), Other("not reproduced; its text says 312 M of A1")),
            figure("semnasnet_100", 224, about(3_900_000, 100_000), about(315_200_000, 100_000), Other("not reproduced; its text says 312 M of A1")),
            figure("semnasnet_075", 224, about(2_900_000, 100_000), about(226_700_000, 100_000), Other("not reproduced; its text says 312 M of A1")),
            figure("semnasnet_050", 224, about(2_100_000, 100_000), about(105_200_000, 100_000), Other("not reproduced; its text says 312 M of A1")),
            figure("mnasnet_small", 224, about(2_000_000, 100_000), about(68_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "MnasNet paper, table 1",
            url: "https://arxiv.org/abs/1807.11626",
        },
        figures: &[
            figure("mnasnet_100", 224, about(4_400_000, 100_000), about(315_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: CONDENSENET,
        figures: &[
            figure("condensenet74_g4", 224, about(4_800_000, 100_000), about(529_000_000, 1_000_000), Other("activations counted too, and perhaps poolings")),
            figure("condensenet74_g8", 224, about(2_900_000, 100_000), about(274_000_000, 1_000_000), Other("activations counted too, and perhaps poolings")),
            figure("condensenet86_cifar_g4", 32, about(520_000, 10_000), about(65_800_000, 100_000), Other("activations counted too, and perhaps poolings")),
        ],
    },
    Quoted {
        source: ESPNET_V2,
        figures: &[
            figure("espnetv2_0.5", 224, about(1_240_000, 10_000), about(28_370_000, 10_000), NoClassifier),
            figure("espnetv2_1.0", 224, about(1_670_000, 10_000), about(85_720_000, 10_000), NoClassifier),
            figure("espnetv2_1.25", 224, about(1_960_000, 10_000), about(123_390_000, 10_000), NoClassifier),
            figure("espnetv2_1.5", 224, about(2_310_000, 10_000), about(168_600_000, 100_000), NoClassifier),
            figure("espnetv2_2.0", 224, about(3_490_000, 10_000), about(284_800_000, 100_000), NoClassifier),
        ],
    },
    Quoted {
        source: PELEENET,
        figures: &[
            figure("peleenet", 224, about(2_800_000, 100_000), about(508_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: IGCV1,
        figures: &[
            figure("igcv1_L4M32", 224, about(11_205_000, 1_000), about(1_900_000_000, 100_000_000), Other("parameters read like a misprint of 12.05 M, which fits without shortcuts' projections and batch normalisations")),
            figure("igcv1_L16M16", 224, about(11_329_000, 1_000), about(2_200_000_000, 100_000_000), Other("parameters read like a misprint of 13.29 M, which fits without shortcuts' projections and batch normalisations")),
            figure("igcv1_L100M2", 224, about(8_610_000, 10_000), about(1_300_000_000, 100_000_000), Other("parameters without shortcuts' projections and batch normalisations")),
        ],
    },
    Quoted {
        source: IGCV3,
        figures: &[
            figure("mxnet_igcv3_w1", 224, about(3_500_000, 100_000), None, Same),
        ],
    },
    Quoted {
        source: Publication {
            title: "IGCV3 paper",
            url: "https://arxiv.org/abs/1806.00178",
        },
        figures: &[
            figure("igcv3_w1", 224, None, about(318_000_000, 1_000_000), Activations),
        ],
    },
    Quoted {
        source: MOBILE_VISION,
        figures: &[
            figure("fbnet_a", 224, about(4_270_290, 10), about(244_526_360, 10), Bare),
            figure("fbnet_b", 224, about(4_766_670, 10), about(291_101_640, 10), Bare),
            figure("fbnet_c", 224, about(5_525_420, 10), about(378_233_440, 10), Bare),
            figure("FBNetV2_F1", 128, about(5_999_408, 1), about(56_410_560, 10), Bare),
            figure("FBNetV2_F2", 160, about(5_999_408, 1), about(85_441_392, 1), Bare),
            figure("FBNetV2_F3", 192, about(6_899_504, 1), about(121_824_000, 1_000), Bare),
            figure("FBNetV2_F4", 224, about(6_994_824, 1), about(238_351_984, 1), Bare),
            figure("FBNetV2_L1", 224, about(8_496_520, 10), about(326_023_008, 1), Bare),
            figure("FBNetV2_L2", 256, about(8_496_520, 10), about(423_912_768, 1), Bare),
            figure("FBNetV3_A", 224, about(8_542_224, 1), about(356_598_280, 10), Bare),
            figure("FBNetV3_B", 248, about(8_542_224, 1), about(461_550_136, 1), Bare),
            figure("FBNetV3_C", 248, about(9_907_136, 1), about(556_969_904, 1), Bare),
            figure("FBNetV3_D", 248, about(10_237_552, 1), about(644_420_352, 1), Bare),
            figure("FBNetV3_E", 264, about(10_699_464, 1), about(762_046_336, 1), Bare),
            figure("FBNetV3_F", 272, about(13_803_072, 1), about(1_181_644_520, 10), Bare),
            figure("FBNetV3_G", 320, about(16_513_648, 1), about(2_129_656_384, 1), Bare),
        ],
    },
    Quoted {
        source: Publication {
            title: "FBNet paper, table 3",
            url: "https://arxiv.org/abs/1812.03443",
        },
        figures: &[
            figure("fbnet_a", 224, about(4_300_000, 100_000), about(249_000_000, 1_000_000), Other("not reproduced: its repository's figures fit")),
            figure("fbnet_b", 224, about(4_500_000, 100_000), about(295_000_000, 1_000_000), Other("not reproduced: its repository's figures fit")),
            figure("fbnet_c", 224, about(5_500_000, 100_000), about(375_000_000, 1_000_000), Other("not reproduced: its repository's figures fit")),
        ],
    },
    Quoted {
        source: Publication {
            title: "EfficientNet paper, table 2",
            url: "https://arxiv.org/abs/1905.11946",
        },
        figures: &[
            figure("efficientnet_b0", 224, about(5_300_000, 100_000), about(390_000_000, 10_000_000), Same),
        ],
    },
    Quoted {
        source: LITE,
        figures: &[
            figure("tf_efficientnet_lite0", 224, about(4_700_000, 100_000), about(407_000_000, 1_000_000), Other("not reproduced: 3 to 6 % more")),
            figure("tf_efficientnet_lite1", 240, about(5_400_000, 100_000), about(631_000_000, 1_000_000), Other("not reproduced: 3 to 6 % more")),
            figure("tf_efficientnet_lite2", 260, about(6_100_000, 100_000), about(899_000_000, 1_000_000), Other("not reproduced: 3 to 6 % more")),
            figure("tf_efficientnet_lite3", 280, about(8_200_000, 100_000), about(1_440_000_000, 10_000_000), Other("not reproduced: 3 to 6 % more")),
            figure("tf_efficientnet_lite4", 300, about(13_000_000, 100_000), about(2_640_000_000, 10_000_000), Other("not reproduced: 3 to 6 % more")),
        ],
    },
    Quoted {
        source: Publication {
            title: "GhostNet paper, table 7",
            url: "https://arxiv.org/abs/1911.11907",
        },
        figures: &[
            figure("ghostnet_050", 224, about(2_600_000, 100_000), about(42_000_000, 1_000_000), Same),
            figure("ghostnet_100", 224, about(5_200_000, 100_000), about(141_000_000, 1_000_000), Same),
            figure("ghostnet_130", 224, about(7_300_000, 100_000), about(226_000_000, 1_000_000), Other("not reproduced in its last digit")),
        ],
    },
    Quoted {
        source: Publication {
            title: "Huawei Noah's Ark, ghostnet_pytorch/README.md",
            url: "https://github.com/huawei-noah/Efficient-AI-Backbones",
        },
        figures: &[
            figure("ghostnet_100", 224, None, about(142_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: WEIGHTNET,
        figures: &[
            figure("weightnet_shufflenetv2_0.5x", 224, about(1_500_000, 100_000), about(41_000_000, 1_000_000), Same),
            figure("weightnet_shufflenetv2_1.0x", 224, about(2_400_000, 100_000), about(139_000_000, 1_000_000), Same),
            figure("weightnet_shufflenetv2_1.5x", 224, about(3_900_000, 100_000), about(301_000_000, 1_000_000), Same),
            figure("weightnet_shufflenetv2_2.0x", 224, about(6_100_000, 100_000), about(562_000_000, 1_000_000), Same),
        ],
    },
    Quoted {
        source: MICRONET,
        figures: &[
            figure("micronet_m0", 224, about(1_000_000, 100_000), about(4_000_000, 1_000_000), Same),
            figure("micronet_m1", 224, about(1_800_000, 100_000), about(6_000_000, 1_000_000), Same),
            figure("micronet_m2", 224, about(2_400_000, 100_000), about(12_000_000, 1_000_000), Other("not reproduced: what dynamic shift-max computes is no product here")),
            figure("micronet_m3", 224, about(2_600_000, 100_000), about(21_000_000, 1_000_000), Other("not reproduced: what dynamic shift-max computes is no product here")),
        ],
    },
    Quoted {
        source: Publication {
            title: "HybridSN paper, section III",
            url: "https://arxiv.org/abs/1902.06701",
        },
        figures: &[
            figure("hybridsn_keras_30b_16c", 25, about(5_122_176, 1), None, Same),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Graph, OpKind, ParamKind};
    use crate::zoo::Zoo;

    /// Parameters and operations of a graph as a source counts them that differs so; `None` if that is not known.
    fn counted(graph: &Graph, why: Why) -> Option<(u64, u64)> {
        let (cost, facts) = (graph.cost(), graph.facts());
        let sum = |kinds: &[ParamKind]| -> u64 {
            graph
                .params
                .iter()
                .filter(|param| kinds.contains(&param.kind))
                .map(|param| param.elements() as u64)
                .sum()
        };
        let normal = sum(&[ParamKind::NormWeight, ParamKind::NormBias]);
        let (params, macs) = (cost.params, cost.conv_linear_macs);
        Some(match why {
            Same => (params, macs),
            NoBatchNorm => (params - normal, macs),
            Bare => (
                params - normal - sum(&[ParamKind::Bias]),
                macs + facts.pool.read + facts.squeeze_pool.read + pooled_again(graph),
            ),
            NoClassifier => (params, macs - classifier(graph)),
            Activations => (params, macs + cost.activation_elements),
            Attention => (params, macs + cost.attention_macs),
            Other(_) => return None,
        })
    }

    /// Multiply-accumulates of the last layer.
    fn classifier(graph: &Graph) -> u64 {
        graph.layers().iter().rev().map(|layer| layer.cost.macs).find(|macs| *macs > 0).unwrap()
    }

    /// FBNetV2 and V3 have a layer behind the pool, and before the classifier a second pool, of single pixels.
    fn pooled_again(graph: &Graph) -> u64 {
        let layers = graph.layers();
        let classifier = layers.iter().rposition(|layer| layer.cost.macs > 0).unwrap();
        let pooled = layers[classifier - 1].cost.op == OpKind::GlobalAveragePool;
        if pooled { 0 } else { layers[classifier].inputs[0].elements() as u64 }
    }

    #[test]
    fn figures_are_the_counts_as_far_as_it_is_known_what_they_count() {
        let mut wrong = Vec::new();
        for quoted in QUOTED {
            for figure in quoted.figures {
                let variant = Zoo::builtin().find(figure.model).unwrap();
                let graph = variant.with_resolution(figure.resolution, figure.resolution).graph().unwrap();
                let fits = |(params, operations)| {
                    figure.params.is_none_or(|printed| printed.agrees_with(params))
                        && figure.operations.is_none_or(|printed| printed.agrees_with(operations))
                };
                let plain = counted(&graph, Same).unwrap();
                let right = match counted(&graph, figure.why) {
                    Some(counts) => fits(counts) && (figure.why == Same || !fits(plain)),
                    None => !fits(plain),
                };
                if !right {
                    let counts = counted(&graph, figure.why);
                    wrong.push(format!(
                        "{}: {figure:?}, counted {counts:?}, plainly {plain:?}",
                        quoted.source.title
                    ));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{}",
            wrong.join(
                "
"
            )
        );
    }
}

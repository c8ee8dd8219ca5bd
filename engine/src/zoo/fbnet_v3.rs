//! FBNetV3 (arXiv 2006.02049) as mobile-vision builds it (`fbnet_modeldef_cls_fbnetv3.py`), and B, D and G as timm builds them: the
//! same without the stem's bias, and with half of the window around every depthwise convolution's input. mobile-vision has less
//! there in some stages' first block, so that inputs below some size end in nothing.

use super::Family;
use super::styles::{MOBILE_VISION, TIMM, XIF as X};
use crate::blocks::BlockNames::{MobileVision, Timm};
use crate::blocks::{
    Block, InvertedResidual, Out, Rounding, Squeeze,
    UnitNames::{ConvBn, ConvBn1, Stem},
};
use crate::graph::Activation::HardSwish;
use crate::spec::Interpolation::Bilinear;
use crate::spec::rows::{
    bottleneck, classifier, conv, inverted, inverted_padded as padded, mean, ratio as t, row, rows, skip,
    unit, unit_biased, vector_conv, vector_conv_as,
};
use crate::spec::{Model, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "fbnet_v3",
    title: "FBNetV3",
    year: 2020,
    paper: "arXiv 2006.02049",
    parents: &["fbnet_v2"],
    idea: "The search covers training recipes together with architectures, for the best network under one recipe may not be it \
           under another. A predictor of accuracy, learned from statistics of networks, judges the candidates.",
};

const T: Style = Style { rounding: Rounding::CLOSE, ..TIMM.cropped(0.95, Bilinear) };

/// mobile-vision's, of which A and B are one network at two resolutions, and timm's.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("fbnet_v3", MOBILE_VISION, "FBNetV3_A0", "FBNetV3-A0", &[1.0], &[224], A0_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(242), "FBNetV3_A", "FBNetV3-A", &[1.0], &[224], A_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(266), "FBNetV3_B", "FBNetV3-B", &[1.0], &[248], A_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(272), "FBNetV3_C", "FBNetV3-C", &[1.0], &[248], C_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(277), "FBNetV3_D", "FBNetV3-D", &[1.0], &[248], D_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(291), "FBNetV3_E", "FBNetV3-E", &[1.0], &[264], E_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(296), "FBNetV3_F", "FBNetV3-F", &[1.0], &[272], F_ROWS),
    Model::new("fbnet_v3", MOBILE_VISION.scaled(325), "FBNetV3_G", "FBNetV3-G", &[1.0], &[320], G_ROWS),
    Model::new("fbnet_v3", T, "fbnetv3_b", "FBNetV3-B (timm)", &[1.0], &[224, 248, 256], TIMM_B_ROWS),
    Model::new("fbnet_v3", T, "fbnetv3_d", "FBNetV3-D (timm)", &[1.0], &[224, 256], TIMM_D_ROWS),
    Model::new("fbnet_v3", T, "fbnetv3_g", "FBNetV3-G (timm)", &[1.0], &[240, 288], TIMM_G_ROWS),
];

const SE: Option<Squeeze> = Some(Squeeze::FBNET_V3);

/// A0's second stage. Its outputs are not rounded to eights, but its hidden layer is, so that it expands 12 channels to 16.
const TWELVE: Block = Block::InvertedResidual(InvertedResidual {
    kernel: 3,
    stride: 1,
    expand: t(1.0),
    out: Out::Fixed(12),
    activation: HardSwish,
    squeeze: None,
    names: MobileVision,
    bias: false,
    pad: None,
    groups: 1,
});

#[rustfmt::skip]
const A0_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Fixed(12), HardSwish)),
    rows(X[1], 1, TWELVE),
    rows(X[2], 1, inverted(3, 2, t(4.0),  24, None, HardSwish, MobileVision)),
    rows(X[2], 2, inverted(3, 1, t(2.0),  24, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(3, 2, t(4.0),  40, SE,   HardSwish, MobileVision)),
    rows(X[3], 2, inverted(3, 1, t(2.0),  40, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(4.0),  72, None, HardSwish, MobileVision)),
    rows(X[4], 2, inverted(3, 1, t(3.0),  72, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(4.0), 104, SE,   HardSwish, MobileVision)),
    rows(X[4], 3, inverted(5, 1, t(3.0), 104, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(4.0), 176, SE,   HardSwish, MobileVision)),
    rows(X[5], 3, inverted(3, 1, t(4.0), 176, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 1, t(5.0), 208, SE,   HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1040), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const A_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), HardSwish)),
    rows(X[1], 2, inverted(3, 1, t(1.0), 16, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(4.0), 24, None, HardSwish, MobileVision)),
    rows(X[2], 3, inverted(5, 1, t(2.0), 24, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.0), 40, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(5, 1, t(3.0), 40, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, padded(  5, 2, 1, t(5.0),  72, None)),
    rows(X[4], 4, inverted(3, 1, t(3.0),  72, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0), 120, SE,   HardSwish, MobileVision)),
    rows(X[4], 5, inverted(5, 1, t(3.0), 120, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, padded(  3, 2, 0, t(6.0), 184, SE )),
    rows(X[5], 5, inverted(5, 1, t(4.0), 184, SE, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.0), 224, SE, HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const C_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), HardSwish)),
    rows(X[1], 2, inverted(3, 1, t(1.0), 16, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(5.0), 24, None, HardSwish, MobileVision)),
    rows(X[2], 4, inverted(3, 1, t(3.0), 24, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.0), 48, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(5, 1, t(2.0), 48, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, padded(  5, 2, 1, t(4.0),  88, None)),
    rows(X[4], 4, inverted(3, 1, t(3.0),  88, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(4.0), 120, SE,   HardSwish, MobileVision)),
    rows(X[4], 5, inverted(5, 1, t(3.0), 120, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, padded(  5, 2, 1, t(5.0), 216, SE )),
    rows(X[5], 5, inverted(5, 1, t(5.0), 216, SE, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.0), 216, SE, HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1296), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const D_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(24), HardSwish)),
    rows(X[1], 2, inverted(3, 1, t(1.0),  16, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(3, 2, t(5.0),  24, None, HardSwish, MobileVision)),
    rows(X[2], 5, inverted(3, 1, t(2.0),  24, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(4.0),  40, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(3, 1, t(3.0),  40, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 2, t(5.0),  72, None, HardSwish, MobileVision)),
    rows(X[4], 4, inverted(3, 1, t(3.0),  72, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0), 128, SE,   HardSwish, MobileVision)),
    rows(X[4], 6, inverted(5, 1, t(3.0), 128, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(6.0), 208, SE,   HardSwish, MobileVision)),
    rows(X[5], 5, inverted(5, 1, t(5.0), 208, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.0), 240, SE,   HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1440), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const E_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(24), HardSwish)),
    rows(X[1], 3, inverted(3, 1, t(1.0), 16, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(4.0), 24, None, HardSwish, MobileVision)),
    rows(X[2], 4, inverted(5, 1, t(2.0), 24, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(4.0), 48, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(5, 1, t(3.0), 48, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, padded(  5, 2, 1, t(5.0),  80, None)),
    rows(X[4], 4, inverted(3, 1, t(3.0),  80, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0), 128, SE,   HardSwish, MobileVision)),
    rows(X[4], 7, inverted(5, 1, t(3.0), 128, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(6.0), 216, SE,   HardSwish, MobileVision)),
    rows(X[5], 5, inverted(5, 1, t(5.0), 216, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.0), 240, SE,   HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1440), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const F_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(24), HardSwish)),
    rows(X[1], 3, inverted(3, 1, t(1.0),  24, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(4.0),  32, None, HardSwish, MobileVision)),
    rows(X[2], 4, inverted(5, 1, t(2.0),  32, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(4.0),  56, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(5, 1, t(3.0),  56, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.0),  88, None, HardSwish, MobileVision)),
    rows(X[4], 4, inverted(3, 1, t(3.0),  88, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0), 144, SE,   HardSwish, MobileVision)),
    rows(X[4], 8, inverted(5, 1, t(3.0), 144, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, padded(  3, 2, 0, t(6.0), 248, SE )),
    rows(X[5], 6, inverted(5, 1, t(5.0), 248, SE, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.0), 272, SE, HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1632), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const G_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(32), HardSwish)),
    rows(X[1], 3, inverted(3, 1, t(1.0),  24, None, HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(4.0),  40, None, HardSwish, MobileVision)),
    rows(X[2], 4, inverted(5, 1, t(2.0),  40, None, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(4.0),  56, SE,   HardSwish, MobileVision)),
    rows(X[3], 4, inverted(5, 1, t(3.0),  56, SE,   HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.0), 104, None, HardSwish, MobileVision)),
    rows(X[4], 4, inverted(3, 1, t(3.0), 104, None, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0), 160, SE,   HardSwish, MobileVision)),
    rows(X[4], 8, inverted(5, 1, t(3.0), 160, SE,   HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(6.0), 264, SE,   HardSwish, MobileVision)),
    rows(X[5], 6, inverted(5, 1, t(5.0), 264, SE,   HardSwish, MobileVision)),
    rows(X[5], 2, inverted(5, 1, t(6.0), 288, SE,   HardSwish, MobileVision)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1728), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const TIMM_B_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(16), HardSwish, Stem)),
    rows("blocks.0", 2, bottleneck(3, 1, 16, None, HardSwish, Timm)),
    rows("blocks.1", 1, inverted(5, 2, t(4.0),  24, None, HardSwish, Timm)),
    rows("blocks.1", 3, inverted(5, 1, t(2.0),  24, None, HardSwish, Timm)),
    rows("blocks.2", 1, inverted(5, 2, t(5.0),  40, SE,   HardSwish, Timm)),
    rows("blocks.2", 4, inverted(5, 1, t(3.0),  40, SE,   HardSwish, Timm)),
    rows("blocks.3", 1, inverted(5, 2, t(5.0),  72, None, HardSwish, Timm)),
    rows("blocks.3", 4, inverted(3, 1, t(3.0),  72, None, HardSwish, Timm)),
    rows("blocks.4", 1, inverted(3, 1, t(5.0), 120, SE,   HardSwish, Timm)),
    rows("blocks.4", 5, inverted(5, 1, t(3.0), 120, SE,   HardSwish, Timm)),
    rows("blocks.5", 1, inverted(3, 2, t(6.0), 184, SE,   HardSwish, Timm)),
    rows("blocks.5", 5, inverted(5, 1, t(4.0), 184, SE,   HardSwish, Timm)),
    rows("blocks.5", 1, inverted(5, 1, t(6.0), 224, SE,   HardSwish, Timm)),
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1984), false, false, HardSwish)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TIMM_D_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(24), HardSwish, Stem)),
    rows("blocks.0", 2, bottleneck(3, 1, 16, None, HardSwish, Timm)),
    rows("blocks.1", 1, inverted(3, 2, t(5.0),  24, None, HardSwish, Timm)),
    rows("blocks.1", 5, inverted(3, 1, t(2.0),  24, None, HardSwish, Timm)),
    rows("blocks.2", 1, inverted(5, 2, t(4.0),  40, SE,   HardSwish, Timm)),
    rows("blocks.2", 4, inverted(3, 1, t(3.0),  40, SE,   HardSwish, Timm)),
    rows("blocks.3", 1, inverted(3, 2, t(5.0),  72, None, HardSwish, Timm)),
    rows("blocks.3", 4, inverted(3, 1, t(3.0),  72, None, HardSwish, Timm)),
    rows("blocks.4", 1, inverted(3, 1, t(5.0), 128, SE,   HardSwish, Timm)),
    rows("blocks.4", 6, inverted(5, 1, t(3.0), 128, SE,   HardSwish, Timm)),
    rows("blocks.5", 1, inverted(3, 2, t(6.0), 208, SE,   HardSwish, Timm)),
    rows("blocks.5", 5, inverted(5, 1, t(5.0), 208, SE,   HardSwish, Timm)),
    rows("blocks.5", 1, inverted(5, 1, t(6.0), 240, SE,   HardSwish, Timm)),
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(1440), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1984), false, false, HardSwish)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TIMM_G_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), HardSwish, Stem)),
    rows("blocks.0", 3, bottleneck(3, 1, 24, None, HardSwish, Timm)),
    rows("blocks.1", 1, inverted(5, 2, t(4.0),  40, None, HardSwish, Timm)),
    rows("blocks.1", 4, inverted(5, 1, t(2.0),  40, None, HardSwish, Timm)),
    rows("blocks.2", 1, inverted(5, 2, t(4.0),  56, SE,   HardSwish, Timm)),
    rows("blocks.2", 4, inverted(5, 1, t(3.0),  56, SE,   HardSwish, Timm)),
    rows("blocks.3", 1, inverted(5, 2, t(5.0), 104, None, HardSwish, Timm)),
    rows("blocks.3", 4, inverted(3, 1, t(3.0), 104, None, HardSwish, Timm)),
    rows("blocks.4", 1, inverted(3, 1, t(5.0), 160, SE,   HardSwish, Timm)),
    rows("blocks.4", 8, inverted(5, 1, t(3.0), 160, SE,   HardSwish, Timm)),
    rows("blocks.5", 1, inverted(3, 2, t(6.0), 264, SE,   HardSwish, Timm)),
    rows("blocks.5", 6, inverted(5, 1, t(5.0), 264, SE,   HardSwish, Timm)),
    rows("blocks.5", 2, inverted(5, 1, t(6.0), 288, SE,   HardSwish, Timm)),
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(1728), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1984), false, false, HardSwish)),
    row("classifier", classifier()),
];

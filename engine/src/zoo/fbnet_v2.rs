//! FBNetV2 (arXiv 2004.05565) as mobile-vision builds it (`fbnet_modeldef_cls_fbnetv2.py`).
//!
//! A place without a block keeps its input, or, where the width changes, is a 1×1 convolution with ReLU.

use super::Family;
use super::styles::{MOBILE_VISION, XIF as X};
use crate::blocks::BlockNames::MobileVision;
use crate::blocks::{
    Out, Squeeze,
    UnitNames::{ConvBn, ConvWithin},
};
use crate::graph::Activation::{HardSwish, Relu};
use crate::spec::rows::{
    conv, inverted, mean, ratio as t, row, rows, skip, unit, unit_biased, vector_conv_as,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "fbnet_v2",
    title: "FBNetV2",
    year: 2020,
    paper: "arXiv 2004.05565",
    parents: &["fbnet", "mobilenet_v3"],
    idea: "Widths and resolutions join FBNet's search at almost no cost: candidates of all widths share one feature map, whose \
           channels are masked. The search space grows by fourteen orders of magnitude and fits in the same memory.",
};

/// mobile-vision's: F1 and F2 are one network at two resolutions, and so are L1 and L2.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("fbnet_v2", MOBILE_VISION, "FBNetV2_F0", "FBNetV2-F0", &[1.0], &[224], F0_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(151), "FBNetV2_F1", "FBNetV2-F1", &[1.0], &[128], F1_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(179), "FBNetV2_F2", "FBNetV2-F2", &[1.0], &[160], F1_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(208), "FBNetV2_F3", "FBNetV2-F3", &[1.0], &[192], F3_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(251), "FBNetV2_F4", "FBNetV2-F4", &[1.0], &[224], F4_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(256), "FBNetV2_L1", "FBNetV2-L1", &[1.0], &[224], L1_ROWS),
    Model::new("fbnet_v2", MOBILE_VISION.scaled(287), "FBNetV2_L2", "FBNetV2-L2", &[1.0], &[256], L1_ROWS),
];

const SE_RE: Option<Squeeze> = Some(Squeeze::FBNET_V2);
const SE_HS: Option<Squeeze> = Some(Squeeze { activation: HardSwish, ..Squeeze::FBNET_V2 });

#[rustfmt::skip]
const F0_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(8), HardSwish)),
    rows(X[1], 1, inverted(5, 1, t(1.0),   8, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(4.0),  16, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 1, t(3.0),  16, None,  HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(4.0),  24, SE_RE, Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 1, t(3.0),  24, SE_RE, Relu,      MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(4.0),  48, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(3.0),  48, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(3.0),  64, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(2.0),  64, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(3.0), 128, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(3.0), 160, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, unit(1, 1, Out::Scaled(192), Relu, ConvWithin)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(768), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1280), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const F1_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(8), HardSwish)),
    rows(X[1], 1, inverted(5, 1, t(1.0),     8, None,  Relu,      MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(5.4566), 24, None,  Relu,      MobileVision)),
    rows(X[2], 1, inverted(5, 1, t(4.7912), 24, None,  Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.3501), 32, SE_RE, Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 1, t(4.5379), 24, SE_RE, Relu,      MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.7133), 56, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(4.1212), 56, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.1246), 56, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, unit(1, 1, Out::Scaled(80), Relu, ConvWithin)),
    rows(X[4], 1, inverted(5, 1, t(4.507),   80, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(1.7712),  80, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(4.5685), 144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(5.84),   144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.8754), 144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, unit(1, 1, Out::Scaled(224), Relu, ConvWithin)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1600), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const F3_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(8), HardSwish)),
    rows(X[1], 1, inverted(5, 1, t(1.0),     8, None,  Relu,      MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(5.4566), 24, None,  Relu,      MobileVision)),
    rows(X[2], 1, inverted(5, 1, t(4.7912), 24, None,  Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.3501), 32, SE_RE, Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 1, t(4.5379), 24, SE_RE, Relu,      MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.7133), 56, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(4.1212), 56, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.1246), 56, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, unit(1, 1, Out::Scaled(80), Relu, ConvWithin)),
    rows(X[4], 1, inverted(5, 1, t(4.507),   80, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(1.7712),  80, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(4.5685), 144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(5.84),   144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(6.8754), 144, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, unit(1, 1, Out::Scaled(224), Relu, ConvWithin)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const F4_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), HardSwish)),
    rows(X[1], 1, inverted(3, 1, t(1.0),    16, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(5.4566), 24, None,  HardSwish, MobileVision)),
    rows(X[2], 2, inverted(5, 1, t(1.7912), 24, None,  HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.3501), 32, SE_RE, Relu,      MobileVision)),
    rows(X[3], 1, inverted(5, 1, t(3.5379), 32, SE_RE, Relu,      MobileVision)),
    rows(X[3], 2, inverted(5, 1, t(4.5379), 32, SE_RE, Relu,      MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.7133), 64, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(2.1212), 64, None,  HardSwish, MobileVision)),
    rows(X[4], 1, skip()),
    rows(X[4], 1, inverted(3, 1, t(5.0333), 104, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(2.507),  104, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(1.7712), 104, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(3.7712), 112, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(5.5685), 184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(2.84),   184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(5, 1, t(4.8754), 184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, unit(1, 1, Out::Scaled(224), Relu, ConvWithin)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const L1_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), HardSwish)),
    rows(X[1], 1, inverted(3, 1, t(1.0),    16, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 2, t(5.4566), 24, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 1, t(1.7912), 24, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(3, 1, t(1.7912), 24, None,  HardSwish, MobileVision)),
    rows(X[2], 1, inverted(5, 1, t(1.7912), 24, None,  HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 2, t(5.3501), 40, SE_HS, HardSwish, MobileVision)),
    rows(X[3], 1, inverted(5, 1, t(3.5379), 32, SE_HS, HardSwish, MobileVision)),
    rows(X[3], 2, inverted(5, 1, t(4.5379), 32, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 2, t(5.7133), 64, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(2.1212), 64, None,  HardSwish, MobileVision)),
    rows(X[4], 1, skip()),
    rows(X[4], 1, inverted(3, 1, t(3.1246),  64, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(3, 1, t(5.0333), 112, None,  HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(2.507),  112, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(1.7712), 112, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 1, inverted(5, 1, t(2.7712), 112, SE_HS, HardSwish, MobileVision)),
    rows(X[4], 2, inverted(5, 1, t(3.7712), 112, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, inverted(3, 2, t(5.5685), 184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 2, inverted(5, 1, t(2.84),   184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 2, inverted(5, 1, t(4.8754), 184, SE_HS, HardSwish, MobileVision)),
    rows(X[5], 1, unit(1, 1, Out::Scaled(224), Relu, ConvWithin)),
    row("backbone.stages.xif6_0.pw", unit(1, 1, Out::Scaled(1344), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0.avg_pool", mean()),
    row("backbone.stages.xif6_0.pwl", vector_conv_as(Out::Fixed(1984), HardSwish, ConvBn)),
    row("backbone.stages.xif6_0", skip()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

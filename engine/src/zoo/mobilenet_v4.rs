//! MobileNetV4-Conv-Small and -Medium (arXiv 2404.10518, tables 11 and 12), as timm builds them.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{
    Out,
    UnitNames::{ConvBn1, Stem},
};
use crate::graph::Activation::Relu;
use crate::spec::Interpolation::Bicubic;
use crate::spec::rows::{classifier, fused_inverted, mean, row, rows, unit, universal, vector_conv};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilenet_v4",
    title: "MobileNetV4",
    year: 2024,
    paper: "arXiv 2404.10518",
    parents: &["mobilenet_v3"],
    idea: "One block holds the inverted bottleneck, ConvNext's block and the feed-forward layer as special cases: two depthwise \
           convolutions, each of which may be left out. A search placed them for many kinds of hardware at once.",
};

/// timm's.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("mobilenet_v4", TIMM, "mobilenetv4_conv_small", "MobileNetV4-Conv-S",
        &[1.0], &[224, 256], CONV_SMALL_ROWS),
    Model::new("mobilenet_v4", TIMM.cropped(0.95, Bicubic), "mobilenetv4_conv_medium", "MobileNetV4-Conv-M",
        &[1.0], &[256, 224, 320], CONV_MEDIUM_ROWS),
];

#[rustfmt::skip]
const CONV_SMALL_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu, Stem)),                       // 112×112
    rows("blocks.0", 1, unit(3, 2, Out::Scaled(32), Relu, ConvBn1)),        // 56×56
    rows("blocks.0", 1, unit(1, 1, Out::Scaled(32), Relu, ConvBn1)),
    rows("blocks.1", 1, unit(3, 2, Out::Scaled(96), Relu, ConvBn1)),        // 28×28
    rows("blocks.1", 1, unit(1, 1, Out::Scaled(64), Relu, ConvBn1)),
    // kernels before and after the expansion, stride, t, out
    rows("blocks.2", 1, universal(5, 5, 2, 3.0,  96)),                      // 14×14
    rows("blocks.2", 4, universal(0, 3, 1, 2.0,  96)),
    rows("blocks.2", 1, universal(3, 0, 1, 4.0,  96)),
    rows("blocks.3", 1, universal(3, 3, 2, 6.0, 128)),                      // 7×7
    rows("blocks.3", 1, universal(5, 5, 1, 4.0, 128)),
    rows("blocks.3", 1, universal(0, 5, 1, 4.0, 128)),
    rows("blocks.3", 1, universal(0, 5, 1, 3.0, 128)),
    rows("blocks.3", 2, universal(0, 3, 1, 4.0, 128)),
    rows("blocks.4", 1, unit(1, 1, Out::Scaled(960), Relu, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), false, true, Relu)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const CONV_MEDIUM_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu, Stem)),                       // 128×128
    rows("blocks.0", 1, fused_inverted(3, 2, 4.0, 48)),                     // 64×64
    rows("blocks.1", 1, universal(3, 5, 2, 4.0,  80)),                      // 32×32
    rows("blocks.1", 1, universal(3, 3, 1, 2.0,  80)),
    rows("blocks.2", 1, universal(3, 5, 2, 6.0, 160)),                      // 16×16
    rows("blocks.2", 2, universal(3, 3, 1, 4.0, 160)),
    rows("blocks.2", 1, universal(3, 5, 1, 4.0, 160)),
    rows("blocks.2", 1, universal(3, 3, 1, 4.0, 160)),
    rows("blocks.2", 1, universal(3, 0, 1, 4.0, 160)),
    rows("blocks.2", 1, universal(0, 0, 1, 2.0, 160)),
    rows("blocks.2", 1, universal(3, 0, 1, 4.0, 160)),
    rows("blocks.3", 1, universal(5, 5, 2, 6.0, 256)),                      // 8×8
    rows("blocks.3", 1, universal(5, 5, 1, 4.0, 256)),
    rows("blocks.3", 2, universal(3, 5, 1, 4.0, 256)),
    rows("blocks.3", 1, universal(0, 0, 1, 4.0, 256)),
    rows("blocks.3", 1, universal(3, 0, 1, 4.0, 256)),
    rows("blocks.3", 1, universal(3, 5, 1, 2.0, 256)),
    rows("blocks.3", 1, universal(5, 5, 1, 4.0, 256)),
    rows("blocks.3", 2, universal(0, 0, 1, 4.0, 256)),
    rows("blocks.3", 1, universal(5, 0, 1, 2.0, 256)),
    rows("blocks.4", 1, unit(1, 1, Out::Scaled(960), Relu, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), false, true, Relu)),
    row("classifier", classifier()),
];

//! MobileNetV4-Conv-Small (arXiv 2404.10518, table 11), as timm builds it.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{
    Out,
    UnitNames::{ConvBn1, Stem},
};
use crate::graph::Activation::Relu;
use crate::spec::rows::{classifier, mean, row, rows, unit, universal, vector_conv};
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
pub const MODELS: &[Model] = &[Model::new(
    "mobilenet_v4",
    TIMM,
    "mobilenetv4_conv_small",
    "MobileNetV4-Conv-S",
    &[1.0],
    &[224, 256],
    CONV_SMALL_ROWS,
)];

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

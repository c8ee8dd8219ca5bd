//! GhostNet (arXiv 1911.11907, table 1), as timm builds it.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{
    Out, Rounding, Squeeze,
    UnitNames::{ConvBn1, StemActivated},
};
use crate::graph::Activation::Relu;
use crate::spec::rows::{classifier, ghost, mean, row, rows, unit, vector_conv};
use crate::spec::{Model, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "ghostnet",
    title: "GhostNet",
    year: 2019,
    paper: "arXiv 1911.11907",
    parents: &["mobilenet_v3"],
    idea: "Many feature maps resemble each other. So half of them are computed by a 1×1 convolution, and the other half, their \
           ghosts, from those by a cheap depthwise one.",
};

const STYLE: Style = Style { rounding: Rounding::FOUR, ..TIMM };

/// timm's.
pub const MODELS: &[Model] =
    &[Model::new("ghostnet", STYLE, "ghostnet_{width}", "GhostNet", &[1.0, 0.5, 1.3], &[224], ROWS)];

const SE: Option<Squeeze> = Some(Squeeze::GHOST);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(16), Relu, StemActivated)),
    // kernel, stride, hidden, out
    rows("blocks.0", 1, ghost(3, 1,  16,  16, None)),  // 112×112
    rows("blocks.1", 1, ghost(3, 2,  48,  24, None)),  // 56×56
    rows("blocks.2", 1, ghost(3, 1,  72,  24, None)),
    rows("blocks.3", 1, ghost(5, 2,  72,  40, SE)),    // 28×28
    rows("blocks.4", 1, ghost(5, 1, 120,  40, SE)),
    rows("blocks.5", 1, ghost(3, 2, 240,  80, None)),  // 14×14
    rows("blocks.6", 1, ghost(3, 1, 200,  80, None)),
    rows("blocks.6", 2, ghost(3, 1, 184,  80, None)),
    rows("blocks.6", 1, ghost(3, 1, 480, 112, SE)),
    rows("blocks.6", 1, ghost(3, 1, 672, 112, SE)),
    rows("blocks.7", 1, ghost(5, 2, 672, 160, SE)),    // 7×7
    rows("blocks.8", 1, ghost(5, 1, 960, 160, None)),
    rows("blocks.8", 1, ghost(5, 1, 960, 160, SE)),
    rows("blocks.8", 1, ghost(5, 1, 960, 160, None)),
    rows("blocks.8", 1, ghost(5, 1, 960, 160, SE)),
    rows("blocks.9", 1, unit(1, 1, Out::Scaled(960), Relu, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), true, false, Relu)),
    row("classifier", classifier()),
];

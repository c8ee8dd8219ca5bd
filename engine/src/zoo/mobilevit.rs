//! MobileViT XXS, XS and S (arXiv 2110.02178, table 4), as ml-cvnets and timm build them.

use super::Family;
use super::styles::TIMM;
use crate::blocks::BlockNames::Byob;
use crate::blocks::{Expand, Out, UnitNames::ConvBn};
use crate::graph::Activation::Silu;
use crate::spec::rows::{classifier, inverted, mean, mobile_vit, row, rows, unit};
use crate::spec::{Model, Preprocess, Resize, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilevit",
    title: "MobileViT",
    year: 2021,
    paper: "arXiv 2110.02178",
    parents: &["mobilenet_v2"],
    idea: "Among inverted residuals stand transformers: pixels at the same place of their patches look at each other over the \
           whole map, so that convolution keeps what is near and attention adds what is far.",
};

const STYLE: Style = Style {
    preprocess: Preprocess { resize: Resize::CropPct(0.9), mean: [0.0; 3], std: [1.0; 3], ..TIMM.preprocess },
    ..TIMM
};

const SIDES: &[u32] = &[256, 224, 192, 160, 128, 320];

/// From the smallest to the largest.
pub const MODELS: &[Model] = &[
    Model::new("mobilevit", STYLE, "mobilevit_xxs", "MobileViT-XXS", &[1.0], SIDES, XXS_ROWS),
    Model::new("mobilevit", STYLE, "mobilevit_xs", "MobileViT-XS", &[1.0], SIDES, XS_ROWS),
    Model::new("mobilevit", STYLE, "mobilevit_s", "MobileViT-S", &[1.0], SIDES, S_ROWS),
];

const T2: Expand = Expand::Ratio(2.0);
const T4: Expand = Expand::Ratio(4.0);

#[rustfmt::skip]
const XXS_ROWS: &[Row] = &[
    row("stem", unit(3, 2, Out::Fixed(16), Silu, ConvBn)),
    // count, kernel, stride, t, out
    rows("stages.0", 1, inverted(3, 1, T2, 16, None, Silu, Byob)),  // 128×128
    rows("stages.1", 3, inverted(3, 2, T2, 24, None, Silu, Byob)),  // 64×64
    rows("stages.2", 1, inverted(3, 2, T2, 48, None, Silu, Byob)),  // 32×32
    rows("stages.2", 1, mobile_vit( 64, 2)),                        // transformer's width, layers
    rows("stages.3", 1, inverted(3, 2, T2, 64, None, Silu, Byob)),  // 16×16
    rows("stages.3", 1, mobile_vit( 80, 4)),
    rows("stages.4", 1, inverted(3, 2, T2, 80, None, Silu, Byob)),  // 8×8
    rows("stages.4", 1, mobile_vit( 96, 3)),
    row("final_conv", unit(1, 1, Out::Fixed(320), Silu, ConvBn)),
    row("head.global_pool", mean()),
    row("head.fc", classifier()),
];

#[rustfmt::skip]
const XS_ROWS: &[Row] = &[
    row("stem", unit(3, 2, Out::Fixed(16), Silu, ConvBn)),
    rows("stages.0", 1, inverted(3, 1, T4, 32, None, Silu, Byob)),
    rows("stages.1", 3, inverted(3, 2, T4, 48, None, Silu, Byob)),
    rows("stages.2", 1, inverted(3, 2, T4, 64, None, Silu, Byob)),
    rows("stages.2", 1, mobile_vit( 96, 2)),
    rows("stages.3", 1, inverted(3, 2, T4, 80, None, Silu, Byob)),
    rows("stages.3", 1, mobile_vit(120, 4)),
    rows("stages.4", 1, inverted(3, 2, T4, 96, None, Silu, Byob)),
    rows("stages.4", 1, mobile_vit(144, 3)),
    row("final_conv", unit(1, 1, Out::Fixed(384), Silu, ConvBn)),
    row("head.global_pool", mean()),
    row("head.fc", classifier()),
];

#[rustfmt::skip]
const S_ROWS: &[Row] = &[
    row("stem", unit(3, 2, Out::Fixed(16), Silu, ConvBn)),
    rows("stages.0", 1, inverted(3, 1, T4,  32, None, Silu, Byob)),
    rows("stages.1", 3, inverted(3, 2, T4,  64, None, Silu, Byob)),
    rows("stages.2", 1, inverted(3, 2, T4,  96, None, Silu, Byob)),
    rows("stages.2", 1, mobile_vit(144, 2)),
    rows("stages.3", 1, inverted(3, 2, T4, 128, None, Silu, Byob)),
    rows("stages.3", 1, mobile_vit(192, 4)),
    rows("stages.4", 1, inverted(3, 2, T4, 160, None, Silu, Byob)),
    rows("stages.4", 1, mobile_vit(240, 3)),
    row("final_conv", unit(1, 1, Out::Fixed(640), Silu, ConvBn)),
    row("head.global_pool", mean()),
    row("head.fc", classifier()),
];

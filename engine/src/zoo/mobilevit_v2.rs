//! MobileViTv2 (arXiv 2206.02680, table 8), as ml-cvnets and timm build it: the width scales the transformers too.

use super::Family;
use super::styles::TIMM;
use crate::blocks::BlockNames::Byob;
use crate::blocks::{Expand, Out, UnitNames::ConvBn};
use crate::graph::Activation::Silu;
use crate::spec::rows::{classifier, inverted, mean, mobile_vit_v2, row, rows, unit};
use crate::spec::{Model, Preprocess, Resize, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilevit_v2",
    title: "MobileViTv2",
    year: 2022,
    paper: "arXiv 2206.02680",
    parents: &["mobilevit"],
    idea: "Tokens no longer look at each other in pairs: each has one score, and the sum of all keys, weighed by those, is what \
           every value is multiplied with. Attention's cost grows with the number of tokens instead of its square.",
};

const STYLE: Style = Style {
    preprocess: Preprocess { resize: Resize::CropPct(0.888), mean: [0.0; 3], std: [1.0; 3], ..TIMM.preprocess },
    ..TIMM
};

/// timm's.
pub const MODELS: &[Model] = &[Model::new(
    "mobilevit_v2",
    STYLE,
    "mobilevitv2_{width}",
    "MobileViTv2",
    &[1.0, 0.5, 0.75, 1.25, 1.5, 1.75, 2.0],
    &[256, 224, 192, 160, 128, 320, 384],
    ROWS,
)];

const T2: Expand = Expand::Ratio(2.0);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("stem", unit(3, 2, Out::Scaled(32), Silu, ConvBn)),
    // kernel, stride, t, out
    rows("stages.0", 1, inverted(3, 1, T2,  64, None, Silu, Byob)),  // 128×128
    rows("stages.1", 2, inverted(3, 2, T2, 128, None, Silu, Byob)),  // 64×64
    rows("stages.2", 1, inverted(3, 2, T2, 256, None, Silu, Byob)),  // 32×32
    rows("stages.2", 1, mobile_vit_v2(128, 2)),                      // transformer's width, layers
    rows("stages.3", 1, inverted(3, 2, T2, 384, None, Silu, Byob)),  // 16×16
    rows("stages.3", 1, mobile_vit_v2(192, 4)),
    rows("stages.4", 1, inverted(3, 2, T2, 512, None, Silu, Byob)),  // 8×8
    rows("stages.4", 1, mobile_vit_v2(256, 3)),
    row("head.global_pool", mean()),
    row("head.fc", classifier()),
];

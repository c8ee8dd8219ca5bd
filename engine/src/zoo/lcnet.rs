//! PP-LCNet (arXiv 2109.15099, table 1), as timm builds it.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{Out, Squeeze, UnitNames::Stem};
use crate::graph::Activation::HardSwish;
use crate::spec::rows::{
    classifier, mean, row, rows, separable as dsa, separable_squeezed as dsa_se, unit, vector_conv,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "lcnet",
    title: "PP-LCNet",
    year: 2021,
    paper: "arXiv 2109.15099",
    parents: &["mobilenet_v1", "mobilenet_v3"],
    idea: "MobileNetV1's plain blocks, chosen by latency on Intel processors, with what costs little there: hard swish, 5×5 \
           kernels and squeeze-and-excitation in the last stages only, and a wide layer behind the pool.",
};

/// timm's.
pub const MODELS: &[Model] = &[Model::new(
    "lcnet",
    TIMM,
    "lcnet_{width}",
    "PP-LCNet",
    &[1.0, 0.75, 0.5, 0.35, 1.5],
    &[224],
    ROWS,
)];

const SE: Option<Squeeze> = Some(Squeeze::LCNET);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(16), HardSwish, Stem)),
    // count, kernel, stride, out
    rows("blocks.0", 1, dsa(3, 1,  32, HardSwish)),         // 112×112
    rows("blocks.1", 2, dsa(3, 2,  64, HardSwish)),         // 56×56
    rows("blocks.2", 2, dsa(3, 2, 128, HardSwish)),         // 28×28
    rows("blocks.3", 1, dsa(3, 2, 256, HardSwish)),         // 14×14
    rows("blocks.3", 1, dsa(5, 1, 256, HardSwish)),
    rows("blocks.4", 4, dsa(5, 1, 256, HardSwish)),
    rows("blocks.5", 2, dsa_se(5, 2, 512, SE, HardSwish)),  // 7×7
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), true, false, HardSwish)),
    row("classifier", classifier()),
];

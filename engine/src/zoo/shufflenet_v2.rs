//! ShuffleNetV2 (arXiv 1807.11164, table 5), as torchvision builds it.

use super::Family;
use super::styles::TORCHVISION;
use crate::blocks::{Out, UnitNames::Sequential};
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Floor;
use crate::spec::rows::{by_width, classifier, max_pool, mean, row, rows, shuffle, unit};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "shufflenet_v2",
    title: "ShuffleNetV2",
    year: 2018,
    paper: "arXiv 1807.11164",
    parents: &["shufflenet_v1"],
    idea: "Designed by measured speed instead of counted operations: equal widths, no groups, no additions. Half of the channels \
           pass each block untouched, and a shuffle lets the halves meet.",
};

/// torchvision's, at its four widths.
pub const MODELS: &[Model] = &[Model::new(
    "shufflenet_v2",
    TORCHVISION,
    "shufflenet_v2_x{width_1}",
    "ShuffleNetV2",
    &[1.0, 0.5, 1.5, 2.0],
    &[224],
    ROWS,
)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("conv1", unit(3, 2, Out::Fixed(24), Relu, Sequential)),                                              // 112×112
    row("maxpool", max_pool(3, 2, 1, Floor)),                                                                // 56×56
    rows("stage2", 4, shuffle(2, by_width(&[(0.5,   48), (1.0,  116), (1.5,  176), (2.0,  244)]))),          // 28×28
    rows("stage3", 8, shuffle(2, by_width(&[(0.5,   96), (1.0,  232), (1.5,  352), (2.0,  488)]))),          // 14×14
    rows("stage4", 4, shuffle(2, by_width(&[(0.5,  192), (1.0,  464), (1.5,  704), (2.0,  976)]))),          // 7×7
    row("conv5", unit(1, 1, by_width(&[(0.5, 1024), (1.0, 1024), (1.5, 1024), (2.0, 2048)]), Relu, Sequential)),
    row("mean", mean()),
    row("fc", classifier()),
];

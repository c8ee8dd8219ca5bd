//! IGCV2 (arXiv 1804.06202). The paper's tables are not known here, and its authors published no code: these are two small networks
//! of its unit, to show what that is, and none of the paper.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::{Out, UnitNames::Sequential};
use crate::graph::Activation::Relu;
use crate::spec::rows::{classifier, igc_v2, mean, row, rows, unit};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "igcv2",
    title: "IGCV2",
    year: 2018,
    paper: "arXiv 1804.06202",
    parents: &["igcv1"],
    idea: "A wide 1×1 convolution becomes a product of several in groups, with shuffles so chosen that every channel still \
           reaches every other. The more factors, the fewer weights.",
};

/// Of 64 and of 144 channels, in groups of 8 and of 12.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("igcv2", AUTHORS, "igcv2_fixture_c64_k8", "IGCV2 unit, 64 channels", &[1.0], &[32], C64_ROWS).of(3, 10),
    Model::new("igcv2", AUTHORS, "igcv2_fixture_c144_k12", "IGCV2 unit, 144 channels", &[1.0], &[32], C144_ROWS).of(3, 10),
];

#[rustfmt::skip]
const C64_ROWS: &[Row] = &[
    row("stem", unit(3, 1, Out::Fixed(64), Relu, Sequential)),    // 32×32
    rows("blocks", 2, igc_v2(1, 8)),
    rows("blocks", 2, igc_v2(2, 8)),                            // 16×16
    rows("blocks", 2, igc_v2(2, 8)),                            // 8×8
    row("mean", mean()),
    row("fc", classifier()),
];

#[rustfmt::skip]
const C144_ROWS: &[Row] = &[
    row("stem", unit(3, 1, Out::Fixed(144), Relu, Sequential)),    // 32×32
    rows("blocks", 2, igc_v2(1, 12)),
    rows("blocks", 2, igc_v2(2, 12)),                            // 16×16
    rows("blocks", 2, igc_v2(2, 12)),                            // 8×8
    row("mean", mean()),
    row("fc", classifier()),
];

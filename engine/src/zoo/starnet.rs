//! StarNet (arXiv 2403.19967, table 8), as timm builds it.

use super::Family;
use super::styles::TIMM;
use crate::blocks::Out;
use crate::graph::Activation::{Identity, Relu6};
use crate::spec::rows::{
    activate, classifier, mean, norm, row, rows, star, unit_biased,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "starnet",
    title: "StarNet",
    year: 2024,
    paper: "arXiv 2403.19967",
    parents: &["mobilenet_v2"],
    idea: "Two linear maps of the same features are multiplied number by number. A product of sums has all the pairs of its terms, \
           so that few layers reach dimensions for which others need width, much as kernel methods do.",
};

/// timm's smallest.
pub const MODELS: &[Model] = &[Model::new("starnet", TIMM, "starnet_s1", "StarNet-S1", &[1.0], &[224], S1_ROWS)];

#[rustfmt::skip]
const S1_ROWS: &[Row] = &[
    rows("stem", 1, unit_biased(3, 2, Out::Fixed(32), Identity)),
    rows("stem", 1, activate(Relu6)),                                     // 112×112
    rows("stages.0", 1, unit_biased(3, 2, Out::Scaled(24), Identity)),    // 56×56
    rows("stages.0", 2, star(4.0, Relu6)),
    rows("stages.1", 1, unit_biased(3, 2, Out::Scaled(48), Identity)),    // 28×28
    rows("stages.1", 2, star(4.0, Relu6)),
    rows("stages.2", 1, unit_biased(3, 2, Out::Scaled(96), Identity)),    // 14×14
    rows("stages.2", 8, star(4.0, Relu6)),
    rows("stages.3", 1, unit_biased(3, 2, Out::Scaled(192), Identity)),   // 7×7
    rows("stages.3", 3, star(4.0, Relu6)),
    row("norm", norm()),
    row("global_pool", mean()),
    row("head", classifier()),
];

//! PeleeNet (arXiv 1804.06882, table 1), as its authors build it (Robert-JunWang/PeleeNet).

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::{Out, UnitNames::ConvNorm};
use crate::graph::Activation::Relu;
use crate::spec::rows::{
    average_pool, classifier, mean, pelee_dense, pelee_stem, row, rows, unit,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "peleenet",
    title: "PeleeNet",
    year: 2018,
    paper: "arXiv 1804.06882",
    parents: &[],
    idea: "DenseNet for phones, of ordinary convolutions alone, which every library runs fast. Each layer adds channels by two \
           ways, one of which sees further than the other.",
};

/// The authors'.
pub const MODELS: &[Model] =
    &[Model::new("peleenet", AUTHORS, "peleenet", "PeleeNet", &[1.0], &[224, 304], ROWS)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("features.stemblock", pelee_stem(32)),                                           // 56×56
    rows("features.denseblock1.denselayer{1}", 3, pelee_dense(1)),
    row("features.transition1", unit(1, 1, Out::Fixed(128), Relu, ConvNorm)),
    row("features.transition1_pool", average_pool(2, 2, 0)),                             // 28×28
    rows("features.denseblock2.denselayer{1}", 4, pelee_dense(2)),
    row("features.transition2", unit(1, 1, Out::Fixed(256), Relu, ConvNorm)),
    row("features.transition2_pool", average_pool(2, 2, 0)),                             // 14×14
    rows("features.denseblock3.denselayer{1}", 8, pelee_dense(4)),
    row("features.transition3", unit(1, 1, Out::Fixed(512), Relu, ConvNorm)),
    row("features.transition3_pool", average_pool(2, 2, 0)),                             // 7×7
    rows("features.denseblock4.denselayer{1}", 6, pelee_dense(4)),
    row("features.transition4", unit(1, 1, Out::Fixed(704), Relu, ConvNorm)),
    row("mean", mean()),
    row("classifier", classifier()),
];

//! CondenseNet (arXiv 1711.09224), as its authors use it after training (ShichenLiu/CondenseNet): convolutions in groups that read
//! channels in an order which training has found and checkpoints state.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::Out;
use crate::graph::Activation::Relu;
use crate::spec::rows::{
    activate, average_pool, bare, condense, fixed_mean, indexed_classifier, norm, row, rows,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "condensenet",
    title: "CondenseNet",
    year: 2017,
    paper: "arXiv 1711.09224",
    parents: &[],
    idea: "Every layer reads what all before it have computed, and learns which of that it needs: training prunes the rest. What \
           remains is sorted into groups, so that it runs as ordinary convolutions in groups.",
};

/// For ImageNet, then for CIFAR-10; with 4 and with 8 groups.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("condensenet", AUTHORS, "condensenet74_g4", "CondenseNet-74, 4 groups", &[1.0], &[224], G4_ROWS),
    Model::new("condensenet", AUTHORS, "condensenet74_g8", "CondenseNet-74, 8 groups", &[1.0], &[224], G8_ROWS),
    Model::new("condensenet", AUTHORS, "condensenet86_cifar_g4", "CondenseNet-86, 4 groups (CIFAR)",
        &[1.0], &[32], CIFAR_G4_ROWS).of(3, 10),
    Model::new("condensenet", AUTHORS, "condensenet86_cifar_g8", "CondenseNet-86, 8 groups (CIFAR)",
        &[1.0], &[32], CIFAR_G8_ROWS).of(3, 10),
];

#[rustfmt::skip]
const G4_ROWS: &[Row] = &[
    row("features.init_conv", bare(3, 2, Out::Fixed(16))),
    rows("features.denseblock_1.denselayer_{1}",  4, condense(  8, 4)),
    row("features.transition_1", average_pool(2, 2, 0)),
    rows("features.denseblock_2.denselayer_{1}",  6, condense( 16, 4)),
    row("features.transition_2", average_pool(2, 2, 0)),
    rows("features.denseblock_3.denselayer_{1}",  8, condense( 32, 4)),
    row("features.transition_3", average_pool(2, 2, 0)),
    rows("features.denseblock_4.denselayer_{1}", 10, condense( 64, 4)),
    row("features.transition_4", average_pool(2, 2, 0)),
    rows("features.denseblock_5.denselayer_{1}",  8, condense(128, 4)),
    row("features.norm_last", norm()),
    row("features.relu_last", activate(Relu)),
    row("features.pool_last", fixed_mean(7, 7)),
    row("classifier", indexed_classifier()),
];

#[rustfmt::skip]
const G8_ROWS: &[Row] = &[
    row("features.init_conv", bare(3, 2, Out::Fixed(16))),
    rows("features.denseblock_1.denselayer_{1}",  4, condense(  8, 8)),
    row("features.transition_1", average_pool(2, 2, 0)),
    rows("features.denseblock_2.denselayer_{1}",  6, condense( 16, 8)),
    row("features.transition_2", average_pool(2, 2, 0)),
    rows("features.denseblock_3.denselayer_{1}",  8, condense( 32, 8)),
    row("features.transition_3", average_pool(2, 2, 0)),
    rows("features.denseblock_4.denselayer_{1}", 10, condense( 64, 8)),
    row("features.transition_4", average_pool(2, 2, 0)),
    rows("features.denseblock_5.denselayer_{1}",  8, condense(128, 8)),
    row("features.norm_last", norm()),
    row("features.relu_last", activate(Relu)),
    row("features.pool_last", fixed_mean(7, 7)),
    row("classifier", indexed_classifier()),
];

#[rustfmt::skip]
const CIFAR_G4_ROWS: &[Row] = &[
    row("features.init_conv", bare(3, 1, Out::Fixed(16))),
    rows("features.denseblock_1.denselayer_{1}", 14, condense(  8, 4)),
    row("features.transition_1", average_pool(2, 2, 0)),
    rows("features.denseblock_2.denselayer_{1}", 14, condense( 16, 4)),
    row("features.transition_2", average_pool(2, 2, 0)),
    rows("features.denseblock_3.denselayer_{1}", 14, condense( 32, 4)),
    row("features.norm_last", norm()),
    row("features.relu_last", activate(Relu)),
    row("features.pool_last", fixed_mean(8, 8)),
    row("classifier", indexed_classifier()),
];

#[rustfmt::skip]
const CIFAR_G8_ROWS: &[Row] = &[
    row("features.init_conv", bare(3, 1, Out::Fixed(16))),
    rows("features.denseblock_1.denselayer_{1}", 14, condense(  8, 8)),
    row("features.transition_1", average_pool(2, 2, 0)),
    rows("features.denseblock_2.denselayer_{1}", 14, condense( 16, 8)),
    row("features.transition_2", average_pool(2, 2, 0)),
    rows("features.denseblock_3.denselayer_{1}", 14, condense( 32, 8)),
    row("features.norm_last", norm()),
    row("features.relu_last", activate(Relu)),
    row("features.pool_last", fixed_mean(8, 8)),
    row("classifier", indexed_classifier()),
];

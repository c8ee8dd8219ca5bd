//! WeightNet on ShuffleNetV2 (arXiv 2007.11823, table 3, 1×), as its authors build it in MegEngine.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::Out;
use crate::spec::rows::{by_width, classifier, fixed_mean, max_pool, biased_unit, row, rows, weight_net};
use crate::graph::op::Rounding::Floor;
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "weightnet",
    title: "WeightNet",
    year: 2020,
    paper: "arXiv 2007.11823",
    parents: &["shufflenet_v2"],
    idea: "Filters are no parameters but are computed for every image, from the means of its channels, by two layers of which the \
           second is in groups. Squeeze-and-excitation and mixtures of filters are its two ends.",
};

/// The authors'.
pub const MODELS: &[Model] = &[Model::new(
    "weightnet",
    AUTHORS,
    "weightnet_shufflenetv2_{width.1}x",
    "WeightNet-ShuffleNetV2",
    &[1.0, 0.5, 1.5, 2.0],
    &[224],
    ROWS,
)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("first_conv", biased_unit(3, 2, Out::Fixed(24))),                                                        // 112×112
    row("maxpool", max_pool(3, 2, 1, Floor)),                                                                    // 56×56
    rows("features", 4, weight_net(2, by_width(&[(0.5,   48), (1.0,  112), (1.5,  176), (2.0,  248)]))),         // 28×28
    rows("features", 8, weight_net(2, by_width(&[(0.5,   96), (1.0,  224), (1.5,  352), (2.0,  496)]))),         // 14×14
    rows("features", 4, weight_net(2, by_width(&[(0.5,  192), (1.0,  448), (1.5,  704), (2.0,  992)]))),         // 7×7
    row("conv_last", biased_unit(1, 1, Out::Fixed(1024))),
    row("globalpool", fixed_mean(7, 7)),
    rows("classifier", 1, classifier()),
];

//! ShuffleNetV1 (arXiv 1707.01083), as the authors published it later (megvii-model/ShuffleNet-Series): they shuffle behind the
//! depthwise convolution, by the inverse of the paper's permutation; the pool's window is fixed, and the classifier has no bias.
//!
//! Their weights are trained on BGR from 0 to 255.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::{Out, UnitNames::Sequential};
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Floor;
use crate::spec::rows::{by_width, fixed_mean, max_pool, row, rows, shuffle_v1, unbiased_classifier, unit};
use crate::spec::{Model, Preprocess, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "shufflenet_v1",
    title: "ShuffleNetV1",
    year: 2017,
    paper: "arXiv 1707.01083",
    parents: &["mobilenet_v1"],
    idea: "Most of a separable block's multiplications are in its 1×1 convolutions, so those work in groups. A shuffle of the \
           channels between two of them lets the groups exchange what they know.",
};

const STYLE: Style = Style {
    preprocess: Preprocess { mean: [0.0; 3], std: [1.0 / 255.0; 3], ..AUTHORS.preprocess },
    ..AUTHORS
};

const WIDTHS: &[f64] = &[1.0, 0.5, 1.5, 2.0];

/// With 3 and with 8 groups.
pub const MODELS: &[Model] = &[
    Model::new(
        "shufflenet_v1",
        STYLE,
        "shufflenetv1_g3_{width.1}x",
        "ShuffleNetV1, 3 groups",
        WIDTHS,
        &[224],
        G3_ROWS,
    ),
    Model::new(
        "shufflenet_v1",
        STYLE,
        "shufflenetv1_g8_{width.1}x",
        "ShuffleNetV1, 8 groups",
        WIDTHS,
        &[224],
        G8_ROWS,
    ),
];

#[rustfmt::skip]
const G3_ROWS: &[Row] = &[
    row("first_conv", unit(3, 2, by_width(&[(0.5, 12), (1.0, 24), (1.5, 24), (2.0, 48)]), Relu, Sequential)),    // 112×112
    row("maxpool", max_pool(3, 2, 1, Floor)),                                                                    // 56×56
    rows("features", 4, shuffle_v1(2, Out::Scaled(240), 3, 1)),                                                  // 28×28
    rows("features", 8, shuffle_v1(2, Out::Scaled(480), 3, 3)),                                                  // 14×14
    rows("features", 4, shuffle_v1(2, Out::Scaled(960), 3, 3)),                                                  // 7×7
    row("globalpool", fixed_mean(7, 7)),
    rows("classifier", 1, unbiased_classifier()),
];

#[rustfmt::skip]
const G8_ROWS: &[Row] = &[
    row("first_conv", unit(3, 2, by_width(&[(0.5, 16), (1.0, 24), (1.5, 24), (2.0, 48)]), Relu, Sequential)),
    row("maxpool", max_pool(3, 2, 1, Floor)),
    rows("features", 4, shuffle_v1(2, Out::Scaled(384), 8, 1)),
    rows("features", 8, shuffle_v1(2, Out::Scaled(768), 8, 8)),
    rows("features", 4, shuffle_v1(2, Out::Scaled(1536), 8, 8)),
    row("globalpool", fixed_mean(7, 7)),
    rows("classifier", 1, unbiased_classifier()),
];

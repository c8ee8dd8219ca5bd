//! ShuffleNetV2 (arXiv 1807.11164, table 5), as torchvision builds it and as the authors do (megvii-model/ShuffleNet-Series).
//!
//! The weights of one do not fit the other but at width 0.5: in the authors' units with a stride, the shorter way keeps its input's
//! channels. Theirs are trained on BGR from 0 to 255.

use super::Family;
use super::styles::{AUTHORS, TORCHVISION};
use crate::blocks::{
    Out,
    ShuffleForm::{Shuffled, Split},
    UnitNames::Sequential,
};
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Floor;
use crate::spec::rows::{
    by_width, classifier, fixed_mean, max_pool, mean, row, rows, shuffle, unbiased_classifier, unit,
};
use crate::spec::{Model, Preprocess, Row, Style};

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

const AUTHORS_STYLE: Style = Style {
    preprocess: Preprocess { mean: [0.0; 3], std: [1.0 / 255.0; 3], ..AUTHORS.preprocess },
    ..AUTHORS
};

const WIDTHS: &[f64] = &[1.0, 0.5, 1.5, 2.0];

/// torchvision's and the authors', at their four widths.
pub const MODELS: &[Model] = &[
    Model::new(
        "shufflenet_v2",
        TORCHVISION,
        "shufflenet_v2_x{width_1}",
        "ShuffleNetV2",
        WIDTHS,
        &[224],
        ROWS,
    ),
    Model::new(
        "shufflenet_v2",
        AUTHORS_STYLE,
        "shufflenetv2_{width.1}x",
        "ShuffleNetV2 (Megvii)",
        WIDTHS,
        &[224],
        AUTHORS_ROWS,
    ),
];

const STAGE2: Out = by_width(&[(0.5, 48), (1.0, 116), (1.5, 176), (2.0, 244)]);
const STAGE3: Out = by_width(&[(0.5, 96), (1.0, 232), (1.5, 352), (2.0, 488)]);
const STAGE4: Out = by_width(&[(0.5, 192), (1.0, 464), (1.5, 704), (2.0, 976)]);
const LAST: Out = by_width(&[(0.5, 1024), (1.0, 1024), (1.5, 1024), (2.0, 2048)]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("conv1", unit(3, 2, Out::Fixed(24), Relu, Sequential)),   // 112×112
    row("maxpool", max_pool(3, 2, 1, Floor)),                     // 56×56
    rows("stage2", 4, shuffle(2, STAGE2, Shuffled)),              // 28×28
    rows("stage3", 8, shuffle(2, STAGE3, Shuffled)),              // 14×14
    rows("stage4", 4, shuffle(2, STAGE4, Shuffled)),              // 7×7
    row("conv5", unit(1, 1, LAST, Relu, Sequential)),
    row("mean", mean()),
    row("fc", classifier()),
];

#[rustfmt::skip]
const AUTHORS_ROWS: &[Row] = &[
    row("first_conv", unit(3, 2, Out::Fixed(24), Relu, Sequential)),
    row("maxpool", max_pool(3, 2, 1, Floor)),
    rows("features", 4, shuffle(2, STAGE2, Split)),
    rows("features", 8, shuffle(2, STAGE3, Split)),
    rows("features", 4, shuffle(2, STAGE4, Split)),
    row("conv_last", unit(1, 1, LAST, Relu, Sequential)),
    row("globalpool", fixed_mean(7, 7)),
    rows("classifier", 1, unbiased_classifier()),
];

//! SqueezeNet 1.0 and 1.1 (arXiv 1602.07360, table 1; 1.1 is the authors' later release), as torchvision builds them: biases
//! instead of batch normalisation, windows that are cut off at the map's end, and a classifier before the pool.

use super::Family;
use super::styles::TORCHVISION;
use crate::blocks::Out;
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Ceil;
use crate::spec::rows::{activate, conv, fire, max_pool, mean, rows, skip};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "squeezenet",
    title: "SqueezeNet",
    year: 2016,
    paper: "arXiv 1602.07360",
    parents: &[],
    idea: "Few channels squeeze before 1×1 and 3×3 convolutions expand side by side, and maps shrink late. AlexNet's accuracy \
           with a fiftieth of its parameters; multiplications were not what it saved.",
};

/// Both versions.
pub const MODELS: &[Model] = &[
    Model::new("squeezenet", TORCHVISION, "squeezenet1_0", "SqueezeNet 1.0", &[1.0], &[224], V1_0_ROWS),
    Model::new("squeezenet", TORCHVISION, "squeezenet1_1", "SqueezeNet 1.1", &[1.0], &[224], V1_1_ROWS),
];

#[rustfmt::skip]
const V1_0_ROWS: &[Row] = &[
    rows("features", 1, conv(7, 2, 0, Out::Fixed(96))),    // 109×109
    rows("features", 1, activate(Relu)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 54×54
    // squeeze, each half of the output
    rows("features", 2, fire(16,  64)),
    rows("features", 1, fire(32, 128)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 27×27
    rows("features", 1, fire(32, 128)),
    rows("features", 2, fire(48, 192)),
    rows("features", 1, fire(64, 256)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 13×13
    rows("features", 1, fire(64, 256)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, conv(1, 1, 0, Out::Classes)),
    rows("classifier", 1, activate(Relu)),
    rows("classifier", 1, mean()),
];

#[rustfmt::skip]
const V1_1_ROWS: &[Row] = &[
    rows("features", 1, conv(3, 2, 0, Out::Fixed(64))),    // 111×111
    rows("features", 1, activate(Relu)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 55×55
    rows("features", 2, fire(16,  64)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 27×27
    rows("features", 2, fire(32, 128)),
    rows("features", 1, max_pool(3, 2, 0, Ceil)),          // 13×13
    rows("features", 2, fire(48, 192)),
    rows("features", 2, fire(64, 256)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, conv(1, 1, 0, Out::Classes)),
    rows("classifier", 1, activate(Relu)),
    rows("classifier", 1, mean()),
];

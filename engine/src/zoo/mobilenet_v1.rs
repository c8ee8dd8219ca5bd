//! MobileNetV1 (arXiv 1704.04861, table 1), as timm builds it: ReLU6, ε 1e-5.
//!
//! The paper's table prints the last block with stride 2; its shapes, and every implementation, have 1.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{Out, UnitNames};
use crate::graph::Activation::Relu6;
use crate::spec::rows::{classifier, mean, row, rows, separable, unit};
use crate::spec::{Model, Preprocess, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilenet_v1",
    title: "MobileNetV1",
    year: 2017,
    paper: "arXiv 1704.04861",
    parents: &[],
    idea: "A convolution splits into a filter per channel and a 1×1 convolution that mixes channels, at an eighth to a ninth of \
           the multiplications. Two numbers, width and resolution, scale the network.",
};

const STYLE: Style =
    Style { preprocess: Preprocess { mean: [0.5; 3], std: [0.5; 3], ..TIMM.preprocess }, ..TIMM };

/// Its networks: the paper's, timm's with a 1×1 convolution before the pool, and those of tables 4 (every separable block as one
/// standard convolution) and 5 (without the five (512, stride 1) blocks).
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("mobilenet_v1", STYLE, "mobilenetv1_{width}", "MobileNetV1",
        &[1.0, 0.75, 0.5, 0.25, 1.25], &[224, 192, 160, 128], ROWS),
    Model::new("mobilenet_v1", STYLE, "mobilenetv1_{width}h", "MobileNetV1 + head",
        &[1.0], &[224, 192, 160, 128], HEAD_ROWS),
    Model::new("mobilenet_v1", STYLE, "mobilenetv1_full_conv", "MobileNetV1, standard convolutions",
        &[1.0], &[224], FULL_CONV_ROWS),
    Model::new("mobilenet_v1", STYLE, "mobilenetv1_shallow", "MobileNetV1, shallow",
        &[1.0], &[224], SHALLOW_ROWS),
];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Stem)),
    // count, kernel, stride, out
    rows("blocks.0", 1, separable(3, 1,   64, Relu6)),  // 112×112
    rows("blocks.1", 2, separable(3, 2,  128, Relu6)),  // 56×56
    rows("blocks.2", 2, separable(3, 2,  256, Relu6)),  // 28×28
    rows("blocks.3", 6, separable(3, 2,  512, Relu6)),  // 14×14
    rows("blocks.4", 2, separable(3, 2, 1024, Relu6)),  // 7×7
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const HEAD_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Stem)),
    rows("blocks.0", 1, separable(3, 1,   64, Relu6)),
    rows("blocks.1", 2, separable(3, 2,  128, Relu6)),
    rows("blocks.2", 2, separable(3, 2,  256, Relu6)),
    rows("blocks.3", 6, separable(3, 2,  512, Relu6)),
    rows("blocks.4", 2, separable(3, 2, 1024, Relu6)),
    row("", unit(1, 1, Out::AtLeast(1024), Relu6, UnitNames::Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const FULL_CONV_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Stem)),
    rows("blocks.0", 1, unit(3, 1, Out::Scaled(  64), Relu6, UnitNames::ConvBn1)),
    rows("blocks.1", 2, unit(3, 2, Out::Scaled( 128), Relu6, UnitNames::ConvBn1)),
    rows("blocks.2", 2, unit(3, 2, Out::Scaled( 256), Relu6, UnitNames::ConvBn1)),
    rows("blocks.3", 6, unit(3, 2, Out::Scaled( 512), Relu6, UnitNames::ConvBn1)),
    rows("blocks.4", 2, unit(3, 2, Out::Scaled(1024), Relu6, UnitNames::ConvBn1)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const SHALLOW_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Stem)),
    rows("blocks.0", 1, separable(3, 1,   64, Relu6)),
    rows("blocks.1", 2, separable(3, 2,  128, Relu6)),
    rows("blocks.2", 2, separable(3, 2,  256, Relu6)),
    rows("blocks.3", 1, separable(3, 2,  512, Relu6)),
    rows("blocks.4", 2, separable(3, 2, 1024, Relu6)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

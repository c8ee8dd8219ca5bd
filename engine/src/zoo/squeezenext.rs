//! SqueezeNext (arXiv 1803.10615, table 3), as its authors publish it for Caffe (amirgholami/SqueezeNext), and as pytorchcv builds it:
//! with another padding of the first convolution, with biases, and with a first convolution that scales with the width.
//!
//! The authors' weights are trained on BGR from 0 to 255.

use super::Family;
use super::styles::{AUTHORS, PYTORCHCV};
use crate::blocks::{
    Block, Out,
    Shortcut::{Before, Beside},
    SqueezeNextForm::{Caffe, Pytorchcv},
    Unit, UnitNames,
};
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Ceil;
use crate::spec::rows::{
    classifier, fixed_mean, max_pool, mean, row, rows, squeeze_next, unbiased_classifier, unit,
};
use crate::spec::{ChannelOrder, Model, Preprocess, Resize, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "squeezenext",
    title: "SqueezeNext",
    year: 2018,
    paper: "arXiv 1803.10615",
    parents: &["squeezenet"],
    idea: "Channels are squeezed twice before a 3×3 filter, which is split into 3×1 and 1×3, and a shortcut makes deep networks \
           trainable. Where the units stand was chosen on a simulator of the hardware.",
};

const STYLE: Style = Style {
    preprocess: Preprocess {
        resize: Resize::ShortSide(256),
        mean: [123.0 / 255.0, 117.0 / 255.0, 104.0 / 255.0],
        std: [1.0 / 255.0; 3],
        order: ChannelOrder::Bgr,
        ..AUTHORS.preprocess
    },
    ..AUTHORS
};

/// The authors', then pytorchcv's.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("squeezenext", STYLE, "1.0-SqNxt-23", "SqueezeNext 1.0-23", &[1.0], &[227], ROWS),
    Model::new("squeezenext", STYLE, "1.0-G-SqNxt-23", "SqueezeNext 1.0-G-23", &[1.0], &[227], G_ROWS),
    Model::new("squeezenext", STYLE, "1.0-SqNxt-23v5", "SqueezeNext 1.0-23v5", &[1.0], &[227], V5_ROWS),
    Model::new("squeezenext", STYLE, "2.0-SqNxt-23", "SqueezeNext 2.0-23", &[1.0], &[227], WIDE_ROWS),
    Model::new("squeezenext", STYLE, "2.0-SqNxt-23v5", "SqueezeNext 2.0-23v5", &[1.0], &[227], WIDE_V5_ROWS),
    Model::new("squeezenext", PYTORCHCV, "sqnxt23_{width/}", "SqueezeNext 23 (pytorchcv)",
        &[1.0, 1.5, 2.0], &[224], CV_ROWS),
    Model::new("squeezenext", PYTORCHCV, "sqnxt23v5_{width/}", "SqueezeNext 23v5 (pytorchcv)",
        &[1.0, 1.5, 2.0], &[224], CV_V5_ROWS),
];

const STEM: Block = Block::Unit(Unit {
    kernel: 7,
    stride: 2,
    out: Out::Fixed(64),
    groups: 1,
    pad: Some(0),
    bias: false,
    norm: true,
    activation: Relu,
    names: UnitNames::Caffe,
});

const V5_STEM: Block = Block::Unit(Unit {
    kernel: 5,
    stride: 2,
    out: Out::Fixed(64),
    groups: 1,
    pad: Some(0),
    bias: false,
    norm: true,
    activation: Relu,
    names: UnitNames::Caffe,
});

const CV_STEM: Block = Block::Unit(Unit {
    kernel: 7,
    stride: 2,
    out: Out::Scaled(64),
    groups: 1,
    pad: Some(1),
    bias: true,
    norm: true,
    activation: Relu,
    names: UnitNames::ConvBn,
});

const CV_LAST: Block = Block::Unit(Unit {
    kernel: 1,
    stride: 1,
    out: Out::Scaled(128),
    groups: 1,
    pad: None,
    bias: true,
    norm: true,
    activation: Relu,
    names: UnitNames::ConvBn,
});

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("", STEM),
    row("pool1", max_pool(3, 2, 0, Ceil)),
    rows("Eltwise{1}",  6, squeeze_next(1,  32, 1, Beside, Caffe)),
    rows("Eltwise{1}",  6, squeeze_next(2,  64, 1, Beside, Caffe)),
    rows("Eltwise{1}",  8, squeeze_next(2, 128, 1, Beside, Caffe)),
    rows("Eltwise{1}",  1, squeeze_next(2, 256, 1, Beside, Caffe)),
    row("", unit(1, 1, Out::Fixed(128), Relu, UnitNames::Caffe)),
    row("pool5", mean()),
    row("fc1000", unbiased_classifier()),
];

#[rustfmt::skip]
const G_ROWS: &[Row] = &[
    row("", STEM),
    row("pool1", max_pool(3, 2, 0, Ceil)),
    rows("Eltwise{1}",  6, squeeze_next(1,  32, 2, Beside, Caffe)),
    rows("Eltwise{1}",  6, squeeze_next(2,  64, 2, Beside, Caffe)),
    rows("Eltwise{1}",  8, squeeze_next(2, 128, 2, Beside, Caffe)),
    rows("Eltwise{1}",  1, squeeze_next(2, 256, 2, Beside, Caffe)),
    row("", unit(1, 1, Out::Fixed(128), Relu, UnitNames::Caffe)),
    row("pool5", mean()),
    row("fc1000", unbiased_classifier()),
];

#[rustfmt::skip]
const V5_ROWS: &[Row] = &[
    row("", V5_STEM),
    row("pool1", max_pool(3, 2, 0, Ceil)),
    rows("Eltwise{1}",  2, squeeze_next(1,  32, 1, Before, Caffe)),
    rows("Eltwise{1}",  4, squeeze_next(2,  64, 1, Before, Caffe)),
    rows("Eltwise{1}", 14, squeeze_next(2, 128, 1, Before, Caffe)),
    rows("Eltwise{1}",  1, squeeze_next(2, 256, 1, Before, Caffe)),
    row("", unit(1, 1, Out::Fixed(128), Relu, UnitNames::Caffe)),
    row("pool5", mean()),
    row("fc1000", unbiased_classifier()),
];

#[rustfmt::skip]
const WIDE_ROWS: &[Row] = &[
    row("", STEM),
    row("pool1", max_pool(3, 2, 0, Ceil)),
    rows("Eltwise{1}",  6, squeeze_next(1,  64, 1, Beside, Caffe)),
    rows("Eltwise{1}",  6, squeeze_next(2, 128, 1, Beside, Caffe)),
    rows("Eltwise{1}",  8, squeeze_next(2, 256, 1, Beside, Caffe)),
    rows("Eltwise{1}",  1, squeeze_next(2, 512, 1, Beside, Caffe)),
    row("", unit(1, 1, Out::Fixed(128), Relu, UnitNames::Caffe)),
    row("pool5", mean()),
    row("fc1000", unbiased_classifier()),
];

#[rustfmt::skip]
const WIDE_V5_ROWS: &[Row] = &[
    row("", V5_STEM),
    row("pool1", max_pool(3, 2, 0, Ceil)),
    rows("Eltwise{1}",  2, squeeze_next(1,  64, 1, Before, Caffe)),
    rows("Eltwise{1}",  4, squeeze_next(2, 128, 1, Before, Caffe)),
    rows("Eltwise{1}", 14, squeeze_next(2, 256, 1, Before, Caffe)),
    rows("Eltwise{1}",  1, squeeze_next(2, 512, 1, Before, Caffe)),
    row("", unit(1, 1, Out::Fixed(128), Relu, UnitNames::Caffe)),
    row("pool5", mean()),
    row("fc1000", unbiased_classifier()),
];

#[rustfmt::skip]
const CV_ROWS: &[Row] = &[
    row("features.init_block.conv", CV_STEM),
    row("features.init_block", max_pool(3, 2, 0, Ceil)),
    rows("features.stage1.unit{1}",  6, squeeze_next(1,  32, 1, Beside, Pytorchcv)),
    rows("features.stage2.unit{1}",  6, squeeze_next(2,  64, 1, Beside, Pytorchcv)),
    rows("features.stage3.unit{1}",  8, squeeze_next(2, 128, 1, Beside, Pytorchcv)),
    rows("features.stage4.unit{1}",  1, squeeze_next(2, 256, 1, Beside, Pytorchcv)),
    row("features.final_block", CV_LAST),
    row("features.final_pool", fixed_mean(7, 1)),
    row("output", classifier()),
];

#[rustfmt::skip]
const CV_V5_ROWS: &[Row] = &[
    row("features.init_block.conv", CV_STEM),
    row("features.init_block", max_pool(3, 2, 0, Ceil)),
    rows("features.stage1.unit{1}",  2, squeeze_next(1,  32, 1, Beside, Pytorchcv)),
    rows("features.stage2.unit{1}",  4, squeeze_next(2,  64, 1, Beside, Pytorchcv)),
    rows("features.stage3.unit{1}", 14, squeeze_next(2, 128, 1, Beside, Pytorchcv)),
    rows("features.stage4.unit{1}",  1, squeeze_next(2, 256, 1, Beside, Pytorchcv)),
    row("features.final_block", CV_LAST),
    row("features.final_pool", fixed_mean(7, 1)),
    row("output", classifier()),
];

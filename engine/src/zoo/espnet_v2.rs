//! ESPNetV2 (arXiv 1811.11431, table 1), as its authors build it for ImageNet.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::Out;
use crate::blocks::Reinforcement::{Added, Unread};
use crate::spec::rows::{
    by_width, classifier, esp_v2, esp_v2_halving, mean, prelu_depthwise, prelu_unit, row, rows,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "espnet_v2",
    title: "ESPNetV2",
    year: 2018,
    paper: "arXiv 1811.11431",
    parents: &["espnet"],
    idea: "Depthwise convolutions of several dilations look at the same few channels, each sum including those of smaller windows, \
           so that a unit sees near and far at once. After every halving the image itself is let in again.",
};

/// The authors'.
pub const MODELS: &[Model] = &[Model::new(
    "espnet_v2",
    AUTHORS,
    "espnetv2_{width.1}",
    "ESPNetV2",
    &[1.0, 0.5, 1.25, 1.5, 2.0],
    &[224],
    ROWS,
)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("level1", prelu_unit(3, 2, Out::AtMost(32), 1)),           // 112×112
    // out, largest window
    row("level2_0", esp_v2_halving( 64, 13, Added)),               // 56×56
    row("level3_0", esp_v2_halving(128, 11, Added)),               // 28×28
    rows("level3", 3, esp_v2(128, 9)),
    row("level4_0", esp_v2_halving(256,  9, Added)),               // 14×14
    rows("level4", 7, esp_v2(256, 7)),
    row("level5_0", esp_v2_halving(512,  7, Unread)),              // 7×7
    rows("level5", 3, esp_v2(512, 5)),
    rows("level5", 1, prelu_depthwise(3, 1, Out::Scaled(512))),
    rows("level5", 1, prelu_unit(1, 1, by_width(&[(0.5, 1024), (1.0, 1024), (1.25, 1024), (1.5, 1024), (2.0, 1280)]), 4)),
    row("mean", mean()),
    row("classifier", classifier()),
];

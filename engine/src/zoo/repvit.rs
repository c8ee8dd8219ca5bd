//! RepViT-M0.9 (arXiv 2307.09283, table 1), as timm builds it.

use super::Family;
use super::styles::TIMM;
use crate::blocks::{
    Out,
    RepVitForm::{Branched, Merged},
    UnitNames::CBn,
};
use crate::graph::Activation::{Gelu, Identity};
use crate::spec::Interpolation::Bicubic;
use crate::spec::rows::{
    activate, classifier, conv, mean, repvit, repvit_downsample as downsample, repvit_head, row, rows, skip, unit,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "repvit",
    title: "RepViT",
    year: 2023,
    paper: "arXiv 2307.09283",
    parents: &["mobilenet_v3"],
    idea: "MobileNetV3's block, split as a transformer's is: first a depthwise convolution mixes positions, then two 1×1 convolutions \
           mix channels. The depthwise one is trained with branches beside it, which are linear and can be summed up afterwards.",
};

/// timm's, in the form in which it is trained and published, and as its `fuse()` leaves it: the same function.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("repvit", TIMM.cropped(0.95, Bicubic), "repvit_m0_9", "RepViT-M0.9", &[1.0], &[224], M0_9_ROWS),
    Model::new("repvit", TIMM.cropped(0.95, Bicubic), "repvit_m0_9_fused", "RepViT-M0.9 (merged)", &[1.0], &[224], M0_9_MERGED_ROWS),
];

/// The rows in one form: those behind the stem and before the head differ in nothing else.
macro_rules! m0_9 {
    ($form:ident, $first:expr, $second:expr, $head:expr) => {
        &[
            row("stem.conv1", $first),                                     // 112×112
            row("stem.act1", activate(Gelu)),
            row("stem.conv2", $second),                                    // 56×56
            row("stem", skip()),
            rows("stages.0.blocks", 1, repvit(true, $form)),
            rows("stages.0.blocks", 1, repvit(false, $form)),
            row("stages.0", skip()),
            row("stages.1.downsample", downsample(Out::Scaled(96), $form)),          // 28×28
            rows("stages.1.blocks", 1, repvit(true, $form)),
            rows("stages.1.blocks", 1, repvit(false, $form)),
            row("stages.1", skip()),
            row("stages.2.downsample", downsample(Out::Scaled(192), $form)),         // 14×14
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            rows("stages.2.blocks", 1, repvit(true, $form)),
            rows("stages.2.blocks", 1, repvit(false, $form)),
            row("stages.2", skip()),
            row("stages.3.downsample", downsample(Out::Scaled(384), $form)),         // 7×7
            rows("stages.3.blocks", 1, repvit(true, $form)),
            rows("stages.3.blocks", 1, repvit(false, $form)),
            row("stages.3", skip()),
            row("global_pool", mean()),
            row("head", $head),
        ]
    };
}

#[rustfmt::skip]
const M0_9_ROWS: &[Row] = m0_9!(
    Branched, unit(3, 2, Out::Scaled(24), Identity, CBn), unit(3, 2, Out::Scaled(48), Identity, CBn), repvit_head()
);

#[rustfmt::skip]
const M0_9_MERGED_ROWS: &[Row] =
    m0_9!(Merged, conv(3, 2, 1, Out::Scaled(24)), conv(3, 2, 1, Out::Scaled(48)), classifier());

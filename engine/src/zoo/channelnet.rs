//! ChannelNet-v1 (arXiv 1809.01330), as pytorchcv builds it after the authors' code. With the concatenations of that code it has more
//! multiplications than the paper's table says.

use super::Family;
use super::styles::PYTORCHCV;
use crate::blocks::{
    ChannelPart::{ChannelWise, Group, Plain, Separable},
    Merge::{Add, Concat, Last},
};
use crate::spec::rows::{channel_unit, classifier, fixed_mean, row, rows};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "channelnet",
    title: "ChannelNet",
    year: 2018,
    paper: "arXiv 1809.01330",
    parents: &["mobilenet_v1"],
    idea: "Channels are taken as a further dimension, over which a small window slides. That mixes them with a handful of weights, \
           before convolutions in groups that would else know nothing of each other.",
};

/// pytorchcv's.
pub const MODELS: &[Model] =
    &[Model::new("channelnet", PYTORCHCV, "channelnet", "ChannelNet-v1", &[1.0], &[224], ROWS)];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    rows("features.stage1.unit{1}", 1, channel_unit(2,   64, [Plain, Separable], Concat)),      // 112×112
    rows("features.stage2.unit{1}", 1, channel_unit(2,  128, [Separable, Separable], Concat)),  // 56×56
    rows("features.stage3.unit{1}", 1, channel_unit(2,  256, [Separable, Separable], Concat)),  // 28×28
    rows("features.stage4.unit{1}", 1, channel_unit(2,  512, [Separable, Group], Add)),         // 14×14
    rows("features.stage4.unit{1}", 1, channel_unit(1,  512, [ChannelWise, ChannelWise], Add)),
    rows("features.stage5.unit{1}", 1, channel_unit(2, 1024, [Separable, Separable], Last)),    // 7×7
    row("features.final_pool", fixed_mean(7, 1)),
    row("output", classifier()),
];

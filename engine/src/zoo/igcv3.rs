//! IGCV3-D (arXiv 1806.00178, table 1), as pytorchcv builds it and as its authors do in MXNet (homles11/IGCV3). At width 1 both are
//! the same; at width 0.5 the first block of each stage but the first has fewer hidden channels in the authors' code, which applies the
//! width to its input once more.

use super::Family;
use super::styles::{MXNET, PYTORCHCV};
use crate::blocks::{
    IgcExpand::{Input, Narrowed},
    IgcV3Names::{Mxnet, Pytorchcv},
    Out,
    UnitNames::{ConvBn, IgcV3},
};
use crate::graph::Activation::Relu6;
use crate::spec::rows::{by_width, classifier, fixed_mean, igc_v3, row, rows, unit};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "igcv3",
    title: "IGCV3",
    year: 2018,
    paper: "arXiv 1806.00178",
    parents: &["igcv2", "mobilenet_v2"],
    idea: "MobileNetV2's block with its 1×1 convolutions in two groups and a shuffle between them: low rank and sparsity \
           together. What that saves buys twice as many blocks.",
};

/// pytorchcv's at its widths, and the authors' own at theirs.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("igcv3", PYTORCHCV, "igcv3_{width/}", "IGCV3-D", &[1.0, 0.75, 0.5, 0.25], &[224], ROWS),
    Model::new("igcv3", MXNET, "mxnet_igcv3_{width/}", "IGCV3-D (authors)", &[1.0, 0.5], &[224], MXNET_ROWS),
];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("features.init_block", unit(3, 2, Out::Scaled(32), Relu6, ConvBn)),                    // 112×112
    rows("features.stage1.unit{1}", 1, igc_v3(1, Input(1), Out::Scaled(16), Pytorchcv)),
    rows("features.stage2.unit{1}", 4, igc_v3(2, Input(6), Out::Scaled(24), Pytorchcv)),       // 56×56
    rows("features.stage3.unit{1}", 6, igc_v3(2, Input(6), Out::Scaled(32), Pytorchcv)),       // 28×28
    rows("features.stage4.unit{1}", 8, igc_v3(2, Input(6), Out::Scaled(64), Pytorchcv)),       // 14×14
    rows("features.stage4.unit{1}", 6, igc_v3(1, Input(6), Out::Scaled(96), Pytorchcv)),
    rows("features.stage5.unit{1}", 6, igc_v3(2, Input(6), Out::Scaled(160), Pytorchcv)),      // 7×7
    rows("features.stage5.unit{1}", 1, igc_v3(1, Input(6), Out::Scaled(320), Pytorchcv)),
    row("features.final_block", unit(1, 1, Out::AtLeast(1280), Relu6, ConvBn)),
    row("features.final_pool", fixed_mean(7, 1)),
    row("output", classifier()),
];

#[rustfmt::skip]
const MXNET_ROWS: &[Row] = &[
    row("first-3x3-conv-", unit(3, 2, by_width(&[(1.0, 32), (0.5, 16)]), Relu6, IgcV3)),
    rows("seq-0-block{0}", 1, igc_v3(1, Input(1), by_width(&[(1.0, 16), (0.5, 8)]), Mxnet)),
    rows("seq-1-block{0}", 4, igc_v3(2, Narrowed(6), by_width(&[(1.0, 24), (0.5, 12)]), Mxnet)),
    rows("seq-2-block{0}", 6, igc_v3(2, Narrowed(6), by_width(&[(1.0, 32), (0.5, 16)]), Mxnet)),
    rows("seq-3-block{0}", 8, igc_v3(2, Narrowed(6), by_width(&[(1.0, 64), (0.5, 32)]), Mxnet)),
    rows("seq-4-block{0}", 6, igc_v3(1, Narrowed(6), by_width(&[(1.0, 96), (0.5, 48)]), Mxnet)),
    rows("seq-5-block{0}", 6, igc_v3(2, Narrowed(6), by_width(&[(1.0, 160), (0.5, 80)]), Mxnet)),
    rows("seq-6-block{0}", 1, igc_v3(1, Narrowed(6), by_width(&[(1.0, 320), (0.5, 160)]), Mxnet)),
    row("last-1x1-conv-", unit(1, 1, Out::Fixed(1280), Relu6, IgcV3)),
    row("ops.global_pool", fixed_mean(7, 1)),
    row("fc", classifier()),
];

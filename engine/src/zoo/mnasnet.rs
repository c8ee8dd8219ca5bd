//! MnasNet (arXiv 1807.11626, figure 7): B1, which has no squeeze-and-excitation, A1, which has, and Small, as timm builds them;
//! B1 as torchvision builds it.

use super::Family;
use super::styles::{TIMM, TORCHVISION};
use crate::blocks::BlockNames::{Timm, TorchvisionMnasnet as Mnasnet};
use crate::blocks::{
    Out, Squeeze,
    UnitNames::{Head, Layers, Stem},
};
use crate::graph::Activation::Relu;
use crate::spec::rows::{bottleneck, classifier, inverted, mean, ratio as t, row, rows, skip, unit};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "mnasnet",
    title: "MnasNet",
    year: 2018,
    paper: "arXiv 1807.11626",
    parents: &["mobilenet_v2"],
    idea: "A search chose kernel, expansion, depth and squeeze-and-excitation for each stage, and judged every candidate by its \
           accuracy and by the time that it took on a real phone. MobileNetV3 and EfficientNet begin from its networks.",
};

/// timm's, and torchvision's.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("mnasnet", TIMM, "mnasnet_{width}", "MnasNet-B1", &[1.0, 0.75, 0.5, 1.4], &[224], B1_ROWS),
    Model::new("mnasnet", TIMM, "semnasnet_{width}", "MnasNet-A1", &[1.0, 0.75, 0.5, 1.4], &[224], A1_ROWS),
    Model::new("mnasnet", TIMM, "mnasnet_small", "MnasNet-Small", &[1.0], &[224], SMALL_ROWS),
    Model::new("mnasnet", TORCHVISION, "mnasnet{width_1}", "MnasNet-B1", &[1.0, 0.75, 0.5, 1.3], &[224], TORCHVISION_ROWS),
];

const SE: Option<Squeeze> = Some(Squeeze::MNASNET);

#[rustfmt::skip]
const B1_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu, Timm)),           // 112×112
    // count, kernel, stride, hidden, out
    rows("blocks.1", 3, inverted(3, 2, t(3.0),  24, None, Relu, Timm)),    // 56×56
    rows("blocks.2", 3, inverted(5, 2, t(3.0),  40, None, Relu, Timm)),    // 28×28
    rows("blocks.3", 3, inverted(5, 2, t(6.0),  80, None, Relu, Timm)),    // 14×14
    rows("blocks.4", 2, inverted(3, 1, t(6.0),  96, None, Relu, Timm)),
    rows("blocks.5", 4, inverted(5, 2, t(6.0), 192, None, Relu, Timm)),    // 7×7
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const A1_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu, Timm)),
    rows("blocks.1", 2, inverted(3, 2, t(6.0),  24, None, Relu, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(3.0),  40, SE,   Relu, Timm)),
    rows("blocks.3", 4, inverted(3, 2, t(6.0),  80, None, Relu, Timm)),
    rows("blocks.4", 2, inverted(3, 1, t(6.0), 112, SE,   Relu, Timm)),
    rows("blocks.5", 3, inverted(5, 2, t(6.0), 160, SE,   Relu, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const SMALL_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(8), Relu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 8, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 2, t(3.0),  16, None, Relu, Timm)),
    rows("blocks.2", 2, inverted(3, 2, t(6.0),  16, None, Relu, Timm)),
    rows("blocks.3", 4, inverted(5, 2, t(6.0),  32, SE,   Relu, Timm)),
    rows("blocks.4", 3, inverted(3, 1, t(6.0),  32, SE,   Relu, Timm)),
    rows("blocks.5", 3, inverted(5, 2, t(6.0),  88, SE,   Relu, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 144, None, Relu, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TORCHVISION_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu, Layers(0))),
    row("", bottleneck(3, 1, 16, None, Relu, Mnasnet)),
    rows("layers.8",  3, inverted(3, 2, t(3.0),  24, None, Relu, Mnasnet)),
    rows("layers.9",  3, inverted(5, 2, t(3.0),  40, None, Relu, Mnasnet)),
    rows("layers.10", 3, inverted(5, 2, t(6.0),  80, None, Relu, Mnasnet)),
    rows("layers.11", 2, inverted(3, 1, t(6.0),  96, None, Relu, Mnasnet)),
    rows("layers.12", 4, inverted(5, 2, t(6.0), 192, None, Relu, Mnasnet)),
    rows("layers.13", 1, inverted(3, 1, t(6.0), 320, None, Relu, Mnasnet)),
    row("", unit(1, 1, Out::Fixed(1280), Relu, Layers(14))),
    row("mean", mean()),
    rows("classifier", 1, skip()),
    rows("classifier", 1, classifier()),
];

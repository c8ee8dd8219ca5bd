//! MobileNetV2 (arXiv 1801.04381, table 2), as timm and torchvision build it.

use super::Family;
use super::styles::{TIMM, TORCHVISION};
use crate::blocks::BlockNames::{Timm, TorchvisionV2};
use crate::blocks::{Expand, Out, UnitNames};
use crate::graph::Activation::Relu6;
use crate::spec::rows::{bottleneck, classifier, inverted, mean, row, rows, skip, unit};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilenet_v2",
    title: "MobileNetV2",
    year: 2018,
    paper: "arXiv 1801.04381",
    parents: &["mobilenet_v1"],
    idea: "Blocks are wide inside and narrow between: a 1×1 convolution expands, a depthwise one filters, another 1×1 projects \
           without a non-linearity, which would lose information in few channels. The narrow ends are joined by residuals.",
};

/// timm's, and torchvision's: the same numbers under other names.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("mobilenet_v2", TIMM, "mobilenetv2_{width}", "MobileNetV2",
        &[1.0, 0.75, 0.5, 0.35, 1.3, 1.4], &[224, 192, 160, 128, 96], ROWS),
    Model::new("mobilenet_v2", TORCHVISION, "mobilenet_v2", "MobileNetV2",
        &[1.0, 1.4, 0.75, 0.5, 0.35], &[224], TORCHVISION_ROWS),
];

const T6: Expand = Expand::Ratio(6.0);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu6, Timm)),       // 112×112
    // count, kernel, stride, t, out
    rows("blocks.1", 2, inverted(3, 2, T6,  24, None, Relu6, Timm)),    // 56×56
    rows("blocks.2", 3, inverted(3, 2, T6,  32, None, Relu6, Timm)),    // 28×28
    rows("blocks.3", 4, inverted(3, 2, T6,  64, None, Relu6, Timm)),    // 14×14
    rows("blocks.4", 3, inverted(3, 1, T6,  96, None, Relu6, Timm)),    // 14×14
    rows("blocks.5", 3, inverted(3, 2, T6, 160, None, Relu6, Timm)),    // 7×7
    rows("blocks.6", 1, inverted(3, 1, T6, 320, None, Relu6, Timm)),    // 7×7
    row("", unit(1, 1, Out::AtLeast(1280), Relu6, UnitNames::Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TORCHVISION_ROWS: &[Row] = &[
    rows("features", 1, unit(3, 2, Out::Scaled(32), Relu6, UnitNames::Sequential)),
    rows("features", 1, bottleneck(3, 1, 16, None, Relu6, TorchvisionV2)),
    rows("features", 2, inverted(3, 2, T6,  24, None, Relu6, TorchvisionV2)),
    rows("features", 3, inverted(3, 2, T6,  32, None, Relu6, TorchvisionV2)),
    rows("features", 4, inverted(3, 2, T6,  64, None, Relu6, TorchvisionV2)),
    rows("features", 3, inverted(3, 1, T6,  96, None, Relu6, TorchvisionV2)),
    rows("features", 3, inverted(3, 2, T6, 160, None, Relu6, TorchvisionV2)),
    rows("features", 1, inverted(3, 1, T6, 320, None, Relu6, TorchvisionV2)),
    rows("features", 1, unit(1, 1, Out::AtLeast(1280), Relu6, UnitNames::Sequential)),
    row("avgpool", mean()),
    rows("classifier", 1, skip()),
    rows("classifier", 1, classifier()),
];

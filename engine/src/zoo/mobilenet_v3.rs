//! MobileNetV3 Large and Small (arXiv 1905.02244 v5, tables 1 and 2) in the definitions of timm, of timm's
//! TensorFlow ports, and of torchvision, which differ in ε, padding and in how α widens the hidden layers.

use super::Family;
use super::styles::{TIMM, TIMM_TF, TORCHVISION};
use crate::blocks::BlockNames::{Timm, TorchvisionV3};
use crate::blocks::{
    Block, Conventions, Out, Separable, Squeeze, SqueezeRounding,
    UnitNames::{ConvBn1, Sequential, Stem},
};
use crate::graph::Activation::{HardSwish, Identity, Relu};
use crate::spec::rows::{
    activate, bottleneck, classifier, inverted, linear, mean, ratio as t, row, rows, skip, unit, vector_conv,
    width as w,
};
use crate::spec::{Model, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "mobilenet_v3",
    title: "MobileNetV3",
    year: 2019,
    paper: "arXiv 1905.02244",
    parents: &["mobilenet_v2", "mnasnet"],
    idea: "A search on a phone's latency chose the widths, kernels and where squeeze-and-excitation pays. Hard swish replaces a \
           costly function by a piecewise one, and the last stage computes its widest layer on one pixel.",
};

/// torchvision's ε is TensorFlow's.
const TV: Style = Style { conventions: Conventions { bn_eps: 1e-3, ..Conventions::PYTORCH }, ..TORCHVISION };

const SIDES: &[u32] = &[224, 192, 160, 128, 256];

/// timm's Large, Small and its early Large (squeezed widths not rounded to 8, no first residual, no head bias); Large and Small
/// with TensorFlow's conventions, and minimalistic (no squeeze-and-excitation, ReLU, 3×3 only); torchvision's, where α scales
/// hidden widths and head too.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("mobilenet_v3", TIMM, "mobilenetv3_large_{width}", "MobileNetV3-Large",
        &[1.0, 0.75], SIDES, LARGE_ROWS),
    Model::new("mobilenet_v3", TIMM, "mobilenetv3_small_{width}", "MobileNetV3-Small",
        &[1.0, 0.75, 0.5], SIDES, SMALL_ROWS),
    Model::new("mobilenet_v3", TIMM, "mobilenetv3_rw", "MobileNetV3-Large (rw)",
        &[1.0], &[224], RW_ROWS),
    Model::new("mobilenet_v3", TIMM_TF, "tf_mobilenetv3_large_{width}", "MobileNetV3-Large (TF)",
        &[1.0, 0.75], SIDES, LARGE_ROWS),
    Model::new("mobilenet_v3", TIMM_TF, "tf_mobilenetv3_small_{width}", "MobileNetV3-Small (TF)",
        &[1.0, 0.75], SIDES, SMALL_ROWS),
    Model::new("mobilenet_v3", TIMM_TF, "tf_mobilenetv3_large_minimal_{width}", "MobileNetV3-Large minimalistic",
        &[1.0], SIDES, LARGE_MINIMAL_ROWS),
    Model::new("mobilenet_v3", TIMM_TF, "tf_mobilenetv3_small_minimal_{width}", "MobileNetV3-Small minimalistic",
        &[1.0], SIDES, SMALL_MINIMAL_ROWS),
    Model::new("mobilenet_v3", TV, "mobilenet_v3_large", "MobileNetV3-Large",
        &[1.0, 0.75], &[224], TORCHVISION_LARGE_ROWS),
    Model::new("mobilenet_v3", TV, "mobilenet_v3_small", "MobileNetV3-Small",
        &[1.0, 0.75, 0.5], &[224], TORCHVISION_SMALL_ROWS),
];

const SE: Option<Squeeze> = Some(Squeeze::V3);
const SE_NEAREST: Option<Squeeze> = Some(Squeeze { rounding: SqueezeRounding::Nearest, ..Squeeze::V3 });
const STEM: Out = Out::FixedBelow(16, 0.75);

#[rustfmt::skip]
const LARGE_ROWS: &[Row] = &[
    row("", unit(3, 2, STEM, HardSwish, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu, Timm)),                // 112×112
    // count, kernel, stride, hidden, out, squeeze
    rows("blocks.1", 1, inverted(3, 2, t(4.0),  24, None, Relu, Timm)),         // 56×56
    rows("blocks.1", 1, inverted(3, 1, t(3.0),  24, None, Relu, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(3.0),  40, SE,   Relu, Timm)),         // 28×28
    rows("blocks.3", 1, inverted(3, 2, t(6.0),  80, None, HardSwish, Timm)),    // 14×14
    rows("blocks.3", 1, inverted(3, 1, t(2.5),  80, None, HardSwish, Timm)),
    rows("blocks.3", 2, inverted(3, 1, t(2.3),  80, None, HardSwish, Timm)),
    rows("blocks.4", 2, inverted(3, 1, t(6.0), 112, SE,   HardSwish, Timm)),    // 14×14
    rows("blocks.5", 3, inverted(5, 2, t(6.0), 160, SE,   HardSwish, Timm)),    // 7×7
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(960), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), true, false, HardSwish)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const RW_ROWS: &[Row] = &[
    row("", unit(3, 2, STEM, HardSwish, Stem)),
    rows("blocks.0", 1, Block::Separable(Separable {
        kernel: 3,
        stride: 1,
        out: Out::Scaled(16),
        activation: Relu,
        pointwise_activation: Identity,
        squeeze: None,
        residual: false,
        names: Timm,
    })),
    rows("blocks.1", 1, inverted(3, 2, t(4.0),  24, None,       Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 1, t(3.0),  24, None,       Relu, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(3.0),  40, SE_NEAREST, Relu, Timm)),
    rows("blocks.3", 1, inverted(3, 2, t(6.0),  80, None,       HardSwish, Timm)),
    rows("blocks.3", 1, inverted(3, 1, t(2.5),  80, None,       HardSwish, Timm)),
    rows("blocks.3", 2, inverted(3, 1, t(2.3),  80, None,       HardSwish, Timm)),
    rows("blocks.4", 2, inverted(3, 1, t(6.0), 112, SE_NEAREST, HardSwish, Timm)),
    rows("blocks.5", 3, inverted(5, 2, t(6.0), 160, SE_NEAREST, HardSwish, Timm)),
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(960), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), false, false, HardSwish)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const SMALL_ROWS: &[Row] = &[
    row("", unit(3, 2, STEM, HardSwish, Stem)),
    rows("blocks.0", 1, bottleneck(3, 2, 16, SE, Relu, Timm)),                  // 56×56
    rows("blocks.1", 1, inverted(3, 2, t(4.5),  24, None, Relu, Timm)),         // 28×28
    rows("blocks.1", 1, inverted(3, 1, t(3.67), 24, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(5, 2, t(4.0),  40, SE,   HardSwish, Timm)),    // 14×14
    rows("blocks.2", 2, inverted(5, 1, t(6.0),  40, SE,   HardSwish, Timm)),
    rows("blocks.3", 2, inverted(5, 1, t(3.0),  48, SE,   HardSwish, Timm)),    // 14×14
    rows("blocks.4", 3, inverted(5, 2, t(6.0),  96, SE,   HardSwish, Timm)),    // 7×7
    rows("blocks.5", 1, unit(1, 1, Out::Scaled(576), HardSwish, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1024), true, false, HardSwish)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const LARGE_MINIMAL_ROWS: &[Row] = &[
    row("", unit(3, 2, STEM, Relu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 2, t(4.0),  24, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 1, t(3.0),  24, None, Relu, Timm)),
    rows("blocks.2", 3, inverted(3, 2, t(3.0),  40, None, Relu, Timm)),
    rows("blocks.3", 1, inverted(3, 2, t(6.0),  80, None, Relu, Timm)),
    rows("blocks.3", 1, inverted(3, 1, t(2.5),  80, None, Relu, Timm)),
    rows("blocks.3", 2, inverted(3, 1, t(2.3),  80, None, Relu, Timm)),
    rows("blocks.4", 2, inverted(3, 1, t(6.0), 112, None, Relu, Timm)),
    rows("blocks.5", 3, inverted(3, 2, t(6.0), 160, None, Relu, Timm)),
    rows("blocks.6", 1, unit(1, 1, Out::Scaled(960), Relu, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1280), true, false, Relu)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const SMALL_MINIMAL_ROWS: &[Row] = &[
    row("", unit(3, 2, STEM, Relu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 2, 16, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 2, t(4.5),  24, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 1, t(3.67), 24, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(3, 2, t(4.0),  40, None, Relu, Timm)),
    rows("blocks.2", 2, inverted(3, 1, t(6.0),  40, None, Relu, Timm)),
    rows("blocks.3", 2, inverted(3, 1, t(3.0),  48, None, Relu, Timm)),
    rows("blocks.4", 3, inverted(3, 2, t(6.0),  96, None, Relu, Timm)),
    rows("blocks.5", 1, unit(1, 1, Out::Scaled(576), Relu, ConvBn1)),
    row("global_pool", mean()),
    row("", vector_conv(Out::Fixed(1024), true, false, Relu)),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TORCHVISION_LARGE_ROWS: &[Row] = &[
    rows("features", 1, unit(3, 2, Out::Scaled(16), HardSwish, Sequential)),
    rows("features", 1, bottleneck(3, 1, 16, None, Relu, TorchvisionV3)),
    rows("features", 1, inverted(3, 2, w(64),   24, None, Relu, TorchvisionV3)),
    rows("features", 1, inverted(3, 1, w(72),   24, None, Relu, TorchvisionV3)),
    rows("features", 1, inverted(5, 2, w(72),   40, SE,   Relu, TorchvisionV3)),
    rows("features", 2, inverted(5, 1, w(120),  40, SE,   Relu, TorchvisionV3)),
    rows("features", 1, inverted(3, 2, w(240),  80, None, HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(3, 1, w(200),  80, None, HardSwish, TorchvisionV3)),
    rows("features", 2, inverted(3, 1, w(184),  80, None, HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(3, 1, w(480), 112, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(3, 1, w(672), 112, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(5, 2, w(672), 160, SE,   HardSwish, TorchvisionV3)),
    rows("features", 2, inverted(5, 1, w(960), 160, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, unit(1, 1, Out::Scaled(960), HardSwish, Sequential)),
    row("avgpool", mean()),
    rows("classifier", 1, linear(Out::Scaled(1280))),
    rows("classifier", 1, activate(HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, classifier()),
];

#[rustfmt::skip]
const TORCHVISION_SMALL_ROWS: &[Row] = &[
    rows("features", 1, unit(3, 2, Out::Scaled(16), HardSwish, Sequential)),
    rows("features", 1, bottleneck(3, 2, 16, SE, Relu, TorchvisionV3)),
    rows("features", 1, inverted(3, 2, w(72),  24, None, Relu, TorchvisionV3)),
    rows("features", 1, inverted(3, 1, w(88),  24, None, Relu, TorchvisionV3)),
    rows("features", 1, inverted(5, 2, w(96),  40, SE,   HardSwish, TorchvisionV3)),
    rows("features", 2, inverted(5, 1, w(240), 40, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(5, 1, w(120), 48, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(5, 1, w(144), 48, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, inverted(5, 2, w(288), 96, SE,   HardSwish, TorchvisionV3)),
    rows("features", 2, inverted(5, 1, w(576), 96, SE,   HardSwish, TorchvisionV3)),
    rows("features", 1, unit(1, 1, Out::Scaled(576), HardSwish, Sequential)),
    row("avgpool", mean()),
    rows("classifier", 1, linear(Out::Scaled(1024))),
    rows("classifier", 1, activate(HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, classifier()),
];

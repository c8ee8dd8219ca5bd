//! EfficientNet (arXiv 1905.11946, table 1) as timm and torchvision build it, and its Lite networks for quantised hardware
//! (github.com/tensorflow/tpu, efficientnet/lite) as timm builds them, with PyTorch's conventions and with TensorFlow's.
//!
//! A larger network has α times as many channels and, rounded up, so many times as many blocks in a stage: B1 has 1.1 times the
//! blocks, B2 1.2 times and α = 1.1, Lite1 to Lite4 have 1.1, 1.2, 1.4, 1.8 times. A Lite network's stem, head, first and last stage
//! never grow.

use super::Family;
use super::styles::{TIMM, TIMM_TF, TORCHVISION};
use crate::blocks::BlockNames::{Timm, TorchvisionV3};
use crate::blocks::{
    Out, Squeeze,
    UnitNames::{Head, Sequential, Stem},
};
use crate::graph::Activation::{Relu6, Silu};
use crate::spec::Interpolation::{Bicubic, Bilinear};
use crate::spec::rows::{bottleneck, classifier, inverted, mean, ratio as t, row, rows, skip, unit};
use crate::spec::{Model, Preprocess, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "efficientnet",
    title: "EfficientNet",
    year: 2019,
    paper: "arXiv 1905.11946",
    parents: &["mnasnet"],
    idea: "A search like MnasNet's, for fewer operations instead of less time, found B0. Larger networks grow in depth, width and \
           resolution together, by powers of three constants.",
};

const SE: Option<Squeeze> = Some(Squeeze::EFFICIENTNET);

/// Of timm's newer recipes, whose input is between -1 and 1.
const HALVES: Style =
    Style { preprocess: Preprocess { mean: [0.5; 3], std: [0.5; 3], ..TIMM.preprocess }, ..TIMM };
const TF: Style = TIMM_TF;
const TF_B0: Style = Style { preprocess: TIMM.preprocess, ..TIMM_TF };
const TV: Style =
    Style { preprocess: Preprocess { interpolation: Bicubic, ..TORCHVISION.preprocess }, ..TORCHVISION };

/// timm's and torchvision's. Google evaluates Lite3 and Lite4 at 280 and 300 pixels, timm at 300 and 380.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("efficientnet", TIMM, "efficientnet_b0", "EfficientNet-B0", &[1.0], &[224], B0_ROWS),
    Model::new("efficientnet", HALVES.cropped(0.9, Bicubic), "efficientnet_b1", "EfficientNet-B1",
        &[1.0], &[240, 288], B1_ROWS),
    Model::new("efficientnet", TIMM, "efficientnet_b2", "EfficientNet-B2", &[1.1], &[256, 288], B1_ROWS),
    Model::new("efficientnet", TF_B0, "tf_efficientnet_b0", "EfficientNet-B0 (TF)", &[1.0], &[224], B0_ROWS),
    Model::new("efficientnet", TV, "torchvision_efficientnet_b0", "EfficientNet-B0", &[1.0], &[224], TORCHVISION_B0_ROWS),
    Model::new("efficientnet", TIMM.cropped(0.875, Bicubic), "efficientnet_lite0", "EfficientNet-Lite0",
        &[1.0], &[224], LITE0_ROWS),
    Model::new("efficientnet", TIMM.cropped(0.882, Bicubic), "efficientnet_lite1", "EfficientNet-Lite1",
        &[1.0], &[240], LITE1_ROWS),
    Model::new("efficientnet", TIMM.cropped(0.89, Bicubic), "efficientnet_lite2", "EfficientNet-Lite2",
        &[1.1], &[260], LITE1_ROWS),
    Model::new("efficientnet", TIMM.cropped(0.904, Bicubic), "efficientnet_lite3", "EfficientNet-Lite3",
        &[1.2], &[300, 280], LITE3_ROWS),
    Model::new("efficientnet", TIMM.cropped(0.922, Bicubic), "efficientnet_lite4", "EfficientNet-Lite4",
        &[1.4], &[380, 300], LITE4_ROWS),
    Model::new("efficientnet", TF.cropped(0.875, Bicubic), "tf_efficientnet_lite0", "EfficientNet-Lite0 (TF)",
        &[1.0], &[224], LITE0_ROWS),
    Model::new("efficientnet", TF.cropped(0.882, Bicubic), "tf_efficientnet_lite1", "EfficientNet-Lite1 (TF)",
        &[1.0], &[240], LITE1_ROWS),
    Model::new("efficientnet", TF.cropped(0.89, Bicubic), "tf_efficientnet_lite2", "EfficientNet-Lite2 (TF)",
        &[1.1], &[260], LITE1_ROWS),
    Model::new("efficientnet", TF.cropped(0.904, Bilinear), "tf_efficientnet_lite3", "EfficientNet-Lite3 (TF)",
        &[1.2], &[300, 280], LITE3_ROWS),
    Model::new("efficientnet", TF.cropped(0.92, Bilinear), "tf_efficientnet_lite4", "EfficientNet-Lite4 (TF)",
        &[1.4], &[380, 300], LITE4_ROWS),
];

#[rustfmt::skip]
const B0_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Silu, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, SE, Silu, Timm)),
    rows("blocks.1", 2, inverted(3, 2, t(6.0),  24, SE, Silu, Timm)),
    rows("blocks.2", 2, inverted(5, 2, t(6.0),  40, SE, Silu, Timm)),
    rows("blocks.3", 3, inverted(3, 2, t(6.0),  80, SE, Silu, Timm)),
    rows("blocks.4", 3, inverted(5, 1, t(6.0), 112, SE, Silu, Timm)),
    rows("blocks.5", 4, inverted(5, 2, t(6.0), 192, SE, Silu, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, SE, Silu, Timm)),
    row("", unit(1, 1, Out::Scaled(1280), Silu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const B1_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(32), Silu, Stem)),
    rows("blocks.0", 2, bottleneck(3, 1, 16, SE, Silu, Timm)),
    rows("blocks.1", 3, inverted(3, 2, t(6.0),  24, SE, Silu, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(6.0),  40, SE, Silu, Timm)),
    rows("blocks.3", 4, inverted(3, 2, t(6.0),  80, SE, Silu, Timm)),
    rows("blocks.4", 4, inverted(5, 1, t(6.0), 112, SE, Silu, Timm)),
    rows("blocks.5", 5, inverted(5, 2, t(6.0), 192, SE, Silu, Timm)),
    rows("blocks.6", 2, inverted(3, 1, t(6.0), 320, SE, Silu, Timm)),
    row("", unit(1, 1, Out::Scaled(1280), Silu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const TORCHVISION_B0_ROWS: &[Row] = &[
    row("features.0", unit(3, 2, Out::Scaled(32), Silu, Sequential)),
    rows("features.1", 1, bottleneck(3, 1, 16, SE, Silu, TorchvisionV3)),
    rows("features.2", 2, inverted(3, 2, t(6.0),  24, SE, Silu, TorchvisionV3)),
    rows("features.3", 2, inverted(5, 2, t(6.0),  40, SE, Silu, TorchvisionV3)),
    rows("features.4", 3, inverted(3, 2, t(6.0),  80, SE, Silu, TorchvisionV3)),
    rows("features.5", 3, inverted(5, 1, t(6.0), 112, SE, Silu, TorchvisionV3)),
    rows("features.6", 4, inverted(5, 2, t(6.0), 192, SE, Silu, TorchvisionV3)),
    rows("features.7", 1, inverted(3, 1, t(6.0), 320, SE, Silu, TorchvisionV3)),
    row("features.8", unit(1, 1, Out::Scaled(1280), Silu, Sequential)),
    row("avgpool", mean()),
    rows("classifier", 1, skip()),
    rows("classifier", 1, classifier()),
];

#[rustfmt::skip]
const LITE0_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Fixed(32), Relu6, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu6, Timm)),
    rows("blocks.1", 2, inverted(3, 2, t(6.0),  24, None, Relu6, Timm)),
    rows("blocks.2", 2, inverted(5, 2, t(6.0),  40, None, Relu6, Timm)),
    rows("blocks.3", 3, inverted(3, 2, t(6.0),  80, None, Relu6, Timm)),
    rows("blocks.4", 3, inverted(5, 1, t(6.0), 112, None, Relu6, Timm)),
    rows("blocks.5", 4, inverted(5, 2, t(6.0), 192, None, Relu6, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu6, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu6, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const LITE1_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Fixed(32), Relu6, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu6, Timm)),
    rows("blocks.1", 3, inverted(3, 2, t(6.0),  24, None, Relu6, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(6.0),  40, None, Relu6, Timm)),
    rows("blocks.3", 4, inverted(3, 2, t(6.0),  80, None, Relu6, Timm)),
    rows("blocks.4", 4, inverted(5, 1, t(6.0), 112, None, Relu6, Timm)),
    rows("blocks.5", 5, inverted(5, 2, t(6.0), 192, None, Relu6, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu6, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu6, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const LITE3_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Fixed(32), Relu6, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu6, Timm)),
    rows("blocks.1", 3, inverted(3, 2, t(6.0),  24, None, Relu6, Timm)),
    rows("blocks.2", 3, inverted(5, 2, t(6.0),  40, None, Relu6, Timm)),
    rows("blocks.3", 5, inverted(3, 2, t(6.0),  80, None, Relu6, Timm)),
    rows("blocks.4", 5, inverted(5, 1, t(6.0), 112, None, Relu6, Timm)),
    rows("blocks.5", 6, inverted(5, 2, t(6.0), 192, None, Relu6, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu6, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu6, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

#[rustfmt::skip]
const LITE4_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Fixed(32), Relu6, Stem)),
    rows("blocks.0", 1, bottleneck(3, 1, 16, None, Relu6, Timm)),
    rows("blocks.1", 4, inverted(3, 2, t(6.0),  24, None, Relu6, Timm)),
    rows("blocks.2", 4, inverted(5, 2, t(6.0),  40, None, Relu6, Timm)),
    rows("blocks.3", 6, inverted(3, 2, t(6.0),  80, None, Relu6, Timm)),
    rows("blocks.4", 6, inverted(5, 1, t(6.0), 112, None, Relu6, Timm)),
    rows("blocks.5", 8, inverted(5, 2, t(6.0), 192, None, Relu6, Timm)),
    rows("blocks.6", 1, inverted(3, 1, t(6.0), 320, None, Relu6, Timm)),
    row("", unit(1, 1, Out::Fixed(1280), Relu6, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

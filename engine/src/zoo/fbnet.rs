//! FBNet-A, -B and -C (arXiv 1812.03443, figure 4) as mobile-vision builds them, and FBNet-C as timm builds it.

use super::Family;
use super::styles::{MOBILE_VISION, TIMM, XIF as X};
use crate::blocks::BlockNames::Timm;
use crate::blocks::{
    Out,
    UnitNames::{Head, Stem},
};
use crate::graph::Activation::Relu;
use crate::spec::Interpolation::Bilinear;
use crate::spec::rows::{
    always as kept, classifier, conv, inverted, inverted_grouped as irf, mean, ratio as t, row, rows, skip,
    unit, unit_biased,
};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "fbnet",
    title: "FBNet",
    year: 2018,
    paper: "arXiv 1812.03443",
    parents: &["mobilenet_v2", "mnasnet"],
    idea: "Every layer of one large network chooses among nine blocks, and the weights of the choice are learned by gradients with \
           the latency in the loss. That finds a network for a phone in nine GPU days instead of thousands.",
};

/// mobile-vision's, whose convolutions have biases beside their normalisations, and timm's, which has none, expands even by one
/// and leaves no block out.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("fbnet", MOBILE_VISION, "fbnet_a", "FBNet-A", &[1.0], &[224], A_ROWS),
    Model::new("fbnet", MOBILE_VISION, "fbnet_b", "FBNet-B", &[1.0], &[224], B_ROWS),
    Model::new("fbnet", MOBILE_VISION, "fbnet_c", "FBNet-C", &[1.0], &[224], C_ROWS),
    Model::new("fbnet", TIMM.cropped(0.875, Bilinear), "fbnetc_{width}", "FBNet-C (timm)", &[1.0], &[224], TIMM_C_ROWS),
];

#[rustfmt::skip]
const A_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), Relu)),
    rows(X[1], 1, skip()),
    rows(X[2], 1, irf(3, 2, t(3.0),  24, 1)),
    rows(X[2], 1, irf(3, 1, t(1.0),  24, 1)),
    rows(X[2], 2, skip()),
    rows(X[3], 1, irf(5, 2, t(6.0),  32, 1)),
    rows(X[3], 1, irf(3, 1, t(3.0),  32, 1)),
    rows(X[3], 1, irf(5, 1, t(1.0),  32, 1)),
    rows(X[3], 1, irf(3, 1, t(3.0),  32, 1)),
    rows(X[4], 1, irf(5, 2, t(6.0),  64, 1)),
    rows(X[4], 1, irf(5, 1, t(3.0),  64, 1)),
    rows(X[4], 1, irf(5, 1, t(1.0),  64, 2)),
    rows(X[4], 1, irf(5, 1, t(6.0),  64, 1)),
    rows(X[4], 1, irf(3, 1, t(6.0), 112, 1)),
    rows(X[4], 1, irf(5, 1, t(1.0), 112, 2)),
    rows(X[4], 1, irf(5, 1, t(3.0), 112, 1)),
    rows(X[4], 1, irf(3, 1, t(1.0), 112, 2)),
    rows(X[5], 1, irf(5, 2, t(6.0), 184, 1)),
    rows(X[5], 1, irf(5, 1, t(6.0), 184, 1)),
    rows(X[5], 1, irf(5, 1, t(3.0), 184, 1)),
    rows(X[5], 1, irf(5, 1, t(6.0), 184, 1)),
    rows(X[5], 1, irf(5, 1, t(6.0), 352, 1)),
    rows(X[6], 1, unit_biased(1, 1, Out::Scaled(1504), Relu)),
    row("mean", mean()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const B_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), Relu)),
    rows(X[1], 1, irf(3, 1, t(1.0),  16, 1)),
    rows(X[2], 1, irf(3, 2, t(6.0),  24, 1)),
    rows(X[2], 1, irf(5, 1, t(1.0),  24, 1)),
    rows(X[2], 2, irf(3, 1, t(1.0),  24, 1)),
    rows(X[3], 1, irf(5, 2, t(6.0),  32, 1)),
    rows(X[3], 1, irf(5, 1, t(3.0),  32, 1)),
    rows(X[3], 1, irf(3, 1, t(6.0),  32, 1)),
    rows(X[3], 1, irf(5, 1, t(6.0),  32, 1)),
    rows(X[4], 1, irf(5, 2, t(6.0),  64, 1)),
    rows(X[4], 1, irf(5, 1, t(6.0),  64, 1)),
    rows(X[4], 1, skip()),
    rows(X[4], 1, irf(5, 1, t(3.0),  64, 1)),
    rows(X[4], 1, irf(5, 1, t(6.0), 112, 1)),
    rows(X[4], 1, irf(3, 1, t(1.0), 112, 1)),
    rows(X[4], 1, irf(5, 1, t(1.0), 112, 1)),
    rows(X[4], 1, irf(5, 1, t(3.0), 112, 1)),
    rows(X[5], 1, irf(5, 2, t(6.0), 184, 1)),
    rows(X[5], 1, irf(5, 1, t(1.0), 184, 1)),
    rows(X[5], 2, irf(5, 1, t(6.0), 184, 1)),
    rows(X[5], 1, irf(3, 1, t(6.0), 352, 1)),
    rows(X[6], 1, unit_biased(1, 1, Out::Scaled(1984), Relu)),
    row("mean", mean()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const C_ROWS: &[Row] = &[
    rows(X[0], 1, unit_biased(3, 2, Out::Scaled(16), Relu)),
    rows(X[1], 1, irf(3, 1, t(1.0),  16, 1)),
    rows(X[2], 1, irf(3, 2, t(6.0),  24, 1)),
    rows(X[2], 1, skip()),
    rows(X[2], 2, irf(3, 1, t(1.0),  24, 1)),
    rows(X[3], 1, irf(5, 2, t(6.0),  32, 1)),
    rows(X[3], 1, irf(5, 1, t(3.0),  32, 1)),
    rows(X[3], 1, irf(5, 1, t(6.0),  32, 1)),
    rows(X[3], 1, irf(3, 1, t(6.0),  32, 1)),
    rows(X[4], 1, irf(5, 2, t(6.0),  64, 1)),
    rows(X[4], 1, irf(5, 1, t(3.0),  64, 1)),
    rows(X[4], 2, irf(5, 1, t(6.0),  64, 1)),
    rows(X[4], 3, irf(5, 1, t(6.0), 112, 1)),
    rows(X[4], 1, irf(5, 1, t(3.0), 112, 1)),
    rows(X[5], 1, irf(5, 2, t(6.0), 184, 1)),
    rows(X[5], 3, irf(5, 1, t(6.0), 184, 1)),
    rows(X[5], 1, irf(3, 1, t(6.0), 352, 1)),
    rows(X[6], 1, unit_biased(1, 1, Out::Scaled(1984), Relu)),
    row("mean", mean()),
    row("head.conv", conv(1, 1, 0, Out::Classes)),
];

#[rustfmt::skip]
const TIMM_C_ROWS: &[Row] = &[
    row("", unit(3, 2, Out::Scaled(16), Relu, Stem)),
    rows("blocks.0", 1, inverted(3, 1, kept(1.0),  16, None, Relu, Timm)),
    rows("blocks.1", 1, inverted(3, 2, kept(6.0),  24, None, Relu, Timm)),
    rows("blocks.1", 2, inverted(3, 1, kept(1.0),  24, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(5, 2, kept(6.0),  32, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(5, 1, kept(3.0),  32, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(5, 1, kept(6.0),  32, None, Relu, Timm)),
    rows("blocks.2", 1, inverted(3, 1, kept(6.0),  32, None, Relu, Timm)),
    rows("blocks.3", 1, inverted(5, 2, kept(6.0),  64, None, Relu, Timm)),
    rows("blocks.3", 1, inverted(5, 1, kept(3.0),  64, None, Relu, Timm)),
    rows("blocks.3", 2, inverted(5, 1, kept(6.0),  64, None, Relu, Timm)),
    rows("blocks.4", 3, inverted(5, 1, kept(6.0), 112, None, Relu, Timm)),
    rows("blocks.4", 1, inverted(5, 1, kept(3.0), 112, None, Relu, Timm)),
    rows("blocks.5", 4, inverted(5, 2, kept(6.0), 184, None, Relu, Timm)),
    rows("blocks.6", 1, inverted(3, 1, kept(6.0), 352, None, Relu, Timm)),
    row("", unit(1, 1, Out::Fixed(1984), Relu, Head)),
    row("global_pool", mean()),
    row("classifier", classifier()),
];

//! IGCV1 (arXiv 1707.02725), as its authors build it in MXNet (hellozting/InterleavedGroupConvolutions): the networks for ImageNet in
//! residual form, named by the groups of the first stage's two convolutions, and plain ones for CIFAR-10.

use super::Family;
use super::styles::MXNET;
use crate::blocks::{Conventions, Out, UnitNames::Igc};
use crate::graph::Activation::Relu;
use crate::graph::op::Rounding::Floor;
use crate::spec::rows::{classifier, fixed_mean, igc, igc_residual, max_pool, row, rows, unit};
use crate::spec::{Model, Row, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "igcv1",
    title: "IGCV1",
    year: 2017,
    paper: "arXiv 1707.02725",
    parents: &[],
    idea: "A convolution becomes two in groups, 3×3 and 1×1, with a shuffle before and behind the second. Each of its groups \
           takes a channel from every group of the first, so together they are as wide as an ordinary one, and cheaper.",
};

const STYLE: Style = Style { conventions: Conventions { bn_eps: 2e-5, ..Conventions::PYTORCH }, ..MXNET };

/// For ImageNet, then for CIFAR-10.
#[rustfmt::skip]
pub const MODELS: &[Model] = &[
    Model::new("igcv1", STYLE, "igcv1_L4M32", "IGC-L4M32", &[1.0], &[224], L4M32_ROWS),
    Model::new("igcv1", STYLE, "igcv1_L16M16", "IGC-L16M16", &[1.0], &[224], L16M16_ROWS),
    Model::new("igcv1", STYLE, "igcv1_L100M2", "IGC-L100M2", &[1.0], &[224], L100M2_ROWS),
    Model::new("igcv1", STYLE, "igcv1_cifar_plain_d20_L24M2", "IGC-L24M2, 20 layers (CIFAR)", &[1.0], &[32], D20_ROWS).of(3, 10),
    Model::new("igcv1", STYLE, "igcv1_cifar_plain_d38_L24M2", "IGC-L24M2, 38 layers (CIFAR)", &[1.0], &[32], D38_ROWS).of(3, 10),
    Model::new("igcv1", STYLE, "igcv1_cifar_plain_d50_L24M2", "IGC-L24M2, 50 layers (CIFAR)", &[1.0], &[32], D50_ROWS).of(3, 10),
];

#[rustfmt::skip]
const L4M32_ROWS: &[Row] = &[
    row("g0_", unit(7, 2, Out::Fixed(128), Relu, Igc)),          // 112×112
    row("ops.g0_pool", max_pool(3, 2, 1, Floor)),            // 56×56
    rows("g1_b{1}", 2, igc_residual(1,  128,   4)),
    rows("g2_b{1}", 2, igc_residual(2,  256,   4)),
    rows("g3_b{1}", 2, igc_residual(2,  512,   4)),
    rows("g4_b{1}", 2, igc_residual(2, 1024,   4)),
    row("ops.global_pool", fixed_mean(7, 1)),
    row("fc_score", classifier()),
];

#[rustfmt::skip]
const L16M16_ROWS: &[Row] = &[
    row("g0_", unit(7, 2, Out::Fixed(256), Relu, Igc)),          // 112×112
    row("ops.g0_pool", max_pool(3, 2, 1, Floor)),            // 56×56
    rows("g1_b{1}", 2, igc_residual(1,  256,  16)),
    rows("g2_b{1}", 2, igc_residual(2,  512,  16)),
    rows("g3_b{1}", 2, igc_residual(2, 1024,  16)),
    rows("g4_b{1}", 2, igc_residual(2, 2048,  16)),
    row("ops.global_pool", fixed_mean(7, 1)),
    row("fc_score", classifier()),
];

#[rustfmt::skip]
const L100M2_ROWS: &[Row] = &[
    row("g0_", unit(7, 2, Out::Fixed(100), Relu, Igc)),          // 112×112
    row("ops.g0_pool", max_pool(3, 2, 1, Floor)),            // 56×56
    rows("g1_b{1}", 2, igc_residual(1,  200, 100)),
    rows("g2_b{1}", 2, igc_residual(2,  400, 200)),
    rows("g3_b{1}", 2, igc_residual(2,  800, 400)),
    rows("g4_b{1}", 2, igc_residual(2, 1600, 800)),
    row("ops.global_pool", fixed_mean(7, 1)),
    row("fc_score", classifier()),
];

#[rustfmt::skip]
const D20_ROWS: &[Row] = &[
    row("g0_", unit(3, 1, Out::Fixed(48), Relu, Igc)),    // 32×32
    rows("g1_b{1}",  6, igc(1,  48, 24)),
    rows("g2_b{1}",  6, igc(2,  96, 24)),                // 16×16
    rows("g3_b{1}",  6, igc(2, 192, 24)),                // 8×8
    row("ops.global_pool", fixed_mean(8, 1)),
    row("fc_score", classifier()),
];

#[rustfmt::skip]
const D38_ROWS: &[Row] = &[
    row("g0_", unit(3, 1, Out::Fixed(48), Relu, Igc)),    // 32×32
    rows("g1_b{1}", 12, igc(1,  48, 24)),
    rows("g2_b{1}", 12, igc(2,  96, 24)),                // 16×16
    rows("g3_b{1}", 12, igc(2, 192, 24)),                // 8×8
    row("ops.global_pool", fixed_mean(8, 1)),
    row("fc_score", classifier()),
];

#[rustfmt::skip]
const D50_ROWS: &[Row] = &[
    row("g0_", unit(3, 1, Out::Fixed(48), Relu, Igc)),    // 32×32
    rows("g1_b{1}", 16, igc(1,  48, 24)),
    rows("g2_b{1}", 16, igc(2,  96, 24)),                // 16×16
    rows("g3_b{1}", 16, igc(2, 192, 24)),                // 8×8
    row("ops.global_pool", fixed_mean(8, 1)),
    row("fc_score", classifier()),
];

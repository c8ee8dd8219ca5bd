//! MicroNet M0 to M3 (arXiv 2108.05894, table 2), as its authors build them. Behind the last linear layer stand a batch normalisation and
//! hard swish.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::Function::{Plain, Shift, ShiftMax};
use crate::blocks::Out;
use crate::graph::Activation::{HardSwish, Relu6};
use crate::spec::rows::{activate, mean, micro, micro_stem, normed_linear, project, rows, skip};
use crate::spec::{Model, Row};

/// The family.
pub const FAMILY: Family = Family {
    id: "micronet",
    title: "MicroNet",
    year: 2021,
    paper: "arXiv 2108.05894",
    parents: &["shufflenet_v2"],
    idea: "Pointwise and depthwise convolutions are factorised once more, into groups and into lines, for networks of a few million \
           multiplications. A function that adds to each channel a neighbour's share, computed for every image, joins them again.",
};

/// The authors'.
pub const MODELS: &[Model] = &[
    Model::new("micronet", AUTHORS, "micronet_m0", "MicroNet-M0", &[1.0], &[224], M0_ROWS),
    Model::new("micronet", AUTHORS, "micronet_m1", "MicroNet-M1", &[1.0], &[224], M1_ROWS),
    Model::new("micronet", AUTHORS, "micronet_m2", "MicroNet-M2", &[1.0], &[224], M2_ROWS),
    Model::new("micronet", AUTHORS, "micronet_m3", "MicroNet-M3", &[1.0], &[224], M3_ROWS),
];

/// What shift-max begins with: the channel itself twice, or once and half of it with half of its neighbour.
const WHOLE: [[f32; 2]; 2] = [[1.0, 0.0], [1.0, 0.0]];
const HALF: [[f32; 2]; 2] = [[1.0, 0.0], [0.5, 0.5]];

#[rustfmt::skip]
const M0_ROWS: &[Row] = &[
    rows("features", 1, micro_stem(2, 2)),
    // stride, kernel, expand, groups, shuffle | out, groups, shuffle | functions | reduction
    rows("features", 1, micro(2, 3, [2, 2],  0,  4, project(  8,  2,  2), [ShiftMax, Plain, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 3, [2, 2],  0,  8, project( 12,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 5, [2, 2],  0, 12, project( 16,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 5, [1, 4],  4,  4, project( 32,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 5, [1, 4],  8,  8, project( 64,  8,  8), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 4],  8,  8, project( 96,  8,  8), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 4], 12, 12, None                , [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("avgpool", 1, activate(Relu6)),
    rows("avgpool", 1, mean()),
    rows("avgpool", 1, activate(HardSwish)),
    rows("classifier", 1, normed_linear(Out::Fixed(640), HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, normed_linear(Out::Classes, HardSwish)),
];

#[rustfmt::skip]
const M1_ROWS: &[Row] = &[
    rows("features", 1, micro_stem(3, 2)),
    // stride, kernel, expand, groups, shuffle | out, groups, shuffle | functions | reduction
    rows("features", 1, micro(2, 3, [2, 2],  0,  6, project(  8,  2,  2), [ShiftMax, Plain, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 3, [2, 2],  0,  8, project( 16,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 5, [2, 2],  0, 16, project( 16,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 5, [1, 6],  4,  4, project( 32,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 5, [1, 6],  8,  8, project( 64,  8,  8), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 6],  8,  8, project( 96,  8,  8), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 6], 12, 12, None                , [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("avgpool", 1, activate(Relu6)),
    rows("avgpool", 1, mean()),
    rows("avgpool", 1, activate(HardSwish)),
    rows("classifier", 1, normed_linear(Out::Fixed(960), HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, normed_linear(Out::Classes, HardSwish)),
];

#[rustfmt::skip]
const M2_ROWS: &[Row] = &[
    rows("features", 1, micro_stem(4, 2)),
    // stride, kernel, expand, groups, shuffle | out, groups, shuffle | functions | reduction
    rows("features", 1, micro(2, 3, [2, 2],  0,  8, project( 12,  4,  4), [ShiftMax, Plain, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 3, [2, 2],  0, 12, project( 16,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 3, [2, 2],  0, 16, project( 24,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(2, 5, [1, 6],  6,  6, project( 32,  4,  4), [ShiftMax, ShiftMax, Shift], 1, WHOLE)),
    rows("features", 1, micro(1, 5, [1, 6],  8,  8, project( 32,  4,  4), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(1, 5, [1, 6],  8,  8, project( 64,  8,  8), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(2, 5, [1, 6],  8,  8, project( 96,  8,  8), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 6], 12, 12, project(128,  8,  8), [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("features", 1, micro(1, 3, [1, 6], 16, 16, None                , [ShiftMax, ShiftMax, Shift], 2, WHOLE)),
    rows("avgpool", 1, activate(Relu6)),
    rows("avgpool", 1, mean()),
    rows("avgpool", 1, activate(HardSwish)),
    rows("classifier", 1, normed_linear(Out::Fixed(1024), HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, normed_linear(Out::Classes, HardSwish)),
];

#[rustfmt::skip]
const M3_ROWS: &[Row] = &[
    rows("features", 1, micro_stem(4, 3)),
    // stride, kernel, expand, groups, shuffle | out, groups, shuffle | functions | reduction
    rows("features", 1, micro(2, 3, [2, 2],  0, 12, project( 16,  4,  4), [Plain, ShiftMax, Plain], 1, HALF)),
    rows("features", 1, micro(2, 3, [2, 2],  0, 16, project( 24,  4,  4), [Plain, ShiftMax, Plain], 1, HALF)),
    rows("features", 1, micro(1, 3, [2, 2],  0, 24, project( 24,  4,  4), [Plain, ShiftMax, Plain], 1, HALF)),
    rows("features", 1, micro(2, 5, [1, 6],  6,  6, project( 32,  4,  4), [Plain, ShiftMax, Plain], 1, HALF)),
    rows("features", 1, micro(1, 5, [1, 6],  8,  8, project( 32,  4,  4), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 5, [1, 6],  8,  8, project( 64,  8,  8), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 5, [1, 6],  8,  8, project( 80,  8,  8), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 5, [1, 6], 10, 10, project( 80,  8,  8), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(2, 5, [1, 6], 10, 10, project(120, 10, 10), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 5, [1, 6], 12, 12, project(120, 10, 10), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 3, [1, 6], 12, 12, project(144, 12, 12), [Plain, ShiftMax, Plain], 2, HALF)),
    rows("features", 1, micro(1, 3, [1, 6], 12, 12, None                , [Plain, ShiftMax, Plain], 2, HALF)),
    rows("avgpool", 1, activate(Relu6)),
    rows("avgpool", 1, mean()),
    rows("avgpool", 1, activate(HardSwish)),
    rows("classifier", 1, normed_linear(Out::Fixed(1024), HardSwish)),
    rows("classifier", 1, skip()),
    rows("classifier", 1, normed_linear(Out::Classes, HardSwish)),
];

//! ESPNet (arXiv 1803.06815) for Cityscapes' 20 classes, as its authors build it: the encoder, ESPNet-C, which gives a map of an eighth
//! of the input's sides, and the whole with its decoder, in the authors' two versions. p and q are the numbers of units at a quarter
//! and at an eighth.

use super::Family;
use super::styles::AUTHORS;
use crate::blocks::{
    Conventions,
    From::{Here, Image},
    Out,
};
use crate::spec::rows::{doubled, esp, join, module, norm, plain, prelu_norm, prelu_unit, row, rows};
use crate::spec::{ChannelOrder, Interpolation, Model, Preprocess, Resize, Style};

/// The family.
pub const FAMILY: Family = Family {
    id: "espnet",
    title: "ESPNet",
    year: 2018,
    paper: "arXiv 1803.06815",
    parents: &[],
    idea: "A 1×1 convolution to few channels and a pyramid of dilated 3×3 ones replace a large convolution, and sums of \
           neighbouring dilations remove the grid that those leave. It tells for every pixel of a street what it belongs to.",
};

/// Of the authors' photos, which OpenCV reads as blue, green, red: normalised, and then divided by 255 again.
const STYLE: Style = Style {
    conventions: Conventions { bn_eps: 1e-3, ..Conventions::PYTORCH },
    preprocess: Preprocess {
        resize: Resize::Stretch,
        interpolation: Interpolation::Bilinear,
        mean: [73.158_4 / 255.0, 82.908_935 / 255.0, 72.392_31 / 255.0],
        std: [44.914_833, 46.152_893, 45.319_22],
        order: ChannelOrder::Bgr,
    },
    ..AUTHORS
};

/// Cityscapes' classes, and what is none of them.
const CLASSES: u32 = 20;

const SIDES: &[u32] = &[512, 256, 384, 128];

/// A network of the family: with these rows.
macro_rules! model {
    ($id:literal, $title:literal, $rows:expr) => {
        Model::new("espnet", STYLE, $id, $title, &[1.0], SIDES, $rows).of(3, CLASSES)
    };
}

/// The encoder's rows with p and q units, behind what stands before its names, and what follows.
#[rustfmt::skip]
macro_rules! encoder {
    ($at:literal, $p:literal, $q:literal $(, $row:expr)* $(,)?) => {
        const { &[
            row(concat!($at, "level1"), prelu_unit(3, 2, Out::Fixed(16), 1)),                          // 1/2
            row(concat!($at, "b1.join"), join(const { &[Here, Image(1)] }, 1)),
            row(concat!($at, "b1"), prelu_norm()),
            row(concat!($at, "level2_0"), esp(2, Out::Fixed(64), false)),                              // 1/4
            rows(concat!($at, "level2"), $p, esp(1, Out::Fixed(64), true)),
            row(concat!($at, "b2.join"), join(const { &[Here, module(concat!($at, "level2_0")), Image(2)] }, 1)),
            row(concat!($at, "b2"), prelu_norm()),
            row(concat!($at, "level3_0"), esp(2, Out::Fixed(128), false)),                             // 1/8
            rows(concat!($at, "level3"), $q, esp(1, Out::Fixed(128), true)),
            row(concat!($at, "b3.join"), join(const { &[module(concat!($at, "level3_0")), Here] }, 1)),
            row(concat!($at, "b3"), prelu_norm()),
            row(concat!($at, "classifier"), plain(1, Out::Classes)),
            $($row),*
        ] }
    };
}

/// The encoder with the decoder, which reads at half of the sides what this module returns.
#[rustfmt::skip]
macro_rules! whole {
    ($p:literal, $q:literal, $high:literal) => {
        encoder!("encoder.", $p, $q,
            row("br", norm()),
            rows("up_l3", 1, doubled(Out::Classes)),                                                   // 1/4
            row("level3_C.from", join(const { &[module("encoder.b2")] }, 1)),
            row("level3_C", plain(1, Out::Classes)),
            row("combine_l2_l3.join", join(const { &[Here, module("up_l3")] }, 8)),
            rows("combine_l2_l3", 1, prelu_norm()),
            rows("combine_l2_l3", 1, esp(1, Out::Classes, false)),
            rows("up_l2", 1, doubled(Out::Classes)),                                                   // 1/2
            rows("up_l2", 1, prelu_norm()),
            row("conv.join", join(const { &[Here, module($high)] }, 8)),
            row("conv", prelu_unit(3, 1, Out::Classes, 1)),
            row("classifier", doubled(Out::Classes)),                                                  // 1
        )
    };
}

/// Encoders, and networks with a decoder.
pub const MODELS: &[Model] = &[
    model!("espnetc_p2_q3", "ESPNet-C p2 q3", encoder!("", 2, 3)),
    model!("espnetc_p2_q5", "ESPNet-C p2 q5", encoder!("", 2, 5)),
    model!("espnetc_p2_q8", "ESPNet-C p2 q8", encoder!("", 2, 8)),
    model!("espnetc_p5_q3", "ESPNet-C p5 q3", encoder!("", 5, 3)),
    model!("espnet_p2_q3", "ESPNet p2 q3", whole!(2, 3, "encoder.level1")),
    model!("espnet_p2_q5", "ESPNet p2 q5", whole!(2, 5, "encoder.level1")),
    model!("espnet_p2_q8", "ESPNet p2 q8", whole!(2, 8, "encoder.level1")),
    model!("espnet_p2_q3_trainmodel", "ESPNet p2 q3 (train)", whole!(2, 3, "encoder.b1")),
];

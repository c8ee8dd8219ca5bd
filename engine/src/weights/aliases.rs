//! Other libraries' names of a network's tensors, as tables.
//!
//! Blocks make the names of one library. A file that carries another's is read through a [`Scheme`]: rules that rename its
//! tensors, and what else that library does differently. A scheme stands here only if both libraries' networks compute the
//! same from the same numbers; where activations, pools or the order of channels differ, equal shapes are no reason to
//! believe a file. Each was run in both libraries with the weights of one under the names of the other; but for MXNet's, which
//! could not be run: their names are those of the authors' graphs.
//!
//! No scheme can be right for pytorchcv's
//! * MobileNetV1 (ReLU in place of ReLU6), MobileNetV2 and V3 (no bias in a layer where ours has one),
//! * ShuffleNetV1 (a bias that Megvii's has not; the first branches are joined the other way round) and V2, without “b” (pools
//!   without padding) and with (other channels in the shortcut at widths beside 0.5),
//! * ESPNetv2 (the image reinforces the last level too), GhostNet (a normalisation in its head, squeezed widths not rounded),
//! * EfficientNet-B1 and B2: two forms of one name, and the zoo has only one of them;
//!
//! nor for transformers' PP-LCNet (no bias in its last convolution).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::blocks::Conventions;
use crate::order;
use crate::spec::{ChannelOrder, Interpolation, Model, Preprocess, Resize};
use crate::zoo::styles;

/// Another library's names for some networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scheme {
    /// Whose names they are.
    pub library: &'static str,
    /// Ids of the models, as in [`Model::id`].
    pub models: &'static [&'static str],
    /// Tables that a name goes through, one after the other: in each the first rule that matches renames it, and a name that
    /// none matches stays. The very first rule is that of the stem, by which the scheme is known.
    pub tables: &'static [&'static [Rule]],
    /// Padding and ε, where they are not the model's own.
    pub conventions: Option<Conventions>,
    /// How that library prepares the input, where it is not the model's own way.
    pub preprocess: Option<Preprocess>,
}

/// A pattern of their names and one of ours.
///
/// In theirs, `{a}` stands for the rest of a path segment and `{*}` for the rest of the name. In ours, `{a}` and `{*}` are what
/// they stood for, `{a+2}` and `{a-1}` a number more or less, and `{at[a]}` or `{at[a-1]}` the entry of [`Rule::at`] with that
/// number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Their name.
    pub theirs: &'static str,
    /// Ours.
    pub ours: &'static str,
    /// Where their flat numbers are with us.
    pub at: &'static [&'static str],
    /// Which of the parameter's numbers the tensor has.
    pub holds: Holds,
}

/// Which of a parameter's numbers a tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// All.
    All,
    /// One of several equal parts, one after the other in the first dimension.
    Part {
        /// Which, from 0.
        index: usize,
        /// Of how many.
        of: usize,
    },
    /// All, with the input's channels in reverse: the network reads BGR.
    Reversed,
    /// All, with the two halves of the input's channels exchanged: what it reads was joined the other way round.
    Exchanged,
}

impl Holds {
    fn index(self) -> usize {
        match self {
            Self::All | Self::Reversed | Self::Exchanged => 0,
            Self::Part { index, .. } => index,
        }
    }

    /// Which of the tensor's `channels` input channels stands at a place of the parameter's, unless they stand as they are.
    fn channel(self, place: usize, channels: usize) -> Option<usize> {
        match self {
            Self::All | Self::Part { .. } => None,
            Self::Reversed => channels.checked_sub(1 + place),
            Self::Exchanged => (place + channels / 2).checked_rem(channels),
        }
    }
}

const fn rule(theirs: &'static str, ours: &'static str) -> Rule {
    Rule { theirs, ours, at: &[], holds: Holds::All }
}

const fn rule_at(theirs: &'static str, ours: &'static str, at: &'static [&'static str]) -> Rule {
    Rule { at, ..rule(theirs, ours) }
}

const fn third(index: usize, theirs: &'static str, ours: &'static str) -> Rule {
    Rule { holds: Holds::Part { index, of: 3 }, ..rule(theirs, ours) }
}

const fn exchanged(theirs: &'static str, ours: &'static str) -> Rule {
    Rule { holds: Holds::Exchanged, ..rule(theirs, ours) }
}

const fn reversed(theirs: &'static str, ours: &'static str) -> Rule {
    Rule { holds: Holds::Reversed, ..rule(theirs, ours) }
}

/// Every scheme.
#[rustfmt::skip]
pub const SCHEMES: &[Scheme] = &[
    scheme(TRANSFORMERS, &["mobilenetv1_{width}"], &[MOBILENET_V1]).as_trained(TENSORFLOW, GOOGLES),
    scheme(TRANSFORMERS, &["mobilenetv2_{width}"], &[MOBILENET_V2]).as_trained(TENSORFLOW, GOOGLES),
    scheme(TRANSFORMERS, &["mobilevit_xxs", "mobilevit_xs", "mobilevit_s"],
        &[MOBILEVIT_V1, MOBILEVIT, MOBILEVIT_PARTS, MOBILEVIT_UNITS]).prepared(APPLES),
    scheme(TRANSFORMERS, &["mobilevitv2_{width}"],
        &[MOBILEVIT_V2, MOBILEVIT, MOBILEVIT_PARTS, MOBILEVIT_UNITS]).prepared(APPLES),
    scheme(TRANSFORMERS, &["tf_efficientnet_b0"], &[HF_EFFICIENTNET, HF_B0, SEPARABLE, INVERTED])
        .as_trained(TENSORFLOW, KERAS),
    scheme(TRANSFORMERS, &["efficientnet_b1", "efficientnet_b2"], &[HF_EFFICIENTNET, HF_B1, SEPARABLE, INVERTED])
        .as_trained(TENSORFLOW, KERAS),
    scheme(TORCHVISION, &["efficientnet_b1"], &[TV_EFFICIENTNET, SEPARABLE, INVERTED]).prepared(TV_B1),
    scheme(TORCHVISION, &["efficientnet_b2"], &[TV_EFFICIENTNET, SEPARABLE, INVERTED]).prepared(TV_B2),
    scheme(PYTORCHCV, &["squeezenet1_0"], &[SQUEEZENET_1_0]),
    scheme(PYTORCHCV, &["squeezenet1_1"], &[SQUEEZENET_1_1]),
    scheme(PYTORCHCV, &["shufflenet_v2_x{width_1}"], &[SHUFFLENET_V2B]),
    scheme(PYTORCHCV, &["mnasnet_{width}"], &[MNASNET, MNASNET_B1, SEPARABLE, INVERTED]).prepared(BILINEAR),
    scheme(PYTORCHCV, &["semnasnet_{width}"], &[MNASNET, MNASNET_A1, SEPARABLE, INVERTED]).prepared(BILINEAR),
    scheme(PYTORCHCV, &["mnasnet_small"], &[MNASNET, MNASNET_SMALL, SEPARABLE, INVERTED]).prepared(BILINEAR),
    scheme(PYTORCHCV, &["fbnetc_{width}"], &[FBNET_C, FBNET_PARTS, INVERTED])
        .as_trained(Conventions { bn_eps: 1e-3, ..Conventions::PYTORCH }, BILINEAR),
    // The second is pytorchcv's B0b; names do not tell which.
    scheme(PYTORCHCV, &["efficientnet_b0", "tf_efficientnet_b0"],
        &[EFFICIENTNET_B0, EFFICIENTNET_PARTS, SEPARABLE, INVERTED]).prepared(BILINEAR),
    scheme(PYTORCHCV, &["peleenet"], &[PELEENET, PELEENET_NORMS]),
    scheme(PYTORCHCV, &["condensenet74_g4", "condensenet74_g8"], &[CONDENSENET]),
    scheme(MXNET, IGC, &[MXNET_FILE]),
    scheme(EFFICIENTNET_PYTORCH, &["tf_efficientnet_lite0"], &[OF_TENSORFLOW]).prepared(LITE),
];

const TENSORFLOW: Conventions = Conventions::TENSORFLOW;
const BILINEAR: Preprocess = styles::PYTORCHCV.preprocess;

const fn scheme(
    library: &'static str,
    models: &'static [&'static str],
    tables: &'static [&'static [Rule]],
) -> Scheme {
    Scheme { library, models, tables, conventions: None, preprocess: None }
}

/// Hugging Face's library.
const TRANSFORMERS: &str = "transformers";
/// PyTorch's.
const TORCHVISION: &str = "torchvision";
/// Its networks are those of the MXNet and Keras collections of the same author.
const PYTORCHCV: &str = "pytorchcv";
/// Whose files say of each tensor whether it is learned.
const MXNET: &str = "MXNet";

/// That of EfficientNet in TensorFlow's names, after which EfficientNet-Lite's are called.
const EFFICIENTNET_PYTORCH: &str = "efficientnet-pytorch";

/// What EfficientNet-Lite's weights were trained with: (x − 127) / 128.
const LITE: Preprocess = Preprocess {
    resize: Resize::CropPct(0.875),
    interpolation: Interpolation::Bicubic,
    mean: [127.0 / 255.0; 3],
    std: [128.0 / 255.0; 3],
    order: ChannelOrder::Rgb,
};

/// What transformers' image processors of MobileNetV1 and V2 do.
const GOOGLES: Preprocess = Preprocess {
    resize: Resize::ShortSide(256),
    interpolation: Interpolation::Bilinear,
    mean: [0.5; 3],
    std: [0.5; 3],
    order: ChannelOrder::Rgb,
};

/// What transformers' image processor of MobileViT does, but for the order of channels.
const APPLES: Preprocess = Preprocess {
    resize: Resize::ShortSide(288),
    interpolation: Interpolation::Bicubic,
    mean: [0.0; 3],
    std: [1.0; 3],
    order: ChannelOrder::Rgb,
};

/// What transformers' image processor of Keras' EfficientNets does: it divides by the root of ImageNet's deviations, and again.
const KERAS: Preprocess =
    Preprocess { resize: Resize::Stretch, interpolation: Interpolation::Bicubic, ..styles::TIMM.preprocess };

/// How torchvision's latest weights of B1 were evaluated, and those of B2.
const TV_B1: Preprocess = Preprocess { resize: Resize::ShortSide(255), ..styles::TORCHVISION.preprocess };
const TV_B2: Preprocess = Preprocess {
    resize: Resize::CropPct(1.0),
    interpolation: Interpolation::Bicubic,
    ..styles::TORCHVISION.preprocess
};

#[rustfmt::skip]
const MOBILENET_V1: &[Rule] = &[
    rule("mobilenet_v1.conv_stem.convolution.{*}",   "conv_stem.{*}"),
    rule("mobilenet_v1.conv_stem.normalization.{*}", "bn1.{*}"),
    rule_at("mobilenet_v1.layer.{n}.convolution.{*}", "blocks.{at[n]}.{*}", &[
        "0.0.conv_dw", "0.0.conv_pw",
        "1.0.conv_dw", "1.0.conv_pw", "1.1.conv_dw", "1.1.conv_pw",
        "2.0.conv_dw", "2.0.conv_pw", "2.1.conv_dw", "2.1.conv_pw",
        "3.0.conv_dw", "3.0.conv_pw", "3.1.conv_dw", "3.1.conv_pw", "3.2.conv_dw", "3.2.conv_pw",
        "3.3.conv_dw", "3.3.conv_pw", "3.4.conv_dw", "3.4.conv_pw", "3.5.conv_dw", "3.5.conv_pw",
        "4.0.conv_dw", "4.0.conv_pw", "4.1.conv_dw", "4.1.conv_pw",
    ]),
    rule_at("mobilenet_v1.layer.{n}.normalization.{*}", "blocks.{at[n]}.{*}", &[
        "0.0.bn1", "0.0.bn2",
        "1.0.bn1", "1.0.bn2", "1.1.bn1", "1.1.bn2",
        "2.0.bn1", "2.0.bn2", "2.1.bn1", "2.1.bn2",
        "3.0.bn1", "3.0.bn2", "3.1.bn1", "3.1.bn2", "3.2.bn1", "3.2.bn2",
        "3.3.bn1", "3.3.bn2", "3.4.bn1", "3.4.bn2", "3.5.bn1", "3.5.bn2",
        "4.0.bn1", "4.0.bn2", "4.1.bn1", "4.1.bn2",
    ]),
];

/// Where MobileNetV2's blocks with expansion are.
#[rustfmt::skip]
const V2_BLOCKS: &[&str] = &[
    "1.0", "1.1", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2", "3.3", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0",
];

#[rustfmt::skip]
const MOBILENET_V2: &[Rule] = &[
    rule("mobilenet_v2.conv_stem.first_conv.convolution.{*}",   "conv_stem.{*}"),
    rule("mobilenet_v2.conv_stem.first_conv.normalization.{*}", "bn1.{*}"),
    rule("mobilenet_v2.conv_stem.conv_3x3.convolution.{*}",     "blocks.0.0.conv_dw.{*}"),
    rule("mobilenet_v2.conv_stem.conv_3x3.normalization.{*}",   "blocks.0.0.bn1.{*}"),
    rule("mobilenet_v2.conv_stem.reduce_1x1.convolution.{*}",   "blocks.0.0.conv_pw.{*}"),
    rule("mobilenet_v2.conv_stem.reduce_1x1.normalization.{*}", "blocks.0.0.bn2.{*}"),
    rule_at("mobilenet_v2.layer.{n}.expand_1x1.convolution.{*}",   "blocks.{at[n]}.conv_pw.{*}",  V2_BLOCKS),
    rule_at("mobilenet_v2.layer.{n}.expand_1x1.normalization.{*}", "blocks.{at[n]}.bn1.{*}",      V2_BLOCKS),
    rule_at("mobilenet_v2.layer.{n}.conv_3x3.convolution.{*}",     "blocks.{at[n]}.conv_dw.{*}",  V2_BLOCKS),
    rule_at("mobilenet_v2.layer.{n}.conv_3x3.normalization.{*}",   "blocks.{at[n]}.bn2.{*}",      V2_BLOCKS),
    rule_at("mobilenet_v2.layer.{n}.reduce_1x1.convolution.{*}",   "blocks.{at[n]}.conv_pwl.{*}", V2_BLOCKS),
    rule_at("mobilenet_v2.layer.{n}.reduce_1x1.normalization.{*}", "blocks.{at[n]}.bn3.{*}",      V2_BLOCKS),
    rule("mobilenet_v2.conv_1x1.convolution.{*}",   "conv_head.{*}"),
    rule("mobilenet_v2.conv_1x1.normalization.{*}", "bn2.{*}"),
];

/// Its image processor gives BGR.
#[rustfmt::skip]
const MOBILEVIT_V1: &[Rule] = &[
    reversed("mobilevit.conv_stem.convolution.weight", "stem.conv.weight"),
    rule("mobilevit.{*}", "{*}"),
];

/// And so here.
#[rustfmt::skip]
const MOBILEVIT_V2: &[Rule] = &[
    reversed("mobilevitv2.conv_stem.convolution.weight", "stem.conv.weight"),
    rule("mobilevitv2.{*}", "{*}"),
];

#[rustfmt::skip]
const MOBILEVIT: &[Rule] = &[
    rule("conv_stem.{*}", "stem.{*}"),
    rule("encoder.layer.{s}.layer.{b}.{*}",             "stages.{s}.{b}.{*}"),
    rule("encoder.layer.{s}.downsampling_layer.{*}",    "stages.{s}.0.{*}"),
    rule("encoder.layer.{s}.transformer.layer.{l}.{*}", "stages.{s}.1.transformer.{l}.{*}"),
    rule("encoder.layer.{s}.conv_1x1.convolution.{*}",  "stages.{s}.1.conv_1x1.{*}"),
    rule("encoder.layer.{s}.layernorm.{*}",             "stages.{s}.1.norm.{*}"),
    rule("encoder.layer.{s}.conv_projection.{*}",       "stages.{s}.1.conv_proj.{*}"),
    rule("encoder.layer.{s}.fusion.{*}",                "stages.{s}.1.conv_fusion.{*}"),
    rule("encoder.layer.{s}.conv_kxk.{*}",              "stages.{s}.1.conv_kxk.{*}"),
    rule("conv_1x1_exp.{*}", "final_conv.{*}"),
    rule("classifier.{*}", "head.fc.{*}"),
];

#[rustfmt::skip]
const MOBILEVIT_PARTS: &[Rule] = &[
    rule("stages.{s}.{b}.expand_1x1.{*}", "stages.{s}.{b}.conv1_1x1.{*}"),
    rule("stages.{s}.{b}.conv_3x3.{*}",   "stages.{s}.{b}.conv2_kxk.{*}"),
    rule("stages.{s}.{b}.reduce_1x1.{*}", "stages.{s}.{b}.conv3_1x1.{*}"),
    rule("stages.{s}.1.transformer.{l}.layernorm_before.{*}", "stages.{s}.1.transformer.{l}.norm1.{*}"),
    rule("stages.{s}.1.transformer.{l}.layernorm_after.{*}",  "stages.{s}.1.transformer.{l}.norm2.{*}"),
    // Query, key and value of the first are tensors of their own.
    third(0, "stages.{s}.1.transformer.{l}.attention.attention.query.{*}", "stages.{s}.1.transformer.{l}.attn.qkv.{*}"),
    third(1, "stages.{s}.1.transformer.{l}.attention.attention.key.{*}",   "stages.{s}.1.transformer.{l}.attn.qkv.{*}"),
    third(2, "stages.{s}.1.transformer.{l}.attention.attention.value.{*}", "stages.{s}.1.transformer.{l}.attn.qkv.{*}"),
    rule("stages.{s}.1.transformer.{l}.attention.output.dense.{*}", "stages.{s}.1.transformer.{l}.attn.proj.{*}"),
    rule("stages.{s}.1.transformer.{l}.intermediate.dense.{*}",     "stages.{s}.1.transformer.{l}.mlp.fc1.{*}"),
    rule("stages.{s}.1.transformer.{l}.output.dense.{*}",           "stages.{s}.1.transformer.{l}.mlp.fc2.{*}"),
    // All of the second's are 1×1 convolutions.
    rule("stages.{s}.1.transformer.{l}.attention.{p}.convolution.{*}", "stages.{s}.1.transformer.{l}.attn.{p}.{*}"),
    rule("stages.{s}.1.transformer.{l}.ffn.conv{n}.convolution.{*}",   "stages.{s}.1.transformer.{l}.mlp.fc{n}.{*}"),
];

#[rustfmt::skip]
const MOBILEVIT_UNITS: &[Rule] = &[
    rule("stem.normalization.{*}",             "stem.bn.{*}"),
    rule("final_conv.convolution.{*}",         "final_conv.conv.{*}"),
    rule("final_conv.normalization.{*}",       "final_conv.bn.{*}"),
    rule("stages.{s}.{b}.{c}.convolution.{*}",   "stages.{s}.{b}.{c}.conv.{*}"),
    rule("stages.{s}.{b}.{c}.normalization.{*}", "stages.{s}.{b}.{c}.bn.{*}"),
];

#[rustfmt::skip]
const SQUEEZENET_1_0: &[Rule] = &[
    rule("features.init_block.conv.{*}", "features.0.{*}"),
    rule("features.stage1.unit{u}.{conv}.conv.{*}", "features.{u+2}.{conv}.{*}"),
    rule("features.stage2.unit{u}.{conv}.conv.{*}", "features.{u+6}.{conv}.{*}"),
    rule("features.stage3.unit{u}.{conv}.conv.{*}", "features.{u+11}.{conv}.{*}"),
    rule("output.final_conv.{*}", "classifier.1.{*}"),
];

#[rustfmt::skip]
const SQUEEZENET_1_1: &[Rule] = &[
    rule("features.init_block.conv.{*}", "features.0.{*}"),
    rule("features.stage1.unit{u}.{conv}.conv.{*}", "features.{u+2}.{conv}.{*}"),
    rule("features.stage2.unit{u}.{conv}.conv.{*}", "features.{u+5}.{conv}.{*}"),
    rule("features.stage3.unit{u}.{conv}.conv.{*}", "features.{u+8}.{conv}.{*}"),
    rule("output.final_conv.{*}", "classifier.1.{*}"),
];

/// At width 0.5 alone: beside that its branches have other channels.
#[rustfmt::skip]
const SHUFFLENET_V2B: &[Rule] = &[
    rule("features.init_block.conv.conv.{*}", "conv1.0.{*}"),
    rule("features.init_block.conv.bn.{*}",   "conv1.1.{*}"),
    rule("features.stage{s}.unit{u}.shortcut_dconv.conv.{*}", "stage{s+1}.{u-1}.branch1.0.{*}"),
    rule("features.stage{s}.unit{u}.shortcut_dconv.bn.{*}",   "stage{s+1}.{u-1}.branch1.1.{*}"),
    rule("features.stage{s}.unit{u}.shortcut_conv.conv.{*}",  "stage{s+1}.{u-1}.branch1.2.{*}"),
    rule("features.stage{s}.unit{u}.shortcut_conv.bn.{*}",    "stage{s+1}.{u-1}.branch1.3.{*}"),
    rule("features.stage{s}.unit{u}.conv1.conv.{*}",          "stage{s+1}.{u-1}.branch2.0.{*}"),
    rule("features.stage{s}.unit{u}.conv1.bn.{*}",            "stage{s+1}.{u-1}.branch2.1.{*}"),
    rule("features.stage{s}.unit{u}.dconv.conv.{*}",          "stage{s+1}.{u-1}.branch2.3.{*}"),
    rule("features.stage{s}.unit{u}.dconv.bn.{*}",            "stage{s+1}.{u-1}.branch2.4.{*}"),
    rule("features.stage{s}.unit{u}.conv2.conv.{*}",          "stage{s+1}.{u-1}.branch2.5.{*}"),
    rule("features.stage{s}.unit{u}.conv2.bn.{*}",            "stage{s+1}.{u-1}.branch2.6.{*}"),
    rule("features.final_block.conv.{*}", "conv5.0.{*}"),
    rule("features.final_block.bn.{*}",   "conv5.1.{*}"),
    rule("output.{*}", "fc.{*}"),
];

/// Where the blocks of B0 and Lite0 are.
#[rustfmt::skip]
const B0_BLOCKS: &[&str] = &[
    "0.0", "1.0", "1.1", "2.0", "2.1", "3.0", "3.1", "3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "5.3", "6.0",
];

/// The first block expands nothing.
#[rustfmt::skip]
const OF_TENSORFLOW: &[Rule] = &[
    rule("_conv_stem.{*}", "conv_stem.{*}"),
    rule("_bn0.{*}",       "bn1.{*}"),
    rule("_blocks.0._bn1.{*}",          "blocks.0.0.bn1.{*}"),
    rule("_blocks.0._project_conv.{*}", "blocks.0.0.conv_pw.{*}"),
    rule("_blocks.0._bn2.{*}",          "blocks.0.0.bn2.{*}"),
    rule_at("_blocks.{n}._expand_conv.{*}",    "blocks.{at[n]}.conv_pw.{*}",        B0_BLOCKS),
    rule_at("_blocks.{n}._bn0.{*}",            "blocks.{at[n]}.bn1.{*}",            B0_BLOCKS),
    rule_at("_blocks.{n}._depthwise_conv.{*}", "blocks.{at[n]}.conv_dw.{*}",        B0_BLOCKS),
    rule_at("_blocks.{n}._bn1.{*}",            "blocks.{at[n]}.bn2.{*}",            B0_BLOCKS),
    rule_at("_blocks.{n}._project_conv.{*}",   "blocks.{at[n]}.conv_pwl.{*}",       B0_BLOCKS),
    rule_at("_blocks.{n}._bn2.{*}",            "blocks.{at[n]}.bn3.{*}",            B0_BLOCKS),
    rule("_conv_head.{*}", "conv_head.{*}"),
    rule("_bn1.{*}",       "bn2.{*}"),
    rule("_fc.{*}",        "classifier.{*}"),
];

/// pytorchcv's names of the parts of timm's blocks without expansion; those of other libraries are brought to these first.
#[rustfmt::skip]
const SEPARABLE: &[Rule] = &[
    rule("blocks.0.{u}.dw_conv.conv.{*}", "blocks.0.{u}.conv_dw.{*}"),
    rule("blocks.0.{u}.dw_conv.bn.{*}",   "blocks.0.{u}.bn1.{*}"),
    rule("blocks.0.{u}.pw_conv.conv.{*}", "blocks.0.{u}.conv_pw.{*}"),
    rule("blocks.0.{u}.pw_conv.bn.{*}",   "blocks.0.{u}.bn2.{*}"),
];

/// And with it.
#[rustfmt::skip]
const INVERTED: &[Rule] = &[
    rule("blocks.{s}.{u}.exp_conv.conv.{*}", "blocks.{s}.{u}.conv_pw.{*}"),
    rule("blocks.{s}.{u}.exp_conv.bn.{*}",   "blocks.{s}.{u}.bn1.{*}"),
    rule("blocks.{s}.{u}.dw_conv.conv.{*}",  "blocks.{s}.{u}.conv_dw.{*}"),
    rule("blocks.{s}.{u}.dw_conv.bn.{*}",    "blocks.{s}.{u}.bn2.{*}"),
    rule("blocks.{s}.{u}.pw_conv.conv.{*}",  "blocks.{s}.{u}.conv_pwl.{*}"),
    rule("blocks.{s}.{u}.pw_conv.bn.{*}",    "blocks.{s}.{u}.bn3.{*}"),
    rule("blocks.{s}.{u}.se.conv1.{*}",      "blocks.{s}.{u}.se.conv_reduce.{*}"),
    rule("blocks.{s}.{u}.se.conv2.{*}",      "blocks.{s}.{u}.se.conv_expand.{*}"),
];

/// Its stages are those of one resolution.
#[rustfmt::skip]
const MNASNET: &[Rule] = &[
    rule("features.init_block.conv1.conv.{*}",  "conv_stem.{*}"),
    rule("features.init_block.conv1.bn.{*}",    "bn1.{*}"),
    rule("features.init_block.conv2.{*}",       "blocks.0.0.{*}"),
    rule("features.stage4.unit{u}.{*}",         "blocks.5.{u-1}.{*}"),
    rule("features.final_block.conv1.{*}",      "blocks.6.0.{*}"),
    rule("features.final_block.conv2.conv.{*}", "conv_head.{*}"),
    rule("features.final_block.conv2.bn.{*}",   "bn2.{*}"),
    rule("output.{*}",                          "classifier.{*}"),
];

#[rustfmt::skip]
const MNASNET_B1: &[Rule] = &[
    rule_at("features.stage3.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["3.0", "3.1", "3.2", "4.0", "4.1"]),
    rule("features.stage{s}.unit{u}.{*}",  "blocks.{s}.{u-1}.{*}"),
];

#[rustfmt::skip]
const MNASNET_A1: &[Rule] = &[
    rule_at("features.stage3.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["3.0", "3.1", "3.2", "3.3", "4.0", "4.1"]),
    rule("features.stage{s}.unit{u}.{*}",  "blocks.{s}.{u-1}.{*}"),
];

#[rustfmt::skip]
const MNASNET_SMALL: &[Rule] = &[
    rule_at("features.stage3.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["3.0", "3.1", "3.2", "3.3", "4.0", "4.1", "4.2"]),
    rule("features.stage{s}.unit{u}.{*}",  "blocks.{s}.{u-1}.{*}"),
];

#[rustfmt::skip]
const FBNET_C: &[Rule] = &[
    rule("features.init_block.conv1.conv.{*}", "conv_stem.{*}"),
    rule("features.init_block.conv1.bn.{*}",   "bn1.{*}"),
    rule("features.init_block.conv2.{*}",      "blocks.0.0.{*}"),
    rule_at("features.stage3.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &[
        "3.0", "3.1", "3.2", "3.3", "4.0", "4.1", "4.2", "4.3",
    ]),
    rule_at("features.stage4.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["5.0", "5.1", "5.2", "5.3", "6.0"]),
    rule("features.stage{s}.unit{u}.{*}", "blocks.{s}.{u-1}.{*}"),
    rule("features.final_block.conv.{*}", "conv_head.{*}"),
    rule("features.final_block.bn.{*}",   "bn2.{*}"),
    rule("output.{*}", "classifier.{*}"),
];

/// Every block expands, the first too.
#[rustfmt::skip]
const FBNET_PARTS: &[Rule] = &[
    rule("blocks.{s}.{u}.conv1.{*}", "blocks.{s}.{u}.dw_conv.{*}"),
    rule("blocks.{s}.{u}.conv2.{*}", "blocks.{s}.{u}.pw_conv.{*}"),
];

/// At B0's depths.
#[rustfmt::skip]
const EFFICIENTNET_B0: &[Rule] = &[
    rule("features.init_block.conv.conv.{*}", "conv_stem.{*}"),
    rule("features.init_block.conv.bn.{*}",   "bn1.{*}"),
    rule_at("features.stage4.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["3.0", "3.1", "3.2", "4.0", "4.1", "4.2"]),
    rule_at("features.stage5.unit{u}.{*}", "blocks.{at[u-1]}.{*}", &["5.0", "5.1", "5.2", "5.3", "6.0"]),
    rule("features.stage{s}.unit{u}.{*}", "blocks.{s-1}.{u-1}.{*}"),
    rule("features.final_block.conv.{*}", "conv_head.{*}"),
    rule("features.final_block.bn.{*}",   "bn2.{*}"),
    rule("output.fc.{*}", "classifier.{*}"),
];

#[rustfmt::skip]
const EFFICIENTNET_PARTS: &[Rule] = &[
    rule("blocks.{s}.{u}.conv1.{*}", "blocks.{s}.{u}.exp_conv.{*}"),
    rule("blocks.{s}.{u}.conv2.{*}", "blocks.{s}.{u}.dw_conv.{*}"),
    rule("blocks.{s}.{u}.conv3.{*}", "blocks.{s}.{u}.pw_conv.{*}"),
];

/// torchvision's: a block is a list, and so is what it consists of.
#[rustfmt::skip]
const TV_EFFICIENTNET: &[Rule] = &[
    rule("features.0.0.{*}",   "conv_stem.{*}"),
    rule("features.0.1.{*}",   "bn1.{*}"),
    rule("features.8.0.{*}",   "conv_head.{*}"),
    rule("features.8.1.{*}",   "bn2.{*}"),
    rule("classifier.1.{*}",   "classifier.{*}"),
    rule_at("features.1.{u}.block.0.{p}.{*}",   "blocks.0.{u}.dw_conv.{at[p]}.{*}",     CONV_BN),
    rule("features.1.{u}.block.1.fc{n}.{*}",    "blocks.0.{u}.se.conv{n}.{*}"),
    rule_at("features.1.{u}.block.2.{p}.{*}",   "blocks.0.{u}.pw_conv.{at[p]}.{*}",     CONV_BN),
    rule_at("features.{s}.{u}.block.0.{p}.{*}", "blocks.{s-1}.{u}.exp_conv.{at[p]}.{*}", CONV_BN),
    rule_at("features.{s}.{u}.block.1.{p}.{*}", "blocks.{s-1}.{u}.dw_conv.{at[p]}.{*}", CONV_BN),
    rule("features.{s}.{u}.block.2.fc{n}.{*}",  "blocks.{s-1}.{u}.se.conv{n}.{*}"),
    rule_at("features.{s}.{u}.block.3.{p}.{*}", "blocks.{s-1}.{u}.pw_conv.{at[p]}.{*}", CONV_BN),
];

const CONV_BN: &[&str] = &["conv", "bn"];

/// transformers': blocks are counted through.
#[rustfmt::skip]
const HF_EFFICIENTNET: &[Rule] = &[
    rule("efficientnet.embeddings.convolution.{*}", "conv_stem.{*}"),
    rule("efficientnet.embeddings.batchnorm.{*}",   "bn1.{*}"),
    rule("efficientnet.encoder.blocks.{n}.expansion.expand_conv.{*}",         "block.{n}.exp_conv.conv.{*}"),
    rule("efficientnet.encoder.blocks.{n}.expansion.expand_bn.{*}",           "block.{n}.exp_conv.bn.{*}"),
    rule("efficientnet.encoder.blocks.{n}.depthwise_conv.depthwise_conv.{*}", "block.{n}.dw_conv.conv.{*}"),
    rule("efficientnet.encoder.blocks.{n}.depthwise_conv.depthwise_norm.{*}", "block.{n}.dw_conv.bn.{*}"),
    rule("efficientnet.encoder.blocks.{n}.squeeze_excite.reduce.{*}",         "block.{n}.se.conv1.{*}"),
    rule("efficientnet.encoder.blocks.{n}.squeeze_excite.expand.{*}",         "block.{n}.se.conv2.{*}"),
    rule("efficientnet.encoder.blocks.{n}.projection.project_conv.{*}",       "block.{n}.pw_conv.conv.{*}"),
    rule("efficientnet.encoder.blocks.{n}.projection.project_bn.{*}",         "block.{n}.pw_conv.bn.{*}"),
    rule("efficientnet.encoder.top_conv.{*}", "conv_head.{*}"),
    rule("efficientnet.encoder.top_bn.{*}",   "bn2.{*}"),
];

#[rustfmt::skip]
const HF_B0: &[Rule] = &[rule_at("block.{n}.{*}", "blocks.{at[n]}.{*}", B0_BLOCKS)];

/// B1 and B2 are of one depth.
#[rustfmt::skip]
const HF_B1: &[Rule] = &[rule_at("block.{n}.{*}", "blocks.{at[n]}.{*}", &[
    "0.0", "0.1", "1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2", "3.3", "4.0", "4.1", "4.2", "4.3",
    "5.0", "5.1", "5.2", "5.3", "5.4", "6.0", "6.1",
])];

/// Its stem joins the convolutions' way and the pool's, the authors' the pool's and the convolutions'.
#[rustfmt::skip]
const PELEENET: &[Rule] = &[
    rule("features.init_block.first_conv.conv.{*}", "features.stemblock.stem1.conv.{*}"),
    rule("features.init_block.first_conv.{*}",      "features.stemblock.stem1.{*}"),
    rule_at("features.init_block.branches.branch1.conv{n}.{*}", "features.stemblock.stem2{at[n-1]}.{*}", LETTERS),
    exchanged("features.init_block.last_conv.conv.weight", "features.stemblock.stem3.conv.weight"),
    rule("features.init_block.last_conv.{*}", "features.stemblock.stem3.{*}"),
    rule_at("features.stage{s}.unit{u}.branch{b}.conv{n}.{*}",
        "features.denseblock{s}.denselayer{u}.branch{b}{at[n-1]}.{*}", LETTERS),
    rule("features.stage{s}.trans{t}.conv.{*}", "features.transition{s-1}.{*}"),
    rule("features.final_block.{*}", "features.transition4.{*}"),
    rule("output.fc.{*}", "classifier.{*}"),
];

const LETTERS: &[&str] = &["a", "b", "c"];

#[rustfmt::skip]
const PELEENET_NORMS: &[Rule] = &[
    rule("features.{a}.bn.{*}",         "features.{a}.norm.{*}"),
    rule("features.{a}.{b}.bn.{*}",     "features.{a}.{b}.norm.{*}"),
    rule("features.{a}.{b}.{c}.bn.{*}", "features.{a}.{b}.{c}.norm.{*}"),
];

/// As converted: `index` is an order of channels.
#[rustfmt::skip]
const CONDENSENET: &[Rule] = &[
    rule("features.init_block.conv.{*}", "features.init_conv.{*}"),
    rule("features.stage{s}.unit{u}.conv{n}.bn.{*}", "features.denseblock_{s}.denselayer_{u}.conv_{n}.norm.{*}"),
    rule("features.stage{s}.unit{u}.conv{n}.{*}",    "features.denseblock_{s}.denselayer_{u}.conv_{n}.{*}"),
    rule("features.post_activ.bn.{*}", "features.norm_last.{*}"),
    rule("output.{*}", "classifier.{*}"),
];

/// The authors' checkpoints in MXNet.
#[rustfmt::skip]
const IGC: &[&str] = &[
    "igcv1_L4M32", "igcv1_L16M16", "igcv1_L100M2",
    "igcv1_cifar_plain_d20_L24M2", "igcv1_cifar_plain_d38_L24M2", "igcv1_cifar_plain_d50_L24M2",
    "mxnet_igcv3_{width/}",
];

/// Arguments are learned, auxiliary states counted.
const MXNET_FILE: &[Rule] = &[rule("arg:{*}", "{*}"), rule("aux:{*}", "{*}")];

/// What training tools put before every name.
const WRAPPERS: &[&str] =
    &["module.", "_orig_mod.", "state_dict.", "model_state_dict.", "model.", "backbone.", "timm_model."];

impl Rule {
    /// Our name for one of theirs.
    fn apply(&self, name: &str) -> Option<String> {
        let captured = captures(self.theirs, name)?;
        let (mut ours, mut pattern) = (String::new(), self.ours);
        while let Some((literal, expression, rest)) = next_hole(pattern) {
            ours.push_str(literal);
            ours.push_str(&self.value(expression, &captured)?);
            pattern = rest;
        }
        ours.push_str(pattern);
        Some(ours)
    }

    /// What stands in a hole of our name.
    fn value(&self, expression: &str, captured: &[(&str, &str)]) -> Option<String> {
        let text = |key: &str| captured.iter().find(|(other, _)| *other == key).map(|(_, text)| *text);
        if let Some(place) = expression.strip_prefix("at[").and_then(|rest| rest.strip_suffix(']')) {
            return Some((*self.at.get(self.value(place, captured)?.parse::<usize>().ok()?)?).to_owned());
        }
        let number = |key: &str| text(key)?.parse::<usize>().ok();
        if let Some((key, more)) = expression.split_once('+') {
            return Some(number(key)?.checked_add(more.parse().ok()?)?.to_string());
        }
        if let Some((key, less)) = expression.split_once('-') {
            return Some(number(key)?.checked_sub(less.parse().ok()?)?.to_string());
        }
        text(expression).map(str::to_owned)
    }
}

/// What the holes of a pattern stand for in a name that it matches.
fn captures<'p, 'n>(mut pattern: &'p str, mut name: &'n str) -> Option<Vec<(&'p str, &'n str)>> {
    let mut captured = Vec::new();
    while let Some((literal, key, rest)) = next_hole(pattern) {
        name = name.strip_prefix(literal)?;
        let end = if key == "*" { name.len() } else { name.find('.').unwrap_or(name.len()) };
        let (text, after) = name.split_at(end);
        if text.is_empty() {
            return None;
        }
        captured.push((key, text));
        (pattern, name) = (rest, after);
    }
    (pattern == name).then_some(captured)
}

/// What stands before the first hole of a pattern, in it, and behind it.
fn next_hole(pattern: &str) -> Option<(&str, &str, &str)> {
    let (literal, rest) = pattern.split_once('{')?;
    let (hole, rest) = rest.split_once('}')?;
    Some((literal, hole, rest))
}

impl Scheme {
    /// The same with that library's way of preparing the input.
    const fn prepared(self, preprocess: Preprocess) -> Self {
        Self { preprocess: Some(preprocess), ..self }
    }

    /// The same with its padding and ε too.
    const fn as_trained(self, conventions: Conventions, preprocess: Preprocess) -> Self {
        Self { conventions: Some(conventions), preprocess: Some(preprocess), ..self }
    }

    /// Whether it is for this model.
    pub fn is_for(&self, model: &Model) -> bool {
        self.models.contains(&model.id.as_ref())
    }

    /// The rule of its stem.
    fn stem(&self) -> &'static Rule {
        &self.tables[0][0]
    }

    /// Our name for one of theirs, and what the tensor holds.
    fn rename(&self, name: &str) -> (String, Holds) {
        let mut renamed = (name.to_owned(), Holds::All);
        for table in self.tables {
            let named = |rule: &Rule| Some((rule.apply(&renamed.0)?, rule.holds));
            if let Some((name, holds)) = table.iter().find_map(named) {
                renamed = (name, if holds == Holds::All { renamed.1 } else { holds });
            }
        }
        renamed
    }
}

/// How a checkpoint's names differ from those of its network's library.
#[derive(Clone, Debug, PartialEq)]
pub struct Renaming {
    /// What stands before every name, such as `module.`; nothing if empty.
    pub wrapper: String,
    /// Whose names they are otherwise; the network's own library's if `None`.
    pub scheme: Option<&'static Scheme>,
    /// How many tensors have another name.
    pub renamed: usize,
}

impl std::fmt::Display for Renaming {
    /// Such as “names of transformers, 262 tensors renamed”.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "names of {}, ", scheme.library)?;
        }
        if !self.wrapper.is_empty() {
            write!(f, "“{}” before every name, ", self.wrapper)?;
        }
        write!(f, "{} tensors renamed", self.renamed)
    }
}

/// A checkpoint's tensors under the names that its network's library would give them.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Their shapes.
    pub(super) shapes: BTreeMap<String, Vec<usize>>,
    /// The file's tensors that have no such name.
    pub(super) nameless: Vec<String>,
    /// What was done to the names, if anything.
    pub(super) renaming: Option<Renaming>,
    /// What stands before the names that it reads.
    pub(super) wrapper: String,
    sources: BTreeMap<String, Source>,
}

/// Where in the file a tensor is.
#[derive(Clone, Debug)]
struct Source {
    /// The file's names and shapes of its parts, in order.
    parts: Vec<(String, Vec<usize>)>,
    /// Which of the parameter's numbers a part has.
    holds: Holds,
}

impl View {
    /// The ways to read a file's names: as they are and by the schemes that know its stem, behind whatever stands before a stem. So a file may hold several networks, or one twice: the weights and their moving average.
    pub(super) fn all(shapes: &BTreeMap<String, Vec<usize>>) -> Vec<Self> {
        let mut wrappers = vec![wrapper(shapes)];
        let theirs = SCHEMES.iter().map(|scheme| scheme.stem().theirs.replace("{*}", "weight"));
        let theirs = theirs.collect::<Vec<_>>();
        for name in shapes.keys() {
            let mut stems = STEMS.iter().copied().chain(theirs.iter().map(String::as_str));
            let before = stems.find_map(|stem| {
                name.strip_suffix(stem).filter(|before| before.is_empty() || before.ends_with('.'))
            });
            if let Some(before) = before.filter(|before| wrappers.iter().all(|other| other != before)) {
                wrappers.push(before.to_owned());
            }
        }
        let of = |wrapper: &String| {
            let has = |rule: &Rule| {
                let bare = shapes.keys().filter_map(|name| name.strip_prefix(wrapper.as_str()));
                bare.into_iter().any(|name| rule.apply(name).is_some())
            };
            let schemes = SCHEMES.iter().filter(|scheme| has(scheme.stem()));
            let schemes = std::iter::once(None).chain(schemes.map(Some));
            schemes.map(|scheme| Self::new(wrapper, scheme, shapes)).collect::<Vec<_>>()
        };
        wrappers.iter().flat_map(of).collect()
    }

    fn new(wrapper: &str, scheme: Option<&'static Scheme>, shapes: &BTreeMap<String, Vec<usize>>) -> Self {
        let mut holders: BTreeMap<String, Vec<Holder<'_>>> = BTreeMap::new();
        let mut renamed = 0;
        let mut nameless = Vec::new();
        for (name, shape) in shapes {
            let Some(bare) = name.strip_prefix(wrapper) else {
                nameless.push(name.clone());
                continue;
            };
            let (ours, holds) =
                scheme.map_or_else(|| (bare.to_owned(), Holds::All), |scheme| scheme.rename(bare));
            renamed += usize::from(ours != *name);
            holders.entry(ours).or_default().push(Holder { holds, name, shape });
        }
        let renaming = (renamed > 0).then(|| Renaming { wrapper: wrapper.to_owned(), scheme, renamed });
        let wrapper = wrapper.to_owned();
        let mut view =
            Self { shapes: BTreeMap::new(), nameless, renaming, wrapper, sources: BTreeMap::new() };
        for (ours, holders) in holders {
            let holders = order::sorted(holders, |holder| holder.holds.index() as u128);
            match joined(&holders) {
                Some(shape) => {
                    let holds = holders[0].holds;
                    let parts = holders.iter().map(|holder| (holder.name.to_owned(), holder.shape.to_vec()));
                    view.sources.insert(ours.clone(), Source { parts: parts.collect(), holds });
                    view.shapes.insert(ours, shape);
                }
                None => view.nameless.extend(holders.iter().map(|holder| holder.name.to_owned())),
            }
        }
        view
    }

    /// The reading of a file's tensors that is known: our name, the file's and the shape of each, and the names of all that count.
    pub(super) fn of_pairs<'a>(
        pairs: Vec<(String, String, Vec<usize>)>,
        all: impl Iterator<Item = &'a String>,
    ) -> Self {
        let taken: Vec<&String> = pairs.iter().map(|(_, theirs, _)| theirs).collect();
        let nameless = all.filter(|name| !taken.contains(name)).cloned().collect();
        let renaming = Some(Renaming { wrapper: String::new(), scheme: None, renamed: pairs.len() });
        let wrapper = String::new();
        let mut view =
            Self { shapes: BTreeMap::new(), nameless, renaming, wrapper, sources: BTreeMap::new() };
        for (ours, theirs, shape) in pairs {
            view.shapes.insert(ours.clone(), shape.clone());
            view.sources.insert(ours, Source { parts: vec![(theirs, shape)], holds: Holds::All });
        }
        view
    }

    /// Whose names they are, if not the network's own library's.
    pub(super) fn scheme(&self) -> Option<&'static Scheme> {
        self.renaming.as_ref().and_then(|renaming| renaming.scheme)
    }

    /// Whether it may be a reading for this model.
    pub(super) fn is_for(&self, model: &Model) -> bool {
        self.scheme().is_none_or(|scheme| scheme.is_for(model))
    }

    /// The file's own name of a tensor; ours where the file has it in parts, or has it not.
    pub(super) fn name_in_file<'a>(&'a self, ours: &'a str) -> &'a str {
        match self.sources.get(ours).map(|source| source.parts.as_slice()) {
            Some([(name, _)]) => name,
            _ => ours,
        }
    }

    /// The file's names of a tensor's parts.
    pub(super) fn names_in_file(&self, ours: &str) -> impl Iterator<Item = &str> {
        self.sources
            .get(ours)
            .into_iter()
            .flat_map(|source| source.parts.iter().map(|(name, _)| name.as_str()))
    }

    /// Our name for a tensor of the file, whatever its numbers are; nothing where the wrapper is not before it.
    pub(super) fn our_name(&self, name: &str) -> String {
        let Some(bare) = name.strip_prefix(&self.wrapper) else { return String::new() };
        self.scheme().map_or_else(|| bare.to_owned(), |scheme| scheme.rename(bare).0)
    }

    /// Where a tensor's numbers are, in order: the file's tensors, and which of their elements.
    pub(super) fn runs(&self, ours: &str) -> Vec<(&str, Range<usize>)> {
        let Some(Source { parts, holds }) = self.sources.get(ours) else { return Vec::new() };
        let mut runs = Vec::new();
        for (name, shape) in parts {
            let name = name.as_str();
            match shape.as_slice() {
                [out, input, plane @ ..] if holds.channel(0, *input).is_some() => {
                    let plane: usize = plane.iter().product();
                    let channels =
                        |o| (0..*input).filter_map(move |i| Some(o * input + holds.channel(i, *input)?));
                    let channels = (0..*out).flat_map(channels);
                    runs.extend(channels.map(|channel| (name, channel * plane..(channel + 1) * plane)));
                }
                _ => runs.push((name, 0..shape.iter().product())),
            }
        }
        runs
    }
}

/// A tensor of the file that has some of a parameter's numbers.
struct Holder<'a> {
    holds: Holds,
    name: &'a str,
    shape: &'a [usize],
}

/// The shape of what tensors hold together; `None` if that is not one tensor.
fn joined(holders: &[Holder<'_>]) -> Option<Vec<usize>> {
    let Holder { holds, shape, .. } = holders.first()?;
    match holds {
        Holds::All | Holds::Reversed | Holds::Exchanged => (holders.len() == 1).then(|| shape.to_vec()),
        Holds::Part { of, .. } => {
            let (rows, rest) = shape.split_first()?;
            let in_order = holders.iter().enumerate().all(|(index, holder)| {
                holder.holds == Holds::Part { index, of: *of } && holder.shape == *shape
            });
            // A file may state any number of rows.
            let rows = rows.checked_mul(*of)?;
            (holders.len() == *of && in_order).then(|| [&[rows], rest].concat())
        }
    }
}

/// The first tensors of the zoo's networks: what stands before one of these names was put there by a training tool.
const STEMS: &[&str] = &[
    "conv_stem.weight",
    "features.0.0.weight",
    "features.0.weight",
    "stem.conv.weight",
    "conv1.0.weight",
    "layers.0.weight",
    "backbone.stages.xif0_0.conv.weight",
    "stem.0.conv.weight",
    "stem.conv1.c.weight",
    "stem.conv1.weight",
    "level1.conv.weight",
    "encoder.level1.conv.weight",
    "first_conv.0.weight",
    "stem.0.weight",
    "features.init_block.conv.weight",
    "features.init_block.conv.conv.weight",
    "features.init_conv.weight",
    "features.stemblock.stem1.conv.weight",
    "features.stage1.unit1.blocks.block1.conv.weight",
    "Convolution1.weight",
    "first-3x3-conv-conv2d_weight",
    "g0_conv_weight",
    "features.0.stem.0.conv.0.weight",
    "conv3d_1.weight",
];

/// What training tools have put before every name, if they have.
fn wrapper(shapes: &BTreeMap<String, Vec<usize>>) -> String {
    let mut wrapper = String::new();
    let all_begin = |prefix: &str| !shapes.is_empty() && shapes.keys().all(|name| name.starts_with(prefix));
    while let Some(longer) =
        WRAPPERS.iter().map(|more| wrapper.clone() + more).find(|longer| all_begin(longer))
    {
        wrapper = longer;
    }
    wrapper
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_takes_the_rest_of_its_segment_or_of_the_name() {
        for (pattern, name, expected) in [
            ("a.b", "a.b", Some(vec![])),
            ("a.b", "a.bc", None),
            ("a.b", "a", None),
            ("layer.{n}.conv", "layer.12.conv", Some(vec![("n", "12")])),
            ("layer.{n}.conv", "layer.12.conv.weight", None),
            ("layer.{n}.conv", "layer.1.2.conv", None),
            ("layer.{n}.conv", "layer..conv", None),
            (
                "stage{s}.unit{u}.{*}",
                "stage1.unit10.bn.weight",
                Some(vec![("s", "1"), ("u", "10"), ("*", "bn.weight")]),
            ),
            ("stage{s}.{*}", "stage1.", None),
            ("fc.{*}", "fc.weight", Some(vec![("*", "weight")])),
            ("fc.{*}", "fcc.weight", None),
        ] {
            assert_eq!(captures(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn numbers_are_counted_and_looked_up() {
        let at = rule_at("layer.{n}.{*}", "blocks.{at[n]}.{*}", &["0.0", "1.0"]);
        for (rule, name, expected) in [
            (rule("s{a}.u{b}.{c}", "f{a+2}.{b-1}.{c}{c}"), "s1.u3.x", Some("f3.2.xx")),
            (rule("s{a}", "f{a-1}"), "s0", None),
            (rule("s{a}", "f{a+1}"), "sx", None),
            (rule("s{a}", "f{a+1}"), "s99999999999999999999", None),
            (at, "layer.1.weight", Some("blocks.1.0.weight")),
            (at, "layer.2.weight", None),
            (at, "layer.x.weight", None),
            (rule_at("layer{n}.{*}", "b{at[n-1]}.{*}", &["0", "1"]), "layer2.w", Some("b1.w")),
            (rule_at("layer{n}.{*}", "b{at[n-1]}.{*}", &["0", "1"]), "layer0.w", None),
            // A hole that theirs has not.
            (rule("s{a}", "f{b}"), "s1", None),
        ] {
            assert_eq!(rule.apply(name).as_deref(), expected, "{rule:?} on {name}");
        }
    }

    /// A slip of the pen in a table would else show only as a name that no rule renames.
    #[test]
    fn every_hole_of_ours_is_one_of_theirs() {
        for scheme in SCHEMES {
            for rule in scheme.tables.iter().copied().flatten() {
                let mut theirs = Vec::new();
                let mut pattern = rule.theirs;
                while let Some((_, key, rest)) = next_hole(pattern) {
                    theirs.push(key);
                    pattern = rest;
                }
                let mut pattern = rule.ours;
                let mut looks_up = false;
                while let Some((_, hole, rest)) = next_hole(pattern) {
                    let key = hole.trim_start_matches("at[").split(['+', '-', ']']).next().unwrap();
                    assert!(theirs.contains(&key), "{rule:?}");
                    looks_up |= hole.starts_with("at[");
                    pattern = rest;
                }
                assert_eq!(looks_up, !rule.at.is_empty(), "{rule:?}");
                assert!(!rule.theirs.contains("}{") && !pattern.contains(['{', '}']), "{rule:?}");
            }
        }
    }

    fn shapes(tensors: &[(&str, &[usize])]) -> BTreeMap<String, Vec<usize>> {
        tensors.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
    }

    #[test]
    fn every_network_begins_with_a_stem() {
        let mut missing = std::collections::BTreeSet::new();
        for model in crate::zoo::Zoo::builtin().models() {
            let graph = crate::spec::Variant::new(model, model.default_width()).graph().unwrap();
            let first = graph.params[0].name.clone();
            missing.extend(Some(first).filter(|name| !STEMS.contains(&name.as_str())));
        }
        assert!(missing.is_empty(), "STEMS lacks {missing:?}");
    }

    #[test]
    fn whatever_stands_before_a_stem_is_a_wrapper() {
        let all = shapes(&[
            ("net.backbone.conv_stem.weight", &[2, 3, 3, 3]),
            ("net.backbone.bn1.weight", &[2]),
            ("net.head.weight", &[1]),
            ("ema.conv_stem.weight", &[2, 3, 3, 3]),
            ("notconv_stem.weight", &[1]),
        ]);
        let views = View::all(&all);
        let wrappers: Vec<&str> = views.iter().map(|view| view.wrapper.as_str()).collect();
        assert_eq!(wrappers, ["", "ema.", "net.backbone."]);
        assert_eq!(views[2].shapes, shapes(&[("conv_stem.weight", &[2, 3, 3, 3]), ("bn1.weight", &[2])]));
        assert_eq!(views[2].nameless, ["ema.conv_stem.weight", "net.head.weight", "notconv_stem.weight"]);
        assert_eq!(views[2].name_in_file("bn1.weight"), "net.backbone.bn1.weight");
    }

    #[test]
    fn wrappers_are_removed_where_all_tensors_share_them() {
        for (names, expected) in [
            (&["module.fc.weight", "module.fc.bias"][..], "module."),
            (&["module.model.fc.weight", "module.model.fc.bias"], "module.model."),
            (&["state_dict._orig_mod.fc.weight"], "state_dict._orig_mod."),
            (&["backbone.fc.weight", "head.bias"], ""),
            (&["modules.fc.weight"], ""),
            (&["model."], "model."),
            (&[], ""),
        ] {
            let tensors: Vec<(&str, &[usize])> = names.iter().map(|name| (*name, &[1][..])).collect();
            assert_eq!(wrapper(&shapes(&tensors)), expected, "{names:?}");
        }
    }

    fn scheme_of(library: &str, id: &str) -> Option<&'static Scheme> {
        SCHEMES.iter().find(|scheme| scheme.library == library && scheme.models.contains(&id))
    }

    fn vit() -> Option<&'static Scheme> {
        scheme_of(TRANSFORMERS, "mobilevit_xxs")
    }

    #[test]
    fn a_name_goes_through_every_table() {
        for (library, id, theirs, ours, holds) in [
            (
                PYTORCHCV,
                "mnasnet_small",
                "features.stage3.unit5.pw_conv.bn.bias",
                "blocks.4.0.bn3.bias",
                Holds::All,
            ),
            (
                PYTORCHCV,
                "mnasnet_small",
                "features.final_block.conv1.se.conv1.x",
                "blocks.6.0.se.conv_reduce.x",
                Holds::All,
            ),
            (
                TORCHVISION,
                "efficientnet_b1",
                "features.1.1.block.2.1.bias",
                "blocks.0.1.bn2.bias",
                Holds::All,
            ),
            (
                TORCHVISION,
                "efficientnet_b1",
                "features.7.1.block.3.0.weight",
                "blocks.6.1.conv_pwl.weight",
                Holds::All,
            ),
            (
                TRANSFORMERS,
                "mobilevitv2_{width}",
                "mobilevitv2.conv_stem.convolution.weight",
                "stem.conv.weight",
                Holds::Reversed,
            ),
            (
                TRANSFORMERS,
                "mobilevit_s",
                "mobilevit.encoder.layer.2.transformer.layer.1.attention.attention.key.bias",
                "stages.2.1.transformer.1.attn.qkv.bias",
                Holds::Part { index: 1, of: 3 },
            ),
        ] {
            let scheme = scheme_of(library, id).expect("is there");
            assert_eq!(scheme.rename(theirs), (ours.to_owned(), holds), "{theirs}");
        }
    }

    #[test]
    fn parts_are_joined_in_their_order_and_only_when_all_are_there() {
        let path = "mobilevit.encoder.layer.2.transformer.layer.0.attention.attention";
        let names = ["value", "query", "key"].map(|part| format!("{path}.{part}.weight"));
        let [value, query, key] = names.each_ref().map(String::as_str);
        let whole = "stages.2.1.transformer.0.attn.qkv.weight";
        let all = shapes(&[(query, &[4, 2]), (key, &[4, 2]), (value, &[4, 2])]);
        let view = View::new("", vit(), &all);
        assert_eq!(view.shapes, shapes(&[(whole, &[12, 2])]));
        assert_eq!(view.runs(whole), [(query, 0..8), (key, 0..8), (value, 0..8)]);
        assert_eq!(view.name_in_file(whole), whole);
        assert_eq!(view.renaming.map(|renaming| renaming.renamed), Some(3));

        for broken in [
            shapes(&[(query, &[4, 2]), (value, &[4, 2])]),
            shapes(&[(query, &[4, 2]), (key, &[4, 3]), (value, &[4, 2])]),
            shapes(&[(query, &[]), (key, &[]), (value, &[])]),
        ] {
            let view = View::new("", vit(), &broken);
            assert!(view.shapes.is_empty() && view.runs(whole).is_empty());
            assert_eq!(view.nameless.len(), broken.len());
        }
    }

    #[test]
    fn reversed_channels_are_read_from_the_last() {
        let stem = "mobilevit.conv_stem.convolution.weight";
        let view = View::new("", vit(), &shapes(&[(stem, &[2, 3, 1, 2])]));
        let starts: Vec<usize> =
            view.runs("stem.conv.weight").into_iter().map(|(_, run)| run.start).collect();
        assert_eq!(starts, [4, 2, 0, 10, 8, 6]);
        assert_eq!(view.name_in_file("stem.conv.weight"), stem);

        // A file may state any shape.
        let none = shapes(&[(stem, &[2, 0, 1, 2])]);
        assert_eq!(View::new("", vit(), &none).runs("stem.conv.weight"), [(stem, 0..0)]);
    }

    #[test]
    fn halves_of_the_channels_are_exchanged() {
        let join = "features.init_block.last_conv.conv.weight";
        let peleenet = scheme_of(PYTORCHCV, "peleenet");
        let starts = |channels| {
            let view = View::new("", peleenet, &shapes(&[(join, &[2, channels, 1, 1])]));
            let runs = view.runs("features.stemblock.stem3.conv.weight");
            runs.into_iter().map(|(_, run)| run.start).collect::<Vec<usize>>()
        };
        assert_eq!(starts(4), [2, 3, 0, 1, 6, 7, 4, 5]);
        assert_eq!(starts(0), [0]);
    }

    #[test]
    fn two_tensors_of_one_name_are_none() {
        let both = shapes(&[("output.bias", &[10]), ("fc.bias", &[10])]);
        let view = View::new("", scheme_of(PYTORCHCV, "shufflenet_v2_x{width_1}"), &both);
        assert_eq!(
            (view.shapes.len(), view.nameless),
            (0, vec!["fc.bias".to_owned(), "output.bias".to_owned()])
        );
    }
}

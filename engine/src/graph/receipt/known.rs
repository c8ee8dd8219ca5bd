//! Figures that are in circulation, and what they count.

use super::{BatchNormCount, Convention, PoolingCount};

/// A figure for a network with 1000 classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Who says so, with the version of a tool or the table of a paper.
    pub source: &'static str,
    /// Zoo id.
    pub model: &'static str,
    /// Side of the input in pixels.
    pub resolution: u32,
    /// The figure.
    pub operations: u64,
    /// The step to which it is rounded; 1 of a tool's output.
    pub step: u64,
    /// What it counts; `None` if no convention of this table gives this figure for this graph. (Some other set of switches
    /// may come near it by chance.)
    pub convention: Option<Convention>,
}

const CONV_LINEAR: Convention = Convention::CONV_LINEAR;

const WITH_ATTENTION: Convention = Convention { attention: true, ..CONV_LINEAR };

/// fvcore's handlers: batch normalisation two a number, adaptive pooling one, layer normalisation five, matrix products.
const FVCORE: Convention = Convention {
    batch_norm: BatchNormCount::Two,
    pooling: PoolingCount::Additions,
    attention: true,
    layer_norm: true,
    ..CONV_LINEAR
};

/// The same where squeeze-and-excite pools with a module that the tool knows (torchvision), not with a mean (timm).
const FVCORE_ALL_POOLS: Convention = Convention { squeeze_pooling: true, ..FVCORE };

/// ptflops' default, which sees PyTorch's inner operations: products and biases.
const PTFLOPS: Convention = Convention { bias: true, attention: true, ..CONV_LINEAR };

/// ptflops' hooks on modules, on a network of modules that it knows.
const PTFLOPS_MODULES: Convention = Convention {
    bias: true,
    batch_norm: BatchNormCount::Two,
    activations: true,
    pooling: PoolingCount::Additions,
    ..CONV_LINEAR
};

/// thop's hooks; timm's batch normalisation is a class of its own, which thop does not know.
const THOP_TIMM: Convention = Convention { pooling: PoolingCount::Means, ..CONV_LINEAR };

/// thop on torchvision's MobileNetV2, which pools without a module.
const THOP_NO_POOL: Convention = Convention { batch_norm: BatchNormCount::Four, ..CONV_LINEAR };

/// thop on torchvision's MobileNetV3.
const THOP_ALL: Convention =
    Convention { pooling: PoolingCount::Means, squeeze_pooling: true, ..THOP_NO_POOL };

const fn paper(source: &'static str, model: &'static str, resolution: u32, millions: u64) -> Known {
    known(source, model, resolution, millions * MILLION, MILLION, Some(CONV_LINEAR))
}

/// A figure that this graph does not give by any convention of the table.
const fn odd(source: &'static str, model: &'static str, resolution: u32, millions: u64) -> Known {
    known(source, model, resolution, millions * MILLION, MILLION, None)
}

const fn tool(
    source: &'static str,
    model: &'static str,
    resolution: u32,
    operations: u64,
    convention: Convention,
) -> Known {
    known(source, model, resolution, operations, 1, Some(convention))
}

const fn known(
    source: &'static str,
    model: &'static str,
    resolution: u32,
    operations: u64,
    step: u64,
    convention: Option<Convention>,
) -> Known {
    Known { source, model, resolution, operations, step, convention }
}

const MILLION: u64 = 1_000_000;
const V1: &str = "MobileNetV1 paper, tables 4–7";
const V2: &str = "MobileNetV2 paper, table 4";
const V3: &str = "MobileNetV3 paper (v5), table 3";
const V3_README: &str = "TensorFlow's MobileNetV3 README";
const VIT2: &str = "MobileViTv2 paper";
const TIMM: &str = "timm 1.0.31, counted on its modules";
const FVCORE_VERSION: &str = "fvcore 0.1.5";
const PTFLOPS_VERSION: &str = "ptflops 0.7.5 (aten)";
const PTFLOPS_MODULES_VERSION: &str = "ptflops 0.7.5 (modules)";
const THOP_VERSION: &str = "thop 0.1.1";

/// Figures of papers and of tools. Those of tools were obtained with PyTorch on timm's and torchvision's own networks, with
/// attention not fused.
#[rustfmt::skip]
pub const KNOWN: &[Known] = &[
    paper(V1, "mobilenetv1_100", 224, 569),
    paper(V1, "mobilenetv1_100", 192, 418),
    paper(V1, "mobilenetv1_100", 160, 290),
    paper(V1, "mobilenetv1_100", 128, 186),
    paper(V1, "mobilenetv1_075", 224, 325),
    paper(V1, "mobilenetv1_050", 224, 149),
    paper(V1, "mobilenetv1_025", 224, 41),
    tool(TIMM, "mobilenetv1_100", 224, 568_740_352, CONV_LINEAR),
    tool(FVCORE_VERSION, "mobilenetv1_100", 224, 578_875_904, FVCORE),
    tool(PTFLOPS_VERSION, "mobilenetv1_100", 224, 568_741_352, PTFLOPS),
    tool(THOP_VERSION, "mobilenetv1_100", 224, 568_791_552, THOP_TIMM),

    paper(V2, "mobilenetv2_100", 224, 300),
    odd("MobileNetV2 paper, table 4", "mobilenetv2_140", 224, 585),
    tool(TIMM, "mobilenetv2_100", 224, 300_774_272, CONV_LINEAR),
    tool(FVCORE_VERSION, "mobilenetv2_100", 224, 314_193_216, FVCORE),
    tool(PTFLOPS_VERSION, "mobilenetv2_100", 224, 300_775_272, PTFLOPS),
    tool(THOP_VERSION, "mobilenetv2_100", 224, 300_838_272, THOP_TIMM),
    tool(FVCORE_VERSION, "mobilenet_v2", 224, 314_193_216, FVCORE),
    tool(PTFLOPS_VERSION, "mobilenet_v2", 224, 300_775_272, PTFLOPS),
    tool(PTFLOPS_MODULES_VERSION, "mobilenet_v2", 224, 320_300_008, PTFLOPS_MODULES),
    tool(THOP_VERSION, "mobilenet_v2", 224, 327_486_720, THOP_NO_POOL),

    odd(V3, "mobilenetv3_large_100", 224, 219),
    paper(V3_README, "mobilenetv3_large_100", 224, 217),
    paper(V3, "mobilenetv3_large_075", 224, 155),
    paper(V3, "mobilenetv3_small_100", 224, 56),
    paper(V3, "mobilenetv3_small_075", 224, 44),
    tool(TIMM, "mobilenetv3_large_100", 224, 216_589_760, CONV_LINEAR),
    tool(FVCORE_VERSION, "mobilenetv3_large_100", 224, 225_436_416, FVCORE),
    tool(PTFLOPS_VERSION, "mobilenetv3_large_100", 224, 216_597_120, PTFLOPS),
    tool(TIMM, "mobilenetv3_small_100", 224, 56_510_400, CONV_LINEAR),
    tool(FVCORE_VERSION, "mobilenetv3_small_100", 224, 59_364_160, FVCORE),
    tool(PTFLOPS_VERSION, "mobilenetv3_small_100", 224, 56_515_312, PTFLOPS),
    paper(V3_README, "tf_mobilenetv3_large_100", 224, 217),
    paper(V3_README, "tf_mobilenetv3_large_075", 224, 155),
    paper(V3_README, "tf_mobilenetv3_large_minimal_100", 224, 209),
    odd(V3_README, "tf_mobilenetv3_small_100", 224, 66),
    odd(V3_README, "tf_mobilenetv3_small_minimal_100", 224, 65),
    tool(FVCORE_VERSION, "mobilenet_v3_large", 224, 226_033_824, FVCORE_ALL_POOLS),
    tool(PTFLOPS_VERSION, "mobilenet_v3_large", 224, 216_597_120, PTFLOPS),
    tool(THOP_VERSION, "mobilenet_v3_large", 224, 234_838_456, THOP_ALL),

    known(VIT2, "mobilevit_xxs", 256, 400 * MILLION, 100 * MILLION, Some(WITH_ATTENTION)),
    known(VIT2, "mobilevit_s", 256, 2000 * MILLION, 100 * MILLION, Some(WITH_ATTENTION)),
    known("MobileViT paper", "mobilevit_xs", 256, 700 * MILLION, 100 * MILLION, None),
    tool(TIMM, "mobilevit_xxs", 256, 329_179_648, CONV_LINEAR),
    tool(FVCORE_VERSION, "mobilevit_xxs", 256, 418_204_160, FVCORE),
    tool(PTFLOPS_VERSION, "mobilevit_xxs", 256, 408_985_064, PTFLOPS),
];

impl Known {
    /// Whether a count is this figure, as far as it is rounded (the last digit may be off by one: some cut, some round).
    pub fn agrees_with(&self, operations: u64) -> bool {
        if self.step == 1 {
            operations == self.operations
        } else {
            self.operations.abs_diff(operations) < self.step
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::receipt::{Facts, Unit};
    use crate::zoo::Zoo;

    fn facts(known: &Known) -> Facts {
        let variant =
            Zoo::builtin().find(known.model).unwrap().with_resolution(known.resolution, known.resolution);
        variant.graph().unwrap().facts()
    }

    #[test]
    fn conventions_reproduce_the_figures() {
        let mut failures = Vec::new();
        for known in KNOWN {
            let facts = facts(known);
            match known.convention {
                Some(convention) if !known.agrees_with(convention.total(&facts)) => failures.push(format!(
                    "{} {}: {}, counted {}",
                    known.source,
                    known.model,
                    known.operations,
                    convention.total(&facts)
                )),
                Some(_) => {}
                None => failures.extend(
                    KNOWN
                        .iter()
                        .filter_map(|other| other.convention)
                        .find(|convention| known.agrees_with(convention.total(&facts)))
                        .map(|by| format!("{} {} is not odd: {by:?}", known.source, known.model)),
                ),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn switches_add_and_flops_double_products_only() {
        let facts = facts(&KNOWN[0]);
        let flops = Convention { unit: Unit::Flop, bias: true, ..CONV_LINEAR };
        assert_eq!(flops.total(&facts), 2 * 568_740_352 + 1000);
        let all = Convention {
            activations: true,
            residuals: true,
            softmax: true,
            squeeze_excite: true,
            squeeze_pooling: true,
            ..PTFLOPS_MODULES
        };
        assert_eq!(all.receipt(&facts).iter().map(|line| line.operations).sum::<u64>(), all.total(&facts));
        assert_eq!(all.total(&facts), 568_740_352 + 1000 + 2 * 5_042_688 + 5_042_688 + 50_176);
    }
}

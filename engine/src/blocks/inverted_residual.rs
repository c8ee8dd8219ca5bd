//! Inverted residuals with linear bottlenecks.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::squeeze::SqueezePaths;
use super::{BlockNames, BuildError, Net, Out, Scope, Squeeze};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// 1×1 expand, BN, activation, depthwise k×k, BN, activation, \[squeeze-and-excitation\], 1×1 project, BN, and the input added
/// where shapes allow (arXiv 1801.04381, section 3.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvertedResidual {
    /// Kernel size.
    pub kernel: u32,
    /// Stride.
    pub stride: u32,
    /// Hidden width.
    pub expand: Expand,
    /// Output channels.
    pub out: Out,
    /// After the first two BNs.
    pub activation: Activation,
    /// Behind the depthwise convolution.
    pub squeeze: Option<Squeeze>,
    /// Names of its modules.
    pub names: BlockNames,
}

/// The hidden width of an inverted residual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// t · input, rounded: timm, TensorFlow and the papers.
    Ratio(f64),
    /// α · width, rounded: torchvision's MobileNetV3. Differs from the ratio when α ≠ 1.
    Width(u32),
}

impl InvertedResidual {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let hidden = match self.expand {
            Expand::Ratio(t) => net.rounding.apply(input as f64 * t) as usize,
            Expand::Width(width) => net.scaled(width),
        };
        // A hidden width equal to the input's has no expansion in any of the papers' networks.
        let expands = hidden != input;
        let modules = Modules::of_inverted(self.names, at, expands, self.squeeze.is_some());
        let mut y = x;
        if expands {
            y = net.unit(&modules.expand, y, Filters::pointwise(hidden), self.activation)?;
        }
        let depthwise = Filters::depthwise(hidden, self.kernel as usize, self.stride as usize);
        y = net.unit(&modules.depthwise, y, depthwise, self.activation)?;
        if let Some(squeeze) = &self.squeeze {
            y = squeeze.build(net, &modules.squeeze, y, input)?;
        }
        y = net.unit(&modules.project, y, Filters::pointwise(out), Activation::Identity)?;
        modules.body.iter().for_each(|name| net.graph.mark(name, y));
        if self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// The modules of a block of depthwise and pointwise convolutions.
pub(super) struct Modules {
    pub(super) expand: UnitPaths,
    pub(super) depthwise: UnitPaths,
    pub(super) squeeze: SqueezePaths,
    pub(super) project: UnitPaths,
    /// A module within the block that holds all of them.
    pub(super) body: Option<String>,
}

impl Modules {
    /// Of a block without expansion; where it is timm's, its last convolution has the expansion's name.
    pub(super) fn of_separable(names: BlockNames, at: &Scope, squeezes: bool) -> Self {
        let modules = Self::of_inverted(names, at, false, squeezes);
        match names {
            BlockNames::Timm => Self { project: UnitPaths::beside(at, "conv_pw", "bn2"), ..modules },
            BlockNames::Byob | BlockNames::TorchvisionV2 | BlockNames::TorchvisionV3 => modules,
        }
    }

    pub(super) fn of_inverted(names: BlockNames, at: &Scope, expands: bool, squeezes: bool) -> Self {
        // The expansion's place is the first; without it the depthwise convolution has that.
        let second = usize::from(expands);
        match names {
            BlockNames::Timm => {
                let unit = |conv: &str, i: usize| UnitPaths::beside(at, conv, &format!("bn{}", i + 1));
                Self {
                    expand: unit("conv_pw", 0),
                    depthwise: unit("conv_dw", second),
                    squeeze: SqueezePaths::timm(at),
                    project: unit("conv_pwl", second + 1),
                    body: None,
                }
            }
            BlockNames::Byob => Self {
                expand: UnitPaths::conv_bn(&at.child("conv1_1x1")),
                depthwise: UnitPaths::conv_bn(&at.child("conv2_kxk")),
                squeeze: SqueezePaths::timm(at),
                project: UnitPaths::conv_bn(&at.child("conv3_1x1")),
                body: None,
            },
            BlockNames::TorchvisionV2 => {
                let body = at.child("conv");
                let last = second + 1;
                Self {
                    expand: UnitPaths::sequential(&body.numbered(0)),
                    depthwise: UnitPaths::sequential(&body.numbered(second)),
                    squeeze: SqueezePaths::torchvision(&body.numbered(last)),
                    // Without a module around convolution and normalisation.
                    project: UnitPaths {
                        conv: body.numbered(last).path().to_owned(),
                        norm: body.numbered(last + 1).path().to_owned(),
                        activation: None,
                        whole: None,
                    },
                    body: Some(body.path().to_owned()),
                }
            }
            BlockNames::TorchvisionV3 => {
                let body = at.child("block");
                let squeeze = second + 1;
                let last = squeeze + usize::from(squeezes);
                Self {
                    expand: UnitPaths::sequential(&body.numbered(0)),
                    depthwise: UnitPaths::sequential(&body.numbered(second)),
                    squeeze: SqueezePaths::torchvision(&body.numbered(squeeze)),
                    project: UnitPaths::sequential(&body.numbered(last)),
                    body: Some(body.path().to_owned()),
                }
            }
        }
    }
}

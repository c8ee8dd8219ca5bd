//! Inverted residuals with linear bottlenecks.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::squeeze::SqueezePaths;
use super::{BlockNames, BuildError, Net, Out, Scope, Squeeze};
use crate::graph::op::{ChannelMap, Channels, Filters, OpError};
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
    /// Whether its convolutions have biases beside the BNs.
    #[serde(default)]
    pub bias: bool,
    /// Zeros around the depthwise convolution's input; as the network's convention has it if `None`.
    #[serde(default)]
    pub pad: Option<u32>,
    /// Groups of the projection; where there are several, the channels are shuffled before the depthwise convolution.
    #[serde(default = "one_group")]
    pub groups: u32,
}

fn one_group() -> u32 {
    1
}

/// The hidden width of an inverted residual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// t · input, rounded: timm, TensorFlow and the papers.
    Ratio(f64),
    /// The same, and the expansion is there even where it keeps the width: timm's FBNet-C.
    Always(f64),
    /// α · width, rounded: torchvision's MobileNetV3. Differs from the ratio when α ≠ 1.
    Width(u32),
}

impl InvertedResidual {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let hidden = match self.expand {
            Expand::Ratio(t) | Expand::Always(t) => net.rounding.apply(input as f64 * t) as usize,
            Expand::Width(width) => net.scaled(width),
        };
        // A hidden width equal to the input's has no expansion in any of the papers' networks.
        let expands = hidden != input || matches!(self.expand, Expand::Always(_));
        let modules = Modules::of_inverted(self.names, at, expands, self.squeeze.is_some());
        let mut y = x;
        if expands {
            y = self.unit(net, &modules.expand, y, Filters::pointwise(hidden), None, self.activation)?;
        }
        let groups = self.groups as usize;
        if groups > 1 {
            let shuffle = ChannelMap::shuffle(net.channels(y), groups)?;
            y = net.graph.push(at.path(), Channels(shuffle), &[y])?;
        }
        let depthwise = Filters::depthwise(hidden, self.kernel as usize, self.stride as usize);
        y = self.unit(net, &modules.depthwise, y, depthwise, self.pad, self.activation)?;
        if let Some(squeeze) = &self.squeeze {
            y = squeeze.build(net, &modules.squeeze, y, input)?;
        }
        let project = Filters::pointwise(out).grouped(groups);
        y = self.unit(net, &modules.project, y, project, None, Activation::Identity)?;
        modules.body.iter().for_each(|name| net.graph.mark(name, y));
        if self.stride == 1 { Ok(net.add_where_equal(at, x, y)?) } else { Ok(y) }
    }

    fn unit(
        &self,
        net: &mut Net,
        paths: &UnitPaths,
        x: NodeId,
        filters: Filters,
        pad: Option<u32>,
        activation: Activation,
    ) -> Result<NodeId, OpError> {
        let convolved = net.conv_with(&paths.conv, x, filters, pad, self.bias)?;
        net.norm(paths, convolved, activation)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, pad: None, ..self.clone() }
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
            BlockNames::TorchvisionMnasnet => {
                let layers = at.child("layers");
                Self {
                    // Behind the three modules of the first convolution.
                    depthwise: UnitPaths::numbered(&layers, 3),
                    project: UnitPaths::numbered(&layers, 6),
                    ..modules
                }
            }
            BlockNames::Byob
            | BlockNames::TorchvisionV2
            | BlockNames::TorchvisionV3
            | BlockNames::MobileVision => modules,
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
            BlockNames::MobileVision => Self {
                expand: UnitPaths::conv_bn(&at.child("pw")),
                depthwise: UnitPaths::conv_bn(&at.child("dw")),
                squeeze: SqueezePaths::mobile_vision(at),
                project: UnitPaths::conv_bn(&at.child("pwl")),
                body: None,
            },
            BlockNames::TorchvisionMnasnet => {
                let layers = at.child("layers");
                let unit = |place: usize| UnitPaths::numbered(&layers, 3 * place);
                Self {
                    expand: unit(0),
                    depthwise: unit(second),
                    squeeze: SqueezePaths::torchvision(&layers),
                    project: unit(second + 1),
                    body: Some(layers.path().to_owned()),
                }
            }
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

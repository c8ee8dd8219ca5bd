//! Interleaved group convolutions: the units of IGCV1, IGCV2 and IGCV3.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope, UnitNames};
use crate::graph::op::{ChannelMap, Channels, Filters};
use crate::graph::{Activation, NodeId};

/// 3×3 in groups, shuffle, 1×1 in as many groups as the first have channels each, shuffle back, batch normalisation, ReLU
/// (arXiv 1707.02725, section 3.1), under the authors' names in MXNet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Igc {
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups of the first convolution.
    pub groups: u32,
}

/// Two of these with the input added before the last ReLU; by a 1×1 convolution in groups where its shape is another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IgcResidual {
    /// Stride of the first.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups.
    pub groups: u32,
}

/// Depthwise 3×3, then twice 1×1 in groups and a shuffle, so that every channel reaches every other; batch normalisation, ReLU
/// (arXiv 1804.06202, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgcV2 {
    /// Stride.
    pub stride: u32,
    /// Channels of a group.
    pub each: u32,
}

/// An inverted residual whose 1×1 convolutions have two groups, with a shuffle behind the first, which ends without activation
/// (arXiv 1806.00178, section 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IgcV3 {
    /// Stride.
    pub stride: u32,
    /// Hidden width.
    pub expand: IgcExpand,
    /// Output channels.
    pub out: Out,
    /// Whose names its modules have.
    pub names: IgcV3Names,
}

/// The hidden width of an IGCV3 block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgcExpand {
    /// So many times the input's.
    Input(u32),
    /// So many times the input's, to which the first block of a stage applies α once more: the authors' code.
    Narrowed(u32),
}

/// Whose names the modules of an IGCV3 block have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgcV3Names {
    /// pytorchcv's: `conv1.conv`.
    Pytorchcv,
    /// The authors', in MXNet: `seq-0-block0-exp-conv2d`.
    Mxnet,
}

/// Groups of IGCV3's 1×1 convolutions.
const GROUPS: usize = 2;

/// Shuffles channels as (groups, rest); `groups` may be 0, which cannot be shared.
fn shuffle(net: &mut Net, name: &str, x: NodeId, groups: usize) -> Result<NodeId, BuildError> {
    let shuffle = ChannelMap::shuffle(net.channels(x), groups)?;
    let y = net.graph.push(name, Channels(shuffle), &[x])?;
    net.graph.mark(name, y);
    Ok(y)
}

impl Igc {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = net.out(&self.out)?;
        self.append(net, at.path(), x, out, Activation::Relu)
    }

    /// Under a name that those of its layers continue.
    fn append(
        &self,
        net: &mut Net,
        name: &str,
        x: NodeId,
        out: usize,
        activation: Activation,
    ) -> Result<NodeId, BuildError> {
        let groups = self.groups as usize;
        let of = |layer: &str| format!("{name}_{layer}");
        let value = |layer: &str| format!("ops.{name}_{layer}");
        let primary = Filters::square(out, 3, self.stride as usize).grouped(groups);
        let y = net.conv(&of("conv1"), x, primary)?;
        net.graph.mark(&value("conv1"), y);
        let y = shuffle(net, &value("reorder1"), y, groups)?;
        let secondary = out / groups.max(1);
        let y = net.conv(&of("conv2"), y, Filters::pointwise(out).grouped(secondary))?;
        net.graph.mark(&value("conv2"), y);
        let y = shuffle(net, &value("reorder2"), y, secondary)?;
        let paths = UnitNames::Igc.paths(net, &Scope::new(&of("")));
        Ok(net.norm(&paths, y, activation)?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

impl IgcResidual {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (out, stride, groups) = (net.out(&self.out)?, self.stride as usize, self.groups);
        let name = |layer: &str| format!("{}_{layer}", at.path());
        let first = Igc { stride: self.stride, out: self.out.clone(), groups };
        let y = first.append(net, &name("conv1"), x, out, Activation::Relu)?;
        let y = first.repeated().append(net, &name("conv2"), y, out, Activation::Identity)?;
        let shortcut = if stride == 1 && net.channels(x) == out {
            x
        } else {
            let paths = UnitNames::Igc.paths(net, &Scope::new(&name("proj_")));
            let filters = Filters::square(out, 1, stride).grouped(groups as usize);
            net.unit(&paths, x, filters, Activation::Identity)?
        };
        let sum = net.graph.add(at.path(), y, shortcut)?;
        let out = net.graph.activation(at.path(), sum, Activation::Relu)?;
        net.graph.mark(&format!("ops.{}", name("relu")), out);
        Ok(out)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

impl IgcV2 {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (channels, each) = (net.channels(x), self.each as usize);
        let pointwise = Filters::pointwise(channels).grouped(channels / each.max(1));
        let y = net.conv(&at.join("dw"), x, Filters::depthwise(channels, 3, self.stride as usize))?;
        let y = net.conv(&at.join("pw1"), y, pointwise)?;
        let y = shuffle(net, &at.join("shuffle1"), y, each)?;
        let y = net.conv(&at.join("pw2"), y, pointwise)?;
        let y = shuffle(net, &at.join("shuffle2"), y, each)?;
        Ok(net.norm(&UnitPaths::beside(at, "", "bn"), y, Activation::Relu)?)
    }

    pub(super) fn repeated(self) -> Self {
        Self { stride: 1, ..self }
    }
}

impl IgcV3 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        let hidden = match self.expand {
            IgcExpand::Input(times) => input.saturating_mul(times as usize),
            IgcExpand::Narrowed(times) => {
                let narrowed = (input as f64 * net.width).round() as usize;
                narrowed.next_multiple_of(GROUPS).saturating_mul(times as usize)
            }
        };
        let [expand, depthwise, project] = match self.names {
            IgcV3Names::Pytorchcv => {
                ["conv1", "conv2", "conv3"].map(|name| UnitPaths::conv_bn(&at.child(name)))
            }
            IgcV3Names::Mxnet => ["exp", "depthwise", "linear"]
                .map(|name| UnitNames::IgcV3.paths(net, &Scope::new(&format!("{}-{name}-", at.path())))),
        };
        let pointwise = Filters::pointwise(hidden).grouped(GROUPS);
        let y = net.unit(&expand, x, pointwise, Activation::Identity)?;
        let y = shuffle(net, &at.join("c_shuffle"), y, GROUPS)?;
        let filters = Filters::depthwise(hidden, 3, self.stride as usize);
        let y = net.unit(&depthwise, y, filters, Activation::Relu6)?;
        let y = net.unit(&project, y, Filters::pointwise(out).grouped(GROUPS), Activation::Identity)?;
        if self.stride > 1 {
            return Ok(y);
        }
        let sum = net.add_where_equal(at, x, y)?;
        if self.names == IgcV3Names::Mxnet && sum != y {
            net.graph.mark(&format!("ops.{}-shortcut", at.path()), sum);
        }
        Ok(sum)
    }

    pub(super) fn repeated(&self) -> Self {
        let expand = match self.expand {
            IgcExpand::Input(times) | IgcExpand::Narrowed(times) => IgcExpand::Input(times),
        };
        Self { stride: 1, expand, ..self.clone() }
    }
}

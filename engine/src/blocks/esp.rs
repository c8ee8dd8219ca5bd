//! ESPNet's units.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{Concat, Filters, OpError};
use crate::graph::{NodeId, ParamKind};

/// An efficient spatial pyramid: 1×1 to few channels, then dilated 3×3 side by side, whose results are summed up one after the other
/// and stand side by side; \[+ input\], BN, PReLU (arXiv 1803.06815, section 3). With a stride the first convolution is 3×3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Esp {
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Adds the input where shapes allow.
    pub residual: bool,
}

/// The dilations of [`Esp`]'s convolutions.
const DILATIONS: [usize; 5] = [1, 2, 4, 8, 16];

impl Esp {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = net.out(&self.out)?;
        let each = out / DILATIONS.len();
        let reduce = if self.stride == 1 {
            Filters::pointwise(each)
        } else {
            Filters::square(each, 3, self.stride as usize)
        };
        let reduced = net.conv(&at.join("c1.conv"), x, reduce)?;
        net.graph.mark(&at.join("c1"), reduced);
        let dilated = DILATIONS.map(|dilation| {
            // The first has what the division leaves over.
            let out = if dilation == 1 { out - each * (DILATIONS.len() - 1) } else { each };
            let filters = Filters { dilation: [dilation; 2], ..Filters::square(out, 3, 1) };
            let name = format!("d{dilation}");
            let y = net.conv(&at.join(&format!("{name}.conv")), reduced, filters)?;
            net.graph.mark(&at.join(&name), y);
            Ok::<_, OpError>(y)
        });
        let [first, second, ..] = dilated.clone();
        let (mut parts, mut sum) = (vec![first?, second.clone()?], second?);
        for y in dilated.into_iter().skip(2) {
            sum = net.graph.add(at.path(), y?, sum)?;
            parts.push(sum);
        }
        let mut y = net.graph.push(at.path(), Concat::default(), &parts)?;
        if self.residual && self.stride == 1 {
            y = net.add_where_equal(at, x, y)?;
        }
        let norm = if self.stride == 1 { at.child("bn") } else { at.clone() };
        Ok(net.prelu_norm(&norm, y)?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// ESPNetV2's unit: 1×1 in groups to few channels, depthwise dilated 3×3 side by side, whose results are summed up one after the other,
/// BN, PReLU, 1×1 in groups; + input, PReLU (arXiv 1811.11431, section 3.1). With a stride it stands beside an average pool, and
/// the image itself may be added (section 3.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EspV2 {
    /// Stride.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// The largest window, dilation included; convolutions beyond it are not dilated.
    pub limit: u32,
    /// What becomes of the image, where there is a stride.
    pub image: Reinforcement,
}

/// What becomes of the image in a unit with a stride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reinforcement {
    /// It is added.
    Added,
    /// Nothing; but the network has parameters for it.
    Unread,
}

/// Convolutions side by side in [`EspV2`], and groups of those before and behind them.
const BRANCHES: usize = 4;

impl EspV2 {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (input, out) = (net.channels(x), net.out(&self.out)?);
        if self.stride == 1 {
            let y = self.pyramid(net, at, x, out)?;
            let y = net.add_where_equal(at, x, y)?;
            let y = net.graph.prelu(&at.join("module_act"), y)?;
            net.graph.mark(at.path(), y);
            return Ok(y);
        }
        OpError::within("the number of output channels", out, input + 1..=usize::MAX)?;
        let pooled = net.halved(&at.join("avg"), x)?;
        let pyramid = at.child("eesp");
        let y = self.pyramid(net, &pyramid, x, out - input)?;
        // Without a function here, as the unit's own comes later.
        net.graph.param(&pyramid.join("module_act"), "weight", &[out - input], ParamKind::Prelu);
        let mut y = net.graph.push(at.path(), Concat::default(), &[pooled, y])?;
        let first = at.child("inp_reinf.0");
        let second = at.child("inp_reinf.1");
        match self.image {
            Reinforcement::Added => {
                let image = image_of_height(net, net.graph.shape(y).size().0)?;
                let channels = net.channels(image);
                let added = net.prelu_unit(&first, image, Filters::square(channels, 3, 1))?;
                let added = net.conv(&second.join("conv"), added, Filters::pointwise(out))?;
                let added = net.graph.batch_norm(&second.join("bn"), added, net.conventions.bn_eps)?;
                net.graph.mark(second.path(), added);
                y = net.graph.add(at.path(), y, added)?;
            }
            Reinforcement::Unread => {
                let channels = net.channels(net.graph.input());
                unread_conv_bn(net, &first, &[channels, channels, 3, 3]);
                net.graph.param(&first.join("act"), "weight", &[channels], ParamKind::Prelu);
                unread_conv_bn(net, &second, &[out, channels, 1, 1]);
            }
        }
        Ok(net.graph.prelu(&at.join("act"), y)?)
    }

    /// All but the residual and the last PReLU.
    fn pyramid(&self, net: &mut Net, at: &Scope, x: NodeId, out: usize) -> Result<NodeId, OpError> {
        let each = out / BRANCHES;
        let grouped = |out: usize| Filters::pointwise(out).grouped(BRANCHES);
        let reduced = net.prelu_unit(&at.child("proj_1x1"), x, grouped(each))?;
        let mut dilations = [1, 2, 3, 4].map(|d| if 2 * d < self.limit as usize { d } else { 1 });
        dilations.sort_unstable();
        let mut parts: Vec<NodeId> = Vec::new();
        for (i, dilation) in dilations.into_iter().enumerate() {
            let filters =
                Filters { dilation: [dilation; 2], ..Filters::depthwise(each, 3, self.stride as usize) };
            let branch = at.child("spp_dw").numbered(i);
            let y = net.conv(&branch.join("conv"), reduced, filters)?;
            net.graph.mark(branch.path(), y);
            let y = parts.last().map_or(Ok(y), |sum| net.graph.add(at.path(), y, *sum))?;
            parts.push(y);
        }
        let both = net.graph.push(at.path(), Concat::default(), &parts)?;
        let y = net.prelu_norm(&at.child("br_after_cat"), both)?;
        let expand = at.child("conv_1x1_exp");
        let y = net.conv(&expand.join("conv"), y, grouped(out))?;
        let y = net.graph.batch_norm(&expand.join("bn"), y, net.conventions.bn_eps)?;
        net.graph.mark(expand.path(), y);
        Ok(y)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, ..self.clone() }
    }
}

/// The image, halved until it is as high as a map, and once at least.
fn image_of_height(net: &mut Net, height: usize) -> Result<NodeId, OpError> {
    let mut halvings = 1;
    loop {
        let image = net.image(halvings)?;
        let (h, _) = net.graph.shape(image).size();
        if h <= height {
            return Ok(image);
        }
        halvings += 1;
    }
}

/// Parameters of a convolution and its normalisation that the network has and does not read.
fn unread_conv_bn(net: &mut Net, at: &Scope, weight: &[usize]) {
    net.graph.param(&at.join("conv"), "weight", weight, ParamKind::Weight);
    for (suffix, kind) in [
        ("weight", ParamKind::NormWeight),
        ("bias", ParamKind::NormBias),
        ("running_mean", ParamKind::BnMean),
        ("running_var", ParamKind::BnVar),
    ] {
        net.graph.param(&at.join("bn"), suffix, &weight[..1], kind);
    }
}

//! SqueezeNext's unit.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope, UnitNames};
use crate::graph::op::Filters;
use crate::graph::{Activation, NodeId};

/// 1×1 to half and to a quarter of the output's channels, a 3×3 filter as 3×1 and 1×3, 1×1, and the input added; batch
/// normalisation and ReLU behind each (arXiv 1803.10615, section 3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SqueezeNext {
    /// Stride of the first convolution and of the shortcut.
    pub stride: u32,
    /// Output channels.
    pub out: Out,
    /// Groups of the first and of both long convolutions.
    pub groups: u32,
    /// What the shortcut does.
    pub shortcut: Shortcut,
    /// Whose network it is.
    pub form: SqueezeNextForm,
}

/// What the shortcut of a SqueezeNext unit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortcut {
    /// Nothing.
    Identity,
    /// A 1×1 convolution beside the others.
    Beside,
    /// A 1×1 convolution, whose result the others read too.
    Before,
}

/// Whose SqueezeNext it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqueezeNextForm {
    /// The authors', in Caffe: 3×1 first in every other unit, layers are numbered through the network.
    Caffe,
    /// pytorchcv's: 1×3 first, convolutions have a bias.
    Pytorchcv,
}

impl SqueezeNext {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (out, stride, groups) = (net.out(&self.out)?, self.stride as usize, self.groups as usize);
        let half = out / 2;
        let is_upright = self.form == SqueezeNextForm::Caffe && net.count("SqueezeNext") % 2 == 1;
        let long = if is_upright { [[3, 1], [1, 3]] } else { [[1, 3], [3, 1]] };
        let long = long.map(|kernel| Filters { kernel, ..Filters::pointwise(half) }.grouped(groups));

        let strided = |out: usize, stride: usize| Filters::square(out, 1, stride);
        let (x, shortcut, stride) = match self.shortcut {
            Shortcut::Identity => (x, x, stride),
            Shortcut::Beside => (x, self.unit(net, at, "identity_conv", x, strided(out, stride))?, stride),
            Shortcut::Before => {
                let projected = self.unit(net, at, "identity_conv", x, strided(out, stride))?;
                (projected, projected, 1)
            }
        };
        let y = self.unit(net, at, "conv1", x, strided(half, stride).grouped(groups))?;
        let y = self.unit(net, at, "conv2", y, Filters::pointwise(half / 2))?;
        let y = self.unit(net, at, "conv3", y, long[0])?;
        let y = self.unit(net, at, "conv4", y, long[1])?;
        let y = self.unit(net, at, "conv5", y, Filters::pointwise(out))?;
        let sum = net.graph.add(at.path(), y, shortcut)?;
        Ok(net.graph.activation(at.path(), sum, Activation::Relu)?)
    }

    fn unit(
        &self,
        net: &mut Net,
        at: &Scope,
        name: &str,
        x: NodeId,
        filters: Filters,
    ) -> Result<NodeId, BuildError> {
        let paths = match self.form {
            SqueezeNextForm::Caffe => UnitNames::Caffe.paths(net, at),
            SqueezeNextForm::Pytorchcv => UnitPaths::conv_bn(&at.child(name)),
        };
        let pad = filters.pad(net.graph.shape(x).size(), net.conventions.padding);
        let y = net.graph.conv(&paths.conv, x, filters, pad, self.form == SqueezeNextForm::Pytorchcv)?;
        Ok(net.norm(&paths, y, Activation::Relu)?)
    }

    pub(super) fn repeated(&self) -> Self {
        Self { stride: 1, shortcut: Shortcut::Identity, ..self.clone() }
    }
}

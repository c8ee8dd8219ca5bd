//! Convolutions over the bands of a hyperspectral image.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{BuildError, Net, Out, Scope};
use crate::graph::op::{Filters, Flattened, Groups, OpError, Pad};
use crate::graph::{Activation, NodeId};

/// 3-D convolution without padding over a map whose channels are planes of `channels` each, with bias; \[BN, ReLU\]
/// (arXiv 1902.06701, section II). Without a depth it is a 2-D one over all planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeConv {
    /// Channels of a plane of its input.
    pub channels: u32,
    /// Planes under a filter; all, as a 2-D convolution has it, if `None`.
    pub depth: Option<u32>,
    /// Height and width of a filter.
    pub kernel: u32,
    /// Filters.
    pub filters: u32,
    /// Whose definition it is.
    pub form: VolumeForm,
}

/// The two definitions of HybridSN, and how a volume becomes a map and a vector there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeForm {
    /// PyTorch's, with normalisation: all planes of a filter, then those of the next.
    Pytorch,
    /// Keras', the authors', without, and with ReLU as modules of their own: plane by plane.
    Keras,
}

/// A linear layer of a whole map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearOfMap {
    /// Its outputs.
    pub out: Out,
    /// In which order its rows have the map's numbers.
    pub flattened: Flattened,
}

impl VolumeConv {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let (all, kernel, out) = (net.channels(x), self.kernel as usize, self.filters as usize);
        let channels = self.channels as usize;
        if channels == 0 || !all.is_multiple_of(channels) {
            return Err(OpError::Groups { channels: all, groups: channels }.into());
        }
        let planes = all / channels;
        let filters = match self.depth {
            Some(depth) => {
                let depth = depth as usize;
                OpError::within("the depth of a filter", depth, 1..=planes)?;
                let places = planes - depth + 1;
                let groups = Groups::Sliding { window: depth * channels, step: channels, before: 0, places };
                Filters { groups, planes: depth, ..Filters::square(out.saturating_mul(places), kernel, 1) }
            }
            None => match self.form {
                VolumeForm::Pytorch => Filters { planes, ..Filters::square(out, kernel, 1) },
                VolumeForm::Keras => Filters::square(out, kernel, 1),
            },
        };
        match self.form {
            VolumeForm::Pytorch => {
                let paths = UnitPaths::sequential(at);
                let y = net.graph.conv(&paths.conv, x, filters, Pad::all(0), true)?;
                let y = net.graph.batch_norm_of(&paths.norm, y, out, net.conventions.bn_eps)?;
                net.graph.mark(&paths.norm, y);
                Ok(net.graph.activation(at.path(), y, Activation::Relu)?)
            }
            VolumeForm::Keras => Ok(net.graph.conv(at.path(), x, filters, Pad::all(0), true)?),
        }
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

impl LinearOfMap {
    pub(super) fn build(&self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let out = net.out(&self.out)?;
        Ok(net.graph.linear_of_map(at.path(), x, out, self.flattened)?)
    }

    pub(super) fn repeated(&self) -> Self {
        self.clone()
    }
}

//! SqueezeNet's block.

use serde::{Deserialize, Serialize};

use super::{BuildError, Net, Scope};
use crate::graph::op::{Concat, Filters, OpError, Pad};
use crate::graph::{Activation, NodeId};

/// 1×1 to few channels, then 1×1 and 3×3 side by side, their channels one after the other; every convolution has a bias and
/// ReLU behind it (arXiv 1602.07360, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// Channels between.
    pub squeeze: u32,
    /// Output channels of each of the two convolutions.
    pub expand: u32,
}

impl Fire {
    pub(super) fn build(self, net: &mut Net, at: &Scope, x: NodeId) -> Result<NodeId, BuildError> {
        let conv =
            |net: &mut Net, name: &str, x: NodeId, out: u32, kernel: usize| -> Result<NodeId, OpError> {
                let filters = Filters::square(out as usize, kernel, 1);
                let y = net.graph.conv(&at.join(name), x, filters, Pad::all(kernel / 2), true)?;
                let activated = net.graph.activation(&at.join(name), y, Activation::Relu)?;
                net.graph.mark(&at.join(&format!("{name}_activation")), activated);
                Ok(activated)
            };
        let squeezed = conv(net, "squeeze", x, self.squeeze, 1)?;
        let one = conv(net, "expand1x1", squeezed, self.expand, 1)?;
        let three = conv(net, "expand3x3", squeezed, self.expand, 3)?;
        Ok(net.graph.push(at.path(), Concat::default(), &[one, three])?)
    }

    pub(super) fn repeated(self) -> Self {
        self
    }
}

//! What blocks are built with.

use serde::{Deserialize, Serialize};

use super::names::UnitPaths;
use super::{Out, Rounding, Scope};
use crate::graph::op::{self, Filters, OpError, Pad, Padding, Pool, PoolKind};
use crate::graph::{Activation, Builder, Graph, NodeId, Shape};

/// What a checkpoint's tensors do not tell and its publisher must.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conventions {
    /// Where convolutions put their zeros.
    pub padding: Padding,
    /// ε of every batch normalisation.
    pub bn_eps: f32,
}

impl Conventions {
    /// PyTorch's: symmetric padding, ε = 1e-5.
    pub const PYTORCH: Self = Self { padding: Padding::Symmetric, bn_eps: 1e-5 };
    /// TensorFlow's, as in timm's `tf_*` networks: SAME padding, ε = 1e-3.
    pub const TENSORFLOW: Self = Self { padding: Padding::Same, bn_eps: 1e-3 };
}

/// Why a block cannot be appended.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildError {
    /// One of its operations cannot be applied.
    #[error(transparent)]
    Op(#[from] OpError),
    /// The network does not exist at this width.
    #[error("there is no width α = {width}: choose {}", known.iter().map(f64::to_string).collect::<Vec<_>>().join(", "))]
    Width {
        /// What was asked for.
        width: f64,
        /// What there is.
        known: Vec<f64>,
    },
    /// A window of fixed size is meant to cover the last map.
    #[error(
        "a window of {window}×{window} pixels has {}×{} places on a map of {}×{}, and what follows takes one",
        places[0], places[1], map[0], map[1]
    )]
    Places {
        /// Its side.
        window: usize,
        /// How many, down and across.
        places: [usize; 2],
        /// Height and width of the map.
        map: [usize; 2],
    },
    /// A value of a module that has none so far.
    #[error("no module before it is called {module:?}")]
    Module {
        /// Which was asked for.
        module: String,
    },
    /// Maps that were halved and doubled do not meet.
    #[error(
        "maps of {}×{} and {}×{} pixels do not meet: choose sides that are multiples of {multiple}, or one less",
        left.0, left.1, right.0, right.1
    )]
    Sides {
        /// Height and width of one map.
        left: (usize, usize),
        /// Those of the other.
        right: (usize, usize),
        /// What both sides of the input should be a multiple of.
        multiple: u32,
    },
}

impl BuildError {
    /// Whether larger maps could help.
    pub fn is_about_size(&self) -> bool {
        match self {
            Self::Op(OpError::Window { .. } | OpError::Shapes { .. }) | Self::Places { .. } => true,
            Self::Op(
                OpError::Range { .. }
                | OpError::Groups { .. }
                | OpError::Channel { .. }
                | OpError::Sort { .. },
            )
            | Self::Width { .. }
            | Self::Module { .. }
            | Self::Sides { .. } => false,
        }
    }
}

/// The most times that an input of the largest side can be halved.
const MOST_HALVINGS: usize = 12;

/// A network in the making: the graph so far, and what holds for all of its blocks.
#[derive(Debug)]
pub struct Net {
    /// The graph so far.
    pub graph: Builder,
    /// Width multiplier α.
    pub width: f64,
    /// Number of classes.
    pub classes: u32,
    /// Padding and ε.
    pub conventions: Conventions,
    /// How scaled channels are rounded.
    pub rounding: Rounding,
    /// The input at half of its sides, at a quarter, and so on, as far as a block has asked for it.
    pub images: Vec<NodeId>,
}

impl Net {
    /// Channels of a value.
    pub fn channels(&self, x: NodeId) -> usize {
        self.graph.channels(x)
    }

    /// α · c, rounded.
    pub fn scaled(&self, channels: u32) -> usize {
        self.rounding.apply(f64::from(channels) * self.width) as usize
    }

    /// How many channels come out at this width.
    ///
    /// # Errors
    /// [`BuildError::Width`].
    pub fn out(&self, out: &Out) -> Result<usize, BuildError> {
        Ok(match out {
            Out::Fixed(c) => *c as usize,
            Out::FixedBelow(c, limit) if self.width < *limit => *c as usize,
            Out::Scaled(c) | Out::FixedBelow(c, _) => self.scaled(*c),
            Out::AtMost(c) => self.rounding.apply(f64::from(*c) * self.width.min(1.0)) as usize,
            Out::AtLeast(c) => self.rounding.apply(f64::from(*c) * self.width.max(1.0)) as usize,
            Out::Classes => self.classes as usize,
            Out::ByWidth(table) => {
                let row = table.iter().find(|(width, _)| (width - self.width).abs() < 1e-9);
                row.map(|(_, channels)| *channels as usize).ok_or_else(|| BuildError::Width {
                    width: self.width,
                    known: table.iter().map(|(width, _)| *width).collect(),
                })?
            }
        })
    }

    /// The input halved so many times, as ESPNet reads it beside its maps (arXiv 1803.06815, section 4).
    ///
    /// # Errors
    /// [`OpError`].
    pub fn image(&mut self, halvings: usize) -> Result<NodeId, OpError> {
        OpError::within("the number of times that the input is halved", halvings, 0..=MOST_HALVINGS)?;
        while self.images.len() < halvings {
            let last = self.images.last().copied().unwrap_or_else(|| self.graph.input());
            let name = format!("input.{}", self.images.len() + 1);
            let half = self.halved(&name, last)?;
            self.images.push(half);
        }
        Ok(halvings.checked_sub(1).map_or_else(|| self.graph.input(), |i| self.images[i]))
    }

    /// A map at half of its sides: means of 3×3 pixels.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn halved(&mut self, name: &str, x: NodeId) -> Result<NodeId, OpError> {
        const HALVING: Pool = Pool {
            kind: PoolKind::Average,
            window: [3; 2],
            stride: [2; 2],
            pad: Pad::all(1),
            rounding: op::Rounding::Floor,
        };
        self.graph.push(name, HALVING, &[x])
    }

    /// A convolution without bias, batch normalisation and PReLU: `conv`, `bn` and `act` of a module.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn prelu_unit(&mut self, at: &Scope, x: NodeId, filters: Filters) -> Result<NodeId, OpError> {
        let y = self.conv(&at.join("conv"), x, filters)?;
        self.prelu_norm(at, y)
    }

    /// Batch normalisation and PReLU: `bn` and `act` of a module.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn prelu_norm(&mut self, at: &Scope, x: NodeId) -> Result<NodeId, OpError> {
        let y = self.graph.batch_norm(&at.join("bn"), x, self.conventions.bn_eps)?;
        self.graph.mark(&at.join("bn"), y);
        let y = self.graph.prelu(&at.join("act"), y)?;
        self.graph.mark(at.path(), y);
        Ok(y)
    }

    /// A convolution without bias.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn conv(&mut self, name: &str, x: NodeId, filters: Filters) -> Result<NodeId, OpError> {
        let shape = self.graph.shape(x);
        let Shape::Map { .. } = shape else {
            return self.graph.conv_on_vector(name, x, filters.out, false);
        };
        let pad = filters.pad(shape.size(), self.conventions.padding);
        self.graph.conv(name, x, filters, pad, false)
    }

    /// Batch normalisation and activation.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn norm(&mut self, paths: &UnitPaths, x: NodeId, activation: Activation) -> Result<NodeId, OpError> {
        let normed = self.graph.batch_norm(&paths.norm, x, self.conventions.bn_eps)?;
        let out =
            self.graph.activation(paths.activation.as_ref().unwrap_or(&paths.norm), normed, activation)?;
        self.graph.mark(&paths.norm, if paths.activation.is_none() { out } else { normed });
        // Without an activation its place in an `nn.Sequential` is the next convolution's.
        let own = paths.activation.iter().filter(|_| activation != Activation::Identity);
        own.chain(&paths.whole).for_each(|name| self.graph.mark(name, out));
        Ok(out)
    }

    /// Convolution, batch normalisation, activation.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn unit(
        &mut self,
        paths: &UnitPaths,
        x: NodeId,
        filters: Filters,
        activation: Activation,
    ) -> Result<NodeId, OpError> {
        let convolved = self.conv(&paths.conv, x, filters)?;
        self.norm(paths, convolved, activation)
    }

    /// x + y where their shapes allow it, else y.
    ///
    /// # Errors
    /// [`OpError`].
    pub fn add_where_equal(&mut self, at: &Scope, x: NodeId, y: NodeId) -> Result<NodeId, OpError> {
        if self.graph.shape(x) == self.graph.shape(y) { self.graph.add(at.path(), x, y) } else { Ok(y) }
    }

    /// The finished graph.
    pub fn finish(self) -> Graph {
        self.graph.finish()
    }
}

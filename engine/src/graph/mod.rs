//! A network as a list of operations with inferred shapes.

mod builder;
mod cost;
mod layers;
pub mod passes;
pub mod receipt;

use serde::{Deserialize, Serialize};

pub use builder::Builder;
pub use cost::{Cost, LayerCost};
pub use layers::Layer;
pub use receipt::Facts;

use crate::spec::Activation;

/// A node, and the value that it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// A parameter tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub usize);

/// The shape of a value, batch 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A feature map.
    Map {
        /// Height.
        h: usize,
        /// Width.
        w: usize,
        /// Channels.
        c: usize,
    },
    /// One number per channel.
    Vector {
        /// Channels.
        c: usize,
    },
    /// Token sequences, independent of each other.
    Tokens {
        /// Number of sequences.
        sequences: usize,
        /// Tokens in each.
        tokens: usize,
        /// Numbers per token.
        dim: usize,
    },
}

impl Shape {
    /// Channels, or numbers per token.
    pub fn channels(self) -> usize {
        match self {
            Self::Map { c, .. } | Self::Vector { c } => c,
            Self::Tokens { dim, .. } => dim,
        }
    }

    /// Positions: pixels, tokens of all sequences, or one.
    pub fn positions(self) -> usize {
        match self {
            Self::Map { h, w, .. } => h * w,
            Self::Vector { .. } => 1,
            Self::Tokens { sequences, tokens, .. } => sequences * tokens,
        }
    }

    /// Height and width; 1×1 for a vector, sequences × tokens otherwise.
    pub fn size(self) -> (usize, usize) {
        match self {
            Self::Map { h, w, .. } => (h, w),
            Self::Vector { .. } => (1, 1),
            Self::Tokens { sequences, tokens, .. } => (sequences, tokens),
        }
    }

    /// Numbers in all.
    pub fn elements(self) -> usize {
        self.positions() * self.channels()
    }

    /// Where element `index` of PyTorch's layout (maps as C, H, W) lies in the channels-last layout that
    /// backends use for maps; tokens and vectors are the same in both.
    pub fn channels_last(self, index: usize) -> usize {
        match self {
            Self::Map { h, w, c } => index % (h * w) * c + index / (h * w),
            Self::Vector { .. } | Self::Tokens { .. } => index,
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Map { h, w, c } => write!(f, "{h}×{w}×{c}"),
            Self::Vector { c } => write!(f, "{c}"),
            Self::Tokens { sequences, tokens, dim } => write!(f, "{sequences}×{tokens}×{dim}"),
        }
    }
}

/// What a parameter is; it decides how random and synthetic weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// Of a convolution (O, I, K, K) or a linear layer (O, I).
    Weight,
    /// Of a convolution or a linear layer (O).
    Bias,
    /// Scale of a normalisation (C).
    NormWeight,
    /// Shift of a normalisation (C).
    NormBias,
    /// Running mean of a batch normalisation (C); not learned.
    BnMean,
    /// Running variance of a batch normalisation (C); not learned.
    BnVar,
}

/// A parameter tensor, under the name that its library's checkpoints use.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Tensor name.
    pub name: String,
    /// Tensor shape.
    pub shape: Vec<usize>,
    /// What it is.
    pub kind: ParamKind,
}

impl Param {
    /// Numbers in it.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Zeros around a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    /// Rows before the first.
    pub top: usize,
    /// Columns before the first.
    pub left: usize,
    /// Rows after the last.
    pub bottom: usize,
    /// Columns after the last.
    pub right: usize,
}

/// A batch normalisation at inference: (x - mean) / √(var + eps) · weight + bias, per channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Scale.
    pub weight: ParamId,
    /// Shift.
    pub bias: ParamId,
    /// Running mean.
    pub mean: ParamId,
    /// Running variance.
    pub var: ParamId,
    /// ε.
    pub eps: f32,
}

/// What is done to a convolution's or linear layer's sums: \[BN\], activation, \[+ second input\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epilogue {
    /// Normalisation of the sums.
    pub norm: Option<BatchNorm>,
    /// After that.
    pub activation: Activation,
    /// Adds the node's second input at the end.
    pub residual: bool,
}

impl Epilogue {
    /// Leaves the sums as they are.
    pub const NONE: Self = Self { norm: None, activation: Activation::Identity, residual: false };
}

/// A 2-D convolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2d {
    /// (O, I, K, K), or (C, 1, K, K) for a depthwise convolution.
    pub weight: ParamId,
    /// (O).
    pub bias: Option<ParamId>,
    /// K.
    pub kernel: usize,
    /// Both ways.
    pub stride: usize,
    /// Zeros around the input.
    pub pad: Pad,
    /// One filter per channel, of shape (C, 1, K, K), instead of sums over all channels.
    pub depthwise: bool,
    /// Nothing until the passes fuse something.
    pub epilogue: Epilogue,
}

/// A linear layer, applied to every position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// (O, I), or (O, I, 1, 1) where the library stores a 1×1 convolution.
    pub weight: ParamId,
    /// (O).
    pub bias: Option<ParamId>,
    /// Nothing until the passes fuse something.
    pub epilogue: Epilogue,
}

/// A normalisation over the numbers of one token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Scale.
    pub weight: ParamId,
    /// Shift.
    pub bias: ParamId,
    /// ε.
    pub eps: f32,
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// The network's input, (H, W, 3).
    Input,
    /// See [`Conv2d`].
    Conv2d(Conv2d),
    /// See [`Linear`].
    Linear(Linear),
    /// See [`BatchNorm`].
    BatchNorm(BatchNorm),
    /// Pointwise non-linearity.
    Activation(Activation),
    /// Sum of two values of one shape.
    Add,
    /// A map times a vector, channel by channel.
    Scale,
    /// Channels of the first map, then those of the second.
    Concat,
    /// Mean over all pixels.
    GlobalAveragePool,
    /// Bilinear, corners not aligned, to the node's shape.
    Resize,
    /// A map to one token sequence per position inside a patch: sequence (py, px), token (y, x) is pixel
    /// (y · patch + py, x · patch + px).
    Unfold {
        /// Side of a patch.
        patch: usize,
    },
    /// The inverse of [`Op::Unfold`].
    Fold {
        /// Side of a patch.
        patch: usize,
    },
    /// See [`LayerNorm`].
    LayerNorm(LayerNorm),
    /// Multi-head self-attention over tokens that hold query, key and value one after the other:
    /// softmax(q · kᵀ / √(dim / heads)) · v.
    Attention {
        /// Number of heads.
        heads: usize,
    },
}

impl Op {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv2d(conv) if conv.depthwise => "depthwise conv",
            Self::Conv2d(conv) if conv.kernel == 1 => "pointwise conv",
            Self::Conv2d(_) => "conv",
            Self::Linear(_) => "linear",
            Self::BatchNorm(_) => "batch norm",
            Self::Activation(_) => "activation",
            Self::Add => "add",
            Self::Scale => "scale",
            Self::Concat => "concat",
            Self::GlobalAveragePool => "global average pool",
            Self::Resize => "resize",
            Self::Unfold { .. } => "unfold",
            Self::Fold { .. } => "fold",
            Self::LayerNorm(_) => "layer norm",
            Self::Attention { .. } => "attention",
        }
    }

    /// What follows the sums of a convolution or a linear layer.
    pub fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        match self {
            Self::Conv2d(conv) => Some(&mut conv.epilogue),
            Self::Linear(linear) => Some(&mut linear.epilogue),
            _ => None,
        }
    }
}

/// One operation of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The module that it belongs to, in its library's terms.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// The values that it reads.
    pub inputs: Vec<NodeId>,
    /// The shape of what it computes.
    pub shape: Shape,
}

/// A module of the library's definition and the value that it returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The module's name, such as `blocks.1.0`.
    pub name: String,
    /// What it returns.
    pub value: NodeId,
}

/// A network: nodes in an order in which they can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Inputs come before the nodes that read them; the first is [`Op::Input`], the last gives the logits.
    pub nodes: Vec<Node>,
    /// Every parameter, in order of execution.
    pub params: Vec<Param>,
    /// The modules whose outputs can be compared with the library's.
    pub stages: Vec<Stage>,
}

impl Graph {
    /// The node that computes a value.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// A parameter.
    pub fn param(&self, id: ParamId) -> &Param {
        &self.params[id.0]
    }

    /// The value that holds the logits.
    pub fn output(&self) -> NodeId {
        NodeId(self.nodes.len() - 1)
    }

    /// Nodes with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(i), node))
    }
}

//! Operations, a file each: what one is, which shape it gives, and what it costs.
//!
//! A new operation is a file here with a struct that is an [`Operation`], a word in [`operations!`], and a file of the
//! same name in each backend; the compiler lists what is missing.

mod activation;
mod attention;
mod channels;
mod concat;
mod conv;
mod conv_transpose;
mod elementwise;
mod error;
mod layer_norm;
mod linear;
mod norm;
mod pool;
mod prelu;
mod resize;
mod separable_attention;
mod shift_max;
mod unfold;

use serde::{Deserialize, Serialize};

pub use activation::Activate;
pub use attention::Attention;
pub use channels::{ChannelMap, Channels};
pub use concat::Concat;
pub use conv::{Conv, Epilogue, Filters, Groups, Pad, Padding, Weight};
pub use conv_transpose::ConvTranspose;
pub use elementwise::{Add, Input, Scale};
pub use error::OpError;
pub use layer_norm::{LayerNorm, NormOver};
pub use linear::{Flattened, Linear};
pub use norm::{BatchNorm, Norm};
pub use pool::{GlobalAveragePool, Pool, PoolKind, Rounding};
pub use prelu::Prelu;
pub use resize::Resize;
pub use separable_attention::SeparableAttention;
pub use shift_max::ShiftMax;
pub use unfold::{Fold, Unfold};

use super::{Activation, Facts, ParamId, Shape};

/// What is known about an operation wherever it stands.
pub trait Operation {
    /// What it is called in tables.
    fn kind(&self) -> OpKind;

    /// The shape of its value.
    ///
    /// # Errors
    /// [`OpError`] where it cannot be applied to such values.
    fn shape(&self, inputs: &[Shape]) -> Result<Shape, OpError>;

    /// The parameters that it reads.
    fn params(&self) -> Vec<ParamId> {
        Vec::new()
    }

    /// What there is to count of it.
    fn facts(&self, _at: &At<'_>) -> Facts {
        Facts::default()
    }

    /// Pixels of its input to a step of its output.
    fn stride(&self) -> usize {
        1
    }

    /// Steps of its output to a pixel of its input.
    fn upsampling(&self) -> usize {
        1
    }

    /// What follows its sums, if it computes sums.
    fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        None
    }

    /// The activation that ends it, if it can end with one.
    fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        None
    }

    /// The same reading only these channels of one of its inputs, in this order, if it can do so at no cost.
    fn gathering(&self, _input: usize, _map: &ChannelMap) -> Option<Op> {
        None
    }
}

/// Where an operation stands in a graph.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Shapes of what it reads.
    pub inputs: &'a [Shape],
    /// Shape of what it computes.
    pub output: Shape,
    /// Whether it is part of a squeeze-and-excitation: its value is a vector that becomes part of a map again.
    pub squeezed: bool,
}

impl At<'_> {
    /// Numbers that it computes.
    pub fn elements(&self) -> u64 {
        // Not in usize: what large inputs cost is more than the 32 bits that it has in browsers.
        self.output.positions() as u64 * self.output.channels() as u64
    }

    /// Numbers of an input.
    pub fn read(&self, input: usize) -> u64 {
        self.inputs[input].positions() as u64 * self.inputs[input].channels() as u64
    }

    /// Multiply-accumulates of a convolution or a linear layer as facts.
    fn products(&self, macs: u64, has_bias: bool) -> Facts {
        let biases = if has_bias { self.elements() } else { 0 };
        if self.squeezed {
            Facts { squeeze_excite_macs: macs, biases, ..Facts::default() }
        } else {
            Facts { conv_linear_macs: macs, biases, ..Facts::default() }
        }
    }
}

/// The closed list of operations.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// An operation.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Op {
            $($(#[$doc])* $name($name)),+
        }

        impl Op {
            /// What is known about it.
            pub fn operation(&self) -> &dyn Operation {
                match self {
                    $(Self::$name(op) => op),+
                }
            }

            fn operation_mut(&mut self) -> &mut dyn Operation {
                match self {
                    $(Self::$name(op) => op),+
                }
            }
        }

        $(impl From<$name> for Op {
            fn from(op: $name) -> Self {
                Self::$name(op)
            }
        })+
    };
}

operations! {
    /// See [`Input`].
    Input,
    /// See [`Conv`].
    Conv,
    /// See [`ConvTranspose`].
    ConvTranspose,
    /// See [`Linear`].
    Linear,
    /// See [`BatchNorm`].
    BatchNorm,
    /// See [`Activate`].
    Activate,
    /// See [`Prelu`].
    Prelu,
    /// See [`Add`].
    Add,
    /// See [`Scale`].
    Scale,
    /// See [`ShiftMax`].
    ShiftMax,
    /// See [`Concat`].
    Concat,
    /// See [`Channels`].
    Channels,
    /// See [`Pool`].
    Pool,
    /// See [`GlobalAveragePool`].
    GlobalAveragePool,
    /// See [`Resize`].
    Resize,
    /// See [`Unfold`].
    Unfold,
    /// See [`Fold`].
    Fold,
    /// See [`LayerNorm`].
    LayerNorm,
    /// See [`Attention`].
    Attention,
    /// See [`SeparableAttention`].
    SeparableAttention,
}

impl Op {
    /// What it is called in tables.
    pub fn kind(&self) -> OpKind {
        self.operation().kind()
    }

    /// See [`Operation::epilogue_mut`].
    pub fn epilogue_mut(&mut self) -> Option<&mut Epilogue> {
        self.operation_mut().epilogue_mut()
    }

    /// See [`Operation::last_activation_mut`].
    pub fn last_activation_mut(&mut self) -> Option<&mut Activation> {
        self.operation_mut().last_activation_mut()
    }
}

/// The kinds that tables tell apart; one operation may be of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "their names say what they are")]
pub enum OpKind {
    Input,
    Conv,
    PointwiseConv,
    DepthwiseConv,
    GroupedConv,
    ConvTranspose,
    Linear,
    BatchNorm,
    Activation,
    Add,
    Scale,
    ShiftMax,
    Concat,
    Channels,
    MaxPool,
    AveragePool,
    GlobalAveragePool,
    Resize,
    Unfold,
    Fold,
    LayerNorm,
    Attention,
}

impl OpKind {
    /// Its name in exported tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Conv => "conv",
            Self::PointwiseConv => "pointwise conv",
            Self::DepthwiseConv => "depthwise conv",
            Self::GroupedConv => "grouped conv",
            Self::ConvTranspose => "transposed conv",
            Self::Linear => "linear",
            Self::BatchNorm => "batch norm",
            Self::Activation => "activation",
            Self::Add => "add",
            Self::Scale => "scale",
            Self::ShiftMax => "shift-max",
            Self::Concat => "concat",
            Self::Channels => "channel map",
            Self::MaxPool => "max pool",
            Self::AveragePool => "average pool",
            Self::GlobalAveragePool => "global average pool",
            Self::Resize => "resize",
            Self::Unfold => "unfold",
            Self::Fold => "fold",
            Self::LayerNorm => "layer norm",
            Self::Attention => "attention",
        }
    }
}

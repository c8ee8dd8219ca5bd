//! Dispatches, a file each: how an operation runs on a GPU.

mod activate;
mod add;
mod attention;
mod batch_norm;
mod channels;
mod concat;
mod conv;
mod conv_transpose;
mod elementwise;
mod fold;
mod global_average_pool;
mod input;
mod layer_norm;
mod linear;
mod pool;
mod prelu;
mod product;
mod resize;
mod scale;
mod separable_attention;
mod shift_max;
mod unfold;

use super::chains::{Begins, Readers};
use super::error::GpuError;
use super::image;
use super::kernel::Shader;
use super::lower::{Lowering, Reading, Work, n, number, quads};
use crate::graph::{NodeId, Op};

pub(super) use channels::{Entry, gather};
pub(super) use conv::order_of_computed;

/// An operation on a GPU.
trait Lower {
    /// Appends its dispatches, or says where its value is.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`].
    fn lower(&self, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError>;

    /// Whether its dispatch computes one of its inputs, which nothing else reads, along the way.
    fn absorbs(&self, _at: &Readers<'_>, _id: NodeId, _input: NodeId) -> bool {
        false
    }

    /// How its dispatch begins.
    fn begins(&self, _at: &Readers<'_>, _id: NodeId) -> Begins {
        Begins::Alone
    }

    /// Whether every channel of the result is computed from the same one of the first input, so that it can be the same number of a row.
    fn keeps_lanes(&self, _at: &Readers<'_>, _id: NodeId) -> bool {
        false
    }
}

/// The closed list of operations.
macro_rules! steps {
    ($($name:ident),+ $(,)?) => {
        /// Appends an operation's dispatches.
        ///
        /// # Errors
        /// [`GpuError::Unsupported`].
        pub(super) fn lower(op: &Op, to: &mut Lowering<'_>, id: NodeId) -> Result<(), GpuError> {
            match op {
                $(Op::$name(op) => op.lower(to, id)),+
            }
        }

        /// Whether the dispatch of node `id` computes an input, which nothing else reads, along the way.
        pub(super) fn absorbs(op: &Op, at: &Readers<'_>, id: NodeId, input: NodeId) -> bool {
            match op {
                $(Op::$name(op) => op.absorbs(at, id, input)),+
            }
        }

        /// How the dispatch of node `id` begins.
        pub(super) fn begins(op: &Op, at: &Readers<'_>, id: NodeId) -> Begins {
            match op {
                $(Op::$name(op) => op.begins(at, id)),+
            }
        }

        /// Whether node `id` can leave channels where they are.
        pub(super) fn keeps_lanes(op: &Op, at: &Readers<'_>, id: NodeId) -> bool {
            match op {
                $(Op::$name(op) => op.keeps_lanes(at, id)),+
            }
        }
    };
}

steps! {
    Input,
    Conv,
    ConvTranspose,
    Linear,
    BatchNorm,
    Activate,
    Prelu,
    Add,
    Scale,
    ShiftMax,
    Concat,
    Channels,
    Pool,
    GlobalAveragePool,
    Resize,
    Unfold,
    Fold,
    LayerNorm,
    Attention,
    SeparableAttention,
}

/// Every shader.
pub const SHADERS: &[Shader] = &[
    product::Pointwise::SHADER,
    product::SPLIT,
    product::TILED,
    conv::Dense::SHADER,
    conv::Depthwise::SHADER,
    conv::Blocks::SHADER,
    conv_transpose::Transposed::SHADER,
    pool::Windows::SHADER,
    global_average_pool::Means::SHADER,
    linear::Excite::SHADER,
    linear::Grouped::SHADER,
    layer_norm::Normalise::SHADER,
    layer_norm::Moments::SHADER,
    layer_norm::NormaliseAll::SHADER,
    attention::Attend::SHADER,
    separable_attention::Context::SHADER,
    separable_attention::Values::SHADER,
    elementwise::Elementwise::SHADER,
    gather::Gather::SHADER,
    shift_max::Pieces::SHADER,
    resize::Bilinear::SHADER,
    image::ResizeRows::SHADER,
    image::ResizeColumns::SHADER,
];

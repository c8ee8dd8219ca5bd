//! The shaders, and what a dispatch tells each.

use super::error::GpuError;
use crate::backend::Precision;

/// A compute shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shader {
    /// The file's name in `shaders/`, without `.wgsl`.
    pub name: &'static str,
    /// What goes before the file's text.
    pub before: &'static [&'static str],
    /// The file's text.
    pub body: &'static str,
    /// The members of its `Params`, in order.
    pub params: &'static [&'static str],
    /// Threads of a workgroup, or what a workgroup computes, in each dimension of the dispatch.
    tile: [u32; 3],
}

/// What shaders that prepare images begin with.
const ALONE: &[&str] = &[];
/// What every shader that computes networks begins with.
const COMMON: &[&str] = &[include_str!("../../../../shaders/common.wgsl")];
/// What those of 1×1 convolutions and linear layers begin with.
const PRODUCT: &[&str] = &[COMMON[0], include_str!("../../../../shaders/product.wgsl")];

impl Shader {
    /// The whole text, for values that are stored as f16 (if this shader's are ever) or as f32.
    pub fn source(&self, half_values: bool) -> String {
        let stored = match (self.before, half_values) {
            (ALONE, _) => "",
            (_, false) => "alias Stored = f32;",
            (_, true) => "enable f16;\nalias Stored = f16;",
        };
        [&[stored], self.before, &[self.body]].concat().join("\n")
    }
}

/// Declares for each kernel its shader and its parameters, in the order of the shader's `Params`.
macro_rules! kernels {
    ($($(#[$doc:meta])* $name:ident $file:literal $before:ident [$($tile:literal),+] { $($field:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            #[allow(missing_docs, reason = "the shader's Params says what they are")]
            pub struct $name { $(pub $field: u32),+ }

            impl $name {
                const SHADER: Shader = Shader {
                    name: $file,
                    before: $before,
                    body: include_str!(concat!("../../../../shaders/", $file, ".wgsl")),
                    params: &[$(stringify!($field)),+],
                    tile: [$($tile),+],
                };

                fn words(&self) -> Vec<u32> {
                    vec![$(self.$field),+]
                }
            }
        )+

        /// Every shader.
        pub const SHADERS: &[Shader] = &[$($name::SHADER),+, Pointwise::SPLIT, Pointwise::TILED];
    };
}

kernels! {
    /// 1×1 convolutions and linear layers.
    Pointwise "pointwise" PRODUCT [8, 32, 1] {
        rows, depth, columns, weight, bias, activation, has_residual, has_gate,
    }
    /// Depthwise convolutions.
    Depthwise "depthwise" COMMON [8, 32, 1] {
        height, width, out_height, out_width, channels, pad_top, pad_left, weight, bias, activation, has_residual,
    }
    /// Dense convolutions.
    Conv "conv" COMMON [8, 32, 1] {
        height, width, out_height, out_width, depth, other_depth, columns, kernel, stride, pad_top, pad_left, weight,
        bias, activation, has_residual,
    }
    /// Global average pooling.
    Pool "pool" COMMON [4, 1, 1] { pixels, channels }
    /// Both layers of squeeze-and-excitation.
    Excite "excite" COMMON [1, 1, 1] {
        channels, hidden, reduce_weight, reduce_bias, reduce_activation, expand_weight, expand_bias,
        expand_activation,
    }
    /// Layer normalisation; `eps` holds a float's bits.
    LayerNorm "layer_norm" COMMON [64, 1, 1] { tokens, dim, eps, scale, shift }
    /// Self-attention; `scale` holds a float's bits.
    Attention "attention" COMMON [64, 1, 1] {
        sequences, tokens, heads, scale, s_group, s_far, s_near, t_group, t_far, t_near,
    }
    /// Activations, sums, gates and normalisations that nothing absorbed.
    Elementwise "elementwise" COMMON [8, 8, 1] {
        rows, channels, scale, shift, activation, has_gate, has_affine, has_residual,
    }
    /// Concatenation that nothing absorbed.
    Concat "concat" COMMON [8, 8, 1] { rows, first, second }
    /// Bilinear resizing.
    Resize "resize" COMMON [8, 8, 1] { height, width, out_height, out_width, channels }
    /// The horizontal pass of an image's resize.
    ResizeRows "resize_rows" ALONE [8, 8, 1] { source_width, width, height, weights }
    /// The vertical pass, and the picture that it is for; `mean` and `std` hold floats' bits.
    ResizeColumns "resize_columns" ALONE [8, 8, 1] {
        width, height, shown_width, shown_height, pad_left, pad_top, weights, mean_red, mean_green, mean_blue, std_red,
        std_green, std_blue,
    }
}

/// How the work of [`Pointwise`] is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Every thread reads what it needs.
    Alone,
    /// The threads of a workgroup read together what all of them need.
    Tiled,
    /// Several threads share each sum.
    Split,
}

impl Pointwise {
    /// Rows of a workgroup are its constant `ROWS`.
    const SPLIT: Shader = Shader {
        name: "pointwise_split",
        body: include_str!("../../../../shaders/pointwise_split.wgsl"),
        tile: [8, 1, 1],
        ..Self::SHADER
    };
    const TILED: Shader = Shader {
        name: "pointwise_tiled",
        body: include_str!("../../../../shaders/pointwise_tiled.wgsl"),
        ..Self::SHADER
    };

    /// Threads below which sums are split: GPUs have room for thousands, and with fewer they mostly wait for memory.
    const FEW_THREADS: u32 = 2048;

    /// With the work shared out as its amount wants it, `tiles` where the GPU is fast with them.
    pub(super) fn shared(self, tiles: bool) -> Kernel {
        let sharing = match tiles {
            _ if self.rows.div_ceil(4) * self.columns < Self::FEW_THREADS => Sharing::Split,
            true => Sharing::Tiled,
            false => Sharing::Alone,
        };
        Kernel::Pointwise { sharing, params: self }
    }

    fn rows_of_a_split_workgroup(&self) -> u32 {
        if self.rows == 1 { 1 } else { 4 }
    }
}

/// The most channels between the layers of [`Excite`].
pub const MAX_HIDDEN: usize = 1024;
/// The most numbers of an attention's head.
pub const MAX_HEAD: usize = 128;

/// A dispatch's shader with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is documented where it is declared")]
pub enum Kernel {
    Pointwise {
        sharing: Sharing,
        params: Pointwise,
    },
    Depthwise {
        kernel: u32,
        stride: u32,
        params: Depthwise,
    },
    Conv(Conv),
    Pool(Pool),
    Excite(Excite),
    LayerNorm(LayerNorm),
    Attention {
        head: u32,
        params: Attention,
    },
    Elementwise(Elementwise),
    Concat(Concat),
    Resize(Resize),
    /// Whether the source has three bytes a pixel.
    ResizeRows {
        packed: bool,
        params: ResizeRows,
    },
    /// Whether the picture becomes a network's input.
    ResizeColumns {
        normalise: bool,
        params: ResizeColumns,
    },
}

/// What a pipeline is compiled from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PipelineKey {
    /// The shader.
    pub shader: Shader,
    /// Whether values are stored as f16.
    pub half_values: bool,
    /// Values of its `override` constants.
    pub constants: Vec<(&'static str, u32)>,
}

impl Kernel {
    /// Its pipeline.
    pub fn pipeline(&self, precision: Precision) -> PipelineKey {
        let shader = self.shader();
        let half_values = precision == Precision::Half;
        let mut constants = match self {
            Self::Depthwise { kernel, stride, .. } => vec![("KERNEL", *kernel), ("STRIDE", *stride)],
            Self::Attention { head, .. } => vec![("HEAD", *head)],
            Self::Pointwise { sharing: Sharing::Split, params } => {
                vec![("ROWS", params.rows_of_a_split_workgroup())]
            }
            Self::ResizeRows { packed, .. } => vec![("PACKED", u32::from(*packed))],
            Self::ResizeColumns { normalise, .. } => {
                vec![("NORMALISE", u32::from(*normalise)), ("HALF", u32::from(half_values))]
            }
            _ => Vec::new(),
        };
        if shader.before != ALONE {
            constants.push(("HALF_WEIGHTS", u32::from(precision != Precision::Full)));
        }
        PipelineKey { shader, half_values: half_values && shader.before != ALONE, constants }
    }

    /// Its parameters as the shader's `Params` lays them out.
    pub fn words(&self) -> Vec<u32> {
        match self {
            Self::Pointwise { params, .. } => params.words(),
            Self::Depthwise { params, .. } => params.words(),
            Self::Conv(params) => params.words(),
            Self::Pool(params) => params.words(),
            Self::Excite(params) => params.words(),
            Self::LayerNorm(params) => params.words(),
            Self::Attention { params, .. } => params.words(),
            Self::Elementwise(params) => params.words(),
            Self::Concat(params) => params.words(),
            Self::Resize(params) => params.words(),
            Self::ResizeRows { params, .. } => params.words(),
            Self::ResizeColumns { params, .. } => params.words(),
        }
    }

    /// Workgroups to dispatch.
    ///
    /// # Errors
    /// [`GpuError::Limit`] if a dimension has more than `limit` of them.
    pub fn workgroups(&self, limit: u32) -> Result<[u32; 3], GpuError> {
        let size = match self {
            Self::Pointwise { sharing: Sharing::Split, params: p } => {
                [p.columns, p.rows.div_ceil(p.rows_of_a_split_workgroup()), 1]
            }
            Self::Pointwise { params: p, .. } => [p.columns, p.rows, 1],
            Self::Depthwise { params: p, .. } => [p.channels, p.out_width, p.out_height],
            Self::Conv(p) => [p.columns, p.out_width, p.out_height],
            Self::Pool(p) => [p.channels, 1, 1],
            Self::Excite(_) => [1, 1, 1],
            Self::LayerNorm(p) => [p.tokens, 1, 1],
            Self::Attention { params: p, .. } => [p.tokens, p.heads, p.sequences],
            Self::Elementwise(p) => [p.channels, p.rows, 1],
            Self::Concat(p) => [(p.first + p.second).div_ceil(4), p.rows, 1],
            Self::Resize(p) => [p.channels, p.out_width, p.out_height],
            Self::ResizeRows { params: p, .. } => [p.width, p.height, 1],
            Self::ResizeColumns { params: p, .. } => [p.width, p.height, 1],
        };
        let tile = self.shader().tile;
        let groups = std::array::from_fn(|i| size[i].div_ceil(tile[i]));
        match groups.into_iter().max() {
            Some(most) if most > limit => Err(GpuError::Limit {
                what: "the number of workgroups in a row".to_owned(),
                needed: most.into(),
                limit: limit.into(),
            }),
            _ => Ok(groups),
        }
    }

    fn shader(&self) -> Shader {
        match self {
            Self::Pointwise { sharing: Sharing::Alone, .. } => Pointwise::SHADER,
            Self::Pointwise { sharing: Sharing::Tiled, .. } => Pointwise::TILED,
            Self::Pointwise { sharing: Sharing::Split, .. } => Pointwise::SPLIT,
            Self::Depthwise { .. } => Depthwise::SHADER,
            Self::Conv(_) => Conv::SHADER,
            Self::Pool(_) => Pool::SHADER,
            Self::Excite(_) => Excite::SHADER,
            Self::LayerNorm(_) => LayerNorm::SHADER,
            Self::Attention { .. } => Attention::SHADER,
            Self::Elementwise(_) => Elementwise::SHADER,
            Self::Concat(_) => Concat::SHADER,
            Self::Resize(_) => Resize::SHADER,
            Self::ResizeRows { .. } => ResizeRows::SHADER,
            Self::ResizeColumns { .. } => ResizeColumns::SHADER,
        }
    }
}

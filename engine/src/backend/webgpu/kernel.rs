//! What runs in a dispatch: a shader with its numbers.

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
    /// The members of its `Params` that are its own, in order.
    pub(super) params: &'static [&'static str],
    /// Threads of a workgroup, or what a workgroup computes, in each dimension of the dispatch.
    pub(super) tile: [u32; 3],
}

/// What shaders that prepare images begin with.
pub(super) const ALONE: &[&str] = &[];
/// What every shader that computes networks begins with.
pub(super) const COMMON: &[&str] = &[include_str!("../../../../shaders/common.wgsl")];
/// What those begin with that read values as they lie and finish what they compute.
pub(super) const STORED: &[&str] = &[COMMON[0], include_str!("../../../../shaders/stored.wgsl")];
/// What those begin with that read maps under windows.
pub(super) const WINDOW: &[&str] = &[STORED[0], STORED[1], include_str!("../../../../shaders/window.wgsl")];
/// What those of 1×1 convolutions and linear layers begin with.
pub(super) const PRODUCT: &[&str] =
    &[STORED[0], STORED[1], WINDOW[2], include_str!("../../../../shaders/product.wgsl")];
/// What `Params` begins with in shaders with [`STORED`]: the members of `View` and `Out`, those of structs within them too.
const STORED_PARAMS: [&str; 24] = [
    "stride",
    "first",
    "table",
    "unused",
    "stride",
    "first",
    "bias",
    "activation",
    "how",
    "stride",
    "first",
    "table",
    "how",
    "stride",
    "first",
    "table",
    "scale",
    "shift",
    "slope",
    "last",
    "raw",
    "unused_1",
    "unused_2",
    "unused_3",
];

/// What follows them in shaders with [`WINDOW`].
const WINDOW_PARAMS: [&str; 12] = [
    "height",
    "width",
    "out_width",
    "window_height",
    "window_width",
    "stride_down",
    "stride_across",
    "pad_top",
    "pad_left",
    "pad_bottom",
    "pad_right",
    "is_average",
];

impl Shader {
    /// Whether it reads maps under windows.
    pub(super) fn has_window(&self) -> bool {
        self.before.len() >= WINDOW.len()
    }

    /// The members of its `Params`, in order.
    pub fn members(&self) -> Vec<&'static str> {
        let stored: &[_] = if self.before.len() >= STORED.len() { &STORED_PARAMS } else { &[] };
        let window: &[_] = if self.has_window() { &WINDOW_PARAMS } else { &[] };
        [stored, window, self.params].concat()
    }

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

/// Declares a shader's parameters, in the order of its `Params`, and the shader.
macro_rules! shader {
    ($(#[$doc:meta])* $name:ident $file:literal $before:ident [$($tile:literal),+] { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(in crate::backend::webgpu) struct $name { $(pub(in crate::backend::webgpu) $field: u32),+ }

        impl $name {
            pub(in crate::backend::webgpu) const SHADER: $crate::backend::webgpu::kernel::Shader =
                $crate::backend::webgpu::kernel::Shader {
                    name: $file,
                    before: $crate::backend::webgpu::kernel::$before,
                    body: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders/", $file, ".wgsl")),
                    params: &[$(stringify!($field)),+],
                    tile: [$($tile),+],
                };

            /// A dispatch of so many results in each dimension.
            pub(in crate::backend::webgpu) fn kernel(&self, size: [u32; 3]) -> $crate::backend::webgpu::kernel::Kernel {
                $crate::backend::webgpu::kernel::Kernel {
                    shader: Self::SHADER,
                    constants: Vec::new(),
                    words: vec![$(self.$field),+],
                    size,
                }
            }
        }
    };
}
pub(super) use shader;

/// A shader with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The shader.
    pub shader: Shader,
    /// Values of its `override` constants.
    pub constants: Vec<(&'static str, u32)>,
    /// Its parameters as its `Params` lays them out.
    pub words: Vec<u32>,
    /// What it computes in each dimension.
    pub(super) size: [u32; 3],
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
    /// The same with a value of an `override` constant.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, value));
        self
    }

    /// Its pipeline.
    pub fn pipeline(&self, precision: Precision) -> PipelineKey {
        let computes = self.shader.before != ALONE;
        let mut constants = self.constants.clone();
        if computes {
            constants.push(("HALF_WEIGHTS", u32::from(precision != Precision::Full)));
        }
        PipelineKey { shader: self.shader, half_values: computes && precision == Precision::Half, constants }
    }

    /// Workgroups to dispatch.
    ///
    /// # Errors
    /// [`GpuError::Limit`] if a dimension has more than `limit` of them.
    pub fn workgroups(&self, limit: u32) -> Result<[u32; 3], GpuError> {
        let groups = std::array::from_fn(|i| self.size[i].div_ceil(self.shader.tile[i]));
        match groups.into_iter().max() {
            Some(most) if most > limit => Err(GpuError::Limit {
                what: "the number of workgroups in a row".to_owned(),
                needed: most.into(),
                limit: limit.into(),
            }),
            _ => Ok(groups),
        }
    }
}

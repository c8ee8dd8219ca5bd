//! What stands in for the WebGPU backend in builds without the feature `webgpu`: the same names, no GPU, and so nothing
//! that a GPU could do.

mod error;
mod report;

pub use error::GpuError;
pub use report::{About, Profile};

use super::{Precision, Values};
use crate::decode::RgbImage;
use crate::graph::{Graph, NodeId};
use crate::spec::Preprocess;
use crate::weights::Parameters;

/// There is none.
#[derive(Clone, Debug)]
pub enum Gpu {}

/// There is none without a [`Gpu`].
#[derive(Debug)]
pub enum WebGpu {}

#[allow(missing_docs, reason = "as in the backend itself")]
impl Gpu {
    /// Says so.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], always.
    pub async fn request() -> Result<Self, GpuError> {
        Err(GpuError::NoAdapter { reason: "this build has no WebGPU".to_owned() })
    }

    pub fn about(&self) -> &About {
        match *self {}
    }

    pub fn is_lost(&self) -> bool {
        match *self {}
    }
}

#[allow(missing_docs, clippy::missing_errors_doc, reason = "as in the backend itself")]
impl WebGpu {
    pub async fn prepare_keeping(
        gpu: &Gpu,
        _: &Graph,
        _: &dyn Parameters,
        _: Precision,
        _: &[String],
    ) -> Result<Self, GpuError> {
        match *gpu {}
    }

    pub fn compile(gpu: &Gpu, _: &Graph, _: Precision) -> Result<(), GpuError> {
        match *gpu {}
    }

    pub fn graph(&self) -> &Graph {
        match *self {}
    }

    pub fn gpu(&self) -> &Gpu {
        match *self {}
    }

    pub fn weight_bytes(&self) -> u64 {
        match *self {}
    }

    pub fn activation_bytes(&self) -> u64 {
        match *self {}
    }

    pub async fn run(&mut self, _: &[f32]) -> Result<&[f32], GpuError> {
        match *self {}
    }

    pub async fn run_observed(
        &mut self,
        _: &[f32],
        _: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> Result<&[f32], GpuError> {
        match *self {}
    }

    pub async fn run_image(&mut self, _: &RgbImage, _: &Preprocess) -> Result<&[f32], GpuError> {
        match *self {}
    }

    pub async fn profile(&mut self, _: &[f32], _: u32) -> Result<Option<Profile>, GpuError> {
        match *self {}
    }
}

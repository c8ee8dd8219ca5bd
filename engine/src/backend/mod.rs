//! What executes a network.

pub mod cpu;
mod fold;
#[cfg(feature = "int8")]
pub mod int8;
mod profile;
pub mod reference;
#[cfg(feature = "webgpu")]
pub mod webgpu;
#[cfg(not(feature = "webgpu"))]
#[path = "webgpu/absent.rs"]
pub mod webgpu;

use std::borrow::Cow;

use crate::graph::{Graph, NodeId};
use crate::weights::Parameters;

pub use kernels::threads::{Helper, Threads};
pub use profile::Profile;
pub use webgpu::{Gpu, GpuError};

/// What a network is to run on.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// The reference backend.
    Reference,
    /// The CPU backend on these threads; the results do not depend on how many there are.
    Cpu(&'a Threads),
    /// The CPU backend in bytes on these threads, for the ranges of the network's values.
    #[cfg(feature = "int8")]
    CpuInt8(&'a Threads, &'a int8::Ranges),
    /// The WebGPU backend on this GPU.
    WebGpu(&'a Gpu, Precision),
}

impl Target<'_> {
    /// Its backend's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Cpu(_) => "cpu",
            #[cfg(feature = "int8")]
            Self::CpuInt8(..) => "cpu-int8",
            Self::WebGpu(_, Precision::Full) => "webgpu",
            Self::WebGpu(_, Precision::HalfWeights) => "webgpu-f16-weights",
            Self::WebGpu(_, Precision::Half) => "webgpu-f16",
        }
    }
}

/// How the numbers of [`Target::WebGpu`] are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// As f32.
    #[default]
    Full,
    /// Matrices and filters as f16: what every GPU can read. All arithmetic remains f32, here and below.
    HalfWeights,
    /// Maps and tokens as well: what GPUs with the feature `shader-f16` can.
    Half,
}

/// A value as a backend has it: positions of so many channels, perhaps with those of others between.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    data: Data<'a>,
    stride: usize,
    channels: usize,
}

/// Numbers, or bytes and what they stand for.
#[derive(Clone, Copy, Debug)]
enum Data<'a> {
    Floats(&'a [f32]),
    #[cfg(feature = "int8")]
    Bytes(&'a [u8], int8::Quantisation),
}

impl<'a> Values<'a> {
    /// Without gaps.
    pub fn whole(data: &'a [f32], channels: usize) -> Self {
        Self { data: Data::Floats(data), stride: channels, channels }
    }

    /// Bytes without gaps.
    #[cfg(feature = "int8")]
    fn bytes(data: &'a [u8], channels: usize, quantisation: int8::Quantisation) -> Self {
        Self { data: Data::Bytes(data, quantisation), stride: channels, channels }
    }

    /// Its numbers, position by position.
    pub fn numbers(self) -> Cow<'a, [f32]> {
        match self.data {
            Data::Floats(data) if self.stride == self.channels => Cow::Borrowed(data),
            Data::Floats(data) => {
                data.chunks(self.stride).flat_map(|position| &position[..self.channels]).copied().collect()
            }
            #[cfg(feature = "int8")]
            Data::Bytes(data, quantisation) => data.iter().map(|byte| quantisation.number(*byte)).collect(),
        }
    }
}

/// A network that is ready to run.
///
/// Only a GPU makes its caller wait or fails; [`reference::Reference`] and [`cpu::Cpu`] are there for those who
/// want nothing else.
#[derive(Debug)]
pub enum Session {
    /// On the reference backend, nothing fused.
    Reference(reference::Reference),
    /// On the CPU backend, fused.
    Cpu(cpu::Cpu),
    /// On the CPU backend in bytes, fused.
    #[cfg(feature = "int8")]
    CpuInt8(Box<cpu::int8::CpuInt8>),
    /// On the WebGPU backend, fused.
    WebGpu(Box<webgpu::WebGpu>),
}

impl Session {
    /// Prepares a network: fuses its graph, plans its memory and packs its weights as the backend needs.
    ///
    /// # Errors
    /// [`GpuError`] on a GPU.
    pub async fn prepare(
        target: Target<'_>,
        graph: &Graph,
        weights: &dyn Parameters,
    ) -> Result<Self, GpuError> {
        Self::prepare_keeping(target, graph, weights, &[], None).await
    }

    /// The same; what the named modules return (see [`Graph::stages`]) remains and can be observed. The memory of a session
    /// that is not needed any more is taken over where the backend can (see [`cpu::Cpu::prepare_keeping`]).
    ///
    /// # Errors
    /// [`GpuError`] on a GPU.
    pub async fn prepare_keeping(
        target: Target<'_>,
        graph: &Graph,
        weights: &dyn Parameters,
        keep: &[String],
        previous: Option<Self>,
    ) -> Result<Self, GpuError> {
        // Any other gives its memory back now.
        let previous = previous
            .and_then(|previous| if let Self::Cpu(session) = previous { Some(session) } else { None });
        Ok(match target {
            Target::Reference => Self::Reference(reference::Reference::new(graph, weights)),
            Target::Cpu(threads) => {
                Self::Cpu(cpu::Cpu::prepare_keeping(graph, weights, threads, keep, previous))
            }
            #[cfg(feature = "int8")]
            Target::CpuInt8(threads, ranges) => Self::CpuInt8(Box::new(cpu::int8::CpuInt8::prepare_keeping(
                graph, weights, threads, keep, ranges,
            ))),
            Target::WebGpu(gpu, precision) => {
                let session = webgpu::WebGpu::prepare_keeping(gpu, graph, weights, precision, keep).await?;
                Self::WebGpu(Box::new(session))
            }
        })
    }

    /// The graph that runs, after fusion.
    pub fn graph(&self) -> &Graph {
        match self {
            Self::Reference(session) => session.graph(),
            Self::Cpu(session) => session.graph(),
            #[cfg(feature = "int8")]
            Self::CpuInt8(session) => session.graph(),
            Self::WebGpu(session) => session.graph(),
        }
    }

    /// Input numbers of one run: height · width · channels.
    pub fn input_len(&self) -> usize {
        self.graph().nodes[0].shape.elements()
    }

    /// Runs the network on a normalised image (H, W, C) and returns its logits.
    ///
    /// # Errors
    /// [`GpuError`] on a GPU.
    ///
    /// # Panics
    /// If `input` has not [`Session::input_len`] numbers.
    pub async fn run(&mut self, input: &[f32]) -> Result<&[f32], GpuError> {
        assert_eq!(input.len(), self.input_len(), "the input's length");
        match self {
            Self::Reference(session) => Ok(session.run(input, &mut |_, _| {})),
            Self::Cpu(session) => Ok(session.run(input, &mut |_, _| {})),
            #[cfg(feature = "int8")]
            Self::CpuInt8(session) => Ok(session.run(input, &mut |_, _| {})),
            Self::WebGpu(session) => session.run(input).await,
        }
    }

    /// The same, showing every value (maps channels-last) to `observe` as it is computed.
    ///
    /// # Errors
    /// [`GpuError`] on a GPU.
    ///
    /// # Panics
    /// If `input` has not [`Session::input_len`] numbers.
    pub async fn run_observed(
        &mut self,
        input: &[f32],
        observe: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> Result<&[f32], GpuError> {
        assert_eq!(input.len(), self.input_len(), "the input's length");
        match self {
            Self::Reference(session) => Ok(session.run(input, observe)),
            Self::Cpu(session) => Ok(session.run(input, observe)),
            #[cfg(feature = "int8")]
            Self::CpuInt8(session) => Ok(session.run(input, observe)),
            Self::WebGpu(session) => session.run_observed(input, observe).await,
        }
    }

    /// Whether it is on a GPU that has been lost.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::WebGpu(session) if session.gpu().is_lost())
    }

    /// Bytes that the backend has allocated for weights.
    pub fn weight_bytes(&self) -> u64 {
        match self {
            Self::Reference(session) => session.graph().params.iter().map(|p| 4 * p.elements() as u64).sum(),
            Self::Cpu(session) => session.weight_bytes(),
            #[cfg(feature = "int8")]
            Self::CpuInt8(session) => session.weight_bytes(),
            Self::WebGpu(session) => session.weight_bytes(),
        }
    }

    /// Bytes that the backend has allocated for values between operations, scratch included.
    pub fn activation_bytes(&self) -> u64 {
        match self {
            Self::Reference(session) => {
                session.graph().nodes.iter().map(|n| 4 * n.shape.elements() as u64).sum()
            }
            Self::Cpu(session) => session.activation_bytes(),
            #[cfg(feature = "int8")]
            Self::CpuInt8(session) => session.activation_bytes(),
            Self::WebGpu(session) => session.activation_bytes(),
        }
    }
}

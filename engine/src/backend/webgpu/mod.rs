//! The WebGPU backend: channels-last f32 in quads, everything recorded when a network is prepared, one submit a run.

mod chains;
mod device;
mod error;
mod image;
pub mod kernel;
pub mod layout;
pub mod lower;
mod pack;
mod profile;
mod report;
mod step;

use std::borrow::Cow;

use half::f16;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, BufferUsages,
    CommandEncoder, ComputePass, ComputePassDescriptor, ComputePipeline, ErrorFilter,
};

pub use device::Gpu;
pub use error::GpuError;
pub use report::{About, Profile};
pub use step::SHADERS;

use super::{Precision, Values};
use crate::graph::passes;
use crate::graph::{Graph, NodeId, Shape};
use crate::weights::Parameters;
use lower::{Options, Program, QUAD, Value};

/// Bytes of the unit in which weights are placed: a quad of f32.
const UNIT_BYTES: u64 = 16;
/// The parameters of a dispatch begin at multiples of this (the default `minUniformBufferOffsetAlignment`).
const PARAMS_BYTES: u64 = 256;

/// A network, recorded.
#[derive(Debug)]
pub struct WebGpu {
    gpu: Gpu,
    graph: Graph,
    program: Program,
    precision: Precision,
    dispatches: Vec<Dispatch>,
    buffers: Buffers,
    /// The input in quads, as they are stored.
    staged: Vec<u8>,
    logits: Vec<f32>,
}

/// A step as it is encoded in every run.
#[derive(Debug)]
struct Dispatch {
    pipeline: ComputePipeline,
    bindings: BindGroup,
    workgroups: [u32; 3],
}

#[derive(Debug)]
struct Buffers {
    weights: Buffer,
    params: Buffer,
    /// By the numbers that [`Program`] gives them.
    values: Vec<Buffer>,
    /// Where the CPU reads results.
    readback: Buffer,
}

impl WebGpu {
    /// Compiles, packs, uploads and records everything that a run needs.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn prepare(
        gpu: &Gpu,
        graph: &Graph,
        weights: &dyn Parameters,
        precision: Precision,
    ) -> Result<Self, GpuError> {
        Self::prepare_keeping(gpu, graph, weights, precision, &[]).await
    }

    /// The same; what the named modules return can be observed.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn prepare_keeping(
        gpu: &Gpu,
        graph: &Graph,
        weights: &dyn Parameters,
        precision: Precision,
        keep: &[String],
    ) -> Result<Self, GpuError> {
        Self::prepare_with(gpu, graph, weights, Options::new(gpu.about(), precision)?, keep).await
    }

    /// [`WebGpu::prepare_keeping`] with stated options.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn prepare_with(
        gpu: &Gpu,
        graph: &Graph,
        weights: &dyn Parameters,
        options: Options,
        keep: &[String],
    ) -> Result<Self, GpuError> {
        gpu.check()?;
        let precision = options.precision;
        let graph = graph.with_tables(|name| weights.table(name));
        let graph = passes::fuse_keeping(&graph, keep);
        let program = lower::lower_keeping(&graph, options, keep)?;
        let memory = gpu.device().push_error_scope(ErrorFilter::OutOfMemory);
        let validation = gpu.device().push_error_scope(ErrorFilter::Validation);
        let recorded = Self::record(gpu, &graph, &program, precision);
        if let Ok((_, buffers)) = &recorded {
            for tensor in &program.tensors {
                for (at, words) in pack::pack(tensor, weights, precision) {
                    let bytes = bytemuck::cast_slice(&words);
                    gpu.queue().write_buffer(&buffers.weights, at as u64 * UNIT_BYTES, bytes);
                }
            }
        }
        let (refused, exhausted) = (validation.pop().await, memory.pop().await);
        let (dispatches, buffers) = recorded?;
        gpu.check()?;
        if exhausted.is_some() {
            return Err(GpuError::OutOfMemory { bytes: buffers.bytes() });
        }
        if let Some(error) = refused {
            // It may have been a pipeline.
            gpu.forget_pipelines();
            return Err(GpuError::Refused { reason: error.to_string() });
        }
        let input = graph.nodes[0].shape;
        let quads = input.positions() * input.channels().div_ceil(QUAD);
        Ok(Self {
            gpu: gpu.clone(),
            staged: vec![0; quads * quad_bytes(precision)],
            logits: Vec::new(),
            graph,
            program,
            precision,
            dispatches,
            buffers,
        })
    }

    /// Has the pipelines of a network compiled, so that [`WebGpu::prepare`] finds them; for the time in which its weights
    /// are on their way.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`], [`GpuError::NoHalf`].
    pub fn compile(gpu: &Gpu, graph: &Graph, precision: Precision) -> Result<(), GpuError> {
        let options = Options::new(gpu.about(), precision)?;
        for step in lower::lower(&passes::fuse(graph), options)?.steps {
            gpu.pipeline(&step.kernel.pipeline(precision));
        }
        Ok(())
    }

    fn record(
        gpu: &Gpu,
        graph: &Graph,
        program: &Program,
        precision: Precision,
    ) -> Result<(Vec<Dispatch>, Buffers), GpuError> {
        let device = gpu.device();
        let limits = device.limits();
        let buffer = |bytes, usage| gpu.buffer(bytes, usage);
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let weights = buffer((program.weights_len as u64 * UNIT_BYTES).max(UNIT_BYTES), storage)?;
        let params = buffer(
            (program.steps.len() as u64 * PARAMS_BYTES).max(PARAMS_BYTES),
            BufferUsages::UNIFORM | BufferUsages::COPY_DST,
        )?;
        let values = program
            .buffers
            .iter()
            .map(|quads| buffer((*quads * quad_bytes(precision)) as u64, storage))
            .collect::<Result<_, _>>()?;
        let readback = buffer(
            bytes(graph, &program.output, precision),
            BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        )?;
        let buffers = Buffers { weights, params, values, readback };

        let mut words = vec![0u8; program.steps.len() * PARAMS_BYTES as usize];
        let mut dispatches = Vec::with_capacity(program.steps.len());
        for (i, step) in program.steps.iter().enumerate() {
            let at = i * PARAMS_BYTES as usize;
            for (to, word) in words[at..].chunks_exact_mut(4).zip(&step.kernel.words) {
                to.copy_from_slice(&word.to_le_bytes());
            }
            let params = BindingResource::Buffer(BufferBinding {
                buffer: &buffers.params,
                offset: at as u64,
                size: Some(const { std::num::NonZeroU64::new(PARAMS_BYTES).unwrap() }),
            });
            // What a kernel does not read still needs a binding.
            let operands =
                step.operands.map(|operand| operand.map_or(&buffers.weights, |i| &buffers.values[i]));
            let [x, residual, other] = operands;
            let storage = [x, residual, other, &buffers.weights, &buffers.values[step.output]];
            let bindings = bind(gpu, params, storage.map(Buffer::as_entire_binding));
            let pipeline = gpu.pipeline(&step.kernel.pipeline(precision));
            let workgroups = step.kernel.workgroups(limits.max_compute_workgroups_per_dimension)?;
            dispatches.push(Dispatch { pipeline, bindings, workgroups });
        }
        gpu.queue().write_buffer(&buffers.params, 0, &words);
        Ok((dispatches, buffers))
    }

    /// The graph that runs, after fusion.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The GPU that it is on.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Dispatches of a run.
    pub fn dispatches(&self) -> usize {
        self.dispatches.len()
    }

    /// Bytes of weights on the GPU.
    pub fn weight_bytes(&self) -> u64 {
        self.buffers.weights.size()
    }

    /// Bytes of everything else that was allocated on the GPU.
    pub fn activation_bytes(&self) -> u64 {
        self.buffers.bytes() - self.weight_bytes()
    }

    /// Runs the network on an input (H, W, C): one upload, one submit, one readback.
    ///
    /// # Panics
    /// Panics if the input has another length.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Refused`].
    pub async fn run(&mut self, input: &[f32]) -> Result<&[f32], GpuError> {
        self.upload(input)?;
        let mut encoder =
            self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.encode(&mut encoder, 0..self.dispatches.len());
        self.read(encoder, &self.program.output, &self.buffers.readback)
            .await
            .map(|logits| self.logits = logits)?;
        Ok(&self.logits)
    }

    /// The same one dispatch at a time, showing every value to `observe` as it is computed.
    ///
    /// # Panics
    /// As [`WebGpu::run`].
    ///
    /// # Errors
    /// As [`WebGpu::run`].
    pub async fn run_observed(
        &mut self,
        input: &[f32],
        observe: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> Result<&[f32], GpuError> {
        self.upload(input)?;
        let channels = |id: NodeId| self.graph.node(id).shape.channels();
        observe(NodeId(0), Values::whole(input, channels(NodeId(0))));
        for (i, step) in self.program.steps.iter().enumerate() {
            let mut encoder =
                self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            self.encode(&mut encoder, i..i + 1);
            self.gpu.queue().submit([encoder.finish()]);
            for value in &step.values {
                let encoder =
                    self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
                let numbers = self.read_anew(encoder, value).await?;
                observe(value.node, Values::whole(&numbers, channels(value.node)));
                if value.node == self.program.output.node {
                    self.logits = numbers;
                }
            }
        }
        Ok(&self.logits)
    }

    fn upload(&mut self, input: &[f32]) -> Result<(), GpuError> {
        assert_eq!(input.len(), self.graph.nodes[0].shape.elements(), "numbers of the input");
        self.gpu.check()?;
        let channels = self.graph.nodes[0].shape.channels();
        let bytes = quad_bytes(self.precision) * channels.div_ceil(QUAD);
        for (to, pixel) in self.staged.chunks_exact_mut(bytes).zip(input.chunks_exact(channels)) {
            match self.precision {
                Precision::Full | Precision::HalfWeights => {
                    to[..4 * channels].copy_from_slice(bytemuck::cast_slice(pixel));
                }
                Precision::Half => {
                    let halves = pixel.iter().map(|value| f16::from_f32(*value).to_le_bytes());
                    to.chunks_exact_mut(2).zip(halves).for_each(|(to, half)| to.copy_from_slice(&half));
                }
            }
        }
        let buffer = &self.buffers.values[self.program.input.buffer];
        self.gpu.queue().write_buffer(buffer, 0, &self.staged);
        Ok(())
    }

    fn encode(&self, encoder: &mut CommandEncoder, steps: std::ops::Range<usize>) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        for dispatch in &self.dispatches[steps] {
            dispatch.encode(&mut pass);
        }
    }

    /// Submits, and reads a value by way of a buffer of its own.
    async fn read_anew(&self, encoder: CommandEncoder, value: &Value) -> Result<Vec<f32>, GpuError> {
        let readback = self.gpu.buffer(
            bytes(&self.graph, value, self.precision),
            BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        )?;
        let numbers = self.read(encoder, value, &readback).await;
        readback.destroy();
        numbers
    }

    /// Submits, and reads a value.
    async fn read(
        &self,
        mut encoder: CommandEncoder,
        value: &Value,
        readback: &Buffer,
    ) -> Result<Vec<f32>, GpuError> {
        let shape = self.graph.node(value.node).shape;
        encoder.copy_buffer_to_buffer(
            &self.buffers.values[value.buffer],
            0,
            readback,
            0,
            bytes(&self.graph, value, self.precision),
        );
        self.gpu.queue().submit([encoder.finish()]);
        self.gpu.map(readback).await?;
        let numbers = readback
            .get_mapped_range(..)
            .map(|mapped| unpadded(&floats(&mapped, self.precision), shape, value))
            .map_err(|error| GpuError::Lost { reason: error.to_string() });
        readback.unmap();
        numbers
    }
}

impl Dispatch {
    fn encode(&self, pass: &mut ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        let [x, y, z] = self.workgroups;
        pass.dispatch_workgroups(x, y, z);
    }
}

/// The bindings of a dispatch: see `shaders/common.wgsl`.
fn bind(gpu: &Gpu, params: BindingResource<'_>, storage: [BindingResource<'_>; 5]) -> BindGroup {
    let resources = std::iter::once(params).chain(storage);
    let entries: Vec<BindGroupEntry<'_>> =
        (0..).zip(resources).map(|(binding, resource)| BindGroupEntry { binding, resource }).collect();
    let layout = gpu.layout();
    gpu.device().create_bind_group(&BindGroupDescriptor { label: None, layout, entries: &entries })
}

impl Drop for Buffers {
    /// At once: a browser's garbage collector sees small handles and not what they hold.
    fn drop(&mut self) {
        let Self { weights, params, values, readback } = self;
        values.iter().chain([&*weights, params, readback]).for_each(Buffer::destroy);
    }
}

impl Buffers {
    fn bytes(&self) -> u64 {
        let values: u64 = self.values.iter().map(Buffer::size).sum();
        values + self.weights.size() + self.params.size() + self.readback.size()
    }
}

/// Bytes of a quad of a value.
fn quad_bytes(precision: Precision) -> usize {
    match precision {
        Precision::Full | Precision::HalfWeights => QUAD * size_of::<f32>(),
        Precision::Half => QUAD * size_of::<f16>(),
    }
}

/// Bytes of the rows in which a value lies.
fn bytes(graph: &Graph, value: &Value, precision: Precision) -> u64 {
    (graph.node(value.node).shape.positions() * value.stride * quad_bytes(precision)) as u64
}

/// What the GPU has stored, as f32.
fn floats(bytes: &[u8], precision: Precision) -> Cow<'_, [f32]> {
    match precision {
        Precision::Full | Precision::HalfWeights => Cow::Borrowed(bytemuck::cast_slice(bytes)),
        Precision::Half => {
            bytes.as_chunks::<2>().0.iter().map(|half| f16::from_le_bytes(*half).to_f32()).collect()
        }
    }
}

/// A value without what lies between its numbers, in the order of its shape.
fn unpadded(quads: &[f32], shape: Shape, value: &Value) -> Vec<f32> {
    let position = |i: usize| match shape {
        Shape::Tokens { tokens, .. } => value.order.position(i / tokens, i % tokens, tokens),
        Shape::Map { .. } | Shape::Vector { .. } => i,
    };
    let row = |i: usize| &quads[(position(i) * value.stride + value.first) * QUAD..];
    let channels = |i: usize| value.slots.iter().map(move |slot| row(i)[*slot as usize]);
    (0..shape.positions()).flat_map(channels).collect()
}

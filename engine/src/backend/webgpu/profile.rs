//! How long each dispatch takes, by the GPU's own clock.

use wgpu::{
    BufferDescriptor, BufferUsages, CommandEncoderDescriptor, ComputePassDescriptor,
    ComputePassTimestampWrites, QuerySetDescriptor, QueryType,
};

use super::{GpuError, Profile, WebGpu};

impl WebGpu {
    /// Times every dispatch, each `repeats` times in a pass of its own so that a coarse clock sees it; `None` if the GPU
    /// has no such clock.
    ///
    /// # Errors
    /// As [`WebGpu::run`].
    pub async fn profile(&mut self, input: &[f32], repeats: u32) -> Result<Option<Profile>, GpuError> {
        if !self.gpu.about().has_timestamps {
            return Ok(None);
        }
        self.upload(input)?;
        let device = self.gpu.device();
        let count = 2 * self.dispatches.len() as u32;
        let queries =
            device.create_query_set(&QuerySetDescriptor { label: None, ty: QueryType::Timestamp, count });
        let bytes = 8 * u64::from(count);
        let buffer = |usage| {
            device.create_buffer(&BufferDescriptor {
                label: None,
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let resolved = buffer(BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC);
        let readback = buffer(BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
        for (begin, dispatch) in (0..).step_by(2).zip(&self.dispatches) {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                label: None,
                timestamp_writes: Some(ComputePassTimestampWrites {
                    query_set: &queries,
                    beginning_of_pass_write_index: Some(begin),
                    end_of_pass_write_index: Some(begin + 1),
                }),
            });
            (0..repeats).for_each(|_| dispatch.encode(&mut pass));
        }
        encoder.resolve_query_set(&queries, 0..count, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &readback, 0, bytes);
        self.gpu.queue().submit([encoder.finish()]);
        let mapped = self.gpu.map(&readback).await;
        let ticks: Vec<u64> = mapped.and_then(|()| {
            let view = readback
                .get_mapped_range(..)
                .map_err(|error| GpuError::Lost { reason: error.to_string() })?;
            Ok(bytemuck::pod_collect_to_vec(&view))
        })?;
        readback.destroy();
        resolved.destroy();
        let period = f64::from(self.gpu.queue().get_timestamp_period());
        let quantum = ticks.iter().map(|tick| tick - ticks[0].min(*tick)).fold(0, gcd);
        let steps = self.program.steps.iter().zip(ticks.chunks_exact(2)).map(|(step, times)| {
            // Clocks of GPUs may run backwards between passes: such a reading is none.
            (step.node, times[1].saturating_sub(times[0]) as f64 * period / f64::from(repeats))
        });
        Ok(Some(Profile { steps: steps.collect(), quantum_ns: quantum as f64 * period }))
    }
}

/// The greatest number that divides both.
fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

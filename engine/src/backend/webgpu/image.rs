//! From an image to a network's input, on the GPU: the same bytes as [`crate::preprocess`], pass by pass.

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, CommandEncoderDescriptor, ComputePassDescriptor, ErrorFilter,
};

use super::kernel::{Kernel, shader};
use super::{Dispatch, GpuError, WebGpu, bind};
use crate::backend::Precision;
use crate::decode::RgbImage;
use crate::preprocess::Scaling;
use crate::spec::{ChannelOrder, Preprocess};

shader! {
    /// The horizontal pass of an image's resize.
    ResizeRows "resize_rows" ALONE [8, 8, 1] { source_width, width, height, weights }
}

shader! {
    /// The vertical pass, and the picture that it is for; `mean` and `std` hold floats' bits.
    ResizeColumns "resize_columns" ALONE [8, 8, 1] {
        width, height, shown_width, shown_height, pad_left, pad_top, weights, mean_red, mean_green, mean_blue, std_red,
        std_green, std_blue, is_bgr,
    }
}

/// Bytes that one pass tells its shader at most.
const PASS_BYTES: u64 = 64;

/// What prepares one image: dispatches, and the buffers that go with them.
struct Preparation {
    dispatches: Vec<Dispatch>,
    buffers: Vec<Buffer>,
}

impl WebGpu {
    /// Resizes, crops and normalises an image, and runs the network on it: one submit, one readback.
    ///
    /// # Errors
    /// [`GpuError::Lost`], [`GpuError::Refused`]; [`GpuError::Limit`], [`GpuError::OutOfMemory`] for images that the GPU has
    /// no room for.
    pub async fn run_image(&mut self, image: &RgbImage, p: &Preprocess) -> Result<&[f32], GpuError> {
        let (preparation, memory) = self.prepare_image(image, p)?;
        let mut encoder = self.gpu.device().create_command_encoder(&CommandEncoderDescriptor::default());
        preparation.encode(&mut encoder);
        self.encode(&mut encoder, 0..self.dispatches.len());
        let logits = self.read(encoder, &self.program.output, &self.buffers.readback).await;
        if memory.await.is_some() {
            // What was refused follows from that.
            let _ = self.gpu.check();
            return Err(GpuError::OutOfMemory { bytes: preparation.bytes() });
        }
        self.logits = logits?;
        Ok(&self.logits)
    }

    /// The network's input (H, W, 3) for an image, as [`WebGpu::run_image`] computes it.
    ///
    /// # Errors
    /// As [`WebGpu::run_image`].
    pub async fn input_of_image(&self, image: &RgbImage, p: &Preprocess) -> Result<Vec<f32>, GpuError> {
        let (preparation, _) = self.prepare_image(image, p)?;
        let mut encoder = self.gpu.device().create_command_encoder(&CommandEncoderDescriptor::default());
        preparation.encode(&mut encoder);
        self.read_anew(encoder, &self.program.input).await
    }

    /// What prepares an image, and whether the GPU ran out of memory for it.
    fn prepare_image(
        &self,
        image: &RgbImage,
        p: &Preprocess,
    ) -> Result<(Preparation, impl Future<Output = Option<wgpu::Error>> + use<>), GpuError> {
        self.gpu.check()?;
        let memory = self.gpu.device().push_error_scope(ErrorFilter::OutOfMemory);
        let preparation = self.record_image(image, p);
        let memory = memory.pop();
        Ok((preparation?, memory))
    }

    fn record_image(&self, image: &RgbImage, p: &Preprocess) -> Result<Preparation, GpuError> {
        let (height, width) = self.graph.nodes[0].shape.size();
        let scalings = Scaling::all((image.height, image.width), p, (height as u32, width as u32));
        let mut preparation = Preparation { dispatches: Vec::new(), buffers: Vec::new() };
        // The source of each pass, and whether it is the image itself.
        let (mut source, mut source_width) = (None, image.width);
        let last = scalings.len() - 1;
        for (i, scaling) in scalings.iter().enumerate() {
            let rows = scaling.needed_rows(p.interpolation);
            let (shown_height, shown_width) = scaling.shown();
            let packed = source.is_none();
            let from = match source.take() {
                Some(small) => small,
                None => {
                    let stride = image.width as usize * 3;
                    self.filled(&image.pixels[rows.start * stride..rows.end * stride], &mut preparation)?
                }
            };
            // A picture that was made here is used whole.
            let band_height = if packed { rows.len() } else { scalings[i - 1].size.0 as usize };
            let band = self.empty(4 * band_height * shown_width, &mut preparation)?;
            let (table, weights) = scaling.column_table(p.interpolation);
            let params = ResizeRows {
                source_width,
                width: shown_width as u32,
                height: band_height as u32,
                weights: weights as u32,
            };
            let kernel = params.kernel([params.width, params.height, 1]).with("PACKED", u32::from(packed));
            self.pass(&kernel, &from, &table, &band, &mut preparation)?;

            let normalise = i == last;
            let (height, width) = scaling.size;
            let to = match normalise {
                true => self.buffers.values[self.program.input.buffer].clone(),
                false => self.empty(4 * height as usize * width as usize, &mut preparation)?,
            };
            let (mut table, weights) = scaling.row_table(p.interpolation);
            if !packed {
                table[..weights].iter_mut().step_by(3).for_each(|start| *start += rows.start as i32);
            }
            let (pad_top, pad_left) = scaling.pad();
            let [mean_red, mean_green, mean_blue] = p.mean.map(f32::to_bits);
            let [std_red, std_green, std_blue] = p.std.map(f32::to_bits);
            let params = ResizeColumns {
                width,
                height,
                shown_width: shown_width as u32,
                shown_height: shown_height as u32,
                pad_left,
                pad_top,
                weights: weights as u32,
                mean_red,
                mean_green,
                mean_blue,
                std_red,
                std_green,
                std_blue,
                is_bgr: u32::from(p.order == ChannelOrder::Bgr),
            };
            let kernel = params
                .kernel([params.width, params.height, 1])
                .with("NORMALISE", u32::from(normalise))
                .with("HALF", u32::from(self.precision == Precision::Half));
            self.pass(&kernel, &band, &table, &to, &mut preparation)?;
            (source, source_width) = (Some(to), width);
        }
        Ok(preparation)
    }

    /// Records a pass from one buffer to another.
    fn pass(
        &self,
        kernel: &Kernel,
        from: &Buffer,
        table: &[i32],
        to: &Buffer,
        preparation: &mut Preparation,
    ) -> Result<(), GpuError> {
        let table = self.filled(bytemuck::cast_slice(table), preparation)?;
        let params = self.gpu.buffer(PASS_BYTES, BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
        self.gpu.queue().write_buffer(&params, 0, bytemuck::cast_slice(&kernel.words));
        let storage = [from, &table, &table, &table, to].map(Buffer::as_entire_binding);
        let bindings = bind(&self.gpu, params.as_entire_binding(), storage);
        preparation.buffers.push(params);
        preparation.dispatches.push(Dispatch {
            pipeline: self.gpu.pipeline(&kernel.pipeline(self.precision)),
            bindings,
            workgroups: kernel.workgroups(self.gpu.device().limits().max_compute_workgroups_per_dimension)?,
        });
        Ok(())
    }

    /// A buffer of these bytes, filled up to whole words.
    fn filled(&self, bytes: &[u8], preparation: &mut Preparation) -> Result<Buffer, GpuError> {
        let buffer = self.empty(bytes.len(), preparation)?;
        let (words, rest) = bytes.split_at(bytes.len() / 4 * 4);
        self.gpu.queue().write_buffer(&buffer, 0, words);
        if !rest.is_empty() {
            let mut word = [0; 4];
            word[..rest.len()].copy_from_slice(rest);
            self.gpu.queue().write_buffer(&buffer, words.len() as u64, &word);
        }
        Ok(buffer)
    }

    fn empty(&self, bytes: usize, preparation: &mut Preparation) -> Result<Buffer, GpuError> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = self.gpu.buffer(bytes.next_multiple_of(4).max(16) as u64, usage)?;
        preparation.buffers.push(buffer.clone());
        Ok(buffer)
    }
}

impl Preparation {
    fn bytes(&self) -> u64 {
        self.buffers.iter().map(Buffer::size).sum()
    }

    fn encode(&self, encoder: &mut CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        self.dispatches.iter().for_each(|dispatch| dispatch.encode(&mut pass));
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        self.buffers.iter().for_each(Buffer::destroy);
    }
}

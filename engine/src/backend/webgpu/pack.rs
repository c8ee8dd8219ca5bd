//! Weights as the shaders read them.

use bytemuck::allocation::cast_vec;
use half::f16;

use super::lower::{Layer, Layout, QUAD, Stored, Tensor};
use crate::backend::Precision;
use crate::backend::fold::{Folded, by_planes, fold};
use crate::graph::op::ChannelMap;
use crate::weights::Parameters;

/// The parts of a tensor: each with its place in the weights' buffer (in units of 16 bytes) and its words.
pub(super) fn pack(
    tensor: &Tensor,
    weights: &dyn Parameters,
    precision: Precision,
) -> Vec<(usize, Vec<u32>)> {
    match tensor {
        Tensor::Layer { layer, layout, matrix, bias } => {
            let folded = Folded::new(weights, layer.bias, &layer.epilogue, layer.filters);
            let columns = layer.columns(layout, &folded, weights);
            let columns = match precision {
                Precision::Full => cast_vec(columns),
                Precision::HalfWeights | Precision::Half => halves(&columns),
            };
            vec![(matrix.start, columns), (bias.start, padded(repeated(&folded.bias, layer.out)))]
        }
        Tensor::Norm { norm, channels, scale, shift } => {
            let (scales, shifts) = fold(weights, norm);
            let [scales, shifts] = [scales, shifts].map(|numbers| padded(repeated(&numbers, *channels)));
            vec![(scale.start, scales), (shift.start, shifts)]
        }
        Tensor::Numbers { param, channels, place } => {
            vec![(place.start, padded(repeated(&weights.parameter(*param), *channels)))]
        }
        Tensor::Table { words, place } => {
            let mut words = words.clone();
            words.resize(words.len().next_multiple_of(QUAD), 0);
            vec![(place.start, words)]
        }
    }
}

impl Layer {
    fn columns(&self, layout: &Layout, folded: &Folded, weights: &dyn Parameters) -> Vec<f32> {
        let Some(weight) = self.weight else { return Vec::new() };
        let mut filters = weights.parameter(weight).into_owned();
        let k = filters.len() / self.filters.max(1);
        match self.stored {
            Stored::OutputsFirst if self.planes > 1 => {
                filters = by_planes(&filters, k, self.planes, self.taps);
            }
            Stored::OutputsFirst => {}
            Stored::InputsFirst => {
                filters = exchanged(&filters, k / self.taps.max(1), self.filters, self.taps);
            }
            // The inputs and the pixels of each output change places.
            Stored::TapsFirst => filters = by_planes(&filters, k, k / self.taps.max(1), 1),
        }
        folded.scale(&mut filters, k, 0..self.filters);
        match layout {
            Layout::Dense { inputs, gather: None } => columns(&filters, self.out, inputs, self.taps),
            Layout::Dense { inputs, gather: Some(map) } => {
                columns(&spread(&filters, map, inputs[0]), self.out, inputs, self.taps)
            }
            Layout::Depthwise => columns_of_taps(&filters, self.out, self.taps),
            Layout::Parts => columns_of_taps(&filters, self.filters, k),
            Layout::Computed => Vec::new(),
        }
    }
}

/// 1×1 filters that read some channels of an input as filters that read all of them.
fn spread(filters: &[f32], map: &ChannelMap, channels: usize) -> Vec<f32> {
    let mut all = vec![0.0; filters.len() / map.len() * channels];
    for (from, to) in filters.chunks_exact(map.len()).zip(all.chunks_exact_mut(channels)) {
        from.iter().zip(map.iter()).for_each(|(weight, channel)| to[channel] += weight);
    }
    all
}

/// From (O, I, K·K) to K·K × inputs × O, every input's channels and the outputs padded to quads.
fn columns(filters: &[f32], out: usize, inputs: &[usize], taps: usize) -> Vec<f32> {
    let (width, depth) = (out.next_multiple_of(QUAD), inputs.iter().sum::<usize>());
    let rows: usize = inputs.iter().map(|c| c.next_multiple_of(QUAD)).sum();
    let mut columns = vec![0.0; taps * rows * width];
    let (mut channel, mut row) = (0, 0);
    for input in inputs {
        for i in 0..*input {
            for tap in 0..taps {
                let to = &mut columns[(tap * rows + row + i) * width..][..out];
                for (o, to) in to.iter_mut().enumerate() {
                    *to = filters[(o * depth + channel + i) * taps + tap];
                }
            }
        }
        channel += input;
        row += input.next_multiple_of(QUAD);
    }
    columns
}

/// From (C, taps) to taps × C, channels padded to quads.
fn columns_of_taps(filters: &[f32], channels: usize, taps: usize) -> Vec<f32> {
    let width = channels.next_multiple_of(QUAD);
    let mut columns = vec![0.0; taps * width];
    for (c, filter) in filters.chunks_exact(taps).enumerate() {
        for (tap, weight) in filter.iter().enumerate() {
            columns[tap * width + c] = *weight;
        }
    }
    columns
}

/// From (first, second, taps) to (second, first, taps).
fn exchanged(numbers: &[f32], first: usize, second: usize, taps: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(numbers.len());
    for j in 0..second {
        (0..first).for_each(|i| all.extend_from_slice(&numbers[(i * second + j) * taps..][..taps]));
    }
    all
}

/// One for each of so many channels: those of a volume share numbers at every depth.
fn repeated(numbers: &[f32], channels: usize) -> Vec<f32> {
    numbers.iter().copied().cycle().take(channels).collect()
}

/// Filled up to whole quads.
fn padded(mut values: Vec<f32>) -> Vec<u32> {
    values.resize(values.len().next_multiple_of(QUAD), 0.0);
    cast_vec(values)
}

/// As f16, two to a word, filled up to whole units of 16 bytes.
fn halves(values: &[f32]) -> Vec<u32> {
    let half = |value: f32| u32::from(f16::from_f32(value).to_bits());
    let (pairs, _) = values.as_chunks::<2>(); // columns are whole quads
    let mut words: Vec<u32> = pairs.iter().map(|[low, high]| half(*low) | half(*high) << 16).collect();
    words.resize(words.len().next_multiple_of(4), 0);
    words
}

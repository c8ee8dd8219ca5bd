//! Weights as the shaders read them.

use bytemuck::allocation::cast_vec;
use half::f16;

use super::layout::NONE;
use super::lower::{Before, Layer, Packing, QUAD, Stored, Tensor};
use crate::backend::Precision;
use crate::backend::fold::{Folded, by_planes, fold};
use crate::graph::ParamId;
use crate::weights::Parameters;

/// The parts of a tensor: each with its place in the weights' buffer (in units of 16 bytes) and its words.
pub(super) fn pack(
    tensor: &Tensor,
    weights: &dyn Parameters,
    precision: Precision,
) -> Vec<(usize, Vec<u32>)> {
    match tensor {
        Tensor::Layer { layer, packing, lanes, matrix, bias } => {
            let (columns, biases) = layer.pack(packing, lanes, weights);
            let columns = match precision {
                Precision::Full => cast_vec(columns),
                Precision::HalfWeights | Precision::Half => halves(&columns),
            };
            vec![(matrix.start, columns), (bias.start, cast_vec(biases))]
        }
        Tensor::Norm { norm, lanes, scale, shift } => {
            let (scales, shifts) = fold(weights, norm);
            [(scale.start, scales), (shift.start, shifts)]
                .map(|(at, numbers)| (at, cast_vec(in_lanes(&numbers, lanes))))
                .into()
        }
        Tensor::Numbers { param, lanes, place } => {
            vec![(place.start, cast_vec(in_lanes(&weights.parameter(*param), lanes)))]
        }
        Tensor::Table { words, place } => {
            let mut words = words.clone();
            words.resize(words.len().next_multiple_of(QUAD), 0);
            vec![(place.start, words)]
        }
    }
}

impl Layer {
    /// The filters and biases.
    fn pack(&self, packing: &Packing, lanes: &[u32], weights: &dyn Parameters) -> (Vec<f32>, Vec<f32>) {
        let folded = Folded::new(weights, self.bias, &self.epilogue, self.filters);
        let mut bias = folded.bias.clone();
        let mut columns = match self.weight {
            Some(weight) => {
                let filters = self.filters(weight, &folded, &mut bias, weights);
                self.columns(&filters, packing, lanes)
            }
            None => Vec::new(),
        };
        let mut bias = in_lanes(&bias, lanes);
        if let Some((norm, channels)) = &self.after {
            let (scale, shift) = fold(weights, norm);
            let [scale, shift] = [scale, shift].map(|numbers| in_lanes(&numbers, channels));
            for ((bias, scale), shift) in bias.iter_mut().zip(&scale).zip(shift) {
                *bias = *bias * scale + shift;
            }
            match packing {
                Packing::Dense { .. } | Packing::Depthwise => {
                    for row in columns.chunks_exact_mut(lanes.len()) {
                        row.iter_mut().zip(&scale).for_each(|(weight, scale)| *weight *= scale);
                    }
                }
                Packing::Blocks { depth, .. } => {
                    let of_quad = self.taps * depth * QUAD * QUAD;
                    for (blocks, scale) in columns.chunks_mut(of_quad.max(1)).zip(scale.chunks(QUAD)) {
                        for row in blocks.chunks_exact_mut(QUAD) {
                            row.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
                        }
                    }
                }
                Packing::Computed => {}
            }
        }
        (columns, bias)
    }

    /// Its filters, (O, I, taps), with what is normalised before and after folded in, as into the biases.
    fn filters(
        &self,
        weight: ParamId,
        folded: &Folded,
        bias: &mut [f32],
        weights: &dyn Parameters,
    ) -> Vec<f32> {
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
        if let Some(before) = &self.before {
            let (scale, shift) = match before {
                Before::Norm(norm) => fold(weights, norm),
                Before::Scale { weight, bias } => {
                    (weights.parameter(*weight).into_owned(), weights.parameter(*bias).into_owned())
                }
            };
            for (filter, bias) in filters.chunks_exact_mut(k.max(1)).zip(bias) {
                for ((weight, scale), shift) in filter.iter_mut().zip(&scale).zip(&shift) {
                    *bias += *weight * shift;
                    *weight *= scale;
                }
            }
        }
        filters
    }

    /// Filters as a shader reads them, for results whose numbers are these outputs.
    fn columns(&self, filters: &[f32], packing: &Packing, lanes: &[u32]) -> Vec<f32> {
        let (taps, width) = (self.taps, lanes.len());
        let read = filters.len() / (self.filters * taps).max(1);
        let outputs = || lanes.iter().enumerate().filter(|(_, output)| **output != NONE);
        let filter = |output: u32| output as usize % self.filters;
        match packing {
            Packing::Dense { rows, depth } => {
                let mut columns = vec![0.0; taps * depth * width];
                for (channel, row) in rows.iter().enumerate() {
                    for tap in 0..taps {
                        let to = &mut columns[(tap * depth + *row as usize) * width..][..width];
                        for (lane, output) in outputs() {
                            to[lane] += filters[(filter(*output) * read + channel) * taps + tap];
                        }
                    }
                }
                columns
            }
            Packing::Depthwise => {
                let mut columns = vec![0.0; taps * width];
                for (lane, output) in outputs() {
                    (0..taps).for_each(|tap| {
                        columns[tap * width + lane] = filters[filter(*output) * taps + tap];
                    });
                }
                columns
            }
            Packing::Blocks { depth, channels, groups, inputs } => {
                let (parts, _) = groups.parts(*inputs);
                let each = self.out / parts.max(1);
                let of_quad = depth * QUAD;
                let mut columns = vec![0.0; width * taps * of_quad];
                // Of each channel the place in the list.
                let mut places = vec![0; *inputs];
                for (quad, outputs) in lanes.chunks(QUAD).enumerate() {
                    let list = &channels[quad * of_quad..][..of_quad];
                    let known = list.iter().enumerate().filter(|(_, channel)| **channel != NONE);
                    known.for_each(|(place, channel)| places[*channel as usize] = place);
                    for (lane, output) in outputs.iter().enumerate().filter(|(_, output)| **output != NONE) {
                        let first = groups.first(*output as usize / each.max(1), *inputs);
                        for i in 0..read {
                            let channel = usize::try_from(first + i as isize).ok();
                            let Some(channel) = channel.filter(|channel| channel < inputs) else { continue };
                            for tap in 0..taps {
                                let row = (quad * taps + tap) * of_quad + places[channel];
                                columns[row * QUAD + lane] +=
                                    filters[(filter(*output) * read + i) * taps + tap];
                            }
                        }
                    }
                }
                columns
            }
            Packing::Computed => Vec::new(),
        }
    }
}

/// For each of these channels its number; zero for none. Those of a volume share numbers at every depth.
fn in_lanes(numbers: &[f32], channels: &[u32]) -> Vec<f32> {
    let number = |channel: &u32| match *channel {
        NONE => 0.0,
        channel => numbers[channel as usize % numbers.len()],
    };
    channels.iter().map(number).collect()
}

/// From (first, second, taps) to (second, first, taps).
fn exchanged(numbers: &[f32], first: usize, second: usize, taps: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(numbers.len());
    for j in 0..second {
        (0..first).for_each(|i| all.extend_from_slice(&numbers[(i * second + j) * taps..][..taps]));
    }
    all
}

/// As f16, two to a word, filled up to whole units of 16 bytes.
fn halves(values: &[f32]) -> Vec<u32> {
    let half = |value: f32| u32::from(f16::from_f32(value).to_bits());
    let (pairs, _) = values.as_chunks::<2>(); // columns are whole quads
    let mut words: Vec<u32> = pairs.iter().map(|[low, high]| half(*low) | half(*high) << 16).collect();
    words.resize(words.len().next_multiple_of(4), 0);
    words
}

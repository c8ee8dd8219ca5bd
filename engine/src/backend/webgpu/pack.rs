//! Weights as the shaders read them.

use bytemuck::allocation::cast_vec;
use half::f16;

use super::lower::{QUAD, Tensor};
use crate::backend::Precision;
use crate::backend::fold::{Folded, fold};
use crate::graph::{Graph, Op};
use crate::weights::Parameters;

/// The parts of a tensor: each with its place in the weights' buffer (in units of 16 bytes) and its words.
pub(super) fn pack(
    tensor: &Tensor,
    graph: &Graph,
    weights: &dyn Parameters,
    precision: Precision,
) -> [(usize, Vec<u32>); 2] {
    match tensor {
        Tensor::Layer { node, inputs, matrix, bias } => {
            let out = graph.node(*node).shape.channels();
            let (filters, biases, taps, depthwise) = match &graph.node(*node).op {
                Op::Conv2d(conv) => {
                    let folded = Folded::new(weights, conv, out);
                    let mut filters = weights.parameter(conv.weight).into_owned();
                    let k = filters.len() / out;
                    folded.scale(&mut filters, k, 0..out);
                    (filters, folded.bias, conv.kernel * conv.kernel, conv.depthwise)
                }
                Op::Linear(linear) => {
                    let biases = linear
                        .bias
                        .map_or_else(|| vec![0.0; out], |bias| weights.parameter(bias).into_owned());
                    (weights.parameter(linear.weight).into_owned(), biases, 1, false)
                }
                _ => unreachable!("only convolutions and linear layers have matrices"),
            };
            let columns = if depthwise {
                columns_of_taps(&filters, out, taps)
            } else {
                columns(&filters, out, inputs, taps)
            };
            let columns = match precision {
                Precision::Full => cast_vec(columns),
                Precision::HalfWeights | Precision::Half => halves(&columns),
            };
            [(matrix.start, columns), (bias.start, padded(biases))]
        }
        Tensor::Norm { node, scale, shift } => {
            let (scales, shifts) = match &graph.node(*node).op {
                Op::BatchNorm(norm) => fold(weights, norm),
                Op::LayerNorm(norm) => {
                    (weights.parameter(norm.weight).into_owned(), weights.parameter(norm.bias).into_owned())
                }
                _ => unreachable!("only normalisations have a scale and a shift"),
            };
            [(scale.start, padded(scales)), (shift.start, padded(shifts))]
        }
    }
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

/// From (C, K·K) to K·K × C, channels padded to quads.
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

//! A layer's integers, from its f32 numbers and what its values' bytes stand for.

use super::{Form, Quantisation};
use crate::backend::fold::{Folded, by_planes, fold};
use crate::graph::op::{BatchNorm, ChannelMap, Conv, Flattened, Groups, Linear, Prelu, Weight};
use crate::graph::{Activation, Shape};
use crate::weights::Parameters;
use kernels::int8::elementwise::{Factors, Terms};
use kernels::pack::reorder_oihw;

/// How a layer is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// In f32.
    Floats(Why),
    /// A convolution or a linear layer: sums of products.
    Product(Weighted),
    /// A function of a number: for each byte another, by channel where there are more tables than one.
    Table(Vec<[u8; 256]>),
    /// A sum of two values.
    Add(Terms),
    /// A product of two values.
    Multiply(Factors),
    /// Channels of several values; those of other steps by a table.
    Concat(Vec<Option<Box<[u8; 256]>>>),
    /// Other orders or parts of channels.
    Channels,
    /// The largest bytes under a window.
    MaxPool,
    /// Means under a window, or of whole channels: (sum - n · zero) · (ratio / count) + the result's zero, of n bytes.
    Mean {
        /// Steps of the result that a step of the input is.
        ratio: f32,
    },
}

/// Why a layer stays f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The image is numbers.
    Image,
    /// It is an operation that is not computed in bytes.
    Operation,
    /// It is an operation in f32's midst, where bytes would only cost conversions.
    AmongFloats,
    /// Its filters are computed by the network.
    ComputedFilters,
    /// It reads a channel twice.
    RepeatedChannels,
    /// Linear in groups.
    Groups,
    /// Its sums could leave 32 bits.
    LongSums,
    /// Its activation, after which something is added or that follows no product.
    Activation,
    /// Calibration knows no range of a value that it reads or computes.
    NoRange,
}

/// A convolution or a linear layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// Filter by filter, each in the order of a window: taps, then channels (of a linear layer that reads a map its pixels and
    /// channels).
    pub weights: Vec<i8>,
    /// Numbers of a filter.
    pub k: usize,
    /// What each filter's sums start with: minus its weights' sum times the input's byte of 0.
    pub starts: Vec<i32>,
    /// What they are multiplied with.
    pub multipliers: Vec<f32>,
    /// What is added then.
    pub offsets: Vec<f32>,
    /// What becomes of them.
    pub output: Output,
}

/// What becomes of scaled sums.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Bytes, as [`kernels::int8::Ending`] says.
    Bytes(Bend, Option<Residual>),
    /// Numbers between two bounds, to which the residual's are added.
    Floats {
        /// The lower bound.
        low: f32,
        /// The upper bound.
        high: f32,
        /// The place of the residual among the node's inputs.
        residual: Option<usize>,
    },
}

/// See [`kernels::int8::Bend`].
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "they are those of the kernels")]
pub enum Bend {
    Line { low: f32, high: f32 },
    HardSwish { scale: f32, zero: f32 },
    Table(Box<[u8; 256]>),
}

/// See [`kernels::int8::Residual`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// Its place among the node's inputs.
    pub input: usize,
    /// How many steps of the result one of its is.
    pub scale: f32,
    /// Minus what its byte of 0 would add.
    pub offset: f32,
}

/// The longest sum of products of bytes that 32 bits hold.
pub(super) const LONGEST_SUM: usize = i32::MAX as usize / (127 * 127) / 2;

/// What a layer's filters are made of.
pub(super) struct Filters {
    folded: Folded,
    /// In f32, as in [`Weighted::weights`].
    weights: Vec<f32>,
    k: usize,
    /// Filters of a part, if each part has its own.
    of_part: Option<usize>,
    /// Channels that a filter reads.
    read: usize,
    gather: Option<ChannelMap>,
}

impl Filters {
    /// Of a convolution of this input, whose filters are a parameter.
    pub(super) fn of_conv(op: &Conv, input: Shape, weights: &dyn Parameters) -> Option<Self> {
        let Weight::Parameter(weight) = op.weight else { return None };
        let channels = op.channels_of(input);
        let [filters, read, ..] = op.filters.weight_shape(channels);
        let taps = op.filters.taps();
        let k = read * taps;
        let folded = Folded::new(weights, op.bias, &op.epilogue, filters).of_planes(&op.filters);
        let rows = folded.filters(weights, weight, k, 0..filters);
        let mut ordered = vec![0.0; rows.len()];
        reorder_oihw(&rows, filters, read, taps, &mut ordered);
        let of_part = match op.filters.groups {
            Groups::Split(groups) => Some(filters / groups),
            Groups::Sliding { .. } => None,
        };
        Some(Self { folded, weights: ordered, k, of_part, read, gather: op.gather.clone() })
    }

    /// Of a linear layer in one group.
    pub(super) fn of_linear(op: &Linear, input: Shape, weights: &dyn Parameters) -> Self {
        let (k, channels) = (op.read(input), input.channels());
        let folded = Folded::new(weights, op.bias, &op.epilogue, op.out);
        let rows = folded.filters(weights, op.weight, k, 0..op.out);
        let ordered = match op.flattened {
            Some(Flattened::ChannelsFirst) => by_planes(&rows, k, k / channels.max(1), 1),
            Some(Flattened::ChannelsLast) | None => rows.into_owned(),
        };
        Self { folded, weights: ordered, k, of_part: Some(op.out), read: channels, gather: None }
    }

    /// The channel of the input that a number of a filter meets, if that is one and the same everywhere.
    fn meets(&self, filter: usize, i: usize) -> Option<usize> {
        let channel = filter / self.of_part? * self.read + i % self.read;
        Some(self.gather.as_ref().map_or(channel, |map| map.table()[channel] as usize))
    }
}

/// The values around a layer of products.
pub(super) struct Around<'a> {
    pub(super) input: Quantisation,
    /// Mean of each of the input's channels, where known.
    pub(super) means: &'a [f32],
    /// The result's bytes and the number that they reach up to; numbers are wanted where there are none.
    pub(super) output: Option<(Quantisation, f32)>,
    /// The residual's place among the inputs, and its bytes if those are added.
    pub(super) residual: Option<(usize, Option<Quantisation>)>,
}

impl Weighted {
    /// The integers of a layer that ends with an activation.
    pub(super) fn new(filters: Filters, activation: Activation, around: &Around<'_>) -> Self {
        let Filters { folded, weights, k, .. } = &filters;
        let k = *k;
        let mut quantised = Vec::with_capacity(weights.len());
        let (mut scales, mut starts, mut biases) = (Vec::new(), Vec::new(), Vec::new());
        for (filter, bias) in folded.bias.iter().enumerate() {
            let row = &weights[filter * k..][..k];
            let largest = row.iter().fold(0f32, |largest, weight| largest.max(weight.abs()));
            // Without a scale the weights are 0, and any will do.
            let scale = if (largest / 127.0).is_normal() { largest / 127.0 } else { 1.0 };
            let first = quantised.len();
            quantised.extend(
                row.iter().map(|weight| (weight / scale).round_ties_even().clamp(-127.0, 127.0) as i8),
            );
            let bytes = &quantised[first..];
            let sum: i32 = bytes.iter().map(|weight| i32::from(*weight)).sum();
            starts.push(-i32::from(around.input.zero) * sum);
            scales.push(f64::from(scale));
            // What rounding weights adds to the mean sum is taken off again (arXiv 1906.04721, section 4.2).
            let mean = |i: usize| around.means.get(filters.meets(filter, i)?);
            let added = bytes.iter().zip(row).enumerate().map(|(i, (byte, weight))| {
                let off = f64::from(*byte) * f64::from(scale) - f64::from(*weight);
                mean(i).map_or(0.0, |mean| off * f64::from(*mean))
            });
            biases.push(f64::from(*bias) - added.sum::<f64>());
        }
        let input = f64::from(around.input.scale);
        let Line { factor, shift, output } = Line::new(activation, around);
        Self {
            weights: quantised,
            k,
            starts,
            multipliers: scales.iter().map(|scale| (input * scale * factor) as f32).collect(),
            offsets: biases.iter().map(|bias| (bias * factor + shift) as f32).collect(),
            output,
        }
    }
}

/// From a sum's number x to t = x · factor + shift, and what becomes of that.
struct Line {
    factor: f64,
    shift: f64,
    output: Output,
}

impl Line {
    fn new(activation: Activation, around: &Around<'_>) -> Self {
        let residual = around.residual;
        let Some((to, reach)) = around.output else {
            let (low, high) = bounds(activation).unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
            let output = Output::Floats { low, high, residual: residual.map(|(input, _)| input) };
            return Self { factor: 1.0, shift: 0.0, output };
        };
        let (scale, zero) = (f64::from(to.scale), f64::from(to.zero));
        let steps = |x: f32| (f64::from(x) / scale + zero) as f32;
        let residual = residual.and_then(|(input, bytes)| {
            let bytes = bytes?;
            let scale = f64::from(bytes.scale) / scale;
            Some(Residual { input, scale: scale as f32, offset: (-scale * f64::from(bytes.zero)) as f32 })
        });
        let (factor, shift, bend) = match activation {
            Activation::Identity | Activation::Relu | Activation::Relu6 => {
                let (low, high) = bounds(activation).unwrap_or_default();
                (1.0 / scale, zero, Bend::Line { low: steps(low), high: steps(high) })
            }
            Activation::HardSigmoid => {
                let bend = Bend::Line { low: steps(0.0), high: steps(1.0) };
                (1.0 / (6.0 * scale), 0.5 / scale + zero, bend)
            }
            Activation::HardSwish => {
                (1.0, 0.0, Bend::HardSwish { scale: (1.0 / (6.0 * scale)) as f32, zero: zero as f32 })
            }
            Activation::Sigmoid | Activation::Silu | Activation::Gelu => {
                let (low, high) = before(activation, to.number(0), reach);
                let step = (high - low) / 255.0;
                let table = table(to, |byte| function(activation, low + step * f64::from(byte)));
                (1.0 / step, -low / step, Bend::Table(Box::new(table)))
            }
        };
        Self { factor, shift, output: Output::Bytes(bend, residual) }
    }
}

/// Between which numbers an activation leaves those that it does not change, if it does nothing else.
pub(super) fn bounds(activation: Activation) -> Option<(f32, f32)> {
    match activation {
        Activation::Identity => Some((f32::NEG_INFINITY, f32::INFINITY)),
        Activation::Relu => Some((0.0, f32::INFINITY)),
        Activation::Relu6 => Some((0.0, 6.0)),
        Activation::HardSwish
        | Activation::HardSigmoid
        | Activation::Sigmoid
        | Activation::Silu
        | Activation::Gelu => None,
    }
}

/// Whether an activation goes by a table.
pub(super) fn is_tabled(activation: Activation) -> bool {
    match activation {
        Activation::Sigmoid | Activation::Silu | Activation::Gelu => true,
        Activation::Identity
        | Activation::Relu
        | Activation::Relu6
        | Activation::HardSwish
        | Activation::HardSigmoid => false,
    }
}

/// Between which numbers an activation's argument matters if its result reaches from `least` to `reach`.
fn before(activation: Activation, least: f32, reach: f32) -> (f64, f64) {
    // Where the result stays as good as 0, and above which it rises.
    let (far, bottom) = match activation {
        Activation::Gelu => (-4.0, -0.751_791_524_7),
        Activation::Silu => (-8.0, -1.278_464_542_8),
        Activation::Sigmoid
        | Activation::Identity
        | Activation::Relu
        | Activation::Relu6
        | Activation::HardSwish
        | Activation::HardSigmoid => (-8.0, -8.0),
    };
    let rises_to = |result: f64, (mut from, mut to): (f64, f64)| {
        for _ in 0..60 {
            let middle = 0.5 * (from + to);
            if function(activation, middle) < result { from = middle } else { to = middle }
        }
        to
    };
    let (least, reach) = (f64::from(least), f64::from(reach));
    if activation == Activation::Sigmoid {
        // It never reaches 1.
        return (far, rises_to(reach, (1.0, 16.0)).min(8.0));
    }
    let high = rises_to(reach, (0.0, reach.max(1.0) + 8.0));
    let near = rises_to(least, (bottom, 0.0));
    // Results as small as those of a layer that does little are lost in steps that reach down to where they are 0 again. Whatever lies
    // there is off by the least result if the steps end before.
    let half_step = |low: f64| (high - low) / 255.0 / 2.0;
    (if half_step(near) - least < half_step(far) { near } else { far }, high)
}

/// An activation in double precision, by the same code everywhere.
fn function(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        Activation::Silu => x / (1.0 + libm::exp(-x)),
        Activation::Gelu => 0.5 * x * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
    }
}

/// For each byte that of what a function makes of it.
fn table(to: Quantisation, of: impl Fn(u8) -> f64) -> [u8; 256] {
    std::array::from_fn(|byte| to.byte(of(byte as u8) as f32))
}

/// The tables of an activation by itself.
pub(super) fn activated(activation: Activation, from: Quantisation, to: Quantisation) -> Vec<[u8; 256]> {
    vec![table(to, |byte| function(activation, f64::from(from.number(byte))))]
}

/// The tables of a batch normalisation by itself, by channel.
pub(super) fn normalised(
    op: &BatchNorm,
    weights: &dyn Parameters,
    from: Quantisation,
    to: Quantisation,
) -> Vec<[u8; 256]> {
    let (scales, shifts) = fold(weights, &op.norm);
    let slopes = op.slope.map(|slope| weights.parameter(slope).into_owned());
    let of = |channel: usize, byte: u8| {
        let x = f64::from(from.number(byte)) * f64::from(scales[channel]) + f64::from(shifts[channel]);
        match &slopes {
            Some(slopes) => bent(x, slopes[channel]),
            None => function(op.activation, x),
        }
    };
    (0..scales.len()).map(|channel| table(to, |byte| of(channel, byte))).collect()
}

/// The tables of a PReLU by itself, by channel.
pub(super) fn sloped(
    op: &Prelu,
    weights: &dyn Parameters,
    from: Quantisation,
    to: Quantisation,
) -> Vec<[u8; 256]> {
    let slopes = weights.parameter(op.slope);
    slopes.iter().map(|slope| table(to, |byte| bent(f64::from(from.number(byte)), *slope))).collect()
}

fn bent(x: f64, slope: f32) -> f64 {
    if x < 0.0 { x * f64::from(slope) } else { x }
}

/// The table from the bytes of one value to those of another; none where they are the same.
pub(super) fn changed(from: Quantisation, to: Quantisation) -> Option<Box<[u8; 256]>> {
    (from != to).then(|| Box::new(table(to, |byte| f64::from(from.number(byte)))))
}

impl Layer {
    /// Whether it reads an input of its node as bytes.
    pub fn reads(&self, input: usize) -> Form {
        match self {
            Self::Floats(_) => Form::Floats,
            Self::Product(Weighted { output: Output::Floats { residual, .. }, .. })
                if *residual == Some(input) =>
            {
                Form::Floats
            }
            Self::Product(_)
            | Self::Table(_)
            | Self::Add(_)
            | Self::Multiply(_)
            | Self::Concat(_)
            | Self::Channels
            | Self::MaxPool
            | Self::Mean { .. } => Form::Bytes,
        }
    }

    /// The form of what it computes.
    pub fn computes(&self) -> Form {
        match self {
            Self::Floats(_) | Self::Product(Weighted { output: Output::Floats { .. }, .. }) => Form::Floats,
            Self::Product(_)
            | Self::Table(_)
            | Self::Add(_)
            | Self::Multiply(_)
            | Self::Concat(_)
            | Self::Channels
            | Self::MaxPool
            | Self::Mean { .. } => Form::Bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_before_an_activation_are_as_fine_as_its_results_ask() {
        let reaches = |activation, least, reach| {
            let (low, high) = before(activation, least, reach);
            let off = function(activation, high) - f64::from(reach);
            assert!(off.abs() < 1e-6 * f64::from(reach), "{activation:?}: {high} gives {off} more");
            (low, high)
        };
        // Wide results: down to where they are 0 again.
        assert_eq!(reaches(Activation::Silu, -0.27, 6.0).0, -8.0);
        assert_eq!(reaches(Activation::Gelu, -0.17, 3.0).0, -4.0);
        assert_eq!(before(Activation::Sigmoid, 0.0, 1.0), (-8.0, 8.0));
        // Results of a layer that does little: the line through 0, which they nearly are half of.
        for (activation, least, reach) in [
            (Activation::Silu, -0.007, 0.0068),
            (Activation::Gelu, -0.007, 0.0068),
            (Activation::Silu, -1e-5, 2e-5),
        ] {
            let (low, high) = reaches(activation, least, reach);
            assert!((1.9..2.1).contains(&(low / f64::from(least))), "{activation:?}: {low}");
            assert!((1.9..2.1).contains(&(high / f64::from(reach))), "{activation:?}: {high}");
        }
        // Nothing below 0 was seen.
        assert_eq!(reaches(Activation::Silu, 0.0, 6.0).0, 0.0);
    }
}

//! What layers of bytes are by definition, in plain loops; layers that stay f32 are those of the reference backend.

use super::{Bend, Form, Layer, Output, Quantisation, Residual, Scheme, Weighted};
use crate::backend::Values;
use crate::backend::reference::{Of, compute};
use crate::graph::op::{Conv, Filters, Groups, Linear, Pool};
use crate::graph::{Node, NodeId, Op, Shape};
use crate::weights::{Parameters, Weights};
use kernels::int8::elementwise::{Factors, Terms};

/// A network in bytes by definition.
#[derive(Debug)]
pub struct Oracle {
    scheme: Scheme,
    weights: Weights,
    bytes: Vec<Vec<u8>>,
    floats: Vec<Vec<f32>>,
}

/// The nearest byte between two bounds, of two the even one.
fn nearest(t: f32, low: f32, high: f32) -> u8 {
    t.clamp(low, high).round_ties_even() as u8
}

impl Oracle {
    /// Of a scheme, with the weights for what stays f32.
    pub fn new(scheme: Scheme, weights: &dyn Parameters) -> Self {
        let weights = Weights::gather(&scheme.graph, weights);
        let nodes = scheme.graph.nodes.len();
        Self { scheme, weights, bytes: vec![Vec::new(); nodes], floats: vec![Vec::new(); nodes] }
    }

    /// Which layers are bytes.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Runs the network and shows every value to `observe`. What an f32 layer gives can be changed by `adjust`, so that another
    /// backend's f32 layers, which are only nearly equal, can be followed.
    pub fn run(
        &mut self,
        input: &[f32],
        adjust: &mut dyn FnMut(NodeId, &mut Vec<f32>),
        observe: &mut dyn FnMut(NodeId, Values<'_>),
    ) -> &[f32] {
        for i in 0..self.scheme.graph.nodes.len() {
            let (id, node) = (NodeId(i), &self.scheme.graph.nodes[i]);
            let to = self.scheme.quantisation(id);
            match self.scheme.layers[i].computes() {
                Form::Floats => {
                    let mut floats = self.floats_of(node, &self.scheme.layers[i], input);
                    if let Layer::Floats(_) = self.scheme.layers[i] {
                        adjust(id, &mut floats);
                    }
                    self.bytes[i] = floats.iter().map(|x| to.byte(*x)).collect();
                    self.floats[i] = floats;
                }
                Form::Bytes => {
                    let bytes = self.bytes_of(id, node);
                    self.floats[i] = bytes.iter().map(|q| to.number(*q)).collect();
                    self.bytes[i] = bytes;
                }
            }
            assert_eq!(self.floats[i].len(), node.shape.elements(), "{}", node.name);
            observe(id, Values::whole(&self.floats[i], node.shape.channels()));
        }
        &self.floats[self.scheme.graph.output().0]
    }

    /// The bytes that a node reads.
    fn read(&self, node: &Node, input: usize) -> (&[u8], Quantisation, Shape) {
        let id = node.inputs[input];
        (&self.bytes[id.0], self.scheme.quantisation(id), self.scheme.graph.node(id).shape)
    }

    fn floats_of(&self, node: &Node, layer: &Layer, image: &[f32]) -> Vec<f32> {
        let Layer::Product(Weighted { output: Output::Floats { low, high, residual }, .. }) = layer else {
            let inputs = node.inputs.iter().map(|input| self.floats[input.0].as_slice()).collect();
            let shapes = self.scheme.graph.input_shapes(node);
            return compute(
                &node.op,
                &Of { image, inputs, shapes, output: node.shape, weights: &self.weights },
            );
        };
        let Layer::Product(weighted) = layer else { return Vec::new() };
        let mut numbers = self.scaled(node, weighted);
        numbers.iter_mut().for_each(|t| *t = t.clamp(*low, *high));
        if let Some(residual) = residual {
            let added = &self.floats[node.inputs[*residual].0];
            numbers.iter_mut().zip(added).for_each(|(t, added)| *t += added);
        }
        numbers
    }

    fn bytes_of(&self, id: NodeId, node: &Node) -> Vec<u8> {
        let to = self.scheme.quantisation(id);
        let zero = f32::from(to.zero);
        match &self.scheme.layers[id.0] {
            Layer::Floats(_) => Vec::new(),
            Layer::Product(weighted) => self.product(node, weighted),
            Layer::Table(tables) => {
                let x = self.read(node, 0).0.iter().enumerate();
                x.map(|(i, q)| tables[i % tables.len()][usize::from(*q)]).collect()
            }
            Layer::Add(Terms { scales, offset, low, high }) => {
                let pairs = self.read(node, 0).0.iter().zip(self.read(node, 1).0);
                let sum = |a: u8, b: u8| f32::from(a) * scales[0] + (f32::from(b) * scales[1] + offset);
                pairs.map(|(a, b)| nearest(sum(*a, *b), *low, *high)).collect()
            }
            Layer::Multiply(Factors { zeros, scale, zero }) => {
                let [za, zb] = zeros.map(i32::from);
                let gate = self.read(node, 1).0;
                let pairs = self.read(node, 0).0.iter().zip(gate.iter().cycle());
                let product = |a: u8, b: u8| ((i32::from(a) - za) * (i32::from(b) - zb)) as f32;
                pairs.map(|(a, b)| nearest(product(*a, *b) * scale + zero, 0.0, 127.0)).collect()
            }
            Layer::Concat(tables) => {
                let Op::Concat(op) = &node.op else { return Vec::new() };
                let mut y = Vec::with_capacity(node.shape.elements());
                for position in 0..node.shape.positions() {
                    for (input, table) in tables.iter().enumerate() {
                        let (x, _, shape) = self.read(node, input);
                        let pixel = &x[position * shape.channels()..][..shape.channels()];
                        let byte = |q: u8| table.as_ref().map_or(q, |table| table[usize::from(q)]);
                        match op.gather(input) {
                            Some(map) => y.extend(map.iter().map(|channel| byte(pixel[channel]))),
                            None => y.extend(pixel.iter().map(|q| byte(*q))),
                        }
                    }
                }
                y
            }
            Layer::Channels => {
                let Op::Channels(op) = &node.op else { return Vec::new() };
                let (x, _, shape) = self.read(node, 0);
                let pixels = x.chunks_exact(shape.channels());
                pixels.flat_map(|pixel| op.0.iter().map(|channel| pixel[channel])).collect()
            }
            Layer::MaxPool => {
                let Op::Pool(op) = &node.op else { return Vec::new() };
                self.pooled(node, op, |under, _, _| under.iter().copied().max().unwrap_or(0))
            }
            Layer::Mean { ratio } => {
                let mean = |under: &[u8], from: Quantisation, count: usize| {
                    let sum: i32 = under.iter().map(|q| i32::from(*q)).sum();
                    let sum = sum - under.len() as i32 * i32::from(from.zero);
                    nearest(sum as f32 * (ratio / count as f32) + zero, 0.0, 127.0)
                };
                let (x, from, shape) = self.read(node, 0);
                match &node.op {
                    Op::Pool(op) => self.pooled(node, op, mean),
                    _ => {
                        let channels = shape.channels();
                        let channel = |c: usize| x[c..].iter().step_by(channels).copied();
                        let all = |c: usize| mean(&channel(c).collect::<Vec<_>>(), from, shape.positions());
                        (0..channels).map(all).collect()
                    }
                }
            }
        }
    }

    /// `of` the bytes under each window, what they stand for, and by how many a mean is divided.
    fn pooled(&self, node: &Node, op: &Pool, of: impl Fn(&[u8], Quantisation, usize) -> u8) -> Vec<u8> {
        let (x, from, shape) = self.read(node, 0);
        let ((h, w), channels, (out_h, out_w)) = (shape.size(), shape.channels(), node.shape.size());
        let mut y = Vec::with_capacity(node.shape.elements());
        for row in 0..out_h {
            let (lines, tall) = op.under(0, row, h, op.pad.top, op.pad.bottom);
            for column in 0..out_w {
                let (pixels, wide) = op.under(1, column, w, op.pad.left, op.pad.right);
                for c in 0..channels {
                    let window = lines.clone().flat_map(|line| pixels.clone().map(move |p| line * w + p));
                    let under: Vec<u8> = window.map(|pixel| x[pixel * channels + c]).collect();
                    y.push(of(&under, from, tall * wide));
                }
            }
        }
        y
    }

    /// t = sum · multiplier + offset of every output.
    fn scaled(&self, node: &Node, weighted: &Weighted) -> Vec<f32> {
        let sums = match &node.op {
            Op::Conv(op) => self.conv(node, op, weighted),
            Op::Linear(op) => self.linear(node, op, weighted),
            _ => Vec::new(),
        };
        let filters = weighted.starts.len();
        let scaled = |(i, sum): (usize, i32)| {
            sum as f32 * weighted.multipliers[i % filters] + weighted.offsets[i % filters]
        };
        sums.into_iter().enumerate().map(scaled).collect()
    }

    fn product(&self, node: &Node, weighted: &Weighted) -> Vec<u8> {
        let Output::Bytes(bend, residual) = &weighted.output else { return Vec::new() };
        let bent = |t: f32| match bend {
            Bend::Line { low, high } => t.clamp(*low, *high),
            Bend::HardSwish { scale, zero } => t * (t + 3.0).clamp(0.0, 6.0) * scale + zero,
            Bend::Table(_) => t,
        };
        let added = |i: usize, t: f32| match residual {
            Some(Residual { input, scale, offset }) => {
                t + (f32::from(self.read(node, *input).0[i]) * scale + offset)
            }
            None => t,
        };
        let byte = |t: f32| match bend {
            Bend::Table(table) => table[usize::from(nearest(t, 0.0, 255.0))],
            Bend::Line { .. } | Bend::HardSwish { .. } => nearest(t, 0.0, 127.0),
        };
        let scaled = self.scaled(node, weighted).into_iter().enumerate();
        scaled.map(|(i, t)| byte(added(i, bent(t)))).collect()
    }

    /// Sums of bytes; outside of the map there are those of 0.
    fn conv(&self, node: &Node, op: &Conv, weighted: &Weighted) -> Vec<i32> {
        let (x, from, shape) = self.read(node, 0);
        let ((h, w), (out_h, out_w), all) = (shape.size(), node.shape.size(), shape.channels());
        let channels = op.channels_of(shape);
        let Filters { out, kernel, stride, dilation, groups, .. } = op.filters;
        let (parts, read) = groups.parts(channels);
        let inside = |at: usize, tap: usize, side: usize, pad: usize, n: usize| {
            (at * stride[side] + tap * dilation[side]).checked_sub(pad).filter(|i| *i < n)
        };
        let byte = |(oy, ox): (usize, usize), tap: usize, channel: isize| {
            let y = inside(oy, tap / kernel[1], 0, op.pad.top, h)?;
            let x_at = inside(ox, tap % kernel[1], 1, op.pad.left, w)?;
            let channel = usize::try_from(channel).ok().filter(|channel| *channel < channels)?;
            let channel = op.gather.as_ref().map_or(channel, |map| map.table()[channel] as usize);
            Some(x[(y * w + x_at) * all + channel])
        };
        let mut sums = Vec::with_capacity(node.shape.elements());
        for pixel in (0..out_h).flat_map(|oy| (0..out_w).map(move |ox| (oy, ox))) {
            for part in 0..parts {
                let first = groups.first(part, channels);
                let number =
                    |i: usize| byte(pixel, i / read, first + (i % read) as isize).unwrap_or(from.zero);
                let window: Vec<i32> = (0..weighted.k).map(|i| i32::from(number(i))).collect();
                for o in 0..out / parts {
                    // Parts that slide over channels share their filters.
                    let filter =
                        if let Groups::Sliding { .. } = groups { o } else { part * (out / parts) + o };
                    let weights = &weighted.weights[filter * weighted.k..][..weighted.k];
                    let products = weights.iter().zip(&window).map(|(weight, x)| i32::from(*weight) * x);
                    sums.push(weighted.starts[filter] + products.sum::<i32>());
                }
            }
        }
        sums
    }

    fn linear(&self, node: &Node, op: &Linear, weighted: &Weighted) -> Vec<i32> {
        let (x, _, shape) = self.read(node, 0);
        let mut sums = Vec::with_capacity(node.shape.elements());
        for position in x.chunks_exact(op.read(shape)) {
            for (weights, start) in weighted.weights.chunks_exact(weighted.k).zip(&weighted.starts) {
                let products = weights.iter().zip(position).map(|(w, x)| i32::from(*w) * i32::from(*x));
                sums.push(start + products.sum::<i32>());
            }
        }
        sums
    }
}

//! Layers that are no sums of products.

use super::{Io, moved};
use crate::backend::int8::{Layer, Scheme};
use crate::graph::op::{self, ChannelMap};
use crate::graph::{NodeId, Op, Shape};
use kernels::int8::MOST;
use kernels::int8::elementwise::{self, Factors, Terms};

/// A layer, and the shapes that it has to know.
#[derive(Debug)]
pub(super) struct Simple {
    way: Way,
    input: Shape,
    output: Shape,
}

#[derive(Debug)]
enum Way {
    Table(Vec<[u8; 256]>),
    Add(Terms),
    Multiply(Factors),
    Concat(Vec<Part>),
    Channels(ChannelMap),
    MaxPool(op::Pool),
    MeanPool(op::Pool, Mean),
    Mean(Mean),
}

/// An input of a concatenation.
#[derive(Debug)]
struct Part {
    table: Option<Box<[u8; 256]>>,
    gather: Option<ChannelMap>,
    /// Channels of the input, where they begin in the result, and how many of them are meant.
    channels: usize,
    first: usize,
    count: usize,
}

/// What sums of bytes mean for their mean.
#[derive(Clone, Copy, Debug)]
struct Mean {
    ratio: f32,
    /// The bytes of 0, of what is read and of the mean.
    zeros: [u8; 2],
}

/// Channels that are summed up at a time.
const SUMS: usize = 64;

impl Simple {
    /// Of a node whose layer is bytes, and no product.
    pub(super) fn new(scheme: &Scheme, id: NodeId) -> Self {
        let (graph, node) = (&scheme.graph, scheme.graph.node(id));
        let shape = |input: usize| graph.node(node.inputs[input]).shape;
        let zeros = [node.inputs[0], id].map(|id| scheme.quantisation(id).zero);
        let way = match (&scheme.layers[id.0], &node.op) {
            (Layer::Table(tables), _) => Way::Table(tables.clone()),
            (Layer::Add(terms), _) => Way::Add(*terms),
            (Layer::Multiply(factors), _) => Way::Multiply(*factors),
            (Layer::Concat(tables), Op::Concat(concat)) => {
                let mut first = 0;
                let part = |(input, table): (usize, &Option<Box<[u8; 256]>>)| {
                    let count = concat.channels(input, shape(input));
                    let gather = concat.gather(input).cloned();
                    first += count;
                    Part {
                        table: table.clone(),
                        gather,
                        channels: shape(input).channels(),
                        first: first - count,
                        count,
                    }
                };
                Way::Concat(tables.iter().enumerate().map(part).collect())
            }
            (Layer::Channels, Op::Channels(channels)) => Way::Channels(channels.0.clone()),
            (Layer::MaxPool, Op::Pool(pool)) => Way::MaxPool(*pool),
            (Layer::Mean { ratio }, Op::Pool(pool)) => Way::MeanPool(*pool, Mean { ratio: *ratio, zeros }),
            (Layer::Mean { ratio }, _) => Way::Mean(Mean { ratio: *ratio, zeros }),
            (layer, op) => unreachable!("{op:?} is no {layer:?}"),
        };
        Self { way, input: shape(0), output: node.shape }
    }

    pub(super) fn run(&self, mut io: Io<'_>) {
        let threads = io.threads;
        let (from, channels) = (self.input.channels(), self.output.channels());
        let (height, width) = self.input.size();
        let columns = self.output.size().1;
        match &self.way {
            Way::Table(tables) => {
                let (y, x) = io.one(0);
                let row = if tables.len() == 1 { 1 } else { tables.len() };
                threads.rows(moved(4 * y.len()), y, row, |rows, y| {
                    let x = &x[rows.start * row..][..y.len()];
                    elementwise::look_up(x, tables, row, y);
                });
            }
            Way::Add(terms) => {
                let (y, a, b, _) = io.two(0, 1);
                threads.rows(moved(2 * y.len()), y, 1, |range, y| {
                    elementwise::add(&a[range.clone()], &b[range], *terms, y);
                });
            }
            Way::Multiply(factors) => {
                let (y, a, b, _) = io.two(0, 1);
                if a.len() == b.len() {
                    return threads.rows(moved(2 * y.len()), y, 1, |range, y| {
                        elementwise::multiply(&a[range.clone()], &b[range], *factors, y);
                    });
                }
                threads.rows(moved(2 * y.len()), y, channels, |rows, y| {
                    let a = &a[rows.start * channels..];
                    for (a, y) in a.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                        elementwise::multiply(a, b, *factors, y);
                    }
                });
            }
            Way::Concat(parts) => {
                for (input, part) in parts.iter().enumerate() {
                    let (y, x) = io.one(input);
                    threads.rows(moved(y.len()), y, channels, |rows, y| {
                        part.copy(&x[rows.start * part.channels..], y, channels);
                    });
                }
            }
            Way::Channels(map) => {
                let (y, x) = io.one(0);
                threads.rows(moved(4 * y.len()), y, channels, |rows, y| {
                    let x = &x[rows.start * from..rows.end * from];
                    elementwise::gather(x, from, map.table(), y, channels);
                });
            }
            Way::MaxPool(pool) => {
                let (y, x) = io.one(0);
                let taps = pool.window[0] * pool.window[1];
                threads.rows(moved(y.len().saturating_mul(taps)), y, columns * channels, |rows, y| {
                    for (row, y) in rows.zip(y.chunks_mut(columns * channels)) {
                        let (lines, _) = pool.under(0, row, height, pool.pad.top, pool.pad.bottom);
                        for (column, y) in y.chunks_exact_mut(channels).enumerate() {
                            let (pixels, _) = pool.under(1, column, width, pool.pad.left, pool.pad.right);
                            elementwise::max_window(x, width, lines.clone(), pixels, y);
                        }
                    }
                });
            }
            Way::MeanPool(pool, mean) => {
                let (y, x) = io.one(0);
                let taps = pool.window[0] * pool.window[1];
                threads.rows(moved(y.len().saturating_mul(taps)), y, columns * channels, |rows, y| {
                    for (row, y) in rows.zip(y.chunks_mut(columns * channels)) {
                        let (lines, tall) = pool.under(0, row, height, pool.pad.top, pool.pad.bottom);
                        for (column, y) in y.chunks_exact_mut(channels).enumerate() {
                            let (pixels, wide) = pool.under(1, column, width, pool.pad.left, pool.pad.right);
                            let lines = lines.clone();
                            let window =
                                lines.flat_map(|line| pixels.clone().map(move |pixel| line * width + pixel));
                            mean.of(window, tall * wide, x, channels, 0, y);
                        }
                    }
                });
            }
            Way::Mean(mean) => {
                let (y, x) = io.one(0);
                threads.rows(moved(x.len()), y, 1, |range, y| {
                    mean.of(0..height * width, height * width, x, channels, range.start, y);
                });
            }
        }
    }
}

impl Part {
    /// Copies the channels that are meant of some positions into rows of `stride` bytes.
    fn copy(&self, x: &[u8], y: &mut [u8], stride: usize) {
        let y = &mut y[self.first..];
        if let Some(map) = &self.gather {
            elementwise::gather(x, self.channels, map.table(), y, stride);
        }
        for (x, y) in x.chunks_exact(self.channels).zip(y.chunks_mut(stride)) {
            let y = &mut y[..self.count];
            match (&self.table, &self.gather) {
                (None, None) => y.copy_from_slice(x),
                (None, Some(_)) => {}
                (Some(table), None) => y.iter_mut().zip(x).for_each(|(y, x)| *y = table[usize::from(*x)]),
                (Some(table), Some(_)) => y.iter_mut().for_each(|y| *y = table[usize::from(*y)]),
            }
        }
    }
}

impl Mean {
    /// Means of some pixels' channels from `first` on, divided by `count`.
    fn of(
        self,
        pixels: impl Iterator<Item = usize> + Clone,
        count: usize,
        x: &[u8],
        channels: usize,
        first: usize,
        y: &mut [u8],
    ) {
        let [from, to] = self.zeros;
        let (factor, to) = (self.ratio / count as f32, f32::from(to));
        for (part, y) in y.chunks_mut(SUMS).enumerate() {
            let mut sums = [0; SUMS];
            let mut under = 0;
            for pixel in pixels.clone() {
                let x = &x[pixel * channels + first + part * SUMS..][..y.len()];
                elementwise::add_to_sums(x, &mut sums[..y.len()]);
                under += 1;
            }
            for (y, sum) in y.iter_mut().zip(sums) {
                let sum = sum - under * i32::from(from);
                *y = elementwise::round(sum as f32 * factor + to, 0.0, f32::from(MOST));
            }
        }
    }
}

//! Convolutions and linear layers.

use std::ops::Range;

use super::{Io, Numbers};
use crate::backend::int8::{self, Layer, Output, Scheme, Weighted};
use crate::graph::op::{Conv, Groups};
use crate::graph::{Node, NodeId, Op, Shape};
use kernels::int8::product::{Columns, FloatEnding, PANEL, Packed, ROW_MULTIPLE, pack, packed_len};
use kernels::int8::product::{product, product_to_floats};
use kernels::int8::windows::{Part, copy_windows, row_len};
use kernels::int8::{Bend, Ending, Image, Residual, depthwise};
use kernels::threads::Work;
use kernels::{Rows, RowsMut, Window};

#[derive(Debug)]
pub(super) struct Product {
    way: Way,
    /// Positions of the result, and its channels.
    positions: usize,
    channels: usize,
    output: Output,
}

/// Which of the ways a layer goes.
#[derive(Debug)]
enum Way {
    /// The input's positions are the rows, from a channel on.
    Rows { matrix: Matrix, first: usize, stride: usize },
    /// Copies of windows are the rows, for each part of the channels; parts that slide over channels share a matrix.
    Windows { matrices: Vec<Matrix>, window: Window, zero: u8, groups: Groups, parts: usize, read: usize },
    /// A filter for each channel.
    Depthwise { filters: Range<usize>, window: Window, zero: u8 },
}

/// A matrix among the packed bytes.
#[derive(Clone, Debug)]
struct Matrix {
    packed: Range<usize>,
    k: usize,
    n: usize,
}

impl Matrix {
    fn of<'a>(&self, packed: &'a [u8]) -> Packed<'a> {
        Packed { data: &packed[self.packed.clone()], k: self.k, n: self.n }
    }

    /// Some filters of a layer.
    fn pack(weighted: &Weighted, filters: Range<usize>, packed: &mut Vec<u8>) -> Self {
        let (k, n, start) = (weighted.k, filters.len(), packed.len());
        let weights = &weighted.weights[filters.start * k..filters.end * k];
        packed.resize(start + packed_len(k, n), 0);
        pack(columns(weighted, weights, filters), k, n, &mut packed[start..]);
        Self { packed: start..packed.len(), k, n }
    }
}

fn columns<'a>(weighted: &'a Weighted, weights: &'a [i8], filters: Range<usize>) -> Columns<'a> {
    Columns {
        weights,
        starts: &weighted.starts[filters.clone()],
        multipliers: &weighted.multipliers[filters.clone()],
        offsets: &weighted.offsets[filters],
    }
}

/// Multiply-adds in a nanosecond, of products and of depthwise convolutions: rough, for deciding only.
const RATE: usize = 40;
const DEPTHWISE_RATE: usize = 16;

/// Pixels whose windows are copied at a time.
const WINDOWS: usize = 64;

impl Product {
    /// Of a node that is one.
    pub(super) fn new(scheme: &Scheme, id: NodeId, packed: &mut Vec<u8>) -> Option<Self> {
        let Layer::Product(weighted) = &scheme.layers[id.0] else { return None };
        let node = scheme.graph.node(id);
        let input = scheme.graph.node(node.inputs[0]).shape;
        let zero = scheme.quantisation(node.inputs[0]).zero;
        let way = match &node.op {
            Op::Conv(conv) => Way::of_conv(conv, input, node, zero, weighted, packed),
            _ => {
                let filters = 0..weighted.starts.len();
                let matrix = Matrix::pack(weighted, filters, packed);
                Way::Rows { matrix, first: 0, stride: weighted.k }
            }
        };
        let (positions, channels) = (node.shape.positions(), node.shape.channels());
        Some(Self { way, positions, channels, output: weighted.output.clone() })
    }

    /// Bytes of scratch memory for each thread.
    pub(super) fn scratch_len(&self) -> usize {
        match &self.way {
            Way::Rows { .. } => 0,
            Way::Windows { window, read, .. } => WINDOWS * row_len(window.kernel, *read),
            Way::Depthwise { window, .. } => depthwise::scratch_len(window),
        }
    }

    pub(super) fn run(&self, mut io: Io<'_>) {
        let (packed, threads) = (io.packed, io.threads);
        let (channels, work) = (self.channels, self.work());
        match &self.output {
            Output::Bytes(bend, residual) => {
                let (y, x, added, scratch) = io.two(0, residual.map_or(0, |residual| residual.input));
                // What ends the outputs from this row and column on.
                let ending = |row: usize, column: usize| Ending {
                    bend: match bend {
                        int8::Bend::Line { low, high } => Bend::Line { low: *low, high: *high },
                        int8::Bend::HardSwish { scale, zero } => {
                            Bend::HardSwish { scale: *scale, zero: *zero }
                        }
                        int8::Bend::Table(table) => Bend::Table(table),
                    },
                    residual: residual.map(|residual| Residual {
                        rows: Rows { data: &added[row * channels + column..], stride: channels },
                        scale: residual.scale,
                        offset: residual.offset,
                    }),
                };
                if let (1, Way::Rows { matrix, first, stride }) = (self.positions, &self.way) {
                    let a = Rows { data: &x[*first..], stride: *stride };
                    let b = matrix.of(packed);
                    return threads.rows(work, y, 1, |columns, y| {
                        let c = RowsMut { stride: y.len(), data: y };
                        product(1, a, b.columns(columns.clone()), c, ending(0, columns.start));
                    });
                }
                let row_len =
                    if let Way::Depthwise { window, .. } = &self.way { window.out_width } else { 1 };
                threads.rows_with(scratch, work, y, row_len * channels, |rows, y, scratch| match &self.way {
                    Way::Depthwise { filters, window, zero } => {
                        let c = RowsMut { data: y, stride: channels };
                        let ending = ending(rows.start * window.out_width, 0);
                        let filters = &packed[filters.clone()];
                        let image = Image { window, data: x, zero: *zero };
                        depthwise::depthwise(image, filters, rows, c, ending, scratch);
                    }
                    Way::Rows { .. } | Way::Windows { .. } => {
                        self.parts(x, packed, rows, scratch, |count, a, b, first, column| {
                            let c = RowsMut {
                                data: &mut y[first.skipped * channels + column..],
                                stride: channels,
                            };
                            product(count, a, b, c, ending(first.row, column));
                        });
                    }
                });
            }
            Output::Floats { low, high, residual } => {
                let Numbers { y, x, added, scratch } = io.numbers(0, *residual);
                let ending = |row: usize, column: usize| FloatEnding {
                    low: *low,
                    high: *high,
                    residual: added
                        .map(|added| Rows { data: &added[row * channels + column..], stride: channels }),
                };
                if let (1, Way::Rows { matrix, first, stride }) = (self.positions, &self.way) {
                    let a = Rows { data: &x[*first..], stride: *stride };
                    let b = matrix.of(packed);
                    return threads.rows(work, y, 1, |columns, y| {
                        let c = RowsMut { stride: y.len(), data: y };
                        product_to_floats(1, a, b.columns(columns.clone()), c, ending(0, columns.start));
                    });
                }
                threads.rows_with(scratch, work, y, channels, |rows, y, scratch| {
                    self.parts(x, packed, rows, scratch, |count, a, b, first, column| {
                        let c =
                            RowsMut { data: &mut y[first.skipped * channels + column..], stride: channels };
                        product_to_floats(count, a, b, c, ending(first.row, column));
                    });
                });
            }
        }
    }

    /// How much work it is, and where it may be cut.
    fn work(&self) -> Work {
        let (out, k, rate, multiple) = match &self.way {
            Way::Rows { matrix, .. } if self.positions == 1 => (self.channels, matrix.k, RATE, PANEL),
            Way::Rows { matrix, .. } => (self.positions * self.channels, matrix.k, RATE, 4 * ROW_MULTIPLE),
            Way::Windows { matrices, .. } => {
                (self.positions * self.channels, matrices[0].k, RATE / 2, 4 * ROW_MULTIPLE)
            }
            Way::Depthwise { window, .. } => {
                let [down, across] = window.kernel;
                (self.positions * self.channels, down * across, DEPTHWISE_RATE, 1)
            }
        };
        Work { nanoseconds: out.saturating_mul(k) / rate + out / 4, multiple }
    }

    /// Products for some rows of the result: `multiply` gets how many rows, A, B, the first row and the first column.
    fn parts(
        &self,
        x: &[u8],
        packed: &[u8],
        rows: Range<usize>,
        scratch: &mut [u8],
        mut multiply: impl FnMut(usize, Rows<'_, u8>, Packed<'_>, First, usize),
    ) {
        match &self.way {
            Way::Depthwise { .. } => {}
            Way::Rows { matrix, first, stride } => {
                let a = Rows { data: &x[rows.start * stride + first..], stride: *stride };
                multiply(rows.len(), a, matrix.of(packed), First { row: rows.start, skipped: 0 }, 0);
            }
            Way::Windows { matrices, window, zero, groups, parts, read } => {
                if let (Groups::Split(_), true) = (groups, window.is_plain()) {
                    for (part, matrix) in matrices.iter().enumerate() {
                        let data = &x[rows.start * window.channels + part * read..];
                        let a = Rows { data, stride: window.channels };
                        let first = First { row: rows.start, skipped: 0 };
                        multiply(rows.len(), a, matrix.of(packed), first, part * matrix.n);
                    }
                    return;
                }
                let stride = row_len(window.kernel, *read);
                for start in rows.clone().step_by(WINDOWS) {
                    let pixels = start..rows.end.min(start + WINDOWS);
                    let first = First { row: start, skipped: start - rows.start };
                    for part in 0..*parts {
                        let matrix = &matrices[part.min(matrices.len() - 1)];
                        let channels = Part { first: groups.first(part, window.channels), count: *read };
                        let copies = &mut scratch[..pixels.len() * stride];
                        let image = Image { window, data: x, zero: *zero };
                        copy_windows(image, channels, pixels.clone(), copies);
                        // The bytes that fill rows up meet no weights.
                        let b = Packed { k: stride, ..matrix.of(packed) };
                        let a = Rows { data: copies, stride };
                        multiply(pixels.len(), a, b, first, part * matrix.n);
                    }
                }
            }
        }
    }
}

/// Where some rows of a result begin: in all of it, and in what is computed.
#[derive(Clone, Copy)]
struct First {
    row: usize,
    skipped: usize,
}

impl Way {
    fn of_conv(
        conv: &Conv,
        input: Shape,
        node: &Node,
        zero: u8,
        weighted: &Weighted,
        packed: &mut Vec<u8>,
    ) -> Self {
        let (all, stride) = (0..weighted.starts.len(), input.channels());
        if conv.is_pointwise() {
            let Some(map) = &conv.gather else {
                let matrix = Matrix::pack(weighted, all, packed);
                return Self::Rows { matrix, first: 0, stride };
            };
            let first = map.iter().next().unwrap_or(0);
            if map.iter().enumerate().all(|(i, channel)| channel == first + i) {
                let matrix = Matrix::pack(weighted, all, packed);
                return Self::Rows { matrix, first, stride };
            }
            let spread = spread(weighted, map.iter(), stride);
            let matrix = Matrix::pack(&spread, all, packed);
            return Self::Rows { matrix, first: 0, stride };
        }
        let ((height, width), (out_height, out_width)) = (input.size(), node.shape.size());
        let window = Window {
            height,
            width,
            channels: input.channels(),
            kernel: conv.filters.kernel,
            stride: conv.filters.stride,
            dilation: conv.filters.dilation,
            pad_top: conv.pad.top,
            pad_left: conv.pad.left,
            out_height,
            out_width,
        };
        let is_bytes = matches!(weighted.output, Output::Bytes(..));
        if conv.is_depthwise(input.channels()) && is_bytes {
            let start = packed.len();
            packed.resize(start + depthwise::packed_len(window.kernel, window.channels), 0);
            let filters = columns(weighted, &weighted.weights, all);
            depthwise::pack(filters, window.kernel, window.channels, &mut packed[start..]);
            return Self::Depthwise { filters: start..packed.len(), window, zero };
        }
        let groups = conv.filters.groups;
        let (parts, read) = groups.parts(window.channels);
        let of_part = conv.filters.out / parts;
        let firsts = match groups {
            Groups::Split(_) => 0..parts,
            Groups::Sliding { .. } => 0..1,
        };
        let matrix = |part: usize, packed: &mut Vec<u8>| {
            let filters = part * of_part..(part + 1) * of_part;
            Matrix::pack(weighted, filters, packed)
        };
        let matrices = firsts.map(|part| matrix(part, packed)).collect();
        Self::Windows { matrices, window, zero, groups, parts, read }
    }
}

/// A layer's filters over all channels instead of some, each met once, with zeros for the others.
fn spread(weighted: &Weighted, map: impl Iterator<Item = usize>, channels: usize) -> Weighted {
    let places: Vec<usize> = map.collect();
    let mut weights = vec![0; weighted.starts.len() * channels];
    for (to, filter) in weights.chunks_exact_mut(channels).zip(weighted.weights.chunks_exact(weighted.k)) {
        filter.iter().zip(&places).for_each(|(weight, place)| to[*place] = *weight);
    }
    Weighted { weights, k: channels, ..weighted.clone() }
}

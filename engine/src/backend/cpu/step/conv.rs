//! Convolutions.

use std::borrow::Cow;
use std::ops::Range;

use super::super::Machine;
use super::super::pack::Matrix;
use super::super::work;
use super::product::{Picks, Product, ascending, epilogue};
use super::{Io, Packer, Read, Run, Site, part};
use crate::backend::fold::Folded;
use crate::graph::op::{self, ChannelMap, Groups, Weight};
use crate::graph::{Activation, ParamId, Shape};
use kernels::gemm::gemm_with;
use kernels::pack::{PackedB, pack_b, reorder_oihw};
use kernels::{Rows, RowsMut, Window, depthwise, elementwise, winograd};

#[derive(Debug)]
pub(in crate::backend::cpu) enum Conv {
    /// 1×1: a product over pixels.
    Pointwise(Product),
    /// k×k: the same product with the windows as rows.
    Dense(Windowed),
    /// 3×3: sixteen products of what windows and filters are transformed to.
    Winograd(Windowed),
    /// One filter per channel; the matrix holds a column of taps for each.
    Depthwise(Windowed),
    /// Everything else: a product for each part of the channels, with copies of the windows as rows.
    Parts(Parts),
}

/// A window that slides over a map, and its filters.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Windowed {
    window: Window,
    matrix: Matrix,
    activation: Activation,
    residual: Option<usize>,
}

/// Which of the ways a convolution goes; it follows from its geometry.
enum Way {
    Pointwise,
    Dense,
    Winograd,
    Depthwise,
    Parts,
}

impl Way {
    fn of(op: &op::Conv, site: Site<'_>) -> Self {
        let (input, output) = (site.input(0), site.output());
        let is_plain = op.filters.dilation == [1; 2];
        match op.weight {
            Weight::Computed => Self::Parts,
            Weight::Parameter(_) if op.is_pointwise() => Self::Pointwise,
            Weight::Parameter(_) if op.is_dense() && is_plain => {
                let is_tiled = op.filters.kernel == [3; 2] && op.filters.stride == [1; 2];
                let pays = is_tiled && work::pays_winograd(output.size(), input.channels(), op.filters.out);
                if pays { Self::Winograd } else { Self::Dense }
            }
            Weight::Parameter(_) if op.is_depthwise(input.channels()) => Self::Depthwise,
            Weight::Parameter(_) => Self::Parts,
        }
    }
}

impl Run for Conv {
    type Of = op::Conv;

    const WRITES_PARTS: bool = true;

    fn packed_len(op: &op::Conv, site: Site<'_>) -> usize {
        let (input, out) = (site.input(0), op.filters.out);
        let (channels, taps) = (op.channels_of(input), op.filters.taps());
        match Way::of(op, site) {
            Way::Pointwise => Matrix::len(Columns::of(op, input).len(), out),
            Way::Dense => Matrix::len(channels * taps, out),
            Way::Winograd => winograd::PRODUCTS * Matrix::len(channels, out),
            Way::Depthwise => Matrix::len(taps, out),
            Way::Parts => Parts::packed_len(op, channels),
        }
    }

    fn new(op: &op::Conv, site: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let (input, output) = (site.input(0), site.output());
        let window = window(op, input, output);
        let (activation, residual) = (op.epilogue.activation, op.residual_input());
        match (Way::of(op, site), op.weight) {
            (Way::Pointwise, Weight::Parameter(weight)) => {
                let columns = Columns::of(op, input);
                let matrix = pointwise(op, weight, &columns, packer);
                let picks = if let Columns::Picked(picks, _) = columns { Some(picks) } else { None };
                Self::Pointwise(Product::new(output.positions(), matrix, activation, residual, picks))
            }
            (Way::Dense, Weight::Parameter(weight)) => {
                let matrix = filters(op, weight, input.channels(), packer);
                Self::Dense(Windowed { window, matrix, activation, residual })
            }
            (Way::Winograd, Weight::Parameter(weight)) => {
                let matrix = transformed(op, weight, input.channels(), packer);
                Self::Winograd(Windowed { window, matrix, activation, residual })
            }
            (Way::Depthwise, Weight::Parameter(weight)) => {
                let matrix = filters(op, weight, 1, packer);
                Self::Depthwise(Windowed { window, matrix, activation, residual })
            }
            (Way::Parts, _) | (_, Weight::Computed) => Self::Parts(Parts::new(op, window, packer)),
        }
    }

    fn scratch_len(&self, threads: usize) -> usize {
        match self {
            Self::Pointwise(product) => product.scratch_len(threads),
            Self::Dense(dense) => kernels::conv::scratch_len(&dense.window),
            Self::Winograd(conv) => winograd::scratch_len(&conv.window, conv.matrix.n),
            Self::Depthwise(_) => 0,
            Self::Parts(parts) => parts.scratch_len(),
        }
    }

    fn run(&self, io: Io<'_>) {
        match self {
            Self::Pointwise(product) => product.run(io),
            Self::Dense(dense) => dense.run_dense(io),
            Self::Winograd(conv) => conv.run_winograd(io),
            Self::Depthwise(depthwise) => depthwise.run_depthwise(io),
            Self::Parts(parts) => parts.run(io),
        }
    }
}

fn window(op: &op::Conv, input: Shape, output: Shape) -> Window {
    let ((height, width), (out_height, out_width)) = (input.size(), output.size());
    Window {
        height,
        width,
        channels: input.channels(),
        kernel: op.filters.kernel,
        stride: op.filters.stride,
        dilation: op.filters.dilation,
        pad_top: op.pad.top,
        pad_left: op.pad.left,
        out_height,
        out_width,
    }
}

/// Which of a pixel's numbers meet the rows of a 1×1 convolution's matrix.
enum Columns {
    /// All.
    All(usize),
    /// Those of a map, in ascending order.
    Picked(Picks, ChannelMap),
    /// All of so many; those that the map leaves out meet zeros.
    Spread(usize, ChannelMap),
}

impl Columns {
    fn of(op: &op::Conv, input: Shape) -> Self {
        let channels = input.channels();
        match &op.gather {
            None => Self::All(channels),
            Some(map) => match Picks::new(map) {
                Some(picks) => Self::Picked(picks, map.clone()),
                None => Self::Spread(channels, map.clone()),
            },
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::All(channels) | Self::Spread(channels, _) => *channels,
            Self::Picked(_, map) => map.len(),
        }
    }
}

/// A 1×1 convolution's filters and biases with its batch normalisation folded in.
fn pointwise(op: &op::Conv, weight: ParamId, columns: &Columns, packer: &mut Packer<'_>) -> Matrix {
    let (weights, out) = (packer.weights, op.filters.out);
    let folded = Folded::new(weights, op.bias, &op.epilogue, out).of_planes(&op.filters);
    let k = match columns {
        Columns::All(channels) => *channels,
        Columns::Picked(_, map) | Columns::Spread(_, map) => map.len(),
    };
    let place: Vec<usize> = match columns {
        Columns::All(_) => Vec::new(),
        Columns::Spread(_, map) => map.iter().collect(),
        Columns::Picked(_, map) => {
            let sorted = ascending(map);
            map.iter().filter_map(|channel| sorted.binary_search(&channel).ok()).collect()
        }
    };
    packer.matrix(columns.len(), out, Some(&folded.bias), |outputs| {
        let rows = folded.filters(weights, weight, k, outputs.clone());
        if place.is_empty() {
            return rows;
        }
        let mut moved = vec![0.0; outputs.len() * columns.len()];
        for (row, to) in rows.chunks_exact(k).zip(moved.chunks_exact_mut(columns.len())) {
            row.iter().zip(&place).for_each(|(weight, place)| to[*place] += weight);
        }
        Cow::Owned(moved)
    })
}

/// A convolution's filters and biases with its batch normalisation folded in; each filter in the order of a window.
fn filters(op: &op::Conv, weight: ParamId, channels: usize, packer: &mut Packer<'_>) -> Matrix {
    let (weights, out, taps) = (packer.weights, op.filters.out, op.filters.taps());
    let k = channels * taps;
    let folded = Folded::new(weights, op.bias, &op.epilogue, out).of_planes(&op.filters);
    packer.matrix(k, out, Some(&folded.bias), |outputs| {
        in_window_order(folded.filters(weights, weight, k, outputs.clone()), outputs.len(), channels, taps)
    })
}

/// The same, transformed: the matrix is the first of many.
fn transformed(op: &op::Conv, weight: ParamId, channels: usize, packer: &mut Packer<'_>) -> Matrix {
    let (weights, out) = (packer.weights, op.filters.out);
    let folded = Folded::new(weights, op.bias, &op.epilogue, out).of_planes(&op.filters);
    let bias = (winograd::BIASED, Some(folded.bias.as_slice()));
    let packed = packer.matrices(winograd::PRODUCTS, channels, out, bias, |outputs| {
        let filters = folded.filters(weights, weight, channels * op.filters.taps(), outputs.clone());
        let mut matrices = vec![0.0; winograd::PRODUCTS * outputs.len() * channels];
        winograd::transform_filters(&filters, outputs.len(), channels, &mut matrices);
        matrices.into()
    });
    Matrix { packed, k: channels, n: out }
}

/// From (O, I, taps) to (O, taps, I).
fn in_window_order(filters: Cow<'_, [f32]>, outputs: usize, channels: usize, taps: usize) -> Cow<'_, [f32]> {
    if channels == 1 || taps == 1 {
        return filters;
    }
    let mut rows = vec![0.0; filters.len()];
    reorder_oihw(&filters, outputs, channels, taps, &mut rows);
    rows.into()
}

impl Windowed {
    fn run_dense(&self, mut io: Io<'_>) {
        let Self { window, matrix, activation, residual } = self;
        let (Machine { tile, threads }, stride, b) = (io.machine, io.output().stride, matrix.of(io.packed));
        let (y, x, residual, scratch) = io.two(0, *residual);
        let pixels = window.out_height * window.out_width;
        let work = work::product(pixels, matrix, *activation, threads.count());
        threads.rows_with(scratch, work, y, stride, |pixels, y, scratch| {
            let epilogue = epilogue(*activation, residual, pixels.start, 0);
            let image = kernels::conv::Image { window, data: x.data };
            kernels::conv::conv(*tile, image, b, pixels, RowsMut { data: y, stride }, epilogue, scratch);
        });
    }

    fn run_winograd(&self, mut io: Io<'_>) {
        let Self { window, matrix, activation, residual } = self;
        let (Machine { tile, threads }, stride, b) = (io.machine, io.output().stride, matrix.of(io.packed));
        let filters = winograd::Filters { data: b.data, k: b.k, n: b.n };
        let (y, x, residual, scratch) = io.two(0, *residual);
        let work = work::winograd(window, matrix, *activation, threads.count());
        threads.rows_with(scratch, work, y, window.out_width * stride, |lines, y, scratch| {
            let epilogue = epilogue(*activation, residual, lines.start * window.out_width, 0);
            let image = kernels::conv::Image { window, data: x.data };
            winograd::conv(*tile, image, filters, lines, RowsMut { data: y, stride }, epilogue, scratch);
        });
    }

    fn run_depthwise(&self, mut io: Io<'_>) {
        let Self { window, matrix, activation, residual } = self;
        let (threads, stride, b) = (&io.machine.threads, io.output().stride, matrix.of(io.packed));
        let (y, x, residual, _) = io.two(0, *residual);
        let row_len = window.out_width * stride;
        let work = work::depthwise(window.out_height * window.out_width * matrix.n, matrix.k, *activation);
        threads.rows(work, y, row_len, |rows, y| {
            let out = RowsMut { data: &mut *y, stride };
            depthwise::depthwise(window, x.data, b, *activation, rows.clone(), out);
            if let Some(residual) = residual {
                add_rows(y, stride, residual, rows.start * window.out_width, window.channels);
            }
        });
    }
}

/// Adds the positions of a value from `first` on.
fn add_rows(y: &mut [f32], stride: usize, residual: Read<'_>, first: usize, channels: usize) {
    if stride == channels && residual.stride == channels {
        let count = y.len() / channels;
        return elementwise::add_assign(y, part(residual.data, &(first..first + count), channels));
    }
    let others = residual.data[first * residual.stride..].chunks(residual.stride);
    for (y, other) in y.chunks_mut(stride).zip(others) {
        elementwise::add_assign(&mut y[..channels], &other[..channels]);
    }
}

/// Convolutions in groups, of windows over channels, dilated ones, and those whose filters the network computes.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Parts {
    window: Window,
    groups: Groups,
    /// How many parts there are, the channels that the filters of one read, and the filters of one.
    parts: usize,
    read: usize,
    filters: usize,
    planes: usize,
    source: Source,
    activation: Activation,
    residual: Option<usize>,
}

/// Where filters are.
#[derive(Debug)]
enum Source {
    /// Packed, part by part; all parts share one that slides over channels.
    Packed(Vec<Matrix>),
    /// In the arena, as PyTorch has them; only the biases are packed.
    Computed(Range<usize>),
}

/// Pixels whose windows are copied at a time.
const PATCHES: usize = 48;

impl Parts {
    fn packed_len(op: &op::Conv, channels: usize) -> usize {
        let [filters, read, height, width] = op.filters.weight_shape(channels);
        let (parts, _) = op.filters.groups.parts(channels);
        let k = read * height * width;
        match (op.weight, op.filters.groups) {
            (Weight::Computed, _) => filters,
            (Weight::Parameter(_), Groups::Split(_)) => parts * Matrix::len(k, filters / parts),
            (Weight::Parameter(_), Groups::Sliding { .. }) => Matrix::len(k, filters),
        }
    }

    fn new(op: &op::Conv, window: Window, packer: &mut Packer<'_>) -> Self {
        let (weights, taps) = (packer.weights, op.filters.taps());
        let [all, read, ..] = op.filters.weight_shape(window.channels);
        let (parts, _) = op.filters.groups.parts(window.channels);
        let (groups, k) = (op.filters.groups, read * taps);
        let (filters, matrices) = match groups {
            Groups::Split(_) => (all / parts, parts),
            Groups::Sliding { .. } => (all, 1),
        };
        let folded = Folded::new(weights, op.bias, &op.epilogue, all).of_planes(&op.filters);
        let source = match op.weight {
            Weight::Computed => Source::Computed(packer.push(&folded.bias)),
            Weight::Parameter(weight) => {
                let matrix = |part: usize| {
                    let first = part * filters;
                    packer.matrix(k, filters, Some(&folded.bias[first..first + filters]), |outputs| {
                        let outputs = first + outputs.start..first + outputs.end;
                        let count = outputs.len();
                        in_window_order(folded.filters(weights, weight, k, outputs), count, read, taps)
                    })
                };
                Source::Packed((0..matrices).map(matrix).collect())
            }
        };
        let (activation, residual) = (op.epilogue.activation, op.residual_input());
        Self { window, groups, parts, read, filters, planes: op.filters.planes, source, activation, residual }
    }

    /// Rows of a part's matrix.
    fn k(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.read
    }

    /// Numbers of all matrices, where a run has to pack them.
    fn computed_len(&self) -> usize {
        match (&self.source, self.groups) {
            (Source::Packed(_), _) => 0,
            (Source::Computed(_), Groups::Split(parts)) => parts * Matrix::len(self.k(), self.filters),
            (Source::Computed(_), Groups::Sliding { .. }) => Matrix::len(self.k(), self.filters),
        }
    }

    fn scratch_len(&self) -> usize {
        // Filters as they are computed, reordered, and packed; patches.
        let reordered = if self.computed_len() > 0 { self.k() * self.filters } else { 0 };
        self.computed_len() + reordered + PATCHES * self.k()
    }

    fn run(&self, mut io: Io<'_>) {
        let (Machine { tile, threads }, packed, stride) = (io.machine, io.packed, io.output().stride);
        let computed = matches!(self.source, Source::Computed(_));
        let (y, x, second, scratch) = io.two(0, if computed { Some(1) } else { self.residual });
        let residual = second.filter(|_| !computed);
        let pixels = self.window.out_height * self.window.out_width;
        let work = work::parts(pixels * self.parts * self.filters, self.k(), self.activation);
        threads.rows_with(scratch, work, y, stride, |pixels, y, scratch| {
            let (own, rest) = scratch.split_at_mut(self.computed_len());
            let patches = match (&self.source, second) {
                (Source::Computed(bias), Some(filters)) => {
                    let (reordered, patches) = rest.split_at_mut(self.k() * self.filters);
                    self.pack(filters.data, &packed[bias.clone()], reordered, own);
                    patches
                }
                _ => rest,
            };
            let own = &*own;
            for first in pixels.clone().step_by(PATCHES) {
                let block = first..pixels.end.min(first + PATCHES);
                for part in 0..self.parts {
                    let b = self.matrix(part, packed, own);
                    let column = part * self.filters;
                    let a = self.rows(x, part, block.clone(), patches);
                    let to = &mut y[(first - pixels.start) * stride + column..];
                    let epilogue = epilogue(self.activation, residual, first, column);
                    gemm_with(*tile, block.len(), a, b, RowsMut { data: to, stride }, epilogue);
                }
            }
        });
    }

    /// The filters of a part.
    fn matrix<'a>(&self, part: usize, packed: &'a [f32], own: &'a [f32]) -> PackedB<'a> {
        let which = match self.groups {
            Groups::Split(_) => part,
            Groups::Sliding { .. } => 0,
        };
        match &self.source {
            Source::Packed(matrices) => matrices[which].of(packed),
            Source::Computed(_) => {
                let len = Matrix::len(self.k(), self.filters);
                PackedB { data: &own[which * len..][..len], k: self.k(), n: self.filters }
            }
        }
    }

    /// Packs filters that the network has computed.
    fn pack(&self, filters: &[f32], bias: &[f32], reordered: &mut [f32], own: &mut [f32]) {
        let (k, n) = (self.k(), self.filters);
        let parts = own.chunks_exact_mut(Matrix::len(k, n)).zip(filters.chunks_exact(k * n));
        for (part, (own, filters)) in parts.enumerate() {
            if self.planes > 1 {
                let taps = k / self.read.max(1);
                let each = self.read / self.planes;
                // From (channels, planes, taps) to (taps, planes, channels).
                for (filter, to) in filters.chunks_exact(k).zip(reordered.chunks_exact_mut(k)) {
                    for (i, number) in filter.iter().enumerate() {
                        let (channel, plane, tap) =
                            (i / taps / self.planes, i / taps % self.planes, i % taps);
                        to[tap * self.read + plane * each + channel] = *number;
                    }
                }
            } else {
                reorder_oihw(filters, n, self.read, k / self.read.max(1), reordered);
            }
            let bias = &bias[part * n..][..n];
            pack_b(Rows { data: reordered, stride: k }, k, n, Some(bias), own);
        }
    }

    /// The windows over some pixels, with the channels of a part.
    fn rows<'a>(&self, x: Read<'a>, part: usize, pixels: Range<usize>, patches: &'a mut [f32]) -> Rows<'a> {
        let Window { width, channels, kernel, dilation, out_width, .. } = self.window;
        let first = self.groups.first(part, channels);
        if let (Groups::Split(_), true) = (self.groups, self.window.is_plain()) {
            return Rows { data: &x.data[pixels.start * x.stride + first as usize..], stride: x.stride };
        }
        let k = self.k();
        // The channels of the part that exist, and what is before them.
        let (from, to) =
            (first.max(0) as usize, (first + self.read as isize).clamp(0, channels as isize) as usize);
        let before = (from as isize - first) as usize;
        for (pixel, patch) in pixels.clone().zip(patches.chunks_exact_mut(k)) {
            patch.fill(0.0);
            let (row, column) = (pixel / out_width, pixel % out_width);
            let ((rows, top), (columns, left)) =
                (self.window.taps_of(row, 0), self.window.taps_of(column, 1));
            for (i, tap_row) in rows.enumerate() {
                for (j, tap_column) in columns.clone().enumerate() {
                    let source = (top + i * dilation[0]) * width + left + j * dilation[1];
                    let at = (tap_row * kernel[1] + tap_column) * self.read + before;
                    if from < to {
                        let channels = &x.data[source * x.stride..][from..to];
                        patch[at..at + channels.len()].copy_from_slice(channels);
                    }
                }
            }
        }
        Rows { data: patches, stride: k }
    }
}

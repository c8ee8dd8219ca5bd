//! Transposed convolutions.

use super::super::Machine;
use super::super::pack::Matrix;
use super::super::work;
use super::{Io, Packer, Read, Run, Site};
use crate::graph::{Activation, op};
use kernels::gemm::{Epilogue, gemm_with};
use kernels::{Rows, RowsMut};

/// Pixels of the output that are as far from the last pixel of the input, down and across, see the same taps: each such set is a
/// product with a matrix of its own.
#[derive(Debug)]
pub(in crate::backend::cpu) struct ConvTranspose {
    down: Side,
    across: Side,
    channels: usize,
    out: usize,
    /// For each phase down and each across.
    matrices: Vec<Matrix>,
}

/// One of a map's two directions.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Pixels of the input and of the output.
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    /// What is cut off before the output.
    before: usize,
}

impl Side {
    /// How far a pixel of the output is from the last pixel of the input before it.
    fn phase(&self, at: usize) -> usize {
        (at + self.before) % self.stride
    }

    /// The taps that a phase sees, the one that meets the last pixel first; each further one meets the pixel before.
    fn taps(&self, phase: usize) -> impl ExactSizeIterator<Item = usize> {
        (phase..self.kernel.max(phase)).step_by(self.stride)
    }

    /// The pixel of the input that a tap meets.
    fn pixel(&self, at: usize, tap: usize) -> Option<usize> {
        Some((at + self.before).checked_sub(tap)? / self.stride).filter(|pixel| *pixel < self.input)
    }

    /// The pixels of the output with a phase.
    fn pixels(&self, phase: usize) -> impl ExactSizeIterator<Item = usize> {
        let first = (phase + self.stride - self.before % self.stride) % self.stride;
        (first..self.output.max(first)).step_by(self.stride)
    }
}

/// The directions of a convolution.
fn sides(op: &op::ConvTranspose, site: Site<'_>) -> (Side, Side) {
    let (input, output) = (site.input(0).size(), site.output().size());
    let side = |side: usize, input, output, before| {
        let (kernel, stride) = (op.kernel[side], op.stride[side]);
        Side { input, output, kernel, stride, before }
    };
    (side(0, input.0, output.0, op.pad.top), side(1, input.1, output.1, op.pad.left))
}

/// Taps of every pair of phases.
fn phases(down: Side, across: Side) -> impl Iterator<Item = Vec<usize>> {
    let pairs = (0..down.stride).flat_map(move |y| (0..across.stride).map(move |x| (y, x)));
    pairs.map(move |(y, x)| {
        let rows = down.taps(y);
        rows.flat_map(|row| across.taps(x).map(move |column| row * across.kernel + column)).collect()
    })
}

impl Run for ConvTranspose {
    type Of = op::ConvTranspose;

    fn packed_len(op: &op::ConvTranspose, site: Site<'_>) -> usize {
        let ((down, across), channels) = (sides(op, site), site.input(0).channels());
        phases(down, across).map(|taps| Matrix::len(taps.len() * channels, op.out)).sum()
    }

    fn new(op: &op::ConvTranspose, site: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let ((down, across), channels) = (sides(op, site), site.input(0).channels());
        let (weights, all) = (packer.weights, op.kernel[0] * op.kernel[1]);
        let weight = weights.parameter(op.weight);
        let bias = op.bias.map(|bias| weights.parameter(bias));
        let matrices = phases(down, across).map(|taps| {
            let number = |o: usize, tap: usize, i: usize| weight[(i * op.out + o) * all + tap];
            packer.matrix(taps.len() * channels, op.out, bias.as_deref(), |outputs| {
                let rows = outputs.flat_map(|o| {
                    let number = &number;
                    taps.iter().flat_map(move |tap| (0..channels).map(move |i| number(o, *tap, i)))
                });
                rows.collect::<Vec<f32>>().into()
            })
        });
        Self { down, across, channels, out: op.out, matrices: matrices.collect() }
    }

    fn scratch_len(&self, _: usize) -> usize {
        let most = self.matrices.iter().map(|matrix| matrix.k).max().unwrap_or(0);
        self.across.output.div_ceil(self.across.stride) * most
    }

    fn run(&self, mut io: Io<'_>) {
        let Self { down, across, out, .. } = *self;
        let (Machine { tile, threads }, packed) = (io.machine, io.packed);
        let (y, x, _, scratch) = io.two(0, None);
        let k = self.matrices.iter().map(|matrix| matrix.k).max().unwrap_or(0);
        let work = work::parts(y.len(), k, Activation::Identity);
        threads.rows_with(scratch, work, y, across.output * out, |rows, y, scratch| {
            for (row, y) in rows.zip(y.chunks_exact_mut(across.output * out)) {
                for phase in 0..across.stride {
                    let count = across.pixels(phase).len();
                    let Some(first) = across.pixels(phase).next() else { continue };
                    let matrix = &self.matrices[down.phase(row) * across.stride + phase];
                    let a = self.windows(x, row, phase, scratch);
                    let c = RowsMut { data: &mut y[first * out..], stride: across.stride * out };
                    gemm_with(*tile, count, a, matrix.of(packed), c, Epilogue::NONE);
                }
            }
        });
    }
}

impl ConvTranspose {
    /// What the pixels of a row of the output with a phase see: pixels of the input as they are, or copies of more than one.
    fn windows<'a>(&self, x: Read<'a>, row: usize, phase: usize, copies: &'a mut [f32]) -> Rows<'a> {
        let Self { down, across, channels, .. } = *self;
        let pixel = |row: Option<usize>, column: Option<usize>| {
            Some(&x.data[(row? * across.input + column?) * x.stride..][..channels])
        };
        let taps = || down.taps(down.phase(row)).flat_map(|y| across.taps(phase).map(move |x| (y, x)));
        let mut columns = across.pixels(phase);
        let place = |column: usize, (y, x): (usize, usize)| (down.pixel(row, y), across.pixel(column, x));
        if let (Some(tap), None, Some(first)) = (taps().next(), taps().nth(1), columns.next()) {
            let last = columns.last().unwrap_or(first);
            if let ((Some(y), Some(x_first)), (_, Some(_))) = (place(first, tap), place(last, tap)) {
                return Rows { data: &x.data[(y * across.input + x_first) * x.stride..], stride: x.stride };
            }
        }
        let k = taps().count() * channels;
        for (column, copy) in across.pixels(phase).zip(copies.chunks_exact_mut(k.max(1))) {
            for (tap, to) in taps().zip(copy.chunks_exact_mut(channels)) {
                let (y, x) = place(column, tap);
                match pixel(y, x) {
                    Some(numbers) => to.copy_from_slice(numbers),
                    None => to.fill(0.0),
                }
            }
        }
        Rows { data: copies, stride: k }
    }
}

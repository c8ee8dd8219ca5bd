//! Matrix products over positions: 1×1 convolutions and linear layers.

use std::ops::Range;

use super::super::pack::Matrix;
use super::super::work::{self, Cut};
use super::{Io, Read};
use crate::graph::Activation;
use crate::graph::op::ChannelMap;
use crate::order;
use kernels::gemm::{Epilogue, Runs, gemm_runs, gemm_with};
use kernels::gemv::gemv;
use kernels::pack::{PANEL, PackedB};
use kernels::{Rows, RowsMut, elementwise};

/// activation(x × matrix + bias) \[+ residual\] over `rows` positions.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Product {
    rows: usize,
    matrix: Matrix,
    activation: Activation,
    residual: Option<usize>,
    picks: Option<Picks>,
}

/// Channels of a wider value, as runs of neighbours that are as long and as far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picks {
    first: usize,
    run: usize,
    count: usize,
    apart: usize,
}

impl Picks {
    /// The channels of a map in ascending order, if they lie so.
    pub(super) fn new(map: &ChannelMap) -> Option<Self> {
        let sorted = ascending(map);
        let first = *sorted.first()?;
        let run = sorted.iter().enumerate().take_while(|(i, channel)| **channel == first + i).count();
        let count = sorted.len() / run;
        let apart = sorted.get(run).map_or(0, |second| second - first);
        let is_there = |(i, channel): (usize, &usize)| *channel == first + i / run * apart + i % run;
        let fits = count * run == sorted.len() && sorted.iter().enumerate().all(is_there);
        fits.then_some(Self { first, run, count, apart })
    }
}

/// The channels of a map in the order in which they lie.
pub(super) fn ascending(map: &ChannelMap) -> Vec<usize> {
    order::sorted(map.iter().collect(), |channel| *channel as u128)
}

impl Product {
    pub(super) fn new(
        rows: usize,
        matrix: Matrix,
        activation: Activation,
        residual: Option<usize>,
        picks: Option<Picks>,
    ) -> Self {
        Self { rows, matrix, activation, residual, picks }
    }

    /// Numbers of scratch memory for each of so many threads.
    pub(super) fn scratch_len(&self, threads: usize) -> usize {
        work::tile_len(self.rows, &self.matrix, threads)
    }

    pub(super) fn run(&self, mut io: Io<'_>) {
        let Self { rows, matrix, activation, .. } = self;
        let (machine, packed, to) = (io.machine, io.packed, io.output());
        let b = matrix.of(packed);
        let (y, x, residual, scratch) = io.two(0, self.residual);
        let threads = &machine.threads;
        if *rows == 1 && self.picks.is_none() {
            return threads.rows(work::vector(matrix), y, 1, |columns, y| {
                gemv(x.data, panels(b, &columns), y, *activation);
                if let Some(residual) = residual {
                    elementwise::add_assign(y, &residual.data[columns]);
                }
            });
        }
        let cut = if to.is_contiguous() { Cut::of(*rows, threads.count()) } else { Cut::Rows };
        let work = cut.work(*rows, matrix, *activation, threads.count());
        // Sums from row `first` on.
        let multiply =
            |first: usize, count: usize, b: PackedB<'_>, c: RowsMut<'_>, epilogue: Epilogue<'_>| match self
                .picks
            {
                None => {
                    let a = Rows { data: &x.data[first * x.stride..], stride: x.stride };
                    gemm_with(machine.tile, count, a, b, c, epilogue);
                }
                Some(Picks { first: channel, run, count: runs, apart }) => {
                    let data = &x.data[first * x.stride + channel..];
                    let a = Runs { data, stride: x.stride, run, count: runs, apart };
                    gemm_runs(machine.tile, count, a, b, c, epilogue);
                }
            };
        match cut {
            Cut::Rows => threads.rows(work, y, to.stride, |rows, y| {
                let epilogue = epilogue(*activation, residual, rows.start, 0);
                multiply(rows.start, rows.len(), b, RowsMut { data: y, stride: to.stride }, epilogue);
            }),
            Cut::Columns => threads.columns(scratch, work, y, matrix.n, |columns, y| {
                let epilogue = epilogue(*activation, residual, 0, columns.start);
                let c = RowsMut { data: y, stride: columns.len() };
                multiply(0, *rows, panels(b, &columns), c, epilogue);
            }),
        }
    }
}

/// What ends a product whose first number is in this row and column.
pub(super) fn epilogue(
    activation: Activation,
    residual: Option<Read<'_>>,
    row: usize,
    column: usize,
) -> Epilogue<'_> {
    let rows = |Read { data, stride }| Rows { data: &data[row * stride + column..], stride };
    Epilogue { activation, residual: residual.map(rows) }
}

/// Some columns of a packed matrix, from the start of a panel on.
fn panels<'a>(b: PackedB<'a>, columns: &Range<usize>) -> PackedB<'a> {
    PackedB { data: &b.data[columns.start / PANEL * PANEL * (b.k + 1)..], n: columns.len(), ..b }
}

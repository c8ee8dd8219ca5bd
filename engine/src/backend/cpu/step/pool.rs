//! Pooling windows.

use super::{Io, Packer, Run, Site};
use crate::graph::op::{self, PoolKind};
use kernels::threads::Work;
use kernels::{elementwise, pool};

#[derive(Debug)]
pub(in crate::backend::cpu) struct Pool {
    op: op::Pool,
    from: (usize, usize),
    to: (usize, usize),
    channels: usize,
}

impl Run for Pool {
    type Of = op::Pool;

    const WRITES_PARTS: bool = true;

    fn new(op: &op::Pool, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self {
            op: *op,
            from: site.input(0).size(),
            to: site.output().size(),
            channels: site.output().channels(),
        }
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, stride) = (&io.machine.threads, io.output().stride);
        let (y, x) = io.one(0);
        let taps = self.op.window[0] * self.op.window[1];
        let nanoseconds = (self.to.0 * self.to.1 * self.channels).saturating_mul(taps) / 8;
        threads.rows(Work { nanoseconds, multiple: 1 }, y, self.to.1 * stride, |rows, y| {
            for (row, y) in rows.zip(y.chunks_mut(self.to.1 * stride)) {
                self.row(row, x, y, stride);
            }
        });
    }
}

impl Pool {
    /// Computes a row of the output.
    fn row(&self, row: usize, x: &[f32], y: &mut [f32], stride: usize) {
        let Self { op, from: (h, w), to: (_, columns), channels } = *self;
        let (lines, tall) = op.under(0, row, h, op.pad.top, op.pad.bottom);
        for column in 0..columns {
            let (pixels, wide) = op.under(1, column, w, op.pad.left, op.pad.right);
            let y = &mut y[column * stride..][..channels];
            match op.kind {
                PoolKind::Max => pool::max_window(x, w, lines.clone(), pixels, y),
                PoolKind::Average => {
                    y.fill(0.0);
                    let window =
                        lines.clone().flat_map(|line| pixels.clone().map(move |pixel| line * w + pixel));
                    window.for_each(|pixel| elementwise::add_assign(y, &x[pixel * channels..][..channels]));
                    let count = (tall * wide) as f32;
                    y.iter_mut().for_each(|sum| *sum /= count);
                }
            }
        }
    }
}

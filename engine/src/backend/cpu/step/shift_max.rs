//! MicroNet's activation function.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op::{self, ChannelMap};
use kernels::elementwise;

#[derive(Debug)]
pub(in crate::backend::cpu) struct ShiftMax {
    map: ChannelMap,
    range: f32,
    start: Vec<[f32; 2]>,
}

impl Run for ShiftMax {
    type Of = op::ShiftMax;

    fn new(op: &op::ShiftMax, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self { map: op.map.clone(), range: op.range, start: op.start.clone() }
    }

    /// Factors, and the other channels of a pixel.
    fn scratch_len(&self, _: usize) -> usize {
        (2 * self.start.len() + 1) * self.map.len()
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, channels) = (&io.machine.threads, self.map.len());
        let (y, x, gates, scratch) = io.two(0, Some(1));
        let Some(gates) = gates else { return };
        threads.rows_with(scratch, work::moved(3 * y.len()), y, channels, |rows, y, scratch| {
            let (factors, others) = scratch.split_at_mut(2 * self.start.len() * channels);
            let others = &mut others[..channels];
            let parts = factors.chunks_exact_mut(channels).zip(gates.data.chunks_exact(channels));
            for ((factors, gates), start) in parts.zip(self.start.as_flattened()) {
                for (factor, gate) in factors.iter_mut().zip(gates) {
                    *factor = (gate - 0.5) * self.range + start;
                }
            }
            let x = part(x.data, &rows, channels);
            for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                elementwise::gather(x, channels, self.map.table(), others, channels);
                elementwise::shift_max(x, others, factors, y);
            }
        });
    }
}

//! Concatenation: what is not there already is copied.

use super::super::work;
use super::{Io, Packer, Run, Site};
use crate::graph::op::{self, ChannelMap};
use kernels::elementwise;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Concat {
    copies: Vec<Copy>,
}

/// An input that has to be copied.
#[derive(Debug)]
struct Copy {
    input: usize,
    gather: Option<ChannelMap>,
    /// Where its channels begin in the result, and how many they are.
    first: usize,
    count: usize,
}

impl Run for Concat {
    type Of = op::Concat;

    fn new(op: &op::Concat, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        let (mut copies, mut first) = (Vec::new(), 0);
        for (input, id) in site.node().inputs.iter().enumerate() {
            let count = op.channels(input, site.input(input));
            if !site.plan.is_part(*id, site.id) {
                copies.push(Copy { input, gather: op.gather(input).cloned(), first, count });
            }
            first += count;
        }
        Self { copies }
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, channels) = (&io.machine.threads, io.output().channels);
        for Copy { input, gather: map, first, count } in &self.copies {
            let source = io.place(*input).channels;
            let (y, x) = io.one(*input);
            threads.rows(work::moved(y.len()), y, channels, |rows, y| {
                let x = &x[rows.start * source..rows.end * source];
                match map {
                    Some(map) => {
                        let y = y.get_mut(*first..).unwrap_or_default();
                        elementwise::gather(x, source, map.table(), y, channels);
                    }
                    None => {
                        for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(source)) {
                            y[*first..][..*count].copy_from_slice(x);
                        }
                    }
                }
            });
        }
    }
}

//! A map times a vector or a map.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::op;
use kernels::elementwise;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Scale;

impl Run for Scale {
    type Of = op::Scale;

    fn new(_: &op::Scale, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x, second, _) = io.two(0, Some(1));
        let scale = second.map_or(x.data, |second| second.data);
        if scale.len() == x.data.len() {
            threads.rows(work::moved(y.len()), y, 1, |range, y| {
                elementwise::scale_channels(&x.data[range.clone()], &scale[range], y);
            });
        } else {
            threads.rows(work::moved(y.len()), y, scale.len(), |rows, y| {
                elementwise::scale_channels(part(x.data, &rows, scale.len()), scale, y);
            });
        }
    }
}

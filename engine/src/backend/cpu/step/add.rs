//! Sums that no product computes along the way.

use super::super::work;
use super::{Io, Packer, Run, Site};
use crate::graph::{Activation, op};
use kernels::{elementwise, math};

#[derive(Debug)]
pub(in crate::backend::cpu) struct Add(Activation);

impl Run for Add {
    type Of = op::Add;

    fn new(op: &op::Add, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self(op.activation)
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x, second, _) = io.two(0, Some(1));
        let second = second.map_or(x.data, |second| second.data);
        threads.rows(work::moved(y.len()), y, 1, |range, y| {
            elementwise::add(&x.data[range.clone()], &second[range], y);
            math::apply_activation(y, self.0);
        });
    }
}

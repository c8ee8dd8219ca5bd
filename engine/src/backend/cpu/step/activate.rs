//! Non-linearities that nothing else computes along the way.

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::graph::{Activation, op};
use kernels::math;
use kernels::threads::Work;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Activate(Activation);

impl Run for Activate {
    type Of = op::Activate;

    fn new(op: &op::Activate, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self(op.0)
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x) = io.one(0);
        let nanoseconds = y.len() / 2 + work::activation_ns(y.len(), self.0);
        threads.rows(Work { nanoseconds, multiple: 1 }, y, 1, |range, y| {
            y.copy_from_slice(part(x, &range, 1));
            math::apply_activation(y, self.0);
        });
    }
}

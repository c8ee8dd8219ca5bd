//! Sums that no product computes along the way.

use super::super::work;
use super::{Io, Packer, Run, Site};
use crate::graph::{Activation, op};
use kernels::{elementwise, math};

#[derive(Debug)]
pub(in crate::backend::cpu) struct Add {
    activation: Activation,
    is_mean: bool,
}

impl Run for Add {
    type Of = op::Add;

    fn new(op: &op::Add, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self { activation: op.activation, is_mean: op.is_mean }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (y, x, second, _) = io.two(0, Some(1));
        let second = second.map_or(x.data, |second| second.data);
        threads.rows(work::moved(y.len()), y, 1, |range, y| {
            elementwise::add(&x.data[range.clone()], &second[range], y);
            if self.is_mean {
                y.iter_mut().for_each(|y| *y *= 0.5);
            }
            math::apply_activation(y, self.activation);
        });
    }
}

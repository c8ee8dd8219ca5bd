//! Batch normalisations that follow no convolution.

use std::ops::Range;

use super::super::work;
use super::{Io, Packer, Run, Site, part};
use crate::backend::fold::fold;
use crate::graph::{Activation, op};
use kernels::{elementwise, math};

/// x · scale + shift, per channel, and an activation or a PReLU.
#[derive(Debug)]
pub(in crate::backend::cpu) struct BatchNorm {
    scale: Range<usize>,
    shift: Range<usize>,
    activation: Activation,
    slope: Option<Range<usize>>,
}

impl Run for BatchNorm {
    type Of = op::BatchNorm;

    fn packed_len(op: &op::BatchNorm, site: Site<'_>) -> usize {
        (2 + usize::from(op.slope.is_some())) * site.plan.graph.param(op.norm.weight).elements()
    }

    fn new(op: &op::BatchNorm, _: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let (scale, shift) = fold(packer.weights, &op.norm);
        Self {
            scale: packer.push(&scale),
            shift: packer.push(&shift),
            activation: op.activation,
            slope: op.slope.map(|slope| packer.param(slope)),
        }
    }

    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (scale, shift) = (&io.packed[self.scale.clone()], &io.packed[self.shift.clone()]);
        let slope = self.slope.as_ref().map(|slope| &io.packed[slope.clone()]);
        let (y, x) = io.one(0);
        threads.rows(work::moved(y.len()), y, shift.len(), |rows, y| {
            elementwise::scale_channels(part(x, &rows, shift.len()), scale, y);
            y.chunks_exact_mut(shift.len()).for_each(|pixel| elementwise::add_assign(pixel, shift));
            match slope {
                None => math::apply_activation(y, self.activation),
                Some(slope) => elementwise::prelu(y, slope),
            }
        });
    }
}

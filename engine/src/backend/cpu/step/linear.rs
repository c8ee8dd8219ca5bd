//! Linear layers.

use std::ops::Range;

use super::super::pack::Matrix;
use super::super::work;
use super::product::Product;
use super::{Io, Packer, Run, Site, part};
use crate::backend::fold::{Folded, by_planes};
use crate::graph::Activation;
use crate::graph::op::{self, Flattened};
use kernels::{elementwise, gemv, math};

#[derive(Debug)]
pub(in crate::backend::cpu) enum Linear {
    /// Every output reads every input.
    Whole(Product),
    /// In groups.
    Grouped(Grouped),
}

/// A layer in groups, with its weights as they are and a bias behind them.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Grouped {
    weights: Range<usize>,
    bias: Range<usize>,
    groups: usize,
    activation: Activation,
    residual: Option<usize>,
}

impl Run for Linear {
    type Of = op::Linear;

    fn packed_len(op: &op::Linear, site: Site<'_>) -> usize {
        let read = op.read(site.input(0));
        if op.groups > 1 { (read + 1) * op.out } else { Matrix::len(read, op.out) }
    }

    fn new(op: &op::Linear, site: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let weights = packer.weights;
        let (k, channels) = (op.read(site.input(0)), site.input(0).channels());
        let folded = Folded::new(weights, op.bias, &op.epilogue, op.out);
        let (activation, residual) = (op.epilogue.activation, op.epilogue.residual.then_some(1));
        if op.groups > 1 {
            let weights = packer.push(&folded.filters(weights, op.weight, k, 0..op.out));
            let bias = packer.push(&folded.bias);
            return Self::Grouped(Grouped { weights, bias, groups: op.groups, activation, residual });
        }
        let matrix = packer.matrix(k, op.out, Some(&folded.bias), |outputs| {
            let rows = folded.filters(weights, op.weight, k, outputs);
            match op.flattened {
                // From (C, pixels) to (pixels, C).
                Some(Flattened::ChannelsFirst) => by_planes(&rows, k, k / channels.max(1), 1).into(),
                Some(Flattened::ChannelsLast) | None => rows,
            }
        });
        Self::Whole(Product::new(
            if op.flattened.is_some() { 1 } else { site.output().positions() },
            matrix,
            activation,
            residual,
            None,
        ))
    }

    fn scratch_len(&self, threads: usize) -> usize {
        match self {
            Self::Whole(product) => product.scratch_len(threads),
            Self::Grouped(_) => 0,
        }
    }

    fn run(&self, io: Io<'_>) {
        match self {
            Self::Whole(product) => product.run(io),
            Self::Grouped(grouped) => grouped.run(io),
        }
    }
}

impl Grouped {
    fn run(&self, mut io: Io<'_>) {
        let threads = &io.machine.threads;
        let (weights, bias) = (&io.packed[self.weights.clone()], &io.packed[self.bias.clone()]);
        let (out, input) = (io.output().channels, io.place(0).channels);
        let (y, x, residual, _) = io.two(0, self.residual);
        threads.rows(work::moved(y.len() / out * weights.len()), y, out, |rows, y| {
            let x = part(x.data, &rows, input);
            for (x, y) in x.chunks_exact(input).zip(y.chunks_exact_mut(out)) {
                gemv::grouped(x, weights, self.groups, y);
                elementwise::add_assign(y, bias);
            }
            math::apply_activation(y, self.activation);
            if let Some(residual) = residual {
                elementwise::add_assign(y, part(residual.data, &rows, out));
            }
        });
    }
}

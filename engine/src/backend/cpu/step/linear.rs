//! Linear layers.

use super::super::pack::Matrix;
use super::product::Product;
use super::{Io, Packer, Run, Site};
use crate::backend::fold::Folded;
use crate::graph::op;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Linear(Product);

impl Run for Linear {
    type Of = op::Linear;

    fn packed_len(op: &op::Linear, site: Site<'_>) -> usize {
        Matrix::len(site.input(0).channels(), op.out)
    }

    fn new(op: &op::Linear, site: Site<'_>, packer: &mut Packer<'_>) -> Self {
        let weights = packer.weights;
        let k = site.input(0).channels();
        let folded = Folded::new(weights, op.bias, &op.epilogue, op.out);
        let matrix = packer
            .matrix(k, op.out, Some(&folded.bias), |outputs| folded.filters(weights, op.weight, k, outputs));
        let residual = op.epilogue.residual.then_some(1);
        Self(Product::new(site.output().positions(), matrix, op.epilogue.activation, residual, None))
    }

    fn scratch_len(&self, threads: usize) -> usize {
        self.0.scratch_len(threads)
    }

    fn run(&self, io: Io<'_>) {
        self.0.run(io);
    }
}

//! From tokens to maps.

use super::super::work;
use super::unfold::TokenOrder;
use super::{Io, Packer, Run, Site};
use crate::graph::op;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Fold(TokenOrder);

impl Run for Fold {
    type Of = op::Fold;

    fn new(op: &op::Fold, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self(TokenOrder::new(op.size, op.patch))
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, channels) = (&io.machine.threads, io.output().channels);
        let (y, x) = io.one(0);
        threads.rows(work::copied(y.len()), y, channels, |pixels, y| {
            for (to, pixel) in y.chunks_exact_mut(channels).zip(pixels) {
                to.copy_from_slice(&x[self.0.token(pixel) * channels..][..channels]);
            }
        });
    }
}

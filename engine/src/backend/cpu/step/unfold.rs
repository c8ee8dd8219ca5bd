//! From maps to tokens.

use super::super::work;
use super::{Io, Packer, Run, Site};
use crate::graph::op;

#[derive(Debug)]
pub(in crate::backend::cpu) struct Unfold(TokenOrder);

impl Run for Unfold {
    type Of = op::Unfold;

    fn new(op: &op::Unfold, site: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self(TokenOrder::new(site.input(0).size(), op.patch))
    }

    fn run(&self, mut io: Io<'_>) {
        let (threads, channels) = (&io.machine.threads, io.output().channels);
        let (y, x) = io.one(0);
        threads.rows(work::copied(y.len()), y, channels, |tokens, y| {
            for (to, token) in y.chunks_exact_mut(channels).zip(tokens) {
                to.copy_from_slice(&x[self.0.pixel(token) * channels..][..channels]);
            }
        });
    }
}

/// In which order unfolded tokens follow each other; see [`op::Unfold`].
#[derive(Debug)]
pub(super) struct TokenOrder {
    width: usize,
    /// Patches in a column and in a row of them.
    patches: (usize, usize),
    patch: usize,
}

impl TokenOrder {
    pub(super) fn new((h, w): (usize, usize), patch: usize) -> Self {
        Self { width: w, patches: (h / patch, w / patch), patch }
    }

    /// The pixel that a token is of.
    fn pixel(&self, token: usize) -> usize {
        let (offset, number) = (token / self.count(), token % self.count());
        let (y, x) = (number / self.patches.1 * self.patch, number % self.patches.1 * self.patch);
        (y + offset / self.patch) * self.width + x + offset % self.patch
    }

    /// The token of a pixel.
    pub(super) fn token(&self, pixel: usize) -> usize {
        let (y, x) = (pixel / self.width, pixel % self.width);
        let offset = y % self.patch * self.patch + x % self.patch;
        offset * self.count() + y / self.patch * self.patches.1 + x / self.patch
    }

    /// The number of patches: tokens of one sequence.
    fn count(&self) -> usize {
        self.patches.0 * self.patches.1
    }
}

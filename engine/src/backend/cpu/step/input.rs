//! The image.

use super::{Io, Packer, Run, Site};
use crate::graph::op;

/// Copies the image into the arena.
#[derive(Debug)]
pub(in crate::backend::cpu) struct Input;

impl Run for Input {
    type Of = op::Input;

    fn new(_: &op::Input, _: Site<'_>, _: &mut Packer<'_>) -> Self {
        Self
    }

    fn run(&self, io: Io<'_>) {
        let y = io.output().range();
        io.arena[y].copy_from_slice(io.image);
    }
}

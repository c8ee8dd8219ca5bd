//! Steps, a file each: how an operation's weights are packed, and how it runs.

mod activate;
mod add;
mod attention;
mod batch_norm;
mod channels;
mod concat;
mod conv;
mod conv_transpose;
mod fold;
mod global_average_pool;
mod input;
mod layer_norm;
mod linear;
mod pool;
mod prelu;
mod product;
mod resize;
mod scale;
mod separable_attention;
mod shift_max;
mod unfold;

use super::Machine;
use super::pack::{Packer, Site};
use crate::graph::{NodeId, Op};
use crate::plan::Place;

/// An operation on the CPU.
trait Run: Sized {
    /// The operation.
    type Of;

    /// Whether it can leave gaps between the positions of what it computes.
    const WRITES_PARTS: bool = false;

    /// Numbers that it packs.
    fn packed_len(_op: &Self::Of, _site: Site<'_>) -> usize {
        0
    }

    /// Packs its weights.
    fn new(op: &Self::Of, site: Site<'_>, packer: &mut Packer<'_>) -> Self;

    /// Numbers of scratch memory that a run of it needs for each of so many threads.
    fn scratch_len(&self, _threads: usize) -> usize {
        0
    }

    /// Computes its value in the arena.
    fn run(&self, io: Io<'_>);
}

/// What a step reads and writes.
pub(super) struct Io<'a> {
    pub(super) image: &'a [f32],
    pub(super) arena: &'a mut [f32],
    pub(super) packed: &'a [f32],
    pub(super) scratch: &'a mut [f32],
    pub(super) machine: &'a Machine,
    pub(super) places: &'a [Place],
    pub(super) inputs: &'a [NodeId],
    pub(super) output: NodeId,
}

/// A value that is read, with its gaps.
#[derive(Clone, Copy)]
struct Read<'a> {
    data: &'a [f32],
    stride: usize,
}

const DISJOINT: &str = "the plan keeps a step's output apart from its inputs";

impl Io<'_> {
    /// The place of an input.
    fn place(&self, i: usize) -> Place {
        self.places[self.inputs[i].0]
    }

    /// The place of the output.
    fn output(&self) -> Place {
        self.places[self.output.0]
    }

    /// The output, and an input.
    fn one(&mut self, i: usize) -> (&mut [f32], &[f32]) {
        let ranges = [self.output().range(), self.place(i).range()];
        let [y, x] = self.arena.get_disjoint_mut(ranges).expect(DISJOINT);
        (y, x)
    }

    /// The output and two inputs, the second of which may be absent or the first; and scratch memory.
    fn two(
        &mut self,
        first: usize,
        second: Option<usize>,
    ) -> (&mut [f32], Read<'_>, Option<Read<'_>>, &mut [f32]) {
        let (y, x) = (self.output().range(), self.place(first));
        let other = second.map(|i| self.place(i));
        let scratch = &mut *self.scratch;
        match other {
            Some(other) if other != x => {
                let ranges = [y, x.range(), other.range()];
                let [y, a, b] = self.arena.get_disjoint_mut(ranges).expect(DISJOINT);
                (y, Read { data: a, stride: x.stride }, Some(Read { data: b, stride: other.stride }), scratch)
            }
            _ => {
                let [y, a] = self.arena.get_disjoint_mut([y, x.range()]).expect(DISJOINT);
                let read = Read { data: a, stride: x.stride };
                (y, read, other.map(|_| read), scratch)
            }
        }
    }
}

/// Some rows of a matrix.
fn part<'a>(data: &'a [f32], rows: &std::ops::Range<usize>, row_len: usize) -> &'a [f32] {
    &data[rows.start * row_len..rows.end * row_len]
}

/// The closed list of steps: an operation's name, and its file.
macro_rules! steps {
    ($($name:ident $file:ident),+ $(,)?) => {
        /// What runs for one node of the plan's graph.
        #[derive(Debug)]
        pub(super) enum Step {
            $($name($file::$name)),+
        }

        impl Step {
            pub(super) fn packed_len(site: Site<'_>) -> usize {
                match &site.node().op {
                    $(Op::$name(op) => <$file::$name as Run>::packed_len(op, site)),+
                }
            }

            pub(super) fn new(site: Site<'_>, packer: &mut Packer<'_>) -> Self {
                match &site.node().op {
                    $(Op::$name(op) => Self::$name(Run::new(op, site, packer))),+
                }
            }

            pub(super) fn scratch_len(&self, threads: usize) -> usize {
                match self {
                    $(Self::$name(step) => step.scratch_len(threads)),+
                }
            }

            pub(super) fn run(&self, io: Io<'_>) {
                match self {
                    $(Self::$name(step) => step.run(io)),+
                }
            }
        }

        /// Whether an operation can leave gaps between the positions of what it computes.
        pub(super) fn writes_parts(op: &Op) -> bool {
            match op {
                $(Op::$name(_) => <$file::$name as Run>::WRITES_PARTS),+
            }
        }
    };
}

steps! {
    Input input,
    Conv conv,
    ConvTranspose conv_transpose,
    Linear linear,
    BatchNorm batch_norm,
    Activate activate,
    Prelu prelu,
    Add add,
    Scale scale,
    ShiftMax shift_max,
    Concat concat,
    Channels channels,
    Pool pool,
    GlobalAveragePool global_average_pool,
    Resize resize,
    Unfold unfold,
    Fold fold,
    LayerNorm layer_norm,
    Attention attention,
    SeparableAttention separable_attention,
}

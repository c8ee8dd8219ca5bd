//! From a plan and weights to steps and packed weights.

use std::borrow::Cow;
use std::ops::Range;

use super::emptied;
use super::step::Step;
use crate::graph::{Node, NodeId, ParamId, Shape};
use crate::plan::Plan;
use crate::weights::Parameters;
use kernels::Rows;
use kernels::pack::{PANEL, PackedB, pack_b, packed_len};

/// Weights that are taken at a time, about: few beside the packed ones, since memory in the browser never shrinks.
const BLOCK: usize = 1 << 14;

/// A matrix among the packed weights, in panels.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    pub(super) packed: Range<usize>,
    pub(super) k: usize,
    pub(super) n: usize,
}

impl Matrix {
    /// The matrix itself.
    pub(super) fn of<'a>(&self, packed: &'a [f32]) -> PackedB<'a> {
        PackedB { data: &packed[self.packed.clone()], k: self.k, n: self.n }
    }

    /// Numbers of a packed `[k, n]` matrix.
    pub(super) const fn len(k: usize, n: usize) -> usize {
        packed_len(k, n)
    }
}

/// Where an operation stands in a plan.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) plan: &'a Plan,
    pub(super) id: NodeId,
}

impl<'a> Site<'a> {
    pub(super) fn node(self) -> &'a Node {
        self.plan.graph.node(self.id)
    }

    /// The shape of an input.
    pub(super) fn input(self, i: usize) -> Shape {
        self.plan.graph.node(self.node().inputs[i]).shape
    }

    /// The shape of what is computed.
    pub(super) fn output(self) -> Shape {
        self.node().shape
    }
}

/// Packs weights.
pub(super) struct Packer<'a> {
    pub(super) weights: &'a dyn Parameters,
    packed: Vec<f32>,
}

impl<'a> Packer<'a> {
    /// The steps, in order, and the memory that they refer to: that of `previous` if it suffices.
    pub(super) fn pack(
        plan: &'a Plan,
        weights: &'a dyn Parameters,
        previous: Vec<f32>,
    ) -> (Vec<Step>, Vec<f32>) {
        let all: Vec<NodeId> = plan.graph.iter().map(|(id, _)| id).collect();
        Self::pack_some(plan, &all, weights, previous)
    }

    /// The same of some nodes.
    pub(super) fn pack_some(
        plan: &'a Plan,
        nodes: &[NodeId],
        weights: &'a dyn Parameters,
        previous: Vec<f32>,
    ) -> (Vec<Step>, Vec<f32>) {
        let sites = || nodes.iter().map(|id| Site { plan, id: *id });
        let len: usize = sites().map(Step::packed_len).sum();
        // At once: growing would have the weights twice in a memory that never shrinks.
        let mut packer = Self { weights, packed: emptied(previous, len) };
        let steps = sites().map(|site| Step::new(site, &mut packer)).collect();
        debug_assert_eq!(packer.packed.len(), len);
        (steps, packer.packed)
    }

    /// Packs `n` rows of `k` weights, some at a time; `rows` gives those of a range of outputs.
    pub(super) fn matrix<'w>(
        &mut self,
        k: usize,
        n: usize,
        bias: Option<&[f32]>,
        rows: impl Fn(Range<usize>) -> Cow<'w, [f32]>,
    ) -> Matrix {
        Matrix { packed: self.matrices(1, k, n, (0, bias), rows), k, n }
    }

    /// Packs so many matrices of this size, one after the other; `rows` gives some rows of all of them, and one has biases.
    pub(super) fn matrices<'w>(
        &mut self,
        count: usize,
        k: usize,
        n: usize,
        (biased, bias): (usize, Option<&[f32]>),
        rows: impl Fn(Range<usize>) -> Cow<'w, [f32]>,
    ) -> Range<usize> {
        let packed = self.reserve(count * packed_len(k, n));
        let many = (BLOCK / (count * k).max(1)).max(1).next_multiple_of(PANEL);
        for first in (0..n).step_by(many) {
            let outputs = first..n.min(first + many);
            let (data, len) = (rows(outputs.clone()), outputs.len());
            for i in 0..count {
                let bias = bias.filter(|_| i == biased).map(|bias| &bias[outputs.clone()]);
                let from = Rows { data: &data[i * len * k..][..len * k], stride: k };
                let to = packed.start + i * packed_len(k, n) + packed_len(k, first);
                pack_b(from, k, len, bias, &mut self.packed[to..][..packed_len(k, len)]);
            }
        }
        packed
    }

    /// Packs a parameter as it is.
    pub(super) fn param(&mut self, id: ParamId) -> Range<usize> {
        let weights = self.weights;
        self.push(&weights.parameter(id))
    }

    /// Packs numbers as they are.
    pub(super) fn push(&mut self, values: &[f32]) -> Range<usize> {
        let range = self.reserve(values.len());
        self.packed[range.clone()].copy_from_slice(values);
        range
    }

    fn reserve(&mut self, len: usize) -> Range<usize> {
        let start = self.packed.len();
        self.packed.resize(start + len, 0.0);
        start..start + len
    }
}

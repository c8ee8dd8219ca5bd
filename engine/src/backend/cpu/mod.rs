//! The CPU backend: channels-last f32, weights packed once, one arena, SIMD128 in the browser.

mod attention;
mod prepare;
mod resize;
mod run;
pub mod simd;
mod work;

use std::ops::Range;

use crate::graph::{Graph, NodeId, passes};
use crate::plan::Plan;
use crate::spec::Activation;
use crate::weights::Parameters;
use simd::Window;
use simd::gemm::RowTile;
use simd::threads::Threads;

/// A network, prepared.
#[derive(Debug)]
pub struct Cpu {
    plan: Plan,
    steps: Vec<Step>,
    /// Everything that [`Kernel`]s refer to by range.
    packed: Vec<f32>,
    arena: Vec<f32>,
    /// An equal share for each thread.
    scratch: Vec<f32>,
    machine: Machine,
}

/// What steps run on.
#[derive(Debug)]
struct Machine {
    tile: RowTile,
    threads: Threads,
}

/// What runs for one node of the plan's graph.
#[derive(Debug)]
struct Step {
    kernel: Kernel,
    /// The places of its inputs in the arena; a residual is the second.
    inputs: Vec<Range<usize>>,
    output: Range<usize>,
}

/// A matrix in [`Cpu::packed`], in panels.
#[derive(Clone, Debug)]
struct Matrix {
    packed: Range<usize>,
    k: usize,
    n: usize,
}

/// A step's operation with its numbers.
#[derive(Debug)]
enum Kernel {
    /// Copies the image into the arena.
    Input,
    /// 1×1 convolution or linear layer over `rows` positions.
    Gemm {
        rows: usize,
        matrix: Matrix,
        activation: Activation,
    },
    /// The same over a single position.
    Gemv {
        matrix: Matrix,
        activation: Activation,
    },
    /// k×k convolution: the same product with the windows as rows.
    DenseConv {
        window: Window,
        matrix: Matrix,
        activation: Activation,
    },
    /// One filter per channel; the matrix holds a column of taps for each.
    DepthwiseConv {
        window: Window,
        matrix: Matrix,
        activation: Activation,
    },
    /// x · scale + shift, per channel: a batch normalisation that follows no convolution.
    Affine {
        scale: Range<usize>,
        shift: Range<usize>,
    },
    Activation(Activation),
    Add,
    Scale,
    Concat {
        channels: [usize; 2],
    },
    GlobalAveragePool {
        pixels: usize,
    },
    Resize {
        from: (usize, usize),
        to: (usize, usize),
        channels: usize,
    },
    Unfold {
        size: (usize, usize),
        channels: usize,
        patch: usize,
    },
    Fold {
        size: (usize, usize),
        channels: usize,
        patch: usize,
    },
    LayerNorm {
        weight: Range<usize>,
        bias: Range<usize>,
        eps: f32,
    },
    Attention {
        tokens: usize,
        dim: usize,
        heads: usize,
    },
}

impl Cpu {
    /// Fuses a graph, plans its memory, packs its weights and allocates everything that runs on these threads need.
    pub fn prepare(graph: &Graph, weights: &dyn Parameters, threads: &Threads) -> Self {
        Self::new(Plan::new(passes::fuse(graph)), weights, threads)
    }

    /// The same for a graph that is planned already.
    pub fn new(plan: Plan, weights: &dyn Parameters, threads: &Threads) -> Self {
        let (steps, packed) = prepare::steps(&plan, weights);
        let most = threads.most();
        let scratch = steps.iter().map(|step| step.kernel.scratch_len(most)).max().unwrap_or(0);
        Self {
            steps,
            packed,
            arena: vec![0.0; plan.arena_len],
            scratch: vec![0.0; scratch * most],
            machine: Machine { tile: RowTile::detect(), threads: threads.clone() },
            plan,
        }
    }

    /// The fused graph.
    pub fn graph(&self) -> &Graph {
        &self.plan.graph
    }

    /// Runs the network on an input (H, W, 3) and shows every value to `observe` as it is computed.
    ///
    /// # Panics
    /// Panics if the input has another length.
    pub fn run(&mut self, input: &[f32], observe: &mut dyn FnMut(NodeId, &[f32])) -> &[f32] {
        for (i, step) in self.steps.iter().enumerate() {
            step.run(input, &mut self.arena, &self.packed, &mut self.scratch, &self.machine);
            observe(NodeId(i), &self.arena[step.output.clone()]);
        }
        &self.arena[self.plan.place(self.plan.graph.output())]
    }

    /// Bytes of packed weights.
    pub fn weight_bytes(&self) -> u64 {
        4 * self.packed.len() as u64
    }

    /// Bytes of the arena and of scratch memory.
    pub fn activation_bytes(&self) -> u64 {
        4 * (self.arena.len() + self.scratch.len()) as u64
    }
}

impl Kernel {
    /// Numbers of scratch memory that a run of it needs for each of so many threads.
    fn scratch_len(&self, threads: usize) -> usize {
        match self {
            Self::Gemm { rows, matrix, .. } => work::tile_len(*rows, matrix, threads),
            Self::DenseConv { window, .. } => simd::conv::scratch_len(window),
            Self::Attention { tokens, dim, heads, .. } => attention::scratch_len(*tokens, dim / heads),
            _ => 0,
        }
    }
}

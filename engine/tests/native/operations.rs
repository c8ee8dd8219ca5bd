//! Every operation in every geometry that it can be given, network or not: the backends against the oracle on small random
//! graphs, the oracle's pooling against PyTorch's definition, values that are kept, and numbers that cannot be meant.

use crate::kernel_checks::random;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::backend::reference::Reference;
use engine::backend::webgpu::WebGpu;
use engine::backend::webgpu::lower::Options;
use engine::backend::{Gpu, Precision, Session, Target, Threads};
use engine::graph::op::{
    Activate, Add, Attention, BatchNorm, ChannelMap, Channels, Concat, Conv, ConvTranspose, Epilogue,
    Filters, Flattened, Fold, GlobalAveragePool, Groups, LayerNorm, Linear, Norm, NormOver, Op, Pad, Pool,
    PoolKind, Prelu, Resize, Rounding, Scale, SeparableAttention, ShiftMax, Unfold, Weight,
};
use engine::graph::{
    Activation, Builder, Graph, NodeId, OpError, ParamId, ParamKind, Shape, passes::fuse_keeping,
};
use engine::spec::{Model, Variant};
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use pollster::block_on;
use random::Random;

/// Numbers of channels and sides that leave something over in every block and quad.
const CHANNELS: [usize; 9] = [1, 2, 3, 5, 7, 8, 12, 17, 58];
const SIDES: [usize; 6] = [1, 3, 4, 7, 9, 13];

/// A random graph in the making.
struct Making {
    graph: Builder,
    random: Random,
}

impl Making {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (h, w, c) = (random.of(&SIDES), random.of(&SIDES), random.of(&CHANNELS));
        Self { graph: Builder::new(Shape::Map { h, w, c }), random }
    }

    /// A name that no other node has.
    fn name(&self) -> String {
        format!("n{}", self.graph.nodes())
    }

    fn push(&mut self, op: impl Into<Op>, inputs: &[NodeId]) -> NodeId {
        let (name, op) = (self.name(), op.into());
        let described = format!("{op:?}");
        let id = self.graph.push(&name, op, inputs).unwrap_or_else(|error| panic!("{described}: {error}"));
        self.graph.mark(&name, id);
        id
    }

    fn param(&mut self, suffix: &str, shape: &[usize], kind: ParamKind) -> ParamId {
        let name = self.name();
        self.graph.param(&name, suffix, shape, kind)
    }

    fn norm(&mut self, channels: usize) -> Norm {
        let mut param = |suffix, kind| self.param(suffix, &[channels], kind);
        Norm {
            weight: param("weight", ParamKind::NormWeight),
            bias: param("bias", ParamKind::NormBias),
            mean: param("mean", ParamKind::BnMean),
            var: param("var", ParamKind::BnVar),
            eps: 1e-3,
        }
    }

    fn batch_norm(&mut self, x: NodeId, channels: usize) -> NodeId {
        let norm = self.norm(channels);
        self.push(BatchNorm { norm, activation: Activation::Identity, slope: None }, &[x])
    }

    fn layer_norm(&mut self, x: NodeId) -> NodeId {
        let channels = [self.graph.channels(x)];
        let weight = self.param("weight", &channels, ParamKind::NormWeight);
        let bias = self.param("bias", &channels, ParamKind::NormBias);
        let over = self.random.of(&[NormOver::Token, NormOver::Whole]);
        self.push(LayerNorm { weight, bias, eps: 1e-3, over }, &[x])
    }

    fn prelu(&mut self, x: NodeId, channels: usize) -> NodeId {
        let slope = self.param("slope", &[channels], ParamKind::Prelu);
        self.push(Prelu { slope }, &[x])
    }

    fn activation(&mut self, x: NodeId) -> NodeId {
        let activation = self.random.of(&Activation::ALL[1..]);
        self.push(Activate(activation), &[x])
    }

    /// Groups of some kind for an input, and how many filters that gives.
    fn groups(&mut self, channels: usize) -> (Groups, usize) {
        let random = &mut self.random;
        let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
        match random.within(0..=5) {
            0 => (Groups::Split(1), random.of(&CHANNELS)),
            1 => (Groups::Split(channels), channels),
            2 => (Groups::Split(channels), channels * random.within(2..=3)),
            3 => {
                let groups = random.of(&divisors);
                (Groups::Split(groups), groups * random.within(1..=5))
            }
            _ => {
                let (window, step) = (random.within(1..=channels + 1), random.within(1..=3));
                // Some windows begin before the first channel and end behind the last, or lie beyond it.
                let (before, places) = (random.within(0..=window), random.within(1..=channels.min(9) + 2));
                let groups = Groups::Sliding { window, step, before, places };
                (groups, places * random.within(1..=5))
            }
        }
    }

    /// A convolution in some geometry.
    fn conv(&mut self, x: NodeId) -> NodeId {
        let Shape::Map { h, w, c } = self.graph.shape(x) else { panic!("a convolution of a map") };
        let (groups, out) = self.groups(c);
        let random = &mut self.random;
        let kernel = match random.within(0..=3) {
            0 => [1; 2],
            1 => [random.of(&[3, 5, 2]); 2],
            _ => [random.of(&[1, 2, 3, 5, 7]), random.of(&[1, 2, 3, 4, 9])],
        };
        let stride = if random.chance(2) { [1; 2] } else { [random.within(1..=3), random.within(1..=3)] };
        let dilation = if random.chance(2) { [1; 2] } else { [random.within(1..=3), random.within(1..=3)] };
        let (_, read) = groups.parts(c);
        let divisors: Vec<usize> = (1..=read.max(1)).filter(|n| read.is_multiple_of(*n)).collect();
        let planes = if random.chance(3) { random.of(&divisors) } else { 1 };
        let filters = Filters { out, kernel, stride, dilation, groups, planes };
        let window = filters.window();
        // What the window needs, and often more on one side than on the other.
        let mut around = |n: usize, window: usize| {
            let most = if random.chance(2) { 0 } else { window };
            let (before, after) = (random.within(0..=most), random.within(0..=most));
            (before, after.max(window.saturating_sub(n + before)))
        };
        let ((top, bottom), (left, right)) = (around(h, window[0]), around(w, window[1]));
        let pad = Pad { top, left, bottom, right };
        let shape = filters.weight_shape(c);
        let bias = self.random.chance(2).then(|| self.param("bias", &shape[..1], ParamKind::Bias));
        let (weight, inputs) = if self.random.chance(4) {
            (Weight::Computed, vec![x, self.computed(shape)])
        } else {
            (Weight::Parameter(self.param("weight", &shape, ParamKind::Weight)), vec![x])
        };
        let epilogue = Epilogue::NONE;
        let y = self.push(Conv { weight, bias, filters, pad, gather: None, epilogue }, &inputs);
        self.follow(y, shape[0])
    }

    /// Filters that the network computes from its input.
    fn computed(&mut self, shape: [usize; 4]) -> NodeId {
        let mean = self.push(GlobalAveragePool, &[NodeId(0)]);
        let (numbers, channels) = (shape.iter().product(), self.graph.channels(mean));
        let weight = self.param("weight", &[numbers, channels], ParamKind::Weight);
        let bias = Some(self.param("bias", &[numbers], ParamKind::Bias));
        self.push(Linear::new(weight, bias, numbers), &[mean])
    }

    /// What may come after a convolution of so many filters: a normalisation (of a volume, in one of its channels for all
    /// depths), an activation, a residual, an activation behind that, a PReLU.
    fn follow(&mut self, y: NodeId, filters: usize) -> NodeId {
        let shape = self.graph.shape(y);
        let channels = shape.channels();
        let shared = self.random.of(&[channels, filters]);
        let mut y = if self.random.chance(2) { self.batch_norm(y, shared) } else { y };
        match self.random.within(0..=5) {
            0 => y = self.prelu(y, shared),
            1 | 2 => y = self.activation(y),
            _ => {}
        }
        if self.random.chance(2) {
            let other = self.like(shape);
            let pair = if self.random.chance(2) { [y, other] } else { [other, y] };
            y = self.push(Add::PLAIN, &pair);
            match self.random.within(0..=3) {
                0 => y = self.activation(y),
                1 => y = self.prelu(y, channels),
                _ => {}
            }
        }
        y
    }

    /// Another value of this shape.
    fn like(&mut self, shape: Shape) -> NodeId {
        let (h, w) = shape.size();
        let source = self.pointwise(NodeId(0), shape.channels());
        if self.graph.shape(source) == shape { source } else { self.resize(source, (h, w)) }
    }

    fn resize(&mut self, x: NodeId, size: (usize, usize)) -> NodeId {
        let align_corners = self.random.chance(2);
        self.push(Resize { size, align_corners }, &[x])
    }

    fn pointwise(&mut self, x: NodeId, out: usize) -> NodeId {
        let name = self.name();
        let y = self.graph.conv(&name, x, Filters::pointwise(out), Pad::all(0), true);
        y.expect("a 1×1 convolution")
    }

    fn depthwise(&mut self, x: NodeId) -> NodeId {
        let (name, channels) = (self.name(), self.graph.channels(x));
        let y = self.graph.conv(&name, x, Filters::depthwise(channels, 3, 1), Pad::all(1), true);
        y.expect("a depthwise convolution")
    }

    fn pool(&mut self, x: NodeId) -> NodeId {
        let (h, w) = self.graph.shape(x).size();
        let pool = any_pool(&mut self.random, [h, w]);
        self.push(pool, &[x])
    }

    /// A channel map of any sort.
    fn channel_map(&mut self, channels: usize) -> ChannelMap {
        let random = &mut self.random;
        match random.within(0..=3) {
            0 => {
                let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
                ChannelMap::shuffle(channels, random.of(&divisors)).expect("a divisor")
            }
            1 => {
                let first = random.within(0..=channels - 1);
                ChannelMap::slice(first..random.within(first + 1..=channels))
            }
            2 => ChannelMap::index((0..channels).step_by(random.within(1..=3))),
            _ => {
                let count = random.within(1..=channels + 2);
                ChannelMap::index((0..count).map(|_| random.within(0..=channels - 1)))
            }
        }
    }

    fn channels(&mut self, x: NodeId) -> NodeId {
        let map = self.channel_map(self.graph.channels(x));
        self.push(Channels(map), &[x])
    }

    fn finish(mut self, last: NodeId) -> Graph {
        // The last node gives the logits.
        if last.0 + 1 != self.graph.nodes() {
            self.push(Activate(Activation::Relu), &[last]);
        }
        self.graph.finish()
    }
}

/// A window that fits on a map of this size.
fn any_pool(random: &mut Random, size: [usize; 2]) -> Pool {
    loop {
        let window = [random.within(1..=4), random.within(1..=4)];
        let mut zeros = |side: usize| random.within(0..=window[side] / 2);
        let pad = Pad { top: zeros(0), bottom: zeros(0), left: zeros(1), right: zeros(1) };
        let map = [size[0] + pad.top + pad.bottom, size[1] + pad.left + pad.right];
        let pool = Pool {
            kind: random.of(&[PoolKind::Max, PoolKind::Average]),
            window,
            stride: [random.within(1..=4), random.within(1..=4)],
            pad,
            rounding: random.of(&[Rounding::Floor, Rounding::Ceil]),
        };
        // The last window may be cut off, and so may the only one.
        let fits = |side: usize| {
            let spare = if pool.rounding == Rounding::Ceil { pool.stride[side] - 1 } else { 0 };
            window[side] <= map[side] + spare
        };
        if fits(0) && fits(1) {
            return pool;
        }
    }
}

/// What graphs run on.
struct Machines {
    gpu: Gpu,
    alone: Threads,
    two: Threads,
}

/// Every value that is observed, by its node in the graph that runs.
type Observed = BTreeMap<NodeId, Vec<f32>>;

impl Machines {
    fn new() -> Self {
        let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
        Self { gpu, alone: Threads::alone(), two: Threads::spawn(2) }
    }

    fn targets(&self) -> [(Target<'_>, f32); 4] {
        [
            (Target::Cpu(&self.alone), 3e-5),
            (Target::Cpu(&self.two), 3e-5),
            (Target::WebGpu(&self.gpu, Precision::Full), 3e-5),
            (Target::WebGpu(&self.gpu, Precision::HalfWeights), 2e-2),
        ]
    }

    /// Compares every value that every backend has and that the stages in `keep` say is the oracle's, and the last.
    fn check(&self, what: &str, graph: &Graph, keep: &[String]) {
        let weights = Weights::random(graph);
        let (h, w) = graph.nodes[0].shape.size();
        let input = synthetic::input_of(h, w, graph.nodes[0].shape.channels());
        let mut oracle = Observed::new();
        let mut reference = Reference::new(graph, &weights);
        let expected = reference.run(&input, &mut |id, value| {
            oracle.insert(id, value.numbers().into_owned());
        });
        assert!(expected.iter().all(|x| x.is_finite()), "{what}: {:#?}", graph.nodes);
        let expected = &expected.to_vec();
        check_gradient(what, graph, &input, &mut reference);
        // What the passes leave means the same.
        let fused = fuse_keeping(graph, keep);
        let logits = Reference::new(&fused, &weights).run(&input, &mut |_, _| {}).to_vec();
        assert_close(&format!("{what} fused on reference"), graph, &logits, expected, 1e-5);
        for (target, tolerance) in self.targets() {
            let threads = if let Target::Cpu(threads) = target { threads.count() } else { 0 };
            let what = format!("{what} on {}, {threads} threads", target.name());
            let session = block_on(Session::prepare_keeping(target, graph, &weights, keep, None));
            let mut session = session.unwrap_or_else(|error| panic!("{what}: {error}: {:#?}", graph.nodes));
            let logits = block_on(session.run(&input)).expect("runs").to_vec();
            assert_close(&what, graph, &logits, expected, tolerance);
            if keep.is_empty() {
                continue;
            }
            let mut seen = Observed::new();
            let observed = block_on(session.run_observed(&input, &mut |id, value| {
                seen.insert(id, value.numbers().into_owned());
            }));
            assert_close(&what, graph, observed.expect("runs"), expected, tolerance);
            for name in keep {
                let [before, after] = [graph, session.graph()]
                    .map(|graph| graph.stage(name).unwrap_or_else(|| panic!("{what}: no stage {name}")));
                let value = seen.get(&after).unwrap_or_else(|| panic!("{what}: {name} is not observed"));
                assert_close(&format!("{what}: {name}"), graph, value, &oracle[&before], tolerance);
            }
        }
    }
}

impl Machines {
    /// Compares the last value on WebGPU as GPUs that are no programs compute it.
    fn check_by_tiles(&self, what: &str, graph: &Graph) {
        let weights = Weights::random(graph);
        let (h, w) = graph.nodes[0].shape.size();
        let input = synthetic::input_of(h, w, graph.nodes[0].shape.channels());
        let expected = Reference::new(graph, &weights).run(&input, &mut |_, _| {}).to_vec();
        let options = Options { precision: Precision::Full, tiles: true };
        let mut session =
            block_on(WebGpu::prepare_with(&self.gpu, graph, &weights, options, &[])).expect("can run");
        let ours = block_on(session.run(&input)).expect("runs");
        assert_close(&format!("{what} by tiles"), graph, ours, &expected, 3e-5);
    }
}

/// Compares the oracle's derivatives by the input with differences along random directions. Where a kink is too near, another
/// input close by decides.
fn check_gradient(what: &str, graph: &Graph, input: &[f32], reference: &mut Reference) {
    let mut random = Random::new(synthetic::seed(what));
    let mut off = [String::new(), String::new(), String::new()];
    for off in &mut off {
        let Err(by) = gradient_at(graph, input, reference, &mut random) else { return };
        *off = by;
    }
    panic!("{what}: {off:?}; {:#?}", graph.nodes);
}

/// What differs at an input near this one.
fn gradient_at(
    graph: &Graph,
    input: &[f32],
    reference: &mut Reference,
    random: &mut Random,
) -> Result<(), String> {
    // Where a step crosses a kink, a smaller one may not; and where that drowns in the rounding of f32, a larger one does not.
    const STEPS: [f64; 4] = [4e-3, 1e-3, 2.5e-4, 6e-5];
    let mut signs =
        |n: usize| -> Vec<f64> { (0..n).map(|_| if random.chance(2) { 1.0 } else { -1.0 }).collect() };
    let moved = |from: &[f32], step: f64, direction: &[f64]| -> Vec<f32> {
        from.iter().zip(direction).map(|(x, sign)| (f64::from(*x) + step * sign) as f32).collect()
    };
    let input = moved(input, 0.01, &signs(input.len()));
    let seed = signs(graph.node(graph.output()).shape.elements());
    reference.run(&input, &mut |_, _| {});
    let gradient = reference.gradient(graph.output(), &seed, NodeId(0));
    let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    for direction in [signs(input.len()), signs(input.len())] {
        let mut beside = |step: f64| -> f64 {
            let y = reference.run(&moved(&input, step, &direction), &mut |_, _| {});
            y.iter().zip(&seed).map(|(y, seed)| f64::from(*y) * seed).sum()
        };
        let expected: f64 = gradient.iter().zip(&direction).map(|(g, sign)| g * sign).sum();
        let measured = STEPS.map(|step| (beside(step) - beside(-step)) / (2.0 * step));
        let nearest =
            measured.iter().map(|measured| (measured - expected).abs()).fold(f64::INFINITY, f64::min);
        if nearest > 0.02 * norm + 1e-3 {
            return Err(format!("{measured:?}, derivatives say {expected} of {norm}"));
        }
    }
    Ok(())
}

/// Fails unless all numbers differ by little, as measured by the largest.
fn assert_close(what: &str, graph: &Graph, ours: &[f32], oracle: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), oracle.len(), "{what}");
    let largest = oracle.iter().fold(1f32, |most, x| most.max(x.abs()));
    for (i, (a, b)) in ours.iter().zip(oracle).enumerate() {
        let near = (a - b).abs() <= tolerance * largest;
        assert!(near, "{what}: number {i} is {a}, oracle {b}, largest {largest}; {:#?}", graph.nodes);
    }
}

/// Runs random graphs, the first stages kept in one of three.
fn check_graphs(kind: &str, cases: u64, make: impl Fn(&mut Making) -> NodeId) {
    check_graphs_and(kind, cases, make, |_, _, _| {});
}

/// The same, and something more with each.
fn check_graphs_and(
    kind: &str,
    cases: u64,
    make: impl Fn(&mut Making) -> NodeId,
    more: impl Fn(&Machines, &str, &Graph),
) {
    let machines = Machines::new();
    for case in 0..cases {
        let mut making = Making::new(synthetic::seed(kind) ^ case);
        let last = make(&mut making);
        let keep_some = making.random.chance(3);
        let mut random = Random::new(case);
        let graph = making.finish(last);
        let names = graph.stages.iter().map(|stage| stage.name.clone());
        let keep: Vec<String> = names.filter(|_| keep_some && random.chance(3)).collect();
        let what = format!("{kind} {case}");
        machines.check(&what, &graph, &keep);
        more(&machines, &what, &graph);
    }
}

#[test]
fn convolutions_of_every_geometry_agree_with_the_oracle() {
    check_graphs("conv", 100, |making| {
        let x = making.conv(NodeId(0));
        if making.random.chance(3) { making.conv(x) } else { x }
    });
}

#[test]
fn transposed_convolutions_of_every_geometry_agree_with_the_oracle() {
    check_graphs("transposed", 80, |making| {
        let Shape::Map { h, w, c } = making.graph.shape(NodeId(0)) else { panic!("a map") };
        let random = &mut making.random;
        let out = random.of(&CHANNELS);
        // Kernels that leave gaps, meet, and overlap.
        let kernel = if random.chance(3) { [2; 2] } else { [random.within(1..=5), random.within(1..=4)] };
        let stride = if random.chance(3) { [2; 2] } else { [random.within(1..=3), random.within(1..=4)] };
        let mut cut = |n: usize, side: usize| {
            let full = (n - 1) * stride[side] + kernel[side];
            let before = random.within(0..=(full - 1).min(kernel[side]));
            (before, random.within(0..=(full - 1 - before).min(2)))
        };
        let ((top, bottom), (left, right)) = (cut(h, 0), cut(w, 1));
        let pad = Pad { top, left, bottom, right };
        let weight = making.param("weight", &[c, out, kernel[0], kernel[1]], ParamKind::Weight);
        let bias = making.random.chance(2).then(|| making.param("bias", &[out], ParamKind::Bias));
        let y = making.push(ConvTranspose { weight, bias, out, kernel, stride, pad }, &[NodeId(0)]);
        let y = if making.random.chance(2) { making.batch_norm(y, out) } else { y };
        let y = if making.random.chance(2) { making.prelu(y, out) } else { y };
        if making.random.chance(2) { making.conv(y) } else { y }
    });
}

/// Enough channels and outputs for the CPU to transform them.
#[test]
fn wide_3x3_convolutions_agree_with_the_oracle() {
    check_graphs("3x3", 40, |making| {
        let [channels, out] = std::array::from_fn(|_| making.random.of(&[32, 33, 47, 58, 96]));
        let size = making.random.of(&[(7, 8), (9, 7), (13, 13), (4, 31), (17, 10)]);
        let x = making.pointwise(NodeId(0), channels);
        let x = making.resize(x, size);
        let mut side = || making.random.within(0..=2);
        let pad = Pad { top: 1 + side(), left: 1 + side(), bottom: side(), right: side() };
        let weight = Weight::Parameter(making.param("weight", &[out, channels, 3, 3], ParamKind::Weight));
        let bias = making.random.chance(2).then(|| making.param("bias", &[out], ParamKind::Bias));
        let conv = Conv {
            weight,
            bias,
            filters: Filters::square(out, 3, 1),
            pad,
            gather: None,
            epilogue: Epilogue::NONE,
        };
        let y = making.push(conv, &[x]);
        let y = making.follow(y, out);
        if making.random.chance(3) {
            let size = making.graph.shape(y).size();
            let x = making.resize(x, size);
            making.push(Concat::default(), &[x, y])
        } else {
            y
        }
    });
}

/// A volume's depth is part of its channels, and so a normalisation behind a 3-D convolution has fewer numbers than channels.
#[test]
fn a_3d_convolution_is_one_that_slides_over_channels() {
    let (depth, channels, out) = (5, 3, 4);
    let mut graph = Builder::new(Shape::Map { h: 6, w: 5, c: depth * channels });
    let groups = Groups::Sliding { window: 3 * channels, step: channels, before: channels, places: depth };
    let filters = Filters { out: depth * out, groups, ..Filters::square(0, 3, 1) };
    let x = graph.conv("conv", NodeId(0), filters, Pad::all(1), false).expect("can be built");
    assert_eq!(graph.shape(x), Shape::Map { h: 6, w: 5, c: depth * out });
    let graph = graph.finish();
    let weights = Weights::random(&graph);
    let input = synthetic::input_of(6, 5, depth * channels);
    let ours = Reference::new(&graph, &weights).run(&input, &mut |_, _| {}).to_vec();
    // Written as conv3d's definition: the weights are (O, D, I, KH, KW), depth before channels.
    let filter = weights.get(ParamId(0));
    let at =
        |z: usize, y: usize, x: usize, c: usize| input[(y * 5 + x) * depth * channels + z * channels + c];
    for (i, ours) in ours.iter().enumerate() {
        let (o, z, x, y) = (i % out, i / out % depth, i / out / depth % 5, i / out / depth / 5);
        let mut sum = 0.0;
        for kz in 0..3 {
            for c in 0..channels {
                for ky in 0..3 {
                    for kx in 0..3 {
                        let (z, y, x) =
                            ((z + kz).wrapping_sub(1), (y + ky).wrapping_sub(1), (x + kx).wrapping_sub(1));
                        if z < depth && y < 6 && x < 5 {
                            let weight = filter[(((o * 3 + kz) * channels + c) * 3 + ky) * 3 + kx];
                            sum += f64::from(at(z, y, x, c)) * f64::from(weight);
                        }
                    }
                }
            }
        }
        assert!((f64::from(*ours) - sum).abs() < 1e-5, "number {i} is {ours}, definition {sum}");
    }
}

#[test]
fn poolings_agree_with_the_oracle() {
    check_graphs("pool", 50, |making| {
        let x = making.pool(NodeId(0));
        // Behind one that may give zeros or padding, something reads whole quads.
        let out = making.random.of(&CHANNELS);
        let x = making.pointwise(x, out);
        if making.random.chance(2) { making.pool(x) } else { x }
    });
}

/// PyTorch's number of windows along a side, as `torch.nn.functional` documents it, one padding a side.
fn torch_windows(n: usize, side: usize, pool: &Pool, pad: [usize; 2]) -> usize {
    let room = ((n + 2 * pad[side]) as f64 - pool.window[side] as f64) / pool.stride[side] as f64;
    match pool.rounding {
        Rounding::Floor => (room.floor() + 1.0) as usize,
        Rounding::Ceil => {
            let count = (room.ceil() + 1.0) as usize;
            // The last window must begin inside the map or the padding before it.
            let is_behind = count > 0 && (count - 1) * pool.stride[side] >= n + pad[side];
            if is_behind { count - 1 } else { count }
        }
    }
}

/// Its pooling, padding counted.
fn torch_pool(x: &[f32], [h, w, c]: [usize; 3], pool: &Pool, pad: [usize; 2]) -> Vec<f32> {
    let count = |n: usize, side: usize| torch_windows(n, side, pool, pad);
    let mut y = Vec::new();
    for oy in 0..count(h, 0) {
        for ox in 0..count(w, 1) {
            for channel in 0..c {
                let start = [oy * pool.stride[0], ox * pool.stride[1]].map(|at| at as isize);
                let [top, left] = [start[0] - pad[0] as isize, start[1] - pad[1] as isize];
                let bottom = (top + pool.window[0] as isize).min((h + pad[0]) as isize);
                let right = (left + pool.window[1] as isize).min((w + pad[1]) as isize);
                let (mut most, mut sum) = (f32::NEG_INFINITY, 0.0);
                for row in top.max(0)..bottom.min(h as isize) {
                    for column in left.max(0)..right.min(w as isize) {
                        let value = x[(row as usize * w + column as usize) * c + channel];
                        most = most.max(value);
                        sum += f64::from(value);
                    }
                }
                y.push(match pool.kind {
                    PoolKind::Max => most,
                    PoolKind::Average => (sum / ((bottom - top) * (right - left)) as f64) as f32,
                });
            }
        }
    }
    y
}

#[test]
fn the_oracle_pools_as_pytorch_does() {
    let mut random = Random::new(7);
    for case in 0..600 {
        let [h, w] = [random.within(1..=9), random.within(1..=9)];
        let mut pool = any_pool(&mut random, [h, w]);
        let pad = [pool.pad.top, pool.pad.left];
        pool.pad = Pad { bottom: pad[0], right: pad[1], ..pool.pad };
        let mut graph = Builder::new(Shape::Map { h, w, c: 3 });
        if graph.push("pool", pool, &[NodeId(0)]).is_err() {
            let theirs = [(h, 0), (w, 1)].map(|(n, side)| torch_windows(n, side, &pool, pad));
            assert!(theirs.contains(&0), "{pool:?} fits on {h}×{w}");
            continue;
        }
        let graph = graph.finish();
        let input = synthetic::input(h, w);
        let ours = Reference::new(&graph, &Weights::random(&graph)).run(&input, &mut |_, _| {}).to_vec();
        let theirs = torch_pool(&input, [h, w, 3], &pool, pad);
        assert_close(&format!("case {case}, {pool:?} on {h}×{w}"), &graph, &ours, &theirs, 1e-6);
    }
}

#[test]
fn channel_maps_and_concatenations_agree_with_the_oracle() {
    check_graphs("channels", 80, |making| {
        let start = making.random.of(&CHANNELS);
        let mut values = vec![making.pointwise(NodeId(0), start)];
        for _ in 0..making.random.within(3..=7) {
            let x = values[making.random.within(0..=values.len() - 1)];
            let out = making.random.of(&CHANNELS);
            let y = match making.random.within(0..=8) {
                0..=2 => making.channels(x),
                3 => making.pointwise(x, out),
                4 => making.depthwise(x),
                5 => {
                    let y = making.channels(x);
                    let z = making.channels(y);
                    let size = making.graph.channels(z);
                    let other = making.pointwise(x, size);
                    making.push(Add::PLAIN, &[z, other])
                }
                6 => {
                    let y = making.channels(x);
                    making.activation(y)
                }
                _ => {
                    // Some twice, some read by others too.
                    let count = making.random.within(2..=7);
                    let inputs: Vec<NodeId> =
                        (0..count).map(|_| values[making.random.within(0..=values.len() - 1)]).collect();
                    let fresh = making.conv_of_same_size(x, out);
                    making.push(Concat::default(), &[inputs, vec![fresh]].concat())
                }
            };
            values.push(y);
        }
        let read_at_last = making.random.within(2..=4);
        let inputs: Vec<NodeId> = values.iter().rev().take(read_at_last).copied().collect();
        let all = making.push(Concat::default(), &inputs);
        let map = making.channels(all);
        let out = making.random.of(&CHANNELS);
        let y = making.pointwise(map, out);
        if making.random.chance(2) { making.activation(y) } else { y }
    });
}

impl Making {
    /// Something that may be computed as a part of a concatenation: any convolution or a pooling that keeps sizes.
    fn conv_of_same_size(&mut self, x: NodeId, out: usize) -> NodeId {
        let channels = self.graph.channels(x);
        let filters = match self.random.within(0..=4) {
            0 => Filters::pointwise(out),
            1 => Filters::square(out, 3, 1),
            2 => Filters::depthwise(channels, 5, 1),
            3 => Filters::square(2 * channels, 3, 1).grouped(channels),
            _ => {
                let kind = self.random.of(&[PoolKind::Max, PoolKind::Average]);
                let (pad, rounding) = (Pad::all(1), Rounding::Floor);
                return self.push(Pool { kind, window: [3; 2], stride: [1; 2], pad, rounding }, &[x]);
            }
        };
        let (name, pad) = (self.name(), Pad::all(filters.kernel[0] / 2));
        let y = self.graph.conv(&name, x, filters, pad, true).expect("a convolution");
        self.follow(y, filters.out)
    }
}

#[test]
fn concatenations_of_vectors_and_tokens_agree_with_the_oracle() {
    check_graphs("tokens", 12, |making| {
        let x = making.like(Shape::Map { h: 4, w: 6, c: 6 });
        let kept = making.pointwise(x, 5);
        let tokens = making.push(Unfold { patch: 2 }, &[x]);
        let both = making.push(Concat::default(), &[tokens, tokens]);
        let both = making.channels(both);
        let weight = making.graph.channels(both);
        let weight = making.param("weight", &[9, weight], ParamKind::Weight);
        let y = making.push(Linear::new(weight, None, 9), &[both]);
        let y = making.push(Attention { heads: 1 }, &[y]);
        let y = making.push(Concat::default(), &[y, tokens]);
        let y = making.push(Fold { patch: 2, size: (4, 6) }, &[y]);
        let y = making.push(Concat::default(), &[y, kept]);
        let mean = making.push(GlobalAveragePool, &[y]);
        let other = making.push(GlobalAveragePool, &[kept]);
        let all = making.push(Concat::default(), &[mean, other, mean]);
        let all = making.channels(all);
        let own = making.push(Concat::default(), &[all, all]);
        let gate = making.activation(own);
        making.push(Scale, &[own, gate])
    });
}

impl Making {
    fn linear(&mut self, x: NodeId, out: usize) -> NodeId {
        let read = self.graph.channels(x);
        let weight = self.param("weight", &[out, read], ParamKind::Weight);
        let bias = self.random.chance(2).then(|| self.param("bias", &[out], ParamKind::Bias));
        self.push(Linear::new(weight, bias, out), &[x])
    }

    /// A 1×1 convolution in some groups.
    fn grouped(&mut self, x: NodeId) -> NodeId {
        let channels = self.graph.channels(x);
        let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
        let groups = self.random.of(&divisors);
        let filters = Filters::pointwise(groups * self.random.within(1..=5)).grouped(groups);
        let name = self.name();
        self.graph.conv(&name, x, filters, Pad::all(0), self.random.chance(2)).expect("a convolution")
    }

    /// A shuffle of some groups.
    fn shuffle(&mut self, x: NodeId) -> NodeId {
        let channels = self.graph.channels(x);
        let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
        let map = ChannelMap::shuffle(channels, self.random.of(&divisors)).expect("a divisor");
        self.push(Channels(map), &[x])
    }

    /// A normalisation, and perhaps a function.
    fn normed(&mut self, x: NodeId) -> NodeId {
        let channels = self.graph.channels(x);
        let y = self.batch_norm(x, channels);
        match self.random.within(0..=2) {
            0 => self.activation(y),
            1 => self.prelu(y, channels),
            _ => y,
        }
    }

    /// Squeeze-and-excitation of a map that one or two read then.
    fn squeezed(&mut self, x: NodeId) -> NodeId {
        let channels = self.graph.channels(x);
        let mean = self.push(GlobalAveragePool, &[x]);
        let mut y = mean;
        // Or one layer of means.
        if !self.random.chance(3) {
            let hidden = self.random.of(&CHANNELS);
            y = self.linear(y, hidden);
            y = self.push(Activate(Activation::Relu), &[y]);
        }
        let y = self.linear(y, channels);
        let gate = self.push(Activate(Activation::HardSigmoid), &[y]);
        let scaled = self.push(Scale, &[x, gate]);
        let out = if self.random.chance(2) { channels } else { self.random.of(&CHANNELS) };
        let y = self.pointwise(scaled, out);
        if out != channels || self.random.chance(3) {
            return y;
        }
        let y = self.depthwise(y);
        self.push(Add::PLAIN, &[y, scaled])
    }

    /// Sums side by side that are read one after the other, and what follows the whole: ESPNet's units; or a map and what is made of it:
    /// GhostNet's.
    fn side_by_side(&mut self, x: NodeId) -> NodeId {
        let each = self.random.of(&CHANNELS);
        let mut parts = vec![self.pointwise(x, each)];
        for _ in 0..self.random.within(1..=3) {
            let last = parts[parts.len() - 1];
            let y = if self.random.chance(2) { self.depthwise(last) } else { self.pointwise(x, each) };
            let y = if self.random.chance(2) { self.push(Add::PLAIN, &[y, last]) } else { y };
            parts.push(y);
        }
        let both = self.push(Concat::default(), &parts);
        let mut y = if self.random.chance(3) { self.shuffle(both) } else { both };
        if self.random.chance(2) {
            let other = self.pointwise(NodeId(0), parts.len() * each);
            y = self.push(Add::PLAIN, &[y, other]);
        }
        self.normed(y)
    }
}

/// Tails of every kind, and what is done to operands as they are read; some values are read by others too.
#[test]
fn what_dispatches_compute_along_the_way_agrees_with_the_oracle() {
    let make = |making: &mut Making| {
        let channels = making.random.of(&CHANNELS);
        let mut values = vec![making.pointwise(NodeId(0), channels)];
        for _ in 0..making.random.within(1..=3) {
            let x = values[making.random.within(0..=values.len() - 1)];
            let out = making.random.of(&CHANNELS);
            let y = match making.random.within(0..=6) {
                0 | 1 => making.squeezed(x),
                2 => {
                    let y = making.normed(x);
                    if making.random.chance(2) { making.grouped(y) } else { making.pointwise(y, out) }
                }
                3 => {
                    let y = making.grouped(x);
                    let y = making.shuffle(y);
                    let y = making.normed(y);
                    making.grouped(y)
                }
                4 => {
                    let [left, right] = [(); 2].map(|()| making.pointwise(x, out));
                    let left = if making.random.chance(2) { making.activation(left) } else { left };
                    let y = making.push(Scale, &[left, right]);
                    making.depthwise(y)
                }
                _ => making.side_by_side(x),
            };
            values.push(y);
        }
        // What has been computed is read once more.
        let all = making.push(Concat::default(), &values);
        let y = making.pointwise(all, 5);
        let y = making.pool(y);
        making.pointwise(y, 3)
    };
    check_graphs_and("along the way", 60, make, Machines::check_by_tiles);
}

/// Of each token and of all numbers, before layers of every size and before 1×1 convolutions of what becomes a map again.
#[test]
fn layer_norms_before_products_agree_with_the_oracle() {
    let make = |making: &mut Making| {
        let (h, w) = (making.random.of(&[2, 4, 6, 18]), making.random.of(&[2, 4, 10, 34]));
        // A few numbers may be nearly the same, and what is left of them mostly rounding.
        let (dim, out) = (making.random.of(&[8, 13, 34, 58]), making.random.of(&CHANNELS));
        let x = making.like(Shape::Map { h, w, c: dim });
        let tokens = making.push(Unfold { patch: 2 }, &[x]);
        let y = making.layer_norm(tokens);
        let y = making.linear(y, out);
        let y = making.linear(y, dim);
        let y = making.push(Add::PLAIN, &[tokens, y]);
        let y = making.layer_norm(y);
        let y = making.push(Fold { patch: 2, size: (h, w) }, &[y]);
        making.pointwise(y, out)
    };
    check_graphs_and("norms", 40, make, Machines::check_by_tiles);
}

/// Over maps of every size, in the order of their pixels on the GPU.
#[test]
fn separable_attention_and_norms_of_whole_values_agree_with_the_oracle() {
    check_graphs("separable", 40, |making| {
        let (h, w) = (making.random.of(&[2, 4, 6, 18]), making.random.of(&[2, 4, 10, 34]));
        let dim = making.random.of(&[1, 2, 3, 5, 8, 13, 34]);
        let x = making.like(Shape::Map { h, w, c: 2 * dim + 1 });
        let x = if making.random.chance(2) { making.layer_norm(x) } else { x };
        let tokens = making.push(Unfold { patch: 2 }, &[x]);
        let tokens = if making.random.chance(2) { making.layer_norm(tokens) } else { tokens };
        let y = making.push(SeparableAttention, &[tokens]);
        let y = if making.random.chance(2) { making.layer_norm(y) } else { y };
        let y = making.push(Fold { patch: 2, size: (h, w) }, &[y]);
        if making.random.chance(2) { making.pool(y) } else { y }
    });
}

/// In groups, of single numbers too, and of whole maps in both orders.
#[test]
fn linear_layers_of_every_kind_agree_with_the_oracle() {
    check_graphs("linear", 60, |making| {
        let out = making.random.of(&CHANNELS);
        if making.random.chance(2) {
            let numbers = making.graph.shape(NodeId(0)).elements();
            let weight = making.param("weight", &[out, numbers], ParamKind::Weight);
            let bias = making.random.chance(2).then(|| making.param("bias", &[out], ParamKind::Bias));
            let flattened = Some(making.random.of(&[Flattened::ChannelsFirst, Flattened::ChannelsLast]));
            let y = making.push(Linear { flattened, ..Linear::new(weight, bias, out) }, &[NodeId(0)]);
            return making.activation(y);
        }
        let groups = making.random.within(1..=6);
        let (read, each) = (making.random.within(1..=3), making.random.of(&[1, 2, 3, 9, 70]));
        let mut x = making.pointwise(NodeId(0), groups * read);
        if making.random.chance(2) {
            x = making.push(GlobalAveragePool, &[x]);
        }
        let out = groups * each;
        let weight = making.param("weight", &[out, read, 1, 1], ParamKind::Weight);
        let bias = making.random.chance(2).then(|| making.param("bias", &[out], ParamKind::Bias));
        let y = making.push(Linear { groups, ..Linear::new(weight, bias, out) }, &[x]);
        let y = if making.random.chance(2) { making.batch_norm(y, out) } else { y };
        if making.random.chance(2) { making.activation(y) } else { y }
    });
}

/// With one piece and two, of rotated channels and of others.
#[test]
fn shift_max_agrees_with_the_oracle() {
    check_graphs("shift max", 60, |making| {
        let channels = making.graph.channels(NodeId(0));
        let pieces = making.random.within(1..=2);
        let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
        let groups = making.random.of(&divisors);
        let map = if making.random.chance(2) {
            ChannelMap::rotated(channels, groups).expect("a divisor")
        } else {
            ChannelMap::index((0..channels).map(|_| making.random.within(0..=channels - 1)))
        };
        let x = making.activation(NodeId(0));
        let mean = making.push(GlobalAveragePool, &[x]);
        let numbers = 2 * pieces * channels;
        let weight = making.param("weight", &[numbers, channels], ParamKind::Weight);
        let gates = making.push(Linear::new(weight, None, numbers), &[mean]);
        let gates = making.push(Activate(Activation::HardSigmoid), &[gates]);
        let start = [[1.0, 0.0], [0.5, 0.25]][..pieces].to_vec();
        let y = making.push(ShiftMax { map, range: 4.0, start }, &[x, gates]);
        if making.random.chance(2) { making.conv(y) } else { y }
    });
}

/// Each of the CPU's and the GPU's values that a library's module returns.
#[test]
fn whole_networks_keep_every_stage() {
    let machines = Machines::new();
    for (id, side) in [
        ("mobilenetv3_small_100", 33),
        ("mobilevit_xxs", 40),
        ("shufflenet_v2_x1_0", 37),
        ("espnetv2_0.5", 64),
    ] {
        let variant = Zoo::builtin().find(id).expect("in the zoo").with_resolution(side, side + 4);
        let graph = variant.with_classes(7).graph().expect("can be built");
        let keep: Vec<String> = graph.stages.iter().map(|stage| stage.name.clone()).collect();
        assert!(keep.len() > 50, "{id} has {} stages", keep.len());
        machines.check(id, &graph, &keep);
    }
}

#[test]
fn inputs_have_any_number_of_channels() {
    let machines = Machines::new();
    for channels in [1, 4, 5, 30] {
        let mut graph = Builder::new(Shape::Map { h: 11, w: 9, c: channels });
        let x = graph.conv("stem", NodeId(0), Filters::square(6, 3, 2), Pad::all(1), true).expect("a stem");
        let y = graph.conv("wide", NodeId(0), Filters::depthwise(channels, 3, 2), Pad::all(1), true);
        let y = y.expect("a convolution");
        let both = graph.push("both", Concat::default(), &[x, y]).expect("of one size");
        graph.conv("last", both, Filters::pointwise(5), Pad::all(0), true).expect("1×1");
        machines.check(&format!("{channels} channels"), &graph.finish(), &[]);
    }
}

/// Runs something, which must neither panic nor take long.
fn survives<T>(what: &str, run: impl Fn() -> T) -> T {
    let mut took = Duration::MAX;
    // The least of a few tries: other programs may have the processor.
    for _ in 0..4 {
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(&run)).unwrap_or_else(|_| panic!("{what} panics"));
        took = took.min(start.elapsed());
        if took < Duration::from_secs(1) {
            return result;
        }
    }
    panic!("{what} takes {took:?}")
}

const MAP: Shape = Shape::Map { h: 5, w: 7, c: 6 };

fn conv(filters: Filters, pad: Pad) -> Conv {
    let (weight, epilogue) = (Weight::Parameter(ParamId(0)), Epilogue::NONE);
    Conv { weight, bias: None, filters, pad, gather: None, epilogue }
}

#[test]
fn every_error_says_its_numbers() {
    let refused = |op: Op, inputs: &[Shape], words: &[&str]| {
        let error = op.operation().shape(inputs).expect_err("nothing that can be applied");
        let message = error.to_string();
        words.iter().for_each(|word| assert!(message.contains(word), "{message} lacks {word}"));
        error
    };
    let plain = Pad::all(0);
    let error = refused(conv(Filters::square(4, 9, 1), plain).into(), &[MAP], &["9×9", "5×7"]);
    assert_eq!(error, OpError::Window { window: [9, 9], map: [5, 7] });
    let error = refused(conv(Filters::square(4, 0, 1), plain).into(), &[MAP], &["kernel", "0", "1 to 4096"]);
    assert!(matches!(error, OpError::Range { value: 0, least: 1, .. }));
    refused(conv(Filters::square(4, 3, 0), plain).into(), &[MAP], &["stride", "0"]);
    let dilated = Filters { dilation: [1, 0], ..Filters::square(4, 3, 1) };
    refused(conv(dilated, plain).into(), &[MAP], &["dilation", "0"]);
    refused(conv(Filters::square(0, 3, 1), plain).into(), &[MAP], &["output channels", "0"]);
    refused(conv(Filters::square(4, 3, 1), Pad { left: 4097, ..plain }).into(), &[MAP], &["padding", "4097"]);
    let error = refused(conv(Filters::square(4, 3, 1).grouped(4), plain).into(), &[MAP], &["6", "4"]);
    assert_eq!(error, OpError::Groups { channels: 6, groups: 4 });
    let error = refused(conv(Filters::square(4, 3, 1).grouped(3), plain).into(), &[MAP], &["4", "3"]);
    assert_eq!(error, OpError::Groups { channels: 4, groups: 3 });
    refused(conv(Filters::square(4, 3, 1).grouped(0), plain).into(), &[MAP], &["groups", "0"]);
    let sliding = |window, step, before, places| Filters {
        groups: Groups::Sliding { window, step, before, places },
        ..Filters::square(8, 3, 1)
    };
    refused(conv(sliding(0, 1, 0, 2), plain).into(), &[MAP], &["window", "0"]);
    refused(conv(sliding(2, 0, 0, 2), plain).into(), &[MAP], &["step", "0"]);
    refused(conv(sliding(2, 1, usize::MAX, 2), plain).into(), &[MAP], &["before", "18446744073709551615"]);
    refused(conv(sliding(2, 1, 0, 0), plain).into(), &[MAP], &["groups", "0"]);
    refused(conv(sliding(2, 1, 0, 3), plain).into(), &[MAP], &["8", "3"]);
    let error = refused(
        Conv { weight: Weight::Computed, ..conv(Filters::square(2, 3, 1), plain) }.into(),
        &[MAP, Shape::Vector { c: 100 }],
        &["108", "100"],
    );
    let (left, right) = (Shape::Vector { c: 108 }, Shape::Vector { c: 100 });
    assert_eq!(error, OpError::Shapes { left, right });
    let transposed = |kernel, stride, zeros| ConvTranspose {
        weight: ParamId(0),
        bias: None,
        out: 4,
        kernel,
        stride,
        pad: Pad::all(zeros),
    };
    refused(transposed([0, 2], [2; 2], 0).into(), &[MAP], &["kernel", "0"]);
    refused(transposed([2; 2], [2, 0], 0).into(), &[MAP], &["stride", "0"]);
    let linear = |groups, flattened| Linear { groups, flattened, ..Linear::new(ParamId(0), None, 4) };
    refused(linear(4, None).into(), &[MAP], &["6", "4"]);
    refused(linear(0, None).into(), &[MAP], &["6", "0"]);
    refused(linear(2, Some(Flattened::ChannelsLast)).into(), &[MAP], &["groups", "2"]);
    refused(linear(1, Some(Flattened::ChannelsLast)).into(), &[Shape::Vector { c: 9 }], &["a map", "9"]);
    let planes = Filters { planes: 4, ..Filters::square(4, 3, 1) };
    refused(conv(planes, plain).into(), &[MAP], &["6", "4"]);
    let shifted = |start| ShiftMax { map: ChannelMap::slice(0..6), range: 4.0, start };
    refused(shifted(vec![[1.0, 0.0]]).into(), &[MAP, Shape::Vector { c: 24 }], &["12", "24"]);
    refused(shifted(vec![]).into(), &[MAP, Shape::Vector { c: 0 }], &["pieces", "0", "1 to 2"]);
    let error = refused(
        ShiftMax { map: ChannelMap::slice(0..5), range: 4.0, start: vec![[1.0, 0.0]] }.into(),
        &[MAP, Shape::Vector { c: 12 }],
        &["6", "5"],
    );
    assert!(matches!(error, OpError::Shapes { .. }));
    assert!(matches!(ChannelMap::rotated(6, 4), Err(OpError::Groups { channels: 6, groups: 4 })));
    refused(transposed([2; 2], [1; 2], 3).into(), &[MAP], &["6×6", "6×8"]);
    let error = refused(GlobalAveragePool.into(), &[Shape::Vector { c: 9 }], &["a map", "9"]);
    assert_eq!(error, OpError::Sort { needed: "a map".to_owned(), found: Shape::Vector { c: 9 } });
    refused(Attention { heads: 2 }.into(), &[MAP], &["tokens", "5×7×6"]);
    refused(SeparableAttention.into(), &[MAP], &["tokens", "5×7×6"]);
    refused(SeparableAttention.into(), &[Shape::Tokens { sequences: 4, tokens: 6, dim: 8 }], &["7", "2"]);
    let channels = Channels(ChannelMap::index([0, 6]));
    let error = refused(channels.into(), &[MAP], &["channel 6", "6 "]);
    assert_eq!(error, OpError::Channel { channel: 6, channels: 6 });
    refused(Channels(ChannelMap::index([1 << 32])).into(), &[MAP], &["does not exist"]);
    refused(Channels(ChannelMap::index([])).into(), &[MAP], &["0"]);
    refused(Concat::default().into(), &[MAP, Shape::Map { h: 5, w: 8, c: 6 }], &["5×7×6", "5×8×6"]);
    refused(Resize { size: (0, 7), align_corners: false }.into(), &[MAP], &["height", "0"]);
    refused(Unfold { patch: 2 }.into(), &[MAP], &["2×2", "5×7"]);
    let tokens = Shape::Tokens { sequences: 4, tokens: 6, dim: 3 };
    refused(Fold { patch: 2, size: (4, 4) }.into(), &[tokens], &["4×4×3", "4×6×3"]);
    assert!(matches!(ChannelMap::shuffle(6, 4), Err(OpError::Groups { channels: 6, groups: 4 })));
    assert!(matches!(ChannelMap::shuffle(usize::MAX, 1), Err(OpError::Range { value: usize::MAX, .. })));
    let (kind, rounding) = (PoolKind::Max, Rounding::Floor);
    let pool = |window, stride, zeros| Pool { kind, window, stride, pad: Pad::all(zeros), rounding };
    refused(pool([6, 3], [1; 2], 0).into(), &[MAP], &["6×3", "5×7"]);
    refused(pool([3; 2], [1; 2], 2).into(), &[MAP], &["padding", "2", "0 to 1"]);
    refused(pool([0, 1], [1; 2], 0).into(), &[MAP], &["window", "0"]);
    refused(pool([1; 2], [1, 0], 0).into(), &[MAP], &["stride", "0"]);
}

/// Numbers that somebody may write, and some that nobody means.
const ABSURD: [usize; 12] =
    [0, 1, 2, 3, 6, 7, 4096, 1 << 17, 1 << 31, (1 << 32) + 1, usize::MAX / 2, usize::MAX];

/// Any operation of any numbers.
fn any_op(random: &mut Random) -> Op {
    let mut n = || random.of(&ABSURD);
    let (a, b, c, d) = (n(), n(), n(), n());
    let pad = Pad { top: n(), left: n(), bottom: n(), right: n() };
    let pad = [pad, Pad::all(n()), Pad::all(0), Pad::all(1)][n() % 4];
    let groups = [
        Groups::Split(n()),
        Groups::Split(1),
        Groups::Sliding { window: n(), step: n(), before: n(), places: n() },
    ];
    let filters = Filters {
        out: n(),
        kernel: [n(), n()],
        stride: [n(), n()],
        dilation: [n(), n()],
        groups: groups[n() % 3],
        planes: if n() % 2 == 0 { 1 } else { n() },
    };
    let weight = if n() % 2 == 0 { Weight::Computed } else { Weight::Parameter(ParamId(0)) };
    let kind = if n() % 2 == 0 { PoolKind::Max } else { PoolKind::Average };
    let rounding = if n() % 2 == 0 { Rounding::Floor } else { Rounding::Ceil };
    match random.within(0..=14) {
        14 => ShiftMax { map: ChannelMap::index([a, b]), range: 4.0, start: vec![[1.0, 0.0]; c % 4] }.into(),
        13 => ConvTranspose { weight: ParamId(0), bias: None, out: a, kernel: [b, c], stride: [d, b], pad }
            .into(),
        0..=3 => Conv { weight, ..conv(filters, pad) }.into(),
        4 => Pool { kind, window: [a, b], stride: [c, d], pad, rounding }.into(),
        5 => Channels(ChannelMap::index([a, b, c])).into(),
        6 => Concat { gathers: vec![None, Some(ChannelMap::index([a, b]))] }.into(),
        7 => Resize { size: (a, b), align_corners: c % 2 == 0 }.into(),
        8 => Unfold { patch: a }.into(),
        9 => Fold { patch: a, size: (b, c) }.into(),
        10 => Attention { heads: a }.into(),
        11 => {
            let flattened = [None, Some(Flattened::ChannelsFirst), Some(Flattened::ChannelsLast)][c % 3];
            Linear { groups: b, flattened, ..Linear::new(ParamId(0), None, a) }.into()
        }
        _ => [Scale.into(), GlobalAveragePool.into(), SeparableAttention.into(), Op::from(Add::PLAIN)]
            [random.within(0..=3)]
        .clone(),
    }
}

fn any_shape(random: &mut Random) -> Shape {
    let mut n = || random.of(&ABSURD);
    let (a, b, c) = (n(), n(), n());
    match random.within(0..=3) {
        0 => Shape::Vector { c },
        1 => Shape::Tokens { sequences: a, tokens: b, dim: c },
        _ => Shape::Map { h: a, w: b, c },
    }
}

#[test]
fn no_numbers_make_an_operation_panic() {
    let mut random = Random::new(11);
    let (mut fine, mut refused) = (0, 0);
    for _ in 0..200_000 {
        let op = any_op(&mut random);
        let first = any_shape(&mut random);
        let shapes = [if random.chance(3) { MAP } else { first }, any_shape(&mut random)];
        let what = format!("{op:?} of {shapes:?}");
        match survives(&what, || op.operation().shape(&shapes)) {
            Ok(_) => fine += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
        // As a graph it is refused, or can be counted.
        survives(&what, || {
            let mut graph = Builder::new(shapes[0]);
            graph.param("op", "weight", &[1], ParamKind::Weight);
            if graph.push("op", op.clone(), &[NodeId(0), NodeId(0)]).is_ok() {
                let graph = graph.finish();
                assert!(!graph.layers().is_empty());
            }
        });
    }
    println!("{fine} operations can be applied, {refused} are refused");
    assert!(fine > 1000 && refused > 1000, "{fine}, {refused}");
}

/// Replaces one of a document's numbers by another, or a string by one that is no number.
fn mutate(value: &mut serde_json::Value, random: &mut Random) {
    use serde_json::{Value, json};
    match value {
        Value::Array(values) if !values.is_empty() => {
            let which = random.within(0..=values.len() - 1);
            mutate(&mut values[which], random);
        }
        Value::Object(members) if !members.is_empty() => {
            let which = random.within(0..=members.len() - 1);
            if let Some((_, member)) = members.iter_mut().nth(which) {
                mutate(member, random);
            }
        }
        Value::Number(number) if number.is_f64() => {
            *value = random.of_json(&[
                json!(0.0),
                json!(-1.0),
                json!(1e308),
                json!(1e-308),
                json!(4e9),
                json!(0.01),
            ]);
        }
        Value::Number(_) | Value::Null => {
            let last = random.next() % 40;
            *value = random.of_json(&[
                json!(0),
                json!(1),
                json!(2),
                json!(3),
                json!(-1),
                json!(255),
                json!(4096),
                json!(65_536),
                json!(u32::MAX),
                json!(u64::MAX),
                json!(last),
            ]);
        }
        _ => {}
    }
}

impl Random {
    fn of_json(&mut self, choices: &[serde_json::Value]) -> serde_json::Value {
        choices[self.within(0..=choices.len() - 1)].clone()
    }
}

/// A model comes from a visitor's own file, too.
#[test]
fn no_numbers_in_a_model_make_it_panic() {
    let models: Vec<serde_json::Value> =
        Zoo::builtin().models().iter().map(|model| serde_json::to_value(&**model).expect("JSON")).collect();
    let mut random = Random::new(5);
    let (mut unreadable, mut refused, mut built) = (0, 0, 0);
    for case in 0..3000 {
        let mut json = models[random.within(0..=models.len() - 1)].clone();
        for _ in 0..random.within(1..=4) {
            let part = if random.chance(10) { &mut json } else { &mut json["rows"] };
            mutate(part, &mut random);
        }
        let what = format!("case {case}: {json}");
        let Ok(model) = serde_json::from_value::<Model>(json) else {
            unreadable += 1;
            continue;
        };
        let width = model.default_width();
        let (h, w) = random.of(&[(224, 224), (32, 32), (1, 1), (4096, 4096), (33, 2)]);
        let variant = Variant::new(&Arc::new(model), width).with_resolution(h, w);
        match survives(&what, || variant.graph()) {
            Ok(graph) => {
                let cost = survives(&what, || graph.cost());
                assert_eq!(cost.layers.len() + 1, graph.nodes.len());
                survives(&what, || graph.layers().len());
                built += 1;
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    println!("{unreadable} cannot be read, {refused} are refused, {built} can be built");
    assert!(unreadable > 50 && refused > 50 && built > 50, "{unreadable}, {refused}, {built}");
}

/// More blocks, more layers and more channels than can be meant.
#[test]
fn endless_networks_are_refused_at_once() {
    let model = Zoo::builtin().find("mobilevit_xxs").expect("in the zoo").model;
    let json = serde_json::to_value(&*model).expect("JSON");
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        let model: Model = serde_json::from_value(json).expect("a model");
        let error = survives("an endless network", || Variant::new(&Arc::new(model.clone()), 1.0).graph());
        error.expect_err("endless").to_string()
    };
    let unit = json["rows"][0].clone();
    let skip = serde_json::json!({ "module": "drop", "count": u32::MAX, "block": { "skip": {} } });
    let error = refused(&|json| json["rows"] = serde_json::json!([unit, skip]));
    assert!(error.contains("20001"), "{error}");
    let error = refused(&|json| json["channels"] = 0.into());
    assert!(error.contains("input channels is 0"), "{error}");
    let error = refused(&|json| {
        let rows = json["rows"].as_array_mut().expect("rows");
        let vit =
            rows.iter_mut().find_map(|row| row["block"].get_mut("mobile_vit")).expect("a MobileViT block");
        vit["depth"] = u32::MAX.into();
    });
    assert!(error.contains("transformer layers") && error.contains("4294967295"), "{error}");
}

/// Geometries that random ones seldom meet.
#[test]
fn pixelwise_convolutions_with_something_about_them_agree_with_the_oracle() {
    let machines = Machines::new();
    // In groups, with zeros behind the last row and column only.
    let mut making = Making::new(3);
    let x = making.pointwise(NodeId(0), 6);
    let pad = Pad { bottom: 1, right: 2, ..Pad::all(0) };
    let filters = Filters::pointwise(9).grouped(3);
    making.graph.conv("grouped", x, filters, pad, true).expect("can be built");
    machines.check("zeros behind", &making.graph.finish(), &[]);
    // With filters that the network computes, of channels in another order.
    let mut making = Making::new(4);
    let x = making.pointwise(NodeId(0), 6);
    let x = making.push(Channels(ChannelMap::index([5, 2, 2, 0])), &[x]);
    let filters = making.computed([7, 4, 1, 1]);
    let computed = Conv { weight: Weight::Computed, ..conv(Filters::pointwise(7), Pad::all(0)) };
    making.push(computed, &[x, filters]);
    machines.check("computed", &making.graph.finish(), &[]);
}

//! What the WebGPU backend promises without looking at results: few dispatches, few pipelines, little memory, and errors
//! instead of panics. The results are checked in `golden.rs` and `backends.rs`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use engine::backend::cpu::Cpu;
use engine::backend::webgpu::lower::{Options, Program, lower};
use engine::backend::webgpu::{GpuError, WebGpu};
use engine::backend::{Gpu, Precision};
use engine::decode::RgbImage;
use engine::graph::passes::fuse;
use engine::graph::{Node, Op};
use engine::plan::{Lifetime, Plan, share};
use engine::preprocess::preprocess;
use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize};
use engine::synthetic;
use engine::weights::Weights;
use engine::zoo::Zoo;
use pollster::block_on;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The most pipelines that a network may need: each is compiled before it first runs.
const MOST_PIPELINES: usize = 15;

/// How many percent more dispatches than convolutions and linear layers a run may have: each costs tens of microseconds, whatever it
/// computes.
const MOST_MORE: usize = 10;

/// Families that have more, with how many percent, and what they are.
const HAVE_MORE: [(&str, usize, &str); 2] = [
    ("mobilevit", 14, "attention is one"),
    (
        "mobilevit_v2",
        62,
        "separable attention is two, and the moments for a layer normalisation of all numbers are one",
    ),
];

/// As on a GPU that is no program.
const HARDWARE: Options = Options { precision: Precision::Full, tiles: true };

fn program(id: &str) -> (Program, Plan) {
    let graph = fuse(&Zoo::builtin().find(id).expect("in the zoo").graph().expect("can be built"));
    (lower(&graph, Options::default()).expect("the shaders cover it"), Cpu::plan(graph))
}

#[test]
fn a_run_has_few_dispatches_and_pipelines() {
    let (mut wrong, mut have_more) = (Vec::new(), BTreeSet::new());
    for variant in Zoo::builtin().variants() {
        let (id, graph) = (variant.id(), fuse(&variant.graph().expect("can be built")));
        let steps = lower(&graph, HARDWARE).expect("the shaders cover it").steps;
        let is_product = |node: &&Node| matches!(node.op, Op::Conv(_) | Op::ConvTranspose(_) | Op::Linear(_));
        let products = graph.nodes.iter().filter(is_product).count();
        let mut others = BTreeMap::new();
        for step in steps.iter().filter(|step| !is_product(&graph.node(step.node))) {
            *others.entry(step.kernel.shader.name).or_insert(0) += 1;
        }
        let pipelines: HashSet<_> = steps.iter().map(|step| step.kernel.pipeline(Precision::Full)).collect();
        println!(
            "{id}: {} dispatches for {products} convolutions and linear layers, {} pipelines; others: {others:?}",
            steps.len(),
            pipelines.len(),
        );
        let known = HAVE_MORE.iter().find(|(family, ..)| *family == variant.model.family);
        let has_more = |most: usize| 100 * steps.len() > (100 + most) * products;
        if has_more(known.map_or(MOST_MORE, |(_, most, _)| *most)) {
            wrong.push(format!("{id}: {} dispatches, {products} products", steps.len()));
        }
        if let Some((family, _, why)) = known.filter(|_| has_more(MOST_MORE)) {
            have_more.insert(*family);
            println!("    more than {MOST_MORE} % more: {why}");
        }
        assert!(pipelines.len() <= MOST_PIPELINES, "{id}: {} pipelines", pipelines.len());
    }
    assert_eq!(wrong, [""; 0], "too many dispatches");
    let exceptions: BTreeSet<&str> = HAVE_MORE.iter().map(|(family, ..)| *family).collect();
    assert_eq!(have_more, exceptions, "families that have more");
}

#[test]
fn values_take_at_most_twice_the_planners_arena() {
    for variant in Zoo::builtin().variants() {
        let id = variant.id();
        let (program, plan) = program(&id);
        let (ours, arena) = (16 * program.buffers.iter().sum::<usize>(), 4 * plan.arena_len);
        println!("{id}: {} buffers of {ours} bytes in all, arena {arena}", program.buffers.len());
        assert!(ours <= 2 * arena, "{id}: {ours} bytes, arena {arena}");
    }
}

#[test]
fn no_dispatch_reads_what_it_writes() {
    for variant in Zoo::builtin().variants() {
        let (program, _) = program(&variant.id());
        for step in &program.steps {
            assert!(!step.operands.contains(&Some(step.output)), "{}: {step:?}", variant.id());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn blocks_alive_together_never_share(
        blocks in prop::collection::vec((1usize..200, 0usize..30, 1usize..10), 1..40)
    ) {
        let blocks: Vec<Lifetime> = blocks
            .into_iter()
            .map(|(len, start, steps)| Lifetime { len, alive: start..start + steps })
            .collect();
        let (shared, objects) = share(&blocks);
        for (i, a) in blocks.iter().enumerate() {
            prop_assert!(a.len <= objects[shared[i]]);
            for (j, b) in blocks.iter().enumerate().skip(i + 1) {
                let together = a.alive.start < b.alive.end && b.alive.start < a.alive.end;
                prop_assert!(!together || shared[i] != shared[j], "{a:?} and {b:?}");
            }
        }
    }
}

fn small() -> (engine::graph::Graph, Weights) {
    let variant = Zoo::builtin().find("mobilenetv3_small_050").expect("in the zoo").with_resolution(64, 64);
    let graph = variant.graph().expect("can be built");
    let weights = Weights::random(&graph);
    (graph, weights)
}

#[test]
fn runs_repeat_bit_for_bit_and_leave_no_trace() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let (graph, weights) = small();
    let mut session = block_on(WebGpu::prepare(&gpu, &graph, &weights, Precision::Full)).expect("can run");
    let (a, b) = (synthetic::input(64, 64), vec![0.5; 64 * 64 * 3]);
    let first = block_on(session.run(&a)).expect("runs").to_vec();
    let other = block_on(session.run(&b)).expect("runs").to_vec();
    assert_ne!(first, other);
    assert_eq!(first, block_on(session.run(&a)).expect("runs"));
}

/// The engine's own preprocessing is Pillow's to the bit (`preprocess.rs`), so the GPU is compared with that.
#[test]
fn images_are_prepared_as_on_the_cpu() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let (graph, weights) = small();
    // The bytes are the same; one that is off would differ by 1 / 255 / std, about 0.017.
    for (precision, off_input, off_logit) in [(Precision::Full, 1e-5, 1e-4), (Precision::Half, 2e-3, 2e-2)] {
        let session = block_on(WebGpu::prepare(&gpu, &graph, &weights, precision)).expect("can run");
        images_are_prepared(session, off_input, off_logit);
    }
}

fn images_are_prepared(session: WebGpu, off_input: f32, off_logit: f32) {
    let session = RefCell::new(session);
    let resizes = prop::sample::select(vec![
        Resize::CropPct(0.875),
        Resize::CropPct(1.0),
        Resize::ShortSide(50),
        Resize::ShortSide(73),
        Resize::Stretch,
        Resize::Enlarge(32),
        Resize::Enlarge(100),
    ]);
    let interpolations = prop::sample::select(vec![Interpolation::Bilinear, Interpolation::Bicubic]);
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(
        &((1u32..300, 1u32..300), resizes, interpolations, any::<u64>()),
        |((height, width), resize, interpolation, seed)| {
            let pixels = (0..u64::from(height * width * 3)).map(|i| synthetic::mix(seed ^ i) as u8).collect();
            let image = RgbImage { width, height, pixels };
            let (mean, std) = (Preprocess::IMAGENET_MEAN, Preprocess::IMAGENET_STD);
            let order = if seed % 2 == 0 { ChannelOrder::Rgb } else { ChannelOrder::Bgr };
            let p = Preprocess { resize, interpolation, mean, std, order };
            let mut session = session.borrow_mut();
            let ours = block_on(session.input_of_image(&image, &p)).expect("runs");
            let expected = preprocess(&image, &p, (64, 64));
            prop_assert_eq!(ours.len(), expected.len());
            for (i, (a, b)) in ours.iter().zip(&expected).enumerate() {
                prop_assert!((a - b).abs() < off_input, "{i}: {a}, expected {b}");
            }
            let logits = block_on(session.run_image(&image, &p)).expect("runs").to_vec();
            let expected = block_on(session.run(&expected)).expect("runs");
            for (a, b) in logits.iter().zip(expected) {
                prop_assert!((a - b).abs() < off_logit, "logits {a}, expected {b}");
            }
            Ok(())
        },
    );
    ran.unwrap_or_else(|error| panic!("{error}"));
}

/// Tiles are for GPUs that are no programs, so that nothing else here uses them.
#[test]
fn products_by_tiles_are_the_same() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    for (id, (height, width)) in [
        ("mobilenetv1_100", (97, 64)),
        ("mobilenetv3_large_100", (95, 133)),
        ("mobilevit_xs", (96, 160)),
        ("mobilevitv2_050", (64, 96)),
        ("squeezenet1_1", (101, 79)),
    ] {
        let graph = Zoo::builtin()
            .find(id)
            .expect("in the zoo")
            .with_resolution(height, width)
            .graph()
            .expect("can be built");
        let weights = Weights::random(&graph);
        let input = synthetic::input(height as usize, width as usize);
        for precision in [Precision::Full, Precision::HalfWeights] {
            let run = |tiles| {
                let options = Options { precision, tiles };
                let tiled = lower(&fuse(&graph), options).expect("the shaders cover it").steps;
                let has_tiles = tiled.iter().any(|step| step.kernel.shader.name == "pointwise_tiled");
                assert_eq!(has_tiles, tiles, "{id}");
                let mut session =
                    block_on(WebGpu::prepare_with(&gpu, &graph, &weights, options, &[])).expect("can run");
                block_on(session.run(&input)).expect("runs").to_vec()
            };
            let (tiled, alone) = (run(true), run(false));
            let largest = alone.iter().fold(1f32, |most, logit| most.max(logit.abs()));
            for (i, (a, b)) in tiled.iter().zip(&alone).enumerate() {
                assert!((a - b).abs() <= 1e-5 * largest, "{id}: logit {i} is {a}, without tiles {b}");
            }
        }
    }
}

#[test]
fn f16_takes_half_the_room() {
    /// The parameters of a dispatch.
    const PARAMS_BYTES: u64 = 256;
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let (graph, weights) = small();
    let [full, half_weights, half] =
        [Precision::Full, Precision::HalfWeights, Precision::Half].map(|precision| {
            let session = block_on(WebGpu::prepare(&gpu, &graph, &weights, precision)).expect("can run");
            let params = PARAMS_BYTES * session.dispatches() as u64;
            (session.weight_bytes(), session.activation_bytes() - params)
        });
    assert_eq!(half_weights.1, full.1);
    assert_eq!(half, (half_weights.0, full.1 / 2));
    // Biases, scales and shifts stay f32.
    let ratio = half.0 as f64 / full.0 as f64;
    assert!((0.5..0.52).contains(&ratio), "{half:?}, {full:?}");
}

#[test]
fn a_profile_has_a_time_for_every_dispatch() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let (graph, weights) = small();
    let mut session = block_on(WebGpu::prepare(&gpu, &graph, &weights, Precision::Full)).expect("can run");
    let input = synthetic::input(64, 64);
    let before = block_on(session.run(&input)).expect("runs").to_vec();
    let profile = block_on(session.profile(&input, 3)).expect("runs").expect("lavapipe has a clock");
    assert_eq!(profile.steps.len(), session.dispatches());
    assert!(profile.steps.iter().all(|(_, ns)| *ns >= 0.0 && *ns < 1e9), "{profile:?}");
    assert!(profile.steps.iter().any(|(_, ns)| *ns > 0.0) && profile.quantum_ns >= 1.0, "{profile:?}");
    assert_eq!(before, block_on(session.run(&input)).expect("runs"), "profiling leaves no trace");
}

#[test]
fn a_lost_device_is_an_error_of_everything_on_it() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let (graph, weights) = small();
    let mut session = block_on(WebGpu::prepare(&gpu, &graph, &weights, Precision::Full)).expect("can run");
    let input = synthetic::input(64, 64);
    block_on(session.run(&input)).expect("runs");
    gpu.destroy();
    let error = block_on(session.run(&input)).expect_err("the device is gone");
    assert!(matches!(error, GpuError::Lost { .. }), "{error}");
    let error = block_on(WebGpu::prepare(&gpu, &graph, &weights, Precision::Full)).expect_err("still gone");
    assert!(matches!(error, GpuError::Lost { .. }), "{error}");
}

#[test]
fn what_is_too_large_is_refused_with_the_numbers() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan driver, such as Mesa's lavapipe");
    let variant = Zoo::builtin().find("mobilenetv1_100").expect("in the zoo").with_resolution(4096, 4096);
    let graph = variant.graph().expect("can be built");
    let weights = Weights::random(&graph);
    let error = block_on(WebGpu::prepare(&gpu, &graph, &weights, Precision::Full)).expect_err("too large");
    assert!(matches!(error, GpuError::Limit { needed, limit, .. } if needed > limit), "{error}");
}

//! Goldens of networks in bytes: ranges, and the logits that the definition gives with synthetic weights. Every machine has to come
//! to the same bits.

use engine::backend::Threads;
use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::{Observed, Ranges};
use engine::graph::Graph;
use engine::spec::Variant;
use engine::weights::Weights;
use engine::zoo::Zoo;
use serde::{Deserialize, Serialize};

/// A network and its logits on [`engine::synthetic::input`] with [`Weights::random`].
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Golden {
    model: String,
    side: u32,
    classes: u32,
    /// Of each value of the fused graph.
    ranges: Vec<Option<(f32, f32)>>,
    pub(crate) logits: Vec<f32>,
}

macro_rules! golden {
    ($($model:literal),+ $(,)?) => {
        /// Networks with their files: the operations that are bytes, among them.
        pub(crate) const GOLDENS: &[(&str, &str)] =
            &[$(($model, include_str!(concat!("../data/int8/", $model, ".json")))),+];
    };
}

golden! {
    "mobilenetv1_025",
    "mobilenetv2_035",
    "mobilenetv3_small_050",
    "efficientnet_b0",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
}

impl Golden {
    pub(crate) fn parse(json: &str) -> Self {
        serde_json::from_str(json).expect("a golden file")
    }

    pub(crate) fn variant(&self) -> Variant {
        let variant = Zoo::builtin().find(&self.model).expect("in the zoo");
        variant.with_resolution(self.side, self.side).with_classes(self.classes)
    }

    pub(crate) fn input(&self) -> Vec<f32> {
        engine::synthetic::input(self.side as usize, self.side as usize)
    }

    pub(crate) fn ranges(&self) -> Ranges {
        let observed = |range: &Option<(f32, f32)>| Observed { range: *range, means: Vec::new() };
        Ranges { values: self.ranges.iter().map(observed).collect() }
    }

    /// The network's graph and weights.
    pub(crate) fn network(&self) -> (Graph, Weights) {
        let graph = self.variant().graph().expect("can be built");
        let weights = Weights::random(&graph);
        (graph, weights)
    }

    /// Compares what the CPU backend computes.
    pub(crate) fn check(&self) {
        let (graph, weights) = self.network();
        let mut session = CpuInt8::prepare(&graph, &weights, &Threads::alone(), &self.ranges());
        assert_eq!(session.scheme().shares().1, 0, "{}: all products are bytes", self.model);
        assert_eq!(session.run(&self.input(), &mut |_, _| {}), self.logits, "{}", self.model);
    }

    /// With ranges as calibration finds them here.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn new(model: &str) -> Self {
        use engine::backend::int8::{Oracle, Scheme};
        use engine::graph::passes::fuse;

        let mut golden =
            Self { model: model.to_owned(), side: 65, classes: 16, ranges: Vec::new(), logits: Vec::new() };
        let (graph, weights) = golden.network();
        let ranges = Ranges::calibrate(&graph, &weights, &Threads::alone(), &[], &[golden.input()]);
        // Four digits say enough.
        let short = |x: f32| format!("{x:.3e}").parse().expect("a number");
        golden.ranges = ranges
            .values
            .iter()
            .map(|seen| seen.range.map(|(low, high)| (short(low), short(high))))
            .collect();
        let mut oracle = Oracle::new(Scheme::new(fuse(&graph), &weights, &golden.ranges()), &weights);
        golden.logits = oracle.run(&golden.input(), &mut |_, _| {}, &mut |_, _| {}).to_vec();
        golden
    }
}

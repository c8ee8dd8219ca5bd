//! The module: networks that are calibrated, prepared and run in bytes. Its memory is its own, so that what calibration takes does not
//! stay with the engine, whose memory can only grow.

use std::borrow::Cow;
use std::ops::Range;

use engine::backend::cpu::Cpu;
use engine::backend::cpu::int8::CpuInt8;
use engine::backend::int8::{Form, Ranges};
use engine::backend::{Profile, Threads};
use engine::graph::{ChannelMap, Graph, NodeId, ParamId};
use engine::roofline::{compute_graph, memory_graph};
use engine::weights::{Parameters, Random};
use js_sys::{Float32Array, Function, Uint32Array};
use wasm_bindgen::prelude::*;

#[cfg(all(target_family = "wasm", not(target_feature = "simd128")))]
compile_error!("this module is built with -Ctarget-feature=+simd128; see `cargo xtask`");

fn main() {
    console_error_panic_hook::set_once();
}

#[wasm_bindgen]
extern "C" {
    /// The browser's clock, in milliseconds.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now_ms() -> f64;
}

/// Parameters that lie with the worker.
struct Lent<'a> {
    graph: &'a Graph,
    /// `(parameter, start, end) => Float32Array`.
    part: &'a Function,
    /// `(name) => Uint32Array | undefined`.
    table: &'a Function,
}

/// Why a call of the worker's functions does not fail.
const THERE: &str = "the worker has the parameters of its network";

impl Parameters for Lent<'_> {
    fn elements(&self, id: ParamId) -> usize {
        self.graph.params[id.0].elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let [id, start, end] = [id.0, range.start, range.end].map(|number| JsValue::from(number as u32));
        let part = self.part.call3(&JsValue::UNDEFINED, &id, &start, &end).expect(THERE);
        part.unchecked_into::<Float32Array>().to_vec().into()
    }

    fn table(&self, name: &str) -> Option<ChannelMap> {
        let table = self.table.call1(&JsValue::UNDEFINED, &name.into()).expect(THERE);
        let table: Uint32Array = table.dyn_into().ok()?;
        Some(ChannelMap::index(table.to_vec().into_iter().map(|channel| channel as usize)))
    }
}

/// A network in bytes.
#[wasm_bindgen]
pub struct InBytes {
    session: CpuInt8,
    input: Vec<f32>,
}

/// Prepares a network in bytes: `network` is what `int8::encode` makes of it, `part` and `table` give its parameters, what the modules
/// named in `keep` return can be observed, and `inputs` are what it is calibrated on.
#[wasm_bindgen]
pub fn prepare(
    network: &[u8],
    part: &Function,
    table: &Function,
    keep: Vec<String>,
    inputs: Vec<Float32Array>,
) -> Result<InBytes, JsError> {
    let graph = graph(network)?;
    let weights = Lent { graph: &graph, part, table };
    let inputs: Vec<Vec<f32>> = inputs.iter().map(Float32Array::to_vec).collect();
    let len = graph.nodes.first().map_or(0, |node| node.shape.elements());
    if let Some(wrong) = inputs.iter().find(|input| input.len() != len) {
        let found = wrong.len();
        return Err(JsError::new(&format!("an input of {found} numbers, the network takes {len}")));
    }
    let ranges = Ranges::calibrate(&graph, &weights, &Threads::alone(), &keep, &inputs);
    let session = CpuInt8::prepare_keeping(&graph, &weights, &Threads::alone(), &keep, &ranges);
    Ok(InBytes { session, input: vec![0.0; len] })
}

fn graph(network: &[u8]) -> Result<Graph, JsError> {
    let variant = int8::decode(network).map_err(|error| JsError::new(&error))?;
    Ok(variant.graph()?)
}

#[wasm_bindgen]
impl InBytes {
    /// Bytes of packed weights.
    #[wasm_bindgen(js_name = weightBytes)]
    pub fn weight_bytes(&self) -> f64 {
        self.session.weight_bytes() as f64
    }

    /// Bytes of everything else.
    #[wasm_bindgen(js_name = activationBytes)]
    pub fn activation_bytes(&self) -> f64 {
        self.session.activation_bytes() as f64
    }

    /// The logits for an input.
    pub fn run(&mut self, input: &Float32Array) -> Float32Array {
        input.copy_to(&mut self.input);
        Float32Array::from(self.session.run(&self.input, &mut |_, _| {}))
    }

    /// Runs the network and calls `observe(node, numbers)` for every value.
    pub fn observe(&mut self, input: &Float32Array, observe: &Function) -> Result<(), JsValue> {
        input.copy_to(&mut self.input);
        let mut result = Ok(());
        self.session.run(&self.input, &mut |NodeId(node), values| {
            let numbers = Float32Array::from(&*values.numbers());
            let called = observe.call2(&JsValue::UNDEFINED, &(node as u32).into(), &numbers);
            if let (Err(error), Ok(())) = (called, &result) {
                result = Err(error);
            }
        });
        result
    }

    /// Milliseconds of every node of a run.
    pub fn profile(&mut self, input: &Float32Array) -> Vec<f64> {
        input.copy_to(&mut self.input);
        nodes_ms(&mut self.session, &self.input)
    }

    /// For every node whether it is computed in bytes.
    #[wasm_bindgen(js_name = areBytes)]
    pub fn are_bytes(&self) -> Vec<u8> {
        self.session.scheme().values.iter().map(|value| u8::from(value.computed == Form::Bytes)).collect()
    }

    /// For every node how many decibels its numbers are above what they are off, beside f32 on the same input: infinite where they are
    /// not off at all. Parameters are given as to `prepare`, for which nothing was kept.
    pub fn compare(
        &mut self,
        network: &[u8],
        part: &Function,
        table: &Function,
        input: &Float32Array,
    ) -> Result<Vec<f64>, JsError> {
        input.copy_to(&mut self.input);
        let graph = graph(network)?;
        let mut exact = Vec::with_capacity(graph.nodes.len());
        let mut plain = Cpu::prepare(&graph, &Lent { graph: &graph, part, table }, &Threads::alone());
        plain.run(&self.input, &mut |_, values| exact.push(values.numbers().into_owned()));
        let mut decibels = Vec::with_capacity(exact.len());
        self.session.run(&self.input, &mut |NodeId(node), values| {
            decibels.push(signal_to_noise_db(&exact[node], &values.numbers()));
        });
        Ok(decibels)
    }
}

/// 10 log₁₀ of the squares of numbers by the squares of what others are off.
fn signal_to_noise_db(exact: &[f32], found: &[f32]) -> f64 {
    let signal: f64 = exact.iter().map(|x| f64::from(*x).powi(2)).sum();
    let noise: f64 = exact.iter().zip(found).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum();
    if noise == 0.0 { f64::INFINITY } else { 10.0 * (signal / noise).log10() }
}

fn nodes_ms(session: &mut CpuInt8, input: &[f32]) -> Vec<f64> {
    let mut times = vec![0.0; session.graph().nodes.len()];
    let mut last = now_ms();
    session.run(input, &mut |NodeId(node), _| {
        let now = now_ms();
        times[node] = now - last;
        last = now;
    });
    times
}

/// Milliseconds of the last node of the graph that does nothing but multiply, or nothing but move, in bytes.
#[wasm_bindgen(js_name = roofMs)]
pub fn roof_ms(moves: bool, runs: u32) -> f64 {
    let graph = if moves { memory_graph() } else { compute_graph() };
    let (weights, threads) = (Random(&graph), Threads::alone());
    let input = vec![0.5; graph.nodes[0].shape.elements()];
    let ranges = Ranges::calibrate(&graph, &weights, &threads, &[], std::slice::from_ref(&input));
    let mut session = CpuInt8::prepare(&graph, &weights, &threads, &ranges);
    let runs_ms = (0..runs).map(|_| nodes_ms(&mut session, &input)).collect();
    Profile { runs_ms, gpu_step_ms: None }.nodes_ms().pop().unwrap_or_default()
}

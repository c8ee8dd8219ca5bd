//! Networks in bytes: run by a module of their own that `loader.js` loads when the first one is asked for.

use engine::backend::Profile;
use engine::graph::{ChannelMap, Graph, NodeId, ParamId, passes};
use engine::spec::Variant;
use engine::weights::Parameters;
use js_sys::{Float32Array, Promise, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::javascript::describe;
use worker::protocol::{Code, Exactness, Problem};

#[wasm_bindgen]
extern "C" {
    /// The module, loaded at most once; a failed attempt can be repeated. Set by `loader.js`.
    #[wasm_bindgen(js_name = loadInt8, catch)]
    fn load_int8() -> Result<Promise, JsValue>;

    #[derive(Clone, Debug)]
    type Module;

    #[wasm_bindgen(method, catch)]
    fn prepare(
        this: &Module,
        network: &[u8],
        part: &dyn Fn(u32, u32, u32) -> Float32Array,
        table: &dyn Fn(String) -> Option<Uint32Array>,
        keep: Vec<String>,
        inputs: Vec<Float32Array>,
    ) -> Result<Handle, JsValue>;

    #[wasm_bindgen(method, js_name = roofMs, catch)]
    fn roof_ms(this: &Module, moves: bool, runs: u32) -> Result<f64, JsValue>;

    #[derive(Debug)]
    type Handle;

    #[wasm_bindgen(method, catch)]
    fn free(this: &Handle) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = weightBytes, catch)]
    fn weight_bytes(this: &Handle) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, js_name = activationBytes, catch)]
    fn activation_bytes(this: &Handle) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn run(this: &Handle, input: &Float32Array) -> Result<Float32Array, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn observe(
        this: &Handle,
        input: &Float32Array,
        observe: &mut dyn FnMut(u32, Float32Array),
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn profile(this: &Handle, input: &Float32Array) -> Result<Vec<f64>, JsValue>;

    #[wasm_bindgen(method, js_name = areBytes, catch)]
    fn are_bytes(this: &Handle) -> Result<Vec<u8>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn compare(
        this: &Handle,
        network: &[u8],
        part: &dyn Fn(u32, u32, u32) -> Float32Array,
        table: &dyn Fn(String) -> Option<Uint32Array>,
        input: &Float32Array,
    ) -> Result<Vec<f64>, JsValue>;
}

/// A network in bytes; its memory is the module's.
#[derive(Debug)]
pub struct InBytes {
    module: Module,
    handle: Handle,
    /// Fused, as the module fuses it.
    graph: Graph,
    weight_bytes: u64,
    activation_bytes: u64,
}

impl Drop for InBytes {
    fn drop(&mut self) {
        // A module that has crashed has nothing to give back.
        let _ = self.handle.free();
    }
}

impl InBytes {
    /// Prepares a network, calibrated on some inputs. What the modules named in `keep` return can be observed.
    pub async fn prepare(
        variant: &Variant,
        graph: &Graph,
        weights: &dyn Parameters,
        keep: &[String],
        inputs: &[Vec<f32>],
    ) -> Result<Self, Problem> {
        let module = async { JsFuture::from(load_int8()?).await };
        let module: Module = module.await.map_err(|error| failed(&error))?.unchecked_into();
        let inputs = inputs.iter().map(|input| Float32Array::from(input.as_slice())).collect();
        let handle = module
            .prepare(&int8::encode(variant), &part(weights), &table(weights), keep.to_vec(), inputs)
            .map_err(|error| failed(&error))?;
        let bytes =
            |bytes: Result<f64, JsValue>| bytes.map(|bytes| bytes as u64).map_err(|error| failed(&error));
        Ok(Self {
            weight_bytes: bytes(handle.weight_bytes())?,
            activation_bytes: bytes(handle.activation_bytes())?,
            graph: passes::fuse_keeping(&graph.with_tables(|name| weights.table(name)), keep),
            module,
            handle,
        })
    }

    /// What runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Bytes of packed weights.
    pub fn weight_bytes(&self) -> u64 {
        self.weight_bytes
    }

    /// Bytes of everything else.
    pub fn activation_bytes(&self) -> u64 {
        self.activation_bytes
    }

    /// The logits for an input.
    pub fn run(&self, input: &[f32]) -> Result<Vec<f32>, Problem> {
        let logits = self.handle.run(&input.into()).map_err(|error| failed(&error))?;
        Ok(logits.to_vec())
    }

    /// Runs the network and shows the numbers of every value.
    pub fn observe(&self, input: &[f32], observe: &mut dyn FnMut(NodeId, &[f32])) -> Result<(), Problem> {
        let mut show = |node: u32, numbers: Float32Array| observe(NodeId(node as usize), &numbers.to_vec());
        self.handle.observe(&input.into(), &mut show).map_err(|error| failed(&error))
    }

    /// Times some runs node by node.
    pub fn profile(&self, input: &[f32], runs: usize) -> Result<Profile, Problem> {
        let input = Float32Array::from(input);
        let run = |_| self.handle.profile(&input).map_err(|error| failed(&error));
        Ok(Profile { runs_ms: (0..runs).map(run).collect::<Result<_, _>>()?, gpu_step_ms: None })
    }

    /// Milliseconds of the last node of the graph that does nothing but multiply, or nothing but move.
    pub fn roof_ms(&self, moves: bool, runs: u32) -> Result<f64, Problem> {
        self.module.roof_ms(moves, runs).map_err(|error| failed(&error))
    }

    /// How exact every node is; for a network of which nothing was kept.
    pub fn exactness(
        &self,
        variant: &Variant,
        weights: &dyn Parameters,
        input: &[f32],
    ) -> Result<Vec<Exactness>, Problem> {
        let are_bytes = self.handle.are_bytes().map_err(|error| failed(&error))?;
        let decibels = self
            .handle
            .compare(&int8::encode(variant), &part(weights), &table(weights), &input.into())
            .map_err(|error| failed(&error))?;
        let all = are_bytes.into_iter().zip(decibels);
        let exactness = |(is_bytes, decibels): (u8, f64)| Exactness {
            in_bytes: is_bytes != 0,
            sqnr_db: Some(decibels).filter(|decibels| decibels.is_finite()),
        };
        Ok(all.map(exactness).collect())
    }
}

fn part(weights: &dyn Parameters) -> impl Fn(u32, u32, u32) -> Float32Array {
    |id, start, end| (&*weights.part(ParamId(id as usize), start as usize..end as usize)).into()
}

fn table(weights: &dyn Parameters) -> impl Fn(String) -> Option<Uint32Array> {
    |name| weights.table(&name).map(|map: ChannelMap| map.table().into())
}

fn failed(error: &JsValue) -> Problem {
    let reason = describe(error);
    let message = format!(
        "the program that runs networks in int8 cannot be used ({reason}); check the connection and reload the page, or choose the \
         CPU backend"
    );
    Problem::new(Code::Int8Module, message).with("reason", reason)
}

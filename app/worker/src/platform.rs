//! What the browser gives a worker.

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, WorkerGlobalScope};
use worker::protocol::{Environment, GpuStatus};

use crate::threads::threads;

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker started.
pub fn now_ms() -> f64 {
    scope().performance().map_or_else(js_sys::Date::now, |clock| clock.now())
}

/// The absolute address of a path below the site's root. The worker's script lies one folder below it.
pub fn site_url(path: &str) -> String {
    let base = scope().location().href();
    web_sys::Url::new_with_base(&format!("../{path}"), &base)
        .map_or_else(|_| path.to_owned(), |url| url.href())
}

/// This build's name, as in `loader.js`.
const BUILD: &str = match (cfg!(target_feature = "atomics"), cfg!(target_feature = "relaxed-simd")) {
    (true, true) => "threads",
    (true, false) => "threads-simd",
    (false, true) => "relaxed",
    (false, false) => "simd",
};

/// What runs here, with this GPU.
pub fn environment(gpu: GpuStatus) -> Environment {
    let global: WorkerGlobalScope = scope().unchecked_into();
    let isolated = js_sys::Reflect::get(&global, &"crossOriginIsolated".into()).is_ok_and(|v| v.is_truthy());
    Environment {
        build: BUILD.to_owned(),
        build_reason: text(&global, "buildReason"),
        threads: threads().count() as u32,
        hardware_threads: global.navigator().hardware_concurrency() as u32,
        isolated,
        timer_step_ms: timer_step_ms(),
        gpu,
        cache: cache_storage().is_some(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// A text among the properties of an object; empty where there is none.
fn text(object: &JsValue, name: &str) -> String {
    js_sys::Reflect::get(object, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

#[wasm_bindgen]
extern "C" {
    /// The browser's cache.
    pub type Caches;
    /// As web-sys has it, but for browsers that forbid storage and throw.
    #[wasm_bindgen(method, catch)]
    fn open(this: &Caches, name: &str) -> Result<js_sys::Promise, JsValue>;
}

/// The browser's cache, where there is one (not in insecure contexts and some private windows).
pub fn cache_storage() -> Option<Caches> {
    let caches = js_sys::Reflect::get(&scope(), &"caches".into()).ok()?;
    caches.is_object().then(|| caches.unchecked_into())
}

/// The cache of this name, where the browser lets it be opened.
pub async fn cache(name: &str) -> Option<web_sys::Cache> {
    let opened = wasm_bindgen_futures::JsFuture::from(cache_storage()?.open(name).ok()?).await;
    opened.ok().map(JsCast::unchecked_into)
}

/// Looks at the clock after which it is taken to stand still.
const MOST_LOOKS: u32 = 20_000_000;
/// The step of a clock that stands still, milliseconds: too long to measure anything.
const STILL_MS: f64 = 1e6;
/// Steps that are compared take no longer than this, milliseconds.
const LOOKING_MS: f64 = 50.0;

/// The clock's smallest step, the least of several.
pub fn timer_step_ms() -> f64 {
    let step = || {
        let start = now_ms();
        let moved = (0..MOST_LOOKS).map(|_| now_ms()).find(|now| *now > start);
        moved.map_or(STILL_MS, |now| now - start)
    };
    let (mut least, mut looked) = (STILL_MS, 0.0);
    for _ in 0..10 {
        let step = step();
        least = step.min(least);
        looked += step;
        if looked > LOOKING_MS {
            break;
        }
    }
    least
}

/// Milliseconds since `start` by the clock; where it shows less than a step, that step: so much it took at most.
pub fn since_ms(start: f64) -> f64 {
    use std::cell::OnceCell;
    thread_local!(static STEP_MS: OnceCell<f64> = const { OnceCell::new() });
    (now_ms() - start).max(STEP_MS.with(|step| *step.get_or_init(timer_step_ms)))
}

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
    (true, _) => "threads",
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

/// The browser's cache, where there is one (not in insecure contexts and some private windows).
pub fn cache_storage() -> Option<web_sys::CacheStorage> {
    let caches = js_sys::Reflect::get(&scope(), &"caches".into()).ok()?;
    caches.is_object().then(|| caches.unchecked_into())
}

/// The clock's smallest step, the least of several.
pub fn timer_step_ms() -> f64 {
    let step = || {
        let start = now_ms();
        loop {
            let now = now_ms();
            if now > start {
                return now - start;
            }
        }
    };
    (0..10).map(|_| step()).fold(f64::INFINITY, f64::min)
}

//! Messages as they cross between page and worker; the only place that knows their JavaScript form.

use std::rc::Rc;

use js_sys::{Object, Reflect};
use leptos::prelude::window;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};
use worker::javascript::describe;
use worker::protocol::{Event, JobId, Problem, Request};

use crate::strings::problems;

/// The worker's script, relative to the page.
const SCRIPT: &str = "worker/loader.js";

/// What the worker says.
pub(super) enum Incoming {
    /// About a job.
    Event(JobId, Box<Event>),
    /// It cannot go on.
    Fatal(Problem),
}

/// Starts the worker's script.
pub(super) fn spawn() -> Result<Worker, Problem> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    // The page's own `?build=NAME` is for the loader.
    let script = format!("{SCRIPT}{}", window().location().search().unwrap_or_default());
    Worker::new_with_options(&script, &options).map_err(|error| problems::load_failed(&describe(&error)))
}

/// Calls `receive` with every message of the worker, for as long as the page lives.
pub(super) fn listen(worker: &Worker, receive: impl Fn(Incoming) + 'static) {
    let receive = Rc::new(receive);
    let on_error = Rc::clone(&receive);
    let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        receive(parse(&event.data()));
    });
    worker.set_onmessage(Some(message.into_js_value().unchecked_ref()));
    // An uncaught error, or a script that could not be fetched (then without a message).
    let error = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        let detail = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
        on_error(Incoming::Fatal(if detail.is_empty() {
            problems::load_failed(SCRIPT)
        } else {
            problems::worker_crashed(&detail)
        }));
    });
    worker.set_onerror(Some(error.into_js_value().unchecked_ref()));
}

/// `{ job, request, blob? }`.
pub(super) fn message(job: JobId, request: &Request, blob: Option<&Blob>) -> Result<JsValue, Problem> {
    let object = Object::new();
    let request = request
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| problems::protocol(&error.to_string()))?;
    set(&object, "job", &job.into());
    set(&object, "request", &request);
    if let Some(blob) = blob {
        set(&object, "blob", blob);
    }
    Ok(object.into())
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain, fresh object takes any property.
    let _ = Reflect::set(object, &name.into(), value);
}

fn parse(data: &JsValue) -> Incoming {
    let field = |name: &str| Reflect::get(data, &name.into()).unwrap_or(JsValue::UNDEFINED);
    if let Some(fatal) = field("fatal").as_string() {
        let detail = field("detail").as_string().unwrap_or_default();
        return Incoming::Fatal(match fatal.as_str() {
            "no_simd" => problems::no_simd(),
            "load_failed" => problems::load_failed(&detail),
            _ => problems::worker_crashed(&format!("{fatal} {detail}")),
        });
    }
    let job = field("job").as_f64().unwrap_or_default() as JobId;
    let event = serde_wasm_bindgen::from_value(field("event"))
        .unwrap_or_else(|error| Event::Failed(problems::protocol(&error.to_string())));
    Incoming::Event(job, Box::new(event))
}

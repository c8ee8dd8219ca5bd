//! The worker's entry: receives requests, runs each as a job, posts what it says.
//!
//! Only what needs the browser is here: messages, downloads, the browser's cache and image decoder, the clock.

mod bench;
mod calibration;
mod capture;
mod catalog;
mod classify;
mod cubes;
mod decoders;
mod dispatch;
mod download;
mod explain;
mod gpu;
mod images;
mod in_bytes;
mod infer;
mod job;
#[cfg(feature = "bench")]
mod kernels;
mod lab;
mod labels;
mod open;
mod platform;
mod profile;
mod reader;
mod session;
mod teach;
mod threads;
mod verify;
mod weights_file;

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, MessageEvent};
use worker::protocol::{Code, Event, JobId, Problem, Request};

use job::Job;
use lab::Lab;

#[cfg(all(target_family = "wasm", not(target_feature = "simd128")))]
compile_error!("the worker is built with -Ctarget-feature=+simd128; see `cargo xtask`");

fn main() {
    if !threads::is_first() {
        return;
    }
    console_error_panic_hook::set_once();
    let lab = Rc::new(Lab::default());
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let lab = Rc::clone(&lab);
        let message = message.data();
        let job = field(&message, "job").as_f64().unwrap_or(0.0) as JobId;
        match serde_wasm_bindgen::from_value(field(&message, "request")) {
            Ok(request) => spawn_local(perform(lab, job, request, field(&message, "blob").dyn_into().ok())),
            Err(error) => {
                let problem =
                    Problem::new(Code::Protocol, format!("the worker cannot read this request: {error}"));
                job::post(job, &Event::Failed(problem));
            }
        }
    });
    platform::scope().set_onmessage(Some(receive.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    receive.forget();
}

async fn perform(lab: Rc<Lab>, id: JobId, request: Request, blob: Option<Blob>) {
    let job = Job::start(&lab, id);
    let event = match dispatch::perform(&lab, &job, request, blob).await {
        Ok(reply) => Event::Done(Box::new(reply)),
        Err(problem) => Event::Failed(problem),
    };
    job.finish(&lab);
    job::post(id, &event);
}

fn field(message: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(message, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

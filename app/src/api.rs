//! `window.mobilenetLab`: the page's scripting interface, described in docs/API.md. What answers is loaded at the first call.

pub(crate) mod calls;

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Error, Function as JsFunction, Object, Promise, Reflect};
use leptos::prelude::*;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::protocol::Problem;

use crate::part;
use crate::state::{EngineState, Lab};
use crate::strings::problems;

/// Defines [`Function`] with its names.
macro_rules! functions {
    ($($function:ident = $name:literal;)*) => {
        /// A function of the interface.
        #[derive(Clone, Copy)]
        pub(crate) enum Function { $($function,)* }

        /// All of them by name.
        const FUNCTIONS: &[(&str, Function)] = &[$(($name, Function::$function),)*];
    };
}

functions! {
    Environment = "environment";
    Models = "models";
    Network = "network";
    Add = "add";
    Board = "board";
    Load = "load";
    Classify = "classify";
    Judge = "judge";
    Classes = "classes";
    Photo = "photo";
    Stages = "stages";
    Capture = "capture";
    ClassActivation = "classActivation";
    ReceptiveField = "receptiveField";
    Features = "features";
    Teach = "teach";
    Bench = "bench";
    Compare = "compare";
    Profile = "profile";
    Verify = "verify";
    Calibrate = "calibrate";
}

/// Puts the interface on the window.
pub(crate) fn install(lab: Lab) {
    let api = Object::new();
    let set = |name: &str, value: &JsValue| {
        // A plain, fresh object takes any property.
        let _ = Reflect::set(&api, &name.into(), value);
    };
    set("ready", &ready(lab));
    for &(name, function) in FUNCTIONS {
        let call = move |first, second| {
            future_to_promise(async move {
                let exchange = part::exchange().await.map_err(|error| rejection(&error.into()))?;
                JsFuture::from((exchange.call)(lab, function, first, second)).await
            })
        };
        set(name, &Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(call).into_js_value());
    }
    let _ = Reflect::set(&window(), &"mobilenetLab".into(), &api);
}

/// Resolves with the environment once worker and catalog have answered.
fn ready(lab: Lab) -> Promise {
    let (sender, answer) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let watching = Rc::clone(&sender);
    Effect::new(move |_| {
        let result = match lab.engine.state() {
            EngineState::Starting => return,
            EngineState::Failed(problem) => Err(problem),
            EngineState::Ready(_) if !lab.checkpoints.are_listed() => return,
            EngineState::Ready(environment) => Ok(environment),
        };
        if let Some(sender) = watching.borrow_mut().take() {
            // The promise holds the receiver.
            let _ = sender.send(result);
        }
    });
    let ready = promise(async move { answer.await.unwrap_or_else(|_| Err(problems::worker_crashed(""))) });
    // Scripts need not wait for it. The page shows failures, so the console does not report them again.
    let ignore = Closure::<dyn FnMut(JsValue)>::new(|_| ()).into_js_value();
    let _ = Reflect::get(&ready, &"catch".into())
        .and_then(|catch| Reflect::apply(catch.unchecked_ref::<JsFunction>(), &ready, &Array::of1(&ignore)));
    ready
}

/// A promise of plain JSON; a problem becomes an `Error` with its English sentence and its code.
fn promise<T: Serialize>(work: impl Future<Output = Result<T, Problem>> + 'static) -> Promise {
    future_to_promise(async move {
        let value = work.await.map_err(|problem| rejection(&problem))?;
        value
            .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .map_err(|error| rejection(&problems::protocol(&error.to_string())))
    })
}

fn rejection(problem: &Problem) -> JsValue {
    let error = Error::new(&problem.message);
    // Errors are ordinary objects.
    let _ = Reflect::set(&error, &"code".into(), &problem.code.name().into());
    error.into()
}

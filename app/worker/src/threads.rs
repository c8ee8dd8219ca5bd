//! The threads that networks run on: this worker and the helpers that `loader.js` starts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use engine::backend::{Helper, Threads};
use js_sys::Function;
use wasm_bindgen::prelude::*;

static THREADS: OnceLock<Threads> = OnceLock::new();
static HELPERS: Mutex<Vec<Helper>> = Mutex::new(Vec::new());

/// The threads of this worker: itself alone, unless the loader has asked for more.
pub fn threads() -> &'static Threads {
    THREADS.get_or_init(Threads::alone)
}

/// Whether this is the first thread that enters `main`: every thread does when its instance starts.
pub fn is_first() -> bool {
    static ENTERED: AtomicBool = AtomicBool::new(false);
    !ENTERED.swap(true, Ordering::Relaxed)
}

/// Makes room for so many threads, this one included. The loader calls it before any request arrives.
#[wasm_bindgen]
pub fn make_threads(count: usize) {
    let (threads, helpers) = Threads::new(count);
    if THREADS.set(threads).is_ok() {
        *HELPERS.lock().unwrap_or_else(PoisonError::into_inner) = helpers;
    }
}

/// What a helper's thread does for good; calls `ready` once it is counted.
#[wasm_bindgen]
pub fn help(number: usize, ready: &Function) {
    let helper = {
        let mut helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
        helpers.iter().position(|helper| helper.number() == number).map(|at| helpers.remove(at))
    };
    if let Some(helper) = helper {
        helper.run(|| {
            // It returns nothing, and its exceptions cannot be reported here.
            let _ = ready.call0(&JsValue::UNDEFINED);
        });
    }
}

/// Says that a helper's thread has crashed.
#[wasm_bindgen]
pub fn lose(number: usize) {
    Helper::lost(threads(), number);
}

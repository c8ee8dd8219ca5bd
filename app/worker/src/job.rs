//! A request that is being worked on: its progress, and whether it has been cancelled.

use serde::Serialize;
use web_sys::{AbortController, AbortSignal};
use worker::protocol::{Code, Event, JobId, Problem, Progress};

use crate::lab::Lab;
use crate::platform;

/// A running job.
#[derive(Debug)]
pub struct Job {
    id: JobId,
    /// Aborts downloads, and is the job's cancellation flag.
    abort: Option<AbortController>,
}

impl Job {
    /// Enters the job among those that can be cancelled.
    pub fn start(lab: &Lab, id: JobId) -> Self {
        let abort = AbortController::new().ok();
        if let Some(abort) = &abort {
            lab.jobs.borrow_mut().push((id, abort.clone()));
        }
        Self { id, abort }
    }

    /// Takes it off that list.
    pub fn finish(&self, lab: &Lab) {
        lab.jobs.borrow_mut().retain(|(id, _)| *id != self.id);
    }

    /// Fires when the job is cancelled.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.abort.as_ref().map(AbortController::signal)
    }

    /// Fails with `cancelled` once the job is.
    pub fn check(&self) -> Result<(), Problem> {
        match self.signal() {
            Some(signal) if signal.aborted() => Err(Problem::new(Code::Cancelled, "cancelled")),
            _ => Ok(()),
        }
    }

    /// Lets messages in, then checks.
    pub async fn pause(&self) -> Result<(), Problem> {
        gloo::timers::future::TimeoutFuture::new(0).await;
        self.check()
    }

    /// Tells the page how far it is.
    pub fn progress(&self, progress: Progress) {
        post(self.id, &Event::Progress(progress));
    }
}

/// Posts an event of a job to the page.
pub fn post(job: JobId, event: &Event) {
    #[derive(Serialize)]
    struct Message<'a> {
        job: JobId,
        event: &'a Event,
    }
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let sent = Message { job, event }
        .serialize(&serializer)
        .map_err(wasm_bindgen::JsValue::from)
        .and_then(|message| platform::scope().post_message(&message));
    if let Err(error) = sent {
        web_sys::console::error_2(&"a message could not be posted".into(), &error);
    }
}

//! The worker: whether it works, and who asks it.

use leptos::prelude::*;
use worker::protocol::{Environment, JobId, Problem};

use crate::runtime::Client;
use crate::strings::problems;

/// What runs here, as far as is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EngineState {
    /// The worker has not answered yet.
    Starting,
    /// It works.
    Ready(Environment),
    /// It cannot work here.
    Failed(Problem),
}

/// The engine in its worker.
#[derive(Clone, Copy)]
pub(crate) struct EngineHandle {
    state: RwSignal<EngineState>,
    client: StoredValue<Option<Client>, LocalStorage>,
}

impl EngineHandle {
    /// Starts the worker.
    pub(super) fn start() -> Self {
        let state = RwSignal::new(EngineState::Starting);
        let client = Client::start(move |problem| state.set(EngineState::Failed(problem)));
        if let Err(problem) = &client {
            state.set(EngineState::Failed(problem.clone()));
        }
        Self { state, client: StoredValue::new_local(client.ok()) }
    }

    /// Keeps what the worker has said of itself.
    pub(super) fn learn(self, answer: Result<Environment, Problem>) {
        self.state.set(answer.map_or_else(EngineState::Failed, EngineState::Ready));
    }

    /// What is known; reactive.
    pub(crate) fn state(self) -> EngineState {
        self.state.get()
    }

    /// Whether it can be asked to compute; reactive.
    pub(crate) fn is_ready(self) -> bool {
        self.state.with(|state| matches!(state, EngineState::Ready(_)))
    }

    /// Whether it cannot work here; reactive.
    pub(crate) fn has_failed(self) -> bool {
        self.state.with(|state| matches!(state, EngineState::Failed(_)))
    }

    /// The worker's client, or why there is none.
    pub(crate) fn client(self) -> Result<Client, Problem> {
        self.client.get_value().ok_or_else(|| match self.state.get_untracked() {
            EngineState::Failed(problem) => problem,
            EngineState::Starting | EngineState::Ready(_) => problems::load_failed(""),
        })
    }

    /// Ends a job.
    pub(crate) fn cancel(self, job: JobId) {
        if let Ok(client) = self.client() {
            client.cancel(job);
        }
    }
}

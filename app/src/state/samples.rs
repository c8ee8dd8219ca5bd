//! Sample photos that ship with the page: a visitor who has brought nothing yet sees what networks make of the first one.

use std::collections::HashMap;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use web_sys::Blob;
use worker::protocol::{ClassScore, Problem};

use super::{Credit, Lab};
use crate::fetch;
use crate::strings::problems;

/// Where the samples and their list lie, relative to the page.
const FOLDER: &str = "static/samples";

/// One entry of `samples.json`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Sample {
    /// Stable name.
    pub(crate) id: String,
    file: String,
    /// By the language's short name.
    pub(crate) title: HashMap<String, String>,
    /// Who took it.
    pub(crate) credit: String,
    /// The terms.
    pub(crate) licence: String,
}

impl Sample {
    /// Address of a small picture of it.
    pub(crate) fn thumbnail(&self) -> String {
        format!("{FOLDER}/small/{}.jpg", self.id)
    }
}

/// What the networks that ship with the page saw in a sample when the page was built: `answers.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct BuiltAnswers {
    /// The sample's id.
    sample: String,
    /// The most probable class by the checkpoint's id.
    answers: HashMap<String, ClassScore>,
}

/// The samples, and answers that need not be computed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Samples {
    all: RwSignal<Vec<Sample>>,
    built: RwSignal<Option<BuiltAnswers>>,
}

impl Samples {
    /// All of them, of none until they are listed; reactive.
    pub(crate) fn all(self) -> Vec<Sample> {
        self.all.get()
    }

    /// The sample whose answers came with the page; reactive.
    pub(crate) fn built(self) -> Option<Sample> {
        let id = self.built.with(|built| Some(built.as_ref()?.sample.clone()))?;
        self.all.with(|all| all.iter().find(|sample| sample.id == id).cloned())
    }

    /// What a checkpoint saw in it; reactive.
    pub(crate) fn built_answer(self, checkpoint: &str) -> Option<ClassScore> {
        self.built.with(|built| built.as_ref()?.answers.get(checkpoint).cloned())
    }
}

impl Lab {
    /// Lists the samples, and has the first one judged. Where the visitor saves data, the answers of the build stand in.
    pub(super) async fn welcome(self) {
        let all: Vec<Sample> = match json("samples.json").await {
            Ok(all) => all,
            Err(problem) => return self.tell(None, problem),
        };
        let first = all.first().cloned();
        self.samples.all.set(all);
        if saves_data() {
            match json("answers.json").await {
                Ok(built) => self.samples.built.set(Some(built)),
                Err(problem) => self.tell(None, problem),
            }
        } else if let Some(first) = first
            && untrack(|| self.opening.is_idle() && self.photos.count() == 0)
        {
            self.open_sample(first, true).await;
        }
    }

    /// Opens a sample.
    pub(crate) fn take_sample(self, sample: Sample) {
        spawn_local(self.open_sample(sample, false));
    }

    async fn open_sample(self, sample: Sample, is_welcome: bool) {
        match blob(&sample.file).await {
            Ok(blob) => {
                let credit = Credit { author: sample.credit, licence: sample.licence };
                self.open_file(blob, sample.file, credit, is_welcome);
            }
            Err(problem) => self.tell(Some(sample.file), problem),
        }
    }
}

/// Whether the visitor has asked the browser to save data: then nothing starts by itself.
pub(super) fn saves_data() -> bool {
    let property = |object: &wasm_bindgen::JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    // Not in every browser.
    property(&window().navigator(), "connection")
        .filter(|connection| connection.is_object())
        .and_then(|connection| property(&connection, "saveData"))
        .is_some_and(|saves| saves.is_truthy())
}

async fn json<T: DeserializeOwned>(name: &str) -> Result<T, Problem> {
    let address = format!("{FOLDER}/{name}");
    let response = fetch::get(&address, None).await.map_err(|failure| missing(&address, &failure))?;
    response.json().await.map_err(|error| missing(&address, &error))
}

async fn blob(name: &str) -> Result<Blob, Problem> {
    let address = format!("{FOLDER}/{name}");
    let response = fetch::get(&address, None).await.map_err(|failure| missing(&address, &failure))?;
    fetch::blob(response).await.map_err(|failure| missing(&address, &failure))
}

fn missing(address: &str, reason: &impl ToString) -> Problem {
    problems::sample(address, &reason.to_string())
}

//! Sample photos that ship with the page: a visitor who has brought nothing yet sees what networks make of the first one.

use std::collections::HashMap;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use web_sys::Blob;
use worker::protocol::{ClassScore, Problem};

use super::{Credit, Lab, Photo};
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

/// What the networks that ship with the page saw in the samples when it was built: `answers.json`, the most probable class
/// by the sample's id and the checkpoint's.
type BuiltAnswers = HashMap<String, HashMap<String, ClassScore>>;

/// The samples, and answers that need not be computed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Samples {
    all: RwSignal<Vec<Sample>>,
    built: RwSignal<BuiltAnswers>,
    /// Whether the first sample is shown with these answers, since nothing starts by itself.
    stand_in: RwSignal<bool>,
}

impl Samples {
    /// All of them, of none until they are listed; reactive.
    pub(crate) fn all(self) -> Vec<Sample> {
        self.all.get()
    }

    /// The sample that is shown with the answers that came with the page; reactive.
    pub(crate) fn built(self) -> Option<Sample> {
        let first = self.all.with(|all| all.first().cloned())?;
        (self.stand_in.get() && self.built.with(|built| built.contains_key(&first.id))).then_some(first)
    }

    /// What a checkpoint saw in a sample; reactive.
    pub(crate) fn built_answer(self, sample: &Sample, checkpoint: &str) -> Option<ClassScore> {
        self.built.with(|built| built.get(&sample.id)?.get(checkpoint).cloned())
    }

    /// The sample that a photo is; reactive.
    pub(crate) fn of_photo(self, photo: &Photo) -> Option<Sample> {
        let credit = photo.credit.as_ref()?;
        let is_it = |sample: &&Sample| sample.file == photo.name && sample.credit == credit.author;
        self.all.with(|all| all.iter().find(is_it).cloned())
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
            self.samples.stand_in.set(true);
        } else if let Some(first) = first
            && untrack(|| self.opening.is_idle() && self.photos.count() == 0)
        {
            self.open_sample(first, true).await;
        }
        match json("answers.json").await {
            Ok(built) => self.samples.built.set(built),
            Err(problem) => self.tell(None, problem),
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

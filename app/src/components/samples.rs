//! Sample photos that ship with the page.

use std::collections::HashMap;

use gloo::net::http;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use worker::protocol::Problem;

use crate::state::{Credit, use_lab};
use crate::strings::problems;

/// Where the samples and their list lie, relative to the page.
const FOLDER: &str = "static/samples";

/// One entry of `samples.json`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Sample {
    id: String,
    file: String,
    /// By the language's short name.
    title: HashMap<String, String>,
    credit: String,
    licence: String,
}

/// Buttons with pictures, each with its author and licence.
#[component]
pub(crate) fn Samples() -> impl IntoView {
    let lab = use_lab();
    let samples = RwSignal::new(Vec::<Sample>::new());
    spawn_local(async move {
        match list().await {
            Ok(list) => samples.set(list),
            Err(problem) => lab.tell(None, problem),
        }
    });
    let take = move |sample: Sample| {
        spawn_local(async move {
            match fetch(&sample.file).await {
                Ok(blob) => {
                    let credit = Credit { author: sample.credit, licence: sample.licence };
                    lab.open_files(vec![(blob, sample.file, Some(credit))]);
                }
                Err(problem) => lab.tell(Some(sample.file), problem),
            }
        });
    };
    let button = move |sample: Sample| {
        let title = sample.title.clone();
        let title = move || title.get(lab.language.get().short()).cloned().unwrap_or_default();
        let terms = format!("{} · {}", sample.credit, sample.licence);
        let chosen = sample.clone();
        view! {
            <li>
                <button
                    type="button"
                    class="sample"
                    data-testid=format!("sample-{}", sample.id)
                    on:click=move |_| take(chosen.clone())
                >
                    <img src=format!("{FOLDER}/{}", sample.file) alt="" width="72" height="54" loading="lazy" />
                    <span class="sample-title">{title}</span>
                    <small>{terms}</small>
                </button>
            </li>
        }
    };
    view! {
        <div class="samples">
            <h3>{lab.t(|s| s.samples)}</h3>
            <ul>
                <For each=move || samples.get() key=|sample| sample.id.clone() children=button />
            </ul>
        </div>
    }
}

async fn list() -> Result<Vec<Sample>, Problem> {
    let address = format!("{FOLDER}/samples.json");
    let response = get(&address).await?;
    response.json().await.map_err(|error| problems::sample(&address, &error.to_string()))
}

async fn fetch(file: &str) -> Result<Blob, Problem> {
    let address = format!("{FOLDER}/{file}");
    let response = get(&address).await?;
    let failed = |reason: &str| problems::sample(&address, reason);
    let blob = web_sys::Response::from(response).blob().map_err(|_| failed("the answer has no body"))?;
    let blob = JsFuture::from(blob).await.map_err(|_| failed("the connection broke"))?;
    blob.dyn_into().map_err(|_| failed("the answer is no file"))
}

async fn get(address: &str) -> Result<http::Response, Problem> {
    let failed = |reason: String| problems::sample(address, &reason);
    let response = http::Request::get(address).send().await.map_err(|error| failed(error.to_string()))?;
    if response.ok() { Ok(response) } else { Err(failed(format!("HTTP {}", response.status()))) }
}

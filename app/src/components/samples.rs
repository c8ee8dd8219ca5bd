//! Sample photos that ship with the page.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use web_sys::Blob;
use worker::protocol::Problem;

use crate::fetch;
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
            match file(&sample.file).await {
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
        let title = move || title.get(lab.language().short()).cloned().unwrap_or_default();
        let (credit, licence) = (sample.credit.clone(), sample.licence.clone());
        let terms = move || format!("{credit} · {}", lab.strings().quoted(&licence));
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
            <h3>{lab.t(|s| s.photos.samples)}</h3>
            <ul>
                <For each=move || samples.get() key=|sample| sample.id.clone() children=button />
            </ul>
        </div>
    }
}

async fn list() -> Result<Vec<Sample>, Problem> {
    let address = format!("{FOLDER}/samples.json");
    let response = fetch::get(&address, None).await.map_err(|failure| missing(&address, &failure))?;
    response.json().await.map_err(|error| missing(&address, &error))
}

async fn file(name: &str) -> Result<Blob, Problem> {
    let address = format!("{FOLDER}/{name}");
    let response = fetch::get(&address, None).await.map_err(|failure| missing(&address, &failure))?;
    fetch::blob(response).await.map_err(|failure| missing(&address, &failure))
}

fn missing(address: &str, reason: &impl ToString) -> Problem {
    problems::sample(address, &reason.to_string())
}

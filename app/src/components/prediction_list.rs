//! What a network sees.

use leptos::prelude::*;
use worker::protocol::{Backend, ClassScore, Prediction};

use crate::format;
use crate::state::use_lab;
use crate::strings::{Language, Strings, backend_name, class_name, fill};

/// The most probable classes with bars, and what computed them.
#[component]
pub(crate) fn PredictionList(
    /// The network's answer.
    prediction: Prediction,
) -> impl IntoView {
    let lab = use_lab();
    let name = move |class: &ClassScore| {
        let class = class.clone();
        move || class_name(lab.language(), &class)
    };
    let details = move |class: &ClassScore| {
        let class = class.clone();
        move || {
            let facts = format!("#{} · logit {:.2}", class.index, class.logit);
            // Papers and code know a class by its English name.
            match (lab.language(), &class.label) {
                (Language::Chinese, Some(english)) => format!("{english} · {facts}"),
                _ => facts,
            }
        }
    };
    let rows: Vec<_> = prediction
        .top
        .iter()
        .map(|class| {
            let share = format::percent(class.probability);
            view! {
                <li data-testid="prediction" title=details(class)>
                    <span class="label">{name(class)}</span>
                    <span class="share">{share}</span>
                    <span
                        class="meter"
                        style=format!("--share: {:.2}%", class.probability * 100.0)
                        aria-hidden="true"
                    ></span>
                </li>
            }
        })
        .collect();
    let how = move || {
        let ran = backend_and_threads(lab.strings(), prediction.backend, prediction.threads);
        format!("{ran} · {}", format::size(prediction.resolution))
    };
    view! {
        <div class="answers">
            <ol class="predictions">{rows}</ol>
            <small class="how">{how}</small>
        </div>
    }
}

/// `CPU · 4 threads`: stands beside every number that a backend produced.
pub(crate) fn backend_and_threads(strings: &Strings, backend: Backend, threads: u32) -> String {
    let name = backend_name(strings, Some(backend));
    if backend.is_gpu() {
        return name.to_owned();
    }
    let threads = match threads {
        1 => strings.board.one_thread.to_owned(),
        count => fill(strings.board.threads, &[("count", &count.to_string())]),
    };
    format!("{name} · {threads}")
}

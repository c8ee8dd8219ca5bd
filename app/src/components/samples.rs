//! Sample photos that ship with the page.

use leptos::prelude::*;

use crate::state::{Sample, use_lab};

/// Small pictures, each with its author and licence in its title.
#[component]
pub(crate) fn Samples() -> impl IntoView {
    let lab = use_lab();
    let button = move |sample: Sample| {
        let names = sample.title.clone();
        let name = move || names.get(lab.language().short()).cloned().unwrap_or_default();
        let shown = name.clone();
        let (credit, licence) = (sample.credit.clone(), sample.licence.clone());
        let terms = move || format!("{credit} · {}", lab.strings().quoted(&licence));
        let thumbnail = sample.thumbnail();
        let testid = format!("sample-{}", sample.id);
        view! {
            <li>
                <button
                    type="button"
                    class="sample"
                    data-testid=testid
                    title=move || format!("{} · {}", name(), terms())
                    on:click=move |_| lab.take_sample(sample.clone())
                >
                    <img src=thumbnail alt="" width="64" height="48" decoding="async" />
                    <span class="visually-hidden">{shown}</span>
                </button>
            </li>
        }
    };
    view! {
        <div class="samples">
            <h3>{lab.t(|s| s.photos.samples)}</h3>
            <ul>
                <For each=move || lab.samples.all() key=|sample| sample.id.clone() children=button />
            </ul>
        </div>
    }
}

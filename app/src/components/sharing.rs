//! The board as a link, results as files.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::file_button::FileButton;
use crate::share::results::Results;
use crate::state::{Imported, download, use_lab};
use crate::strings::{fill, problems};

/// Copies a link to the board.
#[component]
pub(crate) fn CopyLink() -> impl IntoView {
    let lab = use_lab();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        spawn_local(async move {
            let done = lab.copy_link().await;
            copied.set(done);
            if !done {
                lab.tell(None, problems::link_not_copied());
            }
        });
    };
    // What was copied is another board by now.
    Effect::new(move |_| {
        lab.columns.track();
        copied.set(false);
    });
    view! {
        <small role="status">{move || copied.get().then(|| lab.strings().link_copied)}</small>
        <button type="button" data-testid="copy-link" on:click=copy>
            {lab.t(|s| s.copy_link)}
        </button>
    }
}

/// Writes and reads files of results.
#[component]
pub(crate) fn ResultFiles() -> impl IntoView {
    let lab = use_lab();
    let nothing = move || {
        lab.columns.with(|columns| {
            lab.timings.with(|timings| {
                !columns.iter().any(|column| timings.contains_key(&column.config.to_protocol()))
            })
        })
    };
    let export = move |extension: &str, kind: &str, write: fn(&Results) -> String| {
        if let Some(results) = lab.results() {
            download(&format!("mobilenet-lab-results.{extension}"), kind, &write(&results));
        }
    };
    let imported = move || {
        let remove = |index: usize, imported: &Imported| {
            let label = fill(lab.strings().remove_named, &[("name", &imported.file)]);
            view! {
                <li data-testid="imported">
                    <small>{imported.lines(lab.strings()).join(", ")}</small>
                    <button
                        type="button"
                        class="icon"
                        aria-label=label
                        on:click=move |_| {
                            lab.imported.update(|imported| {
                                imported.remove(index);
                            });
                        }
                    >
                        "✕"
                    </button>
                </li>
            }
        };
        lab.imported.with(|all| {
            let rows: Vec<_> = all.iter().enumerate().map(|(index, one)| remove(index, one)).collect();
            (!rows.is_empty()).then(|| view! { <ul class="imported">{rows}</ul> })
        })
    };
    view! {
        <div class="buttons">
            <button
                type="button"
                class="quiet"
                data-testid="export-json"
                disabled=nothing
                on:click=move |_| export("json", "application/json", Results::to_json)
            >
                {lab.t(|s| s.export_json)}
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="export-csv"
                disabled=nothing
                on:click=move |_| export("csv", "text/csv", Results::to_csv)
            >
                {lab.t(|s| s.export_csv)}
            </button>
            <FileButton
                text=lab.label(|s| s.import_results)
                accept=".json,application/json"
                testid="import-input"
            />
        </div>
        {imported}
    }
}

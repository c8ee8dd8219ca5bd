//! The board as a link, results as files.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::file_button::FileButton;
use crate::part;
use crate::share::Form;
use crate::state::{Column, Imported, use_lab};
use crate::strings::{Strings, fill, problems};
use common::files::download;

/// A form of results: the end of the file's name, its media type, and what the button says.
type Export = (Form, &'static str, &'static str, fn(&'static Strings) -> &'static str);

const EXPORTS: [Export; 2] = [
    (Form::Json, "json", "application/json", |s| s.sharing.export_json),
    (Form::Csv, "csv", "text/csv", |s| s.sharing.export_csv),
];

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
    // The copied link is out of date.
    Effect::new(move |_| {
        lab.board.track();
        copied.set(false);
    });
    view! {
        <small role="status">{move || copied.get().then(|| lab.strings().sharing.link_copied)}</small>
        <button type="button" data-testid="copy-link" on:click=copy>
            {lab.t(|s| s.sharing.copy_link)}
        </button>
    }
}

/// Writes and reads files of results.
#[component]
pub(crate) fn ResultFiles() -> impl IntoView {
    let lab = use_lab();
    let nothing = move || {
        let is_measured = |column: &Column| lab.measuring.timing(&column.config).is_some();
        lab.board.with(|columns| !columns.iter().any(is_measured))
    };
    let export = move |(form, extension, kind, text): Export| {
        let write = move |_| {
            spawn_local(async move {
                match part::exchange().await {
                    Ok(exchange) => {
                        if let Some(text) = (exchange.write)(form, lab) {
                            download(&format!("mobilenet-lab-results.{extension}"), kind, &text);
                            lab.measuring.saved();
                        }
                    }
                    Err(error) => lab.tell(None, error.into()),
                }
            });
        };
        view! {
            <button
                type="button"
                class="quiet"
                data-testid=format!("export-{extension}")
                disabled=nothing
                on:click=write
            >
                {lab.t(text)}
            </button>
        }
    };
    let exports = EXPORTS.map(export);
    let imported = move || {
        let remove = |index: usize, imported: &Imported| {
            let label = fill(lab.strings().photos.remove_named, &[("name", &imported.file)]);
            view! {
                <li data-testid="imported">
                    <small>{imported.lines(lab.strings()).join(lab.strings().messages.comma)}</small>
                    <button
                        type="button"
                        class="icon"
                        aria-label=label
                        on:click=move |_| lab.imports.remove(index)
                    >
                        "✕"
                    </button>
                </li>
            }
        };
        let all = lab.imports.all();
        let rows: Vec<_> = all.iter().enumerate().map(|(index, one)| remove(index, one)).collect();
        (!rows.is_empty()).then(|| view! { <ul class="imported">{rows}</ul> })
    };
    view! {
        <div class="buttons">
            {exports}
            <FileButton
                text=lab.label(|s| s.sharing.import_results)
                accept=".json,application/json"
                testid="import-input"
            />
        </div>
        {imported}
    }
}

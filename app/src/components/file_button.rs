//! A button that opens files.

use leptos::prelude::*;
use web_sys::{FileList, HtmlInputElement};

use crate::state::{Credit, use_lab};

/// Files of a browser list, as [`crate::state::Lab::open_files`] wants them.
pub(crate) fn files(list: Option<FileList>) -> Vec<(web_sys::Blob, String, Option<Credit>)> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length())
        .filter_map(|index| list.get(index))
        .map(|file| (file.clone().into(), file.name(), None))
        .collect()
}

/// Lets the visitor choose files, or take one with the device's own camera, and opens them.
#[component]
pub(crate) fn FileButton(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// The types of files to offer, as in HTML.
    accept: &'static str,
    /// Classes beside those of every such button.
    #[prop(default = "")]
    class: &'static str,
    /// The camera to take a photo with, as in HTML.
    #[prop(optional)]
    capture: Option<&'static str>,
    testid: &'static str,
) -> impl IntoView {
    let lab = use_lab();
    let choose = move |event: leptos::ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        lab.open_files(files(input.files()));
        // Otherwise choosing the same file again would be no change.
        input.set_value("");
    };
    view! {
        <label class=format!("button file {class}")>
            <input
                type="file"
                multiple=capture.is_none()
                accept=accept
                capture=capture
                data-testid=testid
                on:change=choose
            />
            {text}
        </label>
    }
}

//! A labelled choice.

use leptos::prelude::*;

/// Choices under a heading, or under none where it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The heading.
    pub(crate) heading: String,
    /// Values with their texts.
    pub(crate) options: Vec<(String, String)>,
}

impl Group {
    /// One group without heading.
    pub(crate) fn plain(options: impl Into<Vec<(String, String)>>) -> Vec<Self> {
        vec![Self { heading: String::new(), options: options.into() }]
    }
}

/// The browser's own select, with its label inside the frame.
#[component]
pub(crate) fn Select(
    /// What is chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The choices.
    #[prop(into)]
    groups: Signal<Vec<Group>>,
    /// The value that is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Hears a new choice.
    on_change: Callback<String>,
    /// Leaves the label to screen readers.
    #[prop(optional)]
    bare: bool,
    /// Stable name for tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let options = move |options: Vec<(String, String)>| {
        let chosen = value.get();
        options
            .into_iter()
            .map(|(value, text)| {
                let selected = value == chosen;
                view! {
                    <option value=value prop:selected=selected>
                        {text}
                    </option>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <label class="select">
            <span class:visually-hidden=bare>{label}</span>
            <select
                data-testid=testid
                on:change:target=move |event| on_change.run(event.target().value())
            >
                {move || {
                    groups
                        .get()
                        .into_iter()
                        .map(|group| {
                            if group.heading.is_empty() {
                                options(group.options).into_any()
                            } else {
                                view! { <optgroup label=group.heading>{options(group.options)}</optgroup> }
                                    .into_any()
                            }
                        })
                        .collect::<Vec<_>>()
                }}
            </select>
        </label>
    }
}

//! Asks which network a dropped checkpoint belongs to, where its tensors fit several.

use leptos::prelude::*;

use crate::state::use_lab;
use crate::strings::fill;

/// The question, while there is one.
#[component]
pub(crate) fn CheckpointChoice() -> impl IntoView {
    let lab = use_lab();
    let question = move || {
        let choice = lab.opening.choice()?;
        let used = choice.checkpoint.model.clone();
        let others = choice.checkpoint.candidates.iter().filter(|candidate| **candidate != used);
        let buttons: Vec<_> = others
            .map(|candidate| {
                let (choice, model) = (choice.clone(), candidate.clone());
                view! {
                    <button
                        type="button"
                        on:click=move |_| lab.choose_network(choice.clone(), model.clone())
                    >
                        {candidate.clone()}
                    </button>
                }
            })
            .collect();
        let text = fill(lab.strings().messages.several_networks, &[("file", &choice.name), ("model", &used)]);
        Some(view! {
            <div class="notice neutral" role="status">
                <p>{text}</p>
                <div class="buttons">
                    {buttons}
                    <button type="button" class="primary" on:click=move |_| lab.opening.keep_choice()>
                        {fill(lab.strings().messages.keep_network, &[("model", &used)])}
                    </button>
                </div>
            </div>
        })
    };
    view! { {question} }
}

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
        let is_twin = choice.checkpoint.candidates.len() > 1;
        let (used, all, text) = if is_twin {
            (
                choice.checkpoint.model.clone(),
                &choice.checkpoint.candidates,
                lab.strings().messages.several_networks,
            )
        } else {
            let wrappers = &choice.checkpoint.wrappers;
            (wrappers.first()?.clone(), wrappers, lab.strings().messages.several_weights)
        };
        let others = all.iter().filter(|candidate| **candidate != used);
        let buttons: Vec<_> = others
            .map(|candidate| {
                let (choice, chosen) = (choice.clone(), Some(candidate.clone()));
                let chosen = if is_twin { (chosen, None) } else { (None, chosen) };
                view! {
                    <button
                        type="button"
                        on:click=move |_| lab.choose(choice.clone(), chosen.0.clone(), chosen.1.clone())
                    >
                        {candidate.clone()}
                    </button>
                }
            })
            .collect();
        let text = fill(text, &[("file", &choice.name), ("model", &used)]);
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

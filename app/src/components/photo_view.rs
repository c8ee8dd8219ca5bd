//! The photo that the networks look at, large.

use leptos::prelude::*;

use super::photo_strip::PhotoFacts;
use crate::state::{use_answers, use_lab};
use crate::strings::fill;

/// The selected photo with its facts and credit, or what to do when there is none.
#[component]
pub(crate) fn PhotoView() -> impl IntoView {
    let lab = use_lab();
    let shown = Memo::new(move |_| lab.photos.selected());
    let answers = use_answers();
    let position = move || {
        let key = lab.photos.selected_key()?;
        let order = answers.order();
        Some((order.iter().position(|other| *other == key)?, order))
    };
    let go = move |step: isize| {
        if let Some((index, order)) = untrack(position) {
            let next = (index as isize + step).rem_euclid(order.len() as isize) as usize;
            lab.photos.select(order[next]);
        }
    };
    let pager = move || {
        let (index, order) = position().filter(|(_, order)| order.len() > 1)?;
        let text = fill(
            lab.strings().photos.photo_of,
            &[("position", &(index + 1).to_string()), ("count", &order.len().to_string())],
        );
        Some(view! {
            <div class="pager">
                <button type="button" class="icon" aria-label=lab.t(|s| s.photos.previous) on:click=move |_| go(-1)>
                    "‹"
                </button>
                <span>{text}</span>
                <button type="button" class="icon" aria-label=lab.t(|s| s.photos.next) on:click=move |_| go(1)>
                    "›"
                </button>
            </div>
        })
    };
    let photo = move || match shown.get() {
        Some(photo) => {
            let credit = photo.credit.clone().map(|credit| {
                view! { <small>{move || fill(lab.strings().photos.photo_by, &[("author", &credit.author), ("licence", lab.strings().quoted(&credit.licence))])}</small> }
            });
            view! {
                <figure>
                    <img src=photo.url.clone() alt=photo.name.clone() decoding="async" />
                    <figcaption>
                        <strong>{photo.name.clone()}</strong>
                        <PhotoFacts photo=photo />
                        {credit}
                    </figcaption>
                </figure>
            }
            .into_any()
        }
        None => view! { <p class="placeholder">{lab.t(|s| s.photos.no_photo)}</p> }.into_any(),
    };
    view! {
        <div class="card photo-view">
            {photo}
            {pager}
        </div>
    }
}

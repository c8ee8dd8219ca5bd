//! The photo that the networks look at, and the ways to bring others.

use leptos::prelude::*;

use super::address_field::AddressField;
use super::camera::Camera;
use super::class_map::{ClassMapLayer, ClassMapLegend, maps};
use super::file_button::FileButton;
use super::photo_strip::PhotoFacts;
use super::progress_bar::ProgressBar;
use crate::state::{Sample, use_answers, use_lab};
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
    let of_pixels = Memo::new(move |_| maps(lab));
    let (chosen_map, opacity) = (RwSignal::new(0), RwSignal::new(0.6));
    let map = Signal::derive(move || {
        of_pixels.with(|maps| maps.get(chosen_map.get().min(maps.len().saturating_sub(1))).cloned())
    });
    let has_maps = Memo::new(move |_| of_pixels.with(|maps| !maps.is_empty()));
    let photo = move || match shown.get() {
        Some(photo) => {
            let credit = photo.credit.clone().map(|credit| {
                view! { <small>{move || fill(lab.strings().photos.photo_by, &[("author", &credit.author), ("licence", lab.strings().quoted(&credit.licence))])}</small> }
            });
            view! {
                <figure>
                    <div class="under-map">
                        <img src=photo.url.clone() alt=photo.name.clone() decoding="async" />
                        <ClassMapLayer shown=map opacity=opacity.into() />
                    </div>
                    {move || {
                        has_maps
                            .get()
                            .then(|| {
                                view! { <ClassMapLegend maps=of_pixels position=chosen_map opacity=opacity /> }
                            })
                    }}
                    <figcaption>
                        <strong>{photo.name.clone()}</strong>
                        <PhotoFacts photo=photo />
                        {credit}
                    </figcaption>
                </figure>
            }
            .into_any()
        }
        None => match lab.samples.built() {
            Some(sample) => built(sample).into_any(),
            None => view! { <p class="placeholder">{lab.t(|s| s.photos.no_photo)}</p> }.into_any(),
        },
    };
    view! {
        <div class="card photo-view">
            <h2 id="photos-title" class="visually-hidden" tabindex="-1">{lab.t(|s| s.photos.title)}</h2>
            {photo}
            {pager}
            <Opening />
            <div class="photo-sources">
                <FileButton
                    text=lab.label(|s| s.home.choose_photo)
                    accept="image/*,.safetensors,.pth,.pt,.bin,.npy,.mat,.json,.txt,.csv"
                    class="primary"
                    testid="file-input"
                />
                <Camera />
            </div>
            <small class="drop-hint">{lab.t(|s| s.home.drop_hint)}</small>
            <details class="more-ways" open=untrack(|| lab.settings.details())>
                <summary>{lab.t(|s| s.home.more_ways)}</summary>
                <AddressField />
                <small>{lab.t(|s| s.home.address_note)}</small>
            </details>
        </div>
    }
}

/// The sample whose answers came with the page.
fn built(sample: Sample) -> impl IntoView {
    let lab = use_lab();
    let thumbnail = sample.thumbnail();
    view! {
        <figure>
            <img src=thumbnail alt="" decoding="async" />
            <figcaption>
                <small data-testid="built">{lab.t(|s| s.home.built_answers)}</small>
                <button type="button" data-testid="judge-here" on:click=move |_| lab.take_sample(sample.clone())>
                    {lab.t(|s| s.home.judge_here)}
                </button>
            </figcaption>
        </figure>
    }
}

/// How far opening files is.
#[component]
fn Opening() -> impl IntoView {
    let lab = use_lab();
    // Files that are open, all files, and the name of the one that is being opened.
    let opening = move || {
        let now = lab.opening.now()?;
        Some((now.done, now.done + 1 + lab.opening.waiting(), now.name))
    };
    let text = Signal::derive(move || match opening() {
        None => String::new(),
        Some((_, 1, name)) => fill(lab.strings().photos.opening, &[("file", &name)]),
        Some((done, total, name)) => fill(
            lab.strings().photos.opening_of,
            &[("file", &name), ("position", &(done + 1).to_string()), ("total", &total.to_string())],
        ),
    });
    let fraction = Signal::derive(move || {
        let (done, total, _) = opening().filter(|(_, total, _)| *total > 1)?;
        Some(done as f64 / total as f64)
    });
    let is_opening = Memo::new(move |_| !lab.opening.is_idle());
    move || {
        is_opening.get().then(|| {
            view! {
                <div class="late" role="status" data-testid="opening">
                    <ProgressBar
                        text=text
                        fraction=fraction
                        on_cancel=Callback::new(move |()| lab.cancel_opening())
                    />
                </div>
            }
        })
    }
}

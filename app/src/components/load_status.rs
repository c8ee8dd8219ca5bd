//! Something that takes its time, and how it ended otherwise than well.

use leptos::prelude::*;
use worker::protocol::{JobId, Problem};

use super::notice::Notice;
use super::progress_bar::ProgressBar;
use crate::format;
use crate::state::{LoadState, use_lab};
use crate::strings::fill;

/// A checkpoint on its way to memory, or why it is not.
#[component]
pub(crate) fn LoadStatus(
    /// Where it is.
    load: LoadState,
    /// Loads it once more.
    again: Callback<()>,
    /// What the buttons are for, where nothing around them says so.
    #[prop(optional)]
    about: String,
) -> impl IntoView {
    let lab = use_lab();
    match load {
        LoadState::Failed(problem) => {
            view! { <Stopped problem=Some(problem) again=again about=about /> }.into_any()
        }
        LoadState::Cancelled => view! { <Stopped problem=None again=again about=about /> }.into_any(),
        LoadState::Waiting(job) => {
            view! { <Busy text=lab.label(|s| s.board.waiting) fraction=None job=job about=about /> }
                .into_any()
        }
        LoadState::Downloading { job, done_bytes, total_bytes } => {
            let count = Signal::derive(move || {
                let done = format::bytes(done_bytes);
                match total_bytes {
                    Some(total) => fill(
                        lab.strings().board.bytes_of,
                        &[("done", &done), ("total", &format::bytes(total))],
                    ),
                    None => done,
                }
            });
            let fraction = total_bytes.map(|total| done_bytes as f64 / total.max(1) as f64);
            view! {
                <Busy
                    text=lab.label(|s| s.board.downloading)
                    count=count
                    fraction=fraction
                    job=job
                    about=about
                />
            }
            .into_any()
        }
    }
}

/// A job that is under way.
#[component]
pub(crate) fn Busy(
    /// What it does.
    text: Signal<String>,
    /// How much of it is done, if that is known in words.
    #[prop(optional)]
    count: Option<Signal<String>>,
    /// How far it is, if known.
    fraction: Option<f64>,
    /// The job.
    job: JobId,
    /// As for [`LoadStatus`].
    #[prop(optional)]
    about: String,
) -> impl IntoView {
    let lab = use_lab();
    view! {
        <div class="late">
            <ProgressBar
                text=text
                count=count
                fraction=fraction
                on_cancel=Callback::new(move |()| lab.engine.cancel(job))
                about=about
            />
        </div>
    }
}

/// A job that has ended without a result.
#[component]
pub(crate) fn Stopped(
    /// Why; `None` where the visitor has stopped it.
    #[prop(optional_no_strip)]
    problem: Option<Problem>,
    /// Starts it once more.
    again: Callback<()>,
    /// As for [`LoadStatus`].
    #[prop(optional)]
    about: String,
) -> impl IntoView {
    let lab = use_lab();
    let label = (!about.is_empty()).then_some(move || format!("{} {about}", lab.strings().messages.again));
    let button = move || {
        view! {
            <button type="button" aria-label=label on:click=move |_| again.run(())>
                {lab.t(|s| s.messages.again)}
            </button>
        }
    };
    match problem {
        Some(problem) => view! { <Notice about=None problem=problem>{button()}</Notice> }.into_any(),
        None => view! {
            <div class="offer">
                <p>{lab.t(|s| s.messages.cancelled)}</p>
                {button()}
            </div>
        }
        .into_any(),
    }
}

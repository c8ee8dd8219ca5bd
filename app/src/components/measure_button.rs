//! A button that measures; while it does, how far that is, and a way to stop it.

use leptos::prelude::*;
use worker::protocol::Progress;

use super::progress_bar::ProgressBar;
use crate::state::{Lab, use_lab};
use crate::strings::fill;

/// Starts a measurement, and stops it.
#[component]
pub(crate) fn MeasureButton(
    /// What it says.
    text: Signal<String>,
    /// Starts the measurement.
    start: Callback<()>,
    /// What is being measured, and how far that is, 0..1, if known; `None` while nothing is.
    #[prop(into)]
    running: Signal<Option<(String, Option<f64>)>>,
    /// Stops it.
    stop: Callback<()>,
    /// Stable name for tests.
    testid: &'static str,
) -> impl IntoView {
    let lab = use_lab();
    let is_running = Memo::new(move |_| running.with(Option::is_some));
    let what = Signal::derive(move || running.get().map(|(what, _)| what).unwrap_or_default());
    let fraction = Signal::derive(move || running.get().and_then(|(_, fraction)| fraction));
    move || {
        if is_running.get() {
            view! { <ProgressBar text=what fraction=fraction on_cancel=stop /> }.into_any()
        } else {
            view! {
                <button
                    type="button"
                    class="primary"
                    data-testid=testid
                    disabled=move || !lab.engine.is_ready()
                    on:click=move |_| start.run(())
                >
                    {text}
                </button>
            }
            .into_any()
        }
    }
}

/// What is being measured of the board, and how far that is.
pub(super) fn measuring(lab: Lab) -> Option<(String, Option<f64>)> {
    let now = lab.measuring.now()?;
    let strings = lab.strings();
    let mut text = fill(strings.charts.measuring, &[("count", &now.count().to_string())]);
    if let Some(Progress::Running { done, total }) = now.progress {
        let values = [("done", &*done.to_string()), ("total", &*total.to_string())];
        text.push_str(&fill(strings.charts.runs_done, &values));
    }
    Some((text, fraction(now.progress)))
}

/// How far runs are, 0..1, once they have begun.
pub(super) fn fraction(progress: Option<Progress>) -> Option<f64> {
    match progress {
        Some(Progress::Running { done, total }) => Some(f64::from(done) / f64::from(total.max(1))),
        Some(Progress::Downloading { .. } | Progress::Preparing) | None => None,
    }
}

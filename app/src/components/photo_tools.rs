//! What can be said of and done with several photos at once.

use leptos::prelude::*;

use super::progress_bar::ProgressBar;
use super::select::{Group, Select};
use crate::agreement::Tally;
use crate::state::{Lab, PhotoOrder, run_key, use_answers, use_lab};
use crate::strings::{class_name, fill};
use common::csv;
use common::files::download;
use common::version::version;

/// Progress over all photos, agreement, order, and a way to remove them all; nothing for fewer than two photos.
#[component]
pub(crate) fn PhotoTools() -> impl IntoView {
    let lab = use_lab();
    let several = Memo::new(move |_| lab.photos.count() > 1);
    move || {
        several.get().then(|| {
            view! {
                <div class="photo-tools" data-testid="photo-tools">
                    <Progress />
                    <OrderChoice />
                    <Predictions />
                    <ClearAll />
                </div>
            }
        })
    }
}

/// How far classifying is; once it is over, on how many photos the columns agree.
#[component]
fn Progress() -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    let is_over = Memo::new(move |_| {
        lab.opening.is_idle() && {
            let (done, total) = answers.progress();
            done == total
        }
    });
    let text = Signal::derive(move || {
        let (done, total) = answers.progress();
        fill(lab.strings().photos.classified, &[("done", &done.to_string()), ("total", &total.to_string())])
    });
    let fraction = Signal::derive(move || {
        let (done, total) = answers.progress();
        Some(done as f64 / total.max(1) as f64)
    });
    let summary = move || {
        let Tally { compared, same } = answers.agreement(|agreement| agreement.photos);
        match compared {
            0 => lab.strings().photos.nothing_compared.to_owned(),
            _ => fill(
                lab.strings().photos.agree_on,
                &[("same", &same.to_string()), ("compared", &compared.to_string())],
            ),
        }
    };
    let working = move || match (is_over.get(), lab.runs.goes_on()) {
        (true, _) => None,
        (false, true) => Some(
            view! {
                <ProgressBar
                    text=text
                    fraction=fraction
                    on_cancel=Callback::new(move |()| lab.stop_classifying())
                />
            }
            .into_any(),
        ),
        (false, false) => Some(
            view! {
                <div class="progress">
                    <span>{text}</span>
                    <button
                        type="button"
                        class="quiet"
                        data-testid="continue"
                        on:click=move |_| lab.runs.go_on()
                    >
                        {lab.t(|s| s.photos.classify_rest)}
                    </button>
                </div>
            }
            .into_any(),
        ),
    };
    view! {
        <div class="photo-progress" data-testid="photo-progress">
            {working}
            // Told once, not with every answer.
            <p role="status" data-testid="agreement">
                {move || is_over.get().then(summary)}
            </p>
        </div>
    }
}

/// All answers as a file.
#[component]
fn Predictions() -> impl IntoView {
    let lab = use_lab();
    let write = move |_| download("mobilenet-lab-predictions.csv", "text/csv", &untrack(|| predictions(lab)));
    view! {
        <button type="button" class="quiet" data-testid="predictions-csv" on:click=write>
            {lab.t(|s| s.home.predictions_csv)}
        </button>
    }
}

/// A line a photo and network: the most probable class and its probability.
fn predictions(lab: Lab) -> String {
    let strings = lab.strings();
    let headings = [
        strings.photos.title,
        strings.board.network,
        strings.board.weights,
        strings.home.sees,
        "%",
        strings.environment.page_version,
    ];
    let page = version();
    let mut lines = vec![csv::line(headings)];
    let columns = lab.board.columns();
    let photos = lab
        .photos
        .with(|photos| photos.iter().map(|photo| (photo.name.clone(), photo.info.id)).collect::<Vec<_>>());
    for (photo, image) in photos {
        for config in columns.iter().map(|column| &column.config) {
            if let Some(class) = lab.runs.top(&run_key(image, config)) {
                let share = format!("{:.2}", 100.0 * class.probability);
                let weights = config.checkpoint().unwrap_or_default();
                let class = class_name(lab.language(), &class);
                lines.push(csv::line([&*photo, &*lab.name(config), weights, &*class, &*share, &*page]));
            }
        }
    }
    lines.join("\n") + "\n"
}

#[component]
fn OrderChoice() -> impl IntoView {
    const ADDED: &str = "added";
    const DISAGREEMENT: &str = "disagreement";
    let lab = use_lab();
    let groups = Signal::derive(move || {
        let strings = lab.strings();
        Group::plain([
            (ADDED.to_owned(), strings.photos.order_added.to_owned()),
            (DISAGREEMENT.to_owned(), strings.photos.order_disagreement.to_owned()),
        ])
    });
    let value = Signal::derive(move || match lab.photos.order() {
        PhotoOrder::Added => ADDED.to_owned(),
        PhotoOrder::Disagreement => DISAGREEMENT.to_owned(),
    });
    let choose = Callback::new(move |name: String| {
        lab.photos.set_order(if name == DISAGREEMENT { PhotoOrder::Disagreement } else { PhotoOrder::Added });
    });
    view! { <Select label=lab.label(|s| s.photos.order) groups=groups value=value on_change=choose testid="photo-order" /> }
}

/// A button that asks before it removes.
#[component]
fn ClearAll() -> impl IntoView {
    let lab = use_lab();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let ask = move |_| {
        if let Some(dialog) = dialog.get() {
            // Refused only where it is open already.
            let _ = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get() {
            dialog.close();
        }
    };
    let question = move || {
        let count = lab.photos.count();
        fill(lab.strings().photos.clear_question, &[("count", &count.to_string())])
    };
    view! {
        <button type="button" class="quiet" data-testid="clear" on:click=ask>
            {lab.t(|s| s.photos.clear)}
        </button>
        <dialog node_ref=dialog aria-labelledby="clear-question">
            <p id="clear-question">{question}</p>
            <div class="buttons">
                <button
                    type="button"
                    class="primary"
                    data-testid="clear-confirm"
                    on:click=move |_| {
                        close();
                        lab.clear_photos();
                        crate::focus::on("photos-title");
                    }
                >
                    {lab.t(|s| s.photos.clear)}
                </button>
                <button type="button" data-testid="clear-keep" on:click=move |_| close()>
                    {lab.t(|s| s.photos.keep)}
                </button>
            </div>
        </dialog>
    }
}

/// On how many photos each two columns agree; nothing for fewer than two photos.
#[component]
pub(crate) fn PhotoPairs() -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    // Answers come by the hundred: the table is drawn for those who look at it.
    let is_open = RwSignal::new(false);
    let rows = move || {
        if !is_open.get() {
            return Vec::new();
        }
        let names: Vec<String> = lab.board.columns().iter().map(|column| lab.name(&column.config)).collect();
        let name = |index: usize| names.get(index).cloned().unwrap_or_default();
        answers.agreement(|agreement| {
            let compared = agreement.pairs.iter().filter(|(_, tally)| tally.compared > 0);
            compared
                .map(|((first, second), Tally { compared, same })| {
                    let count = format!("{same} / {compared}");
                    view! {
                        <tr>
                            <th scope="row">{format!("{} – {}", name(*first), name(*second))}</th>
                            <td>{count}</td>
                            <td>{crate::format::percent(*same as f32 / *compared as f32)}</td>
                        </tr>
                    }
                })
                .collect::<Vec<_>>()
        })
    };
    let several = Memo::new(move |_| lab.photos.count() > 1);
    move || {
        several.get().then(|| {
            view! {
                <details
                    class="pairs"
                    data-testid="pairs"
                    on:toggle=move |event| {
                        is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
                    }
                >
                    <summary>{lab.t(|s| s.photos.pairs)}</summary>
                    <p class="note">{lab.t(|s| s.photos.pairs_note)}</p>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{lab.t(|s| s.board.networks)}</th>
                                <th scope="col">{lab.t(|s| s.photos.pairs_same)}</th>
                                <th scope="col">{lab.t(|s| s.layers.share)}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </details>
            }
        })
    }
}

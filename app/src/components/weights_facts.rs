//! Where a column's weights come from.

use engine::accuracy::Accuracy;
use engine::weights::manifest::Training;
use leptos::prelude::*;
use worker::protocol::CheckpointInfo;

use crate::format;
use crate::state::{Lab, use_lab};
use crate::strings::{Strings, fill, problem_text};

/// Label set, size, licence, accuracy, training and publisher of a checkpoint.
#[component]
pub(crate) fn WeightsFacts(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let summary =
        {
            let info = info.clone();
            move || {
                let strings = lab.strings();
                let mut facts = vec![labels_and_classes(strings, &info)];
                facts.extend(info.bytes.map(format::bytes));
                facts.extend(info.licence.as_ref().map(|licence| {
                    fill(strings.checkpoint.licence, &[("licence", strings.quoted(licence))])
                }));
                facts.join(" · ")
            }
        };
    let published = {
        let info = info.clone();
        move || published(lab.strings(), &info).map(|text| view! { <p>{text}</p> })
    };
    let accuracy = info.training.map(|training| {
        view! { <p data-testid="accuracy">{move || tested(lab.strings(), training.test)}</p> }
    });
    let remarks = remarks(lab, &info);
    view! {
        <div class="facts">
            <p class="checkpoint-id">{info.id.clone()}</p>
            <p>{summary}</p>
            {accuracy}
            {published}
            <Origin info=info.clone() />
            {remarks}
        </div>
    }
}

/// Who has published a checkpoint, or how it was trained.
#[component]
pub(crate) fn Origin(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let origin = info.origin.map(|origin| {
        let text = move || lab.strings().quoted(origin.trim_start_matches("https://")).to_owned();
        match info.origin_url {
            Some(url) => view! {
                <a href=url target="_blank" rel="noreferrer">
                    {text}
                </a>
            }
            .into_any(),
            None => view! { <span>{text}</span> }.into_any(),
        }
    });
    origin.map(|origin| match info.training {
        // The recipe is long and the same for all networks.
        Some(training) => view! {
            <details>
                <summary>{move || trained(lab.strings(), training)}</summary>
                <p class="origin">{origin}</p>
            </details>
        }
        .into_any(),
        None => view! { <p class="origin">{origin}</p> }.into_any(),
    })
}

/// The accuracy that a checkpoint's publisher states.
pub(crate) fn published(strings: &Strings, info: &CheckpointInfo) -> Option<String> {
    let top1 = format!("{:.1}", info.published_top1?);
    let by = info.published_source.as_deref().map_or(strings.checkpoint.publisher, |by| strings.quoted(by));
    Some(fill(strings.checkpoint.published_top1, &[("top1", &top1), ("source", by)]))
}

/// `ImageNet (1000 classes)`.
pub(crate) fn labels_and_classes(strings: &'static Strings, info: &CheckpointInfo) -> String {
    let labels = label_set(strings, &info.labels);
    let classes = fill(strings.checkpoint.classes, &[("count", &info.classes.to_string())]);
    fill(strings.checkpoint.labels_classes, &[("labels", labels), ("classes", &classes)])
}

/// What a label set is called.
pub(crate) fn label_set(strings: &'static Strings, labels: &str) -> &'static str {
    match labels {
        "imagenet_1000" | "imagenet_1001" => strings.checkpoint.labels_imagenet,
        "cifar10" => "CIFAR-10",
        "everyday146" => "Everyday-146",
        "numbers" => strings.checkpoint.labels_numbers,
        _ => strings.checkpoint.labels_own,
    }
}

/// The accuracy that was measured when a checkpoint was trained.
pub(crate) fn tested(strings: &Strings, test: Accuracy) -> String {
    let (low, high) = test.interval_percent();
    fill(
        strings.checkpoint.tested,
        &[
            ("top1", &format!("{:.1}", test.percent())),
            ("low", &format!("{low:.1}")),
            ("high", &format!("{high:.1}")),
            ("images", &format::exact(test.images.into())),
        ],
    )
}

fn trained(strings: &Strings, training: Training) -> String {
    let minutes = (f64::from(training.seconds) / 60.0).round();
    let cores = match training.threads {
        1 => strings.checkpoint.one_core.to_owned(),
        count => fill(strings.checkpoint.cores, &[("count", &count.to_string())]),
    };
    fill(
        strings.checkpoint.trained,
        &[("epochs", &training.epochs.to_string()), ("minutes", &minutes.to_string()), ("cores", &cores)],
    )
}

/// Remarks on a checkpoint.
pub(super) fn remarks(lab: Lab, info: &CheckpointInfo) -> Vec<impl IntoView + use<>> {
    let remark = |remark| view! { <p class="remark">{move || problem_text(lab.language(), &remark)}</p> };
    info.remarks.iter().cloned().map(remark).collect()
}

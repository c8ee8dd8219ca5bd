//! Where a column's weights come from.

use leptos::prelude::*;
use worker::protocol::CheckpointInfo;

use crate::format;
use crate::state::use_lab;
use crate::strings::fill;

/// Label set, size, publisher, licence and published accuracy of a checkpoint.
#[component]
pub(crate) fn WeightsFacts(
    /// The checkpoint.
    info: CheckpointInfo,
) -> impl IntoView {
    let lab = use_lab();
    let summary = {
        let info = info.clone();
        move || {
            let strings = lab.strings();
            let labels = match info.labels.as_str() {
                "imagenet_1000" | "imagenet_1001" => strings.labels_imagenet,
                "cifar10" => "CIFAR-10",
                _ => strings.labels_numbers,
            };
            let classes = fill(strings.classes, &[("count", &info.classes.to_string())]);
            let mut facts = vec![format!("{labels} ({classes})")];
            facts.extend(info.bytes.map(format::bytes));
            facts.extend(info.licence.as_ref().map(|licence| fill(strings.licence, &[("licence", licence)])));
            facts.join(" · ")
        }
    };
    let published = info.published_top1.map(|top1| {
        let source = info.published_source.clone();
        move || {
            let strings = lab.strings();
            let by = source.as_deref().unwrap_or(strings.publisher);
            fill(strings.published_top1, &[("top1", &format!("{top1:.1}")), ("source", by)])
        }
    });
    let origin = info.origin.clone().map(|origin| {
        if origin.starts_with("https://") {
            view! {
                <a href=origin.clone() target="_blank" rel="noreferrer">
                    {origin.trim_start_matches("https://").to_owned()}
                </a>
            }
            .into_any()
        } else {
            view! { <span>{origin}</span> }.into_any()
        }
    });
    let remarks: Vec<_> =
        info.remarks.iter().map(|remark| view! { <p class="remark">{remark.clone()}</p> }).collect();
    view! {
        <div class="facts">
            <p class="checkpoint-id">{info.id.clone()}</p>
            <p>{summary}</p>
            {published.map(|text| view! { <p>{text}</p> })}
            {origin.map(|origin| view! { <p class="origin">{origin}</p> })}
            {remarks}
        </div>
    }
}

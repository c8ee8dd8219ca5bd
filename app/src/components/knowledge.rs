//! What the networks know, beside what they say: of ten classes a cup of coffee is an automobile.

use std::collections::HashMap;

use engine::weights::labels::ClassName;
use engine::weights::manifest::LabelSet;
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Presence};

use super::progress_bar::ProgressBar;
use super::weights_facts::label_set;
use crate::fetch;
use crate::format;
use crate::state::{Knowledge as Group, Lab, LoadState, bytes, distinct, is_near, use_answers, use_lab};
use crate::strings::{Language, fill};

/// As many classes are named, one by one.
const NAMED: u32 = 12;

/// A sentence for the networks of each label set, whether the photo resembles none of its classes, and a button that gets
/// ImageNet's weights for all columns that have others.
#[component]
pub(crate) fn Knowledge() -> impl IntoView {
    let lab = use_lab();
    let answers = use_answers();
    // By label set.
    let names = RwSignal::new(HashMap::<String, Vec<ClassName>>::new());
    Effect::new(move |_| {
        for group in answers.knowledge().into_iter().filter(|group| (1..=NAMED).contains(&group.classes)) {
            if !names.with_untracked(|names| names.contains_key(&group.labels)) {
                names.update(|names| drop(names.insert(group.labels.clone(), Vec::new())));
                spawn_local(async move {
                    let listed = class_names(&group.labels).await;
                    // Without a table they have no names.
                    names.update(|names| drop(names.insert(group.labels, listed.unwrap_or_default())));
                });
            }
        }
    });
    let sentences = move || {
        let groups = answers.knowledge();
        let count = groups.len();
        let sentence = |group: Group| {
            let text = names.with(|names| {
                sentence(lab, &group, count == 1, names.get(&group.labels).map_or(&[], Vec::as_slice))
            });
            let count = group.classes.to_string();
            let none = group.none_fits.then(|| {
                let text = fill(lab.strings().home.none_of_these, &[("count", &count)]);
                view! { <p class="remark" role="status" data-testid="none-of-these">{text}</p> }
            });
            view! { {none} <p data-testid="knows">{text}</p> }
        };
        groups.into_iter().map(sentence).collect::<Vec<_>>()
    };
    view! {
        <div class="knowledge">
            <div class="knowledge-text">{sentences}</div>
            <ImageNet />
        </div>
    }
}

fn sentence(lab: Lab, group: &Group, is_all: bool, names: &[ClassName]) -> String {
    let strings = lab.strings();
    let columns = lab.board.columns();
    let title = |position: &usize| Some(lab.name(&columns.get(*position)?.config));
    let who = match is_all {
        true => strings.home.all_networks.to_owned(),
        false => group.columns.iter().filter_map(title).collect::<Vec<_>>().join(strings.messages.comma),
    };
    if group.labels.is_empty() {
        return fill(strings.home.know_random, &[("who", &who)]);
    }
    let is_one = group.columns.len() == 1 && !is_all;
    let name = |class: &ClassName| match lab.language() {
        Language::English => class.english.clone(),
        Language::Chinese => class.chinese.clone(),
    };
    let classes: Vec<String> = names.iter().map(name).collect();
    let template = match (is_one, classes.is_empty()) {
        (false, false) => strings.home.know_few,
        (false, true) => strings.home.know_many,
        (true, false) => strings.home.know_one_few,
        (true, true) => strings.home.know_one_many,
    };
    let values = [
        ("who", &*who),
        ("count", &*group.classes.to_string()),
        ("labels", label_set(strings, &group.labels)),
        ("classes", &*classes.join(strings.messages.comma)),
    ];
    fill(template, &values)
}

/// What a label set calls its classes; nothing where it has no table.
async fn class_names(labels: &str) -> Option<Vec<ClassName>> {
    let set = LabelSet::of_name(labels)?;
    let response = fetch::get(&format!("static/labels/{}", set.file()), None).await.ok()?;
    set.class_names(&response.text().await.ok()?).ok()
}

/// Gets ImageNet's weights for all columns that have others.
#[component]
fn ImageNet() -> impl IntoView {
    let lab = use_lab();
    let offers = Memo::new(move |_| lab.imagenet_offers());
    let is_under_way = Memo::new(move |_| lab.exchange.now().is_some());
    let progress = Memo::new(move |_| {
        let wanted = lab.exchange.now()?;
        let arrived = |info: &CheckpointInfo| match lab.checkpoints.load_state(&info.id) {
            Some(LoadState::Downloading { done_bytes, .. }) => done_bytes,
            Some(_) => 0,
            None if lab.checkpoints.get(&info.id).is_some_and(|info| info.presence == Presence::Loaded) => {
                bytes(info)
            }
            None => 0,
        };
        let done: u64 = wanted.iter().map(arrived).sum();
        Some((done, wanted.iter().map(bytes).sum::<u64>().max(1)))
    });
    let text = move || {
        let offers = offers.get();
        let far: Vec<CheckpointInfo> = distinct(&offers).into_iter().filter(|info| !is_near(info)).collect();
        let home = &lab.strings().home;
        let size = format::bytes(far.iter().map(bytes).sum());
        match (offers.len(), far.is_empty()) {
            (_, true) => home.use_imagenet.to_owned(),
            (1, false) => fill(home.get_imagenet_one, &[("size", &size)]),
            (count, false) => fill(home.get_imagenet, &[("networks", &count.to_string()), ("size", &size)]),
        }
    };
    move || {
        if is_under_way.get() {
            let count = Signal::derive(move || {
                let (done, total) = progress.get().unwrap_or_default();
                let values = [("done", &*format::bytes(done)), ("total", &*format::bytes(total))];
                fill(lab.strings().board.bytes_of, &values)
            });
            let fraction = Signal::derive(move || {
                let (done, total) = progress.get()?;
                Some(done as f64 / total as f64)
            });
            return view! {
                <div data-testid="getting-imagenet">
                    <ProgressBar
                        text=lab.label(|s| s.home.getting)
                        count=Some(count)
                        fraction=fraction
                        on_cancel=Callback::new(move |()| lab.stop_exchange())
                    />
                </div>
            }
            .into_any();
        }
        if offers.with(Vec::is_empty) || !lab.engine.is_ready() {
            return ().into_any();
        }
        view! {
            <button
                type="button"
                data-testid="get-imagenet"
                on:click=move |_| lab.exchange_weights(offers.get_untracked())
            >
                {text}
            </button>
        }
        .into_any()
    }
}

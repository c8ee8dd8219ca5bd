//! How a checkpoint's input is prepared and what its classes are called: what is used, who says so, and another choice.

use std::collections::BTreeMap;

use engine::spec::{ChannelOrder, Interpolation, Preprocess, Resize};
use engine::weights::manifest::LabelSet;
use engine::weights::usage::NUMBERS;
use engine::weights::{Origin, name_list};
use leptos::prelude::*;
use leptos::task::spawn_local;
use worker::protocol::{CheckpointInfo, Problem};

use super::select::{Group, Select};
use crate::format;
use crate::state::use_lab;
use crate::strings::{Strings, fill, problem_text, problems};

/// The usual ways to normalise, by name: means and deviations.
const USUAL: [(&str, [f32; 3], [f32; 3]); 3] = [
    ("ImageNet", Preprocess::IMAGENET_MEAN, Preprocess::IMAGENET_STD),
    ("0.5 / 0.5", [0.5; 3], [0.5; 3]),
    ("0 … 1", [0.0; 3], [1.0; 3]),
];

/// The usual ways to bring a photo to the input's size, as metadata say them.
const SIZES: [(&str, &str); 5] = [
    ("crop_pct", "0.875"),
    ("crop_pct", "0.95"),
    ("crop_pct", "1"),
    ("resize_size", "256"),
    ("crop_mode", "squash"),
];

/// How the input of a checkpoint is prepared, with a form to change that.
pub(crate) fn form(id: String) -> AnyView {
    view! { <Preparation id=id /> }.into_any()
}

#[component]
fn Preparation(
    /// The checkpoint's.
    id: String,
) -> impl IntoView {
    let lab = use_lab();
    let checkpoint = id.clone();
    let info = Memo::new(move |_| lab.checkpoints.get(&checkpoint));
    let with = move |read: fn(&CheckpointInfo) -> String| {
        info.with(|info| info.as_ref().map(read).unwrap_or_default())
    };
    let refused = RwSignal::new(None::<Problem>);
    let say = Callback::new(move |said: Vec<(&'static str, String)>| {
        let (id, said) = (id.clone(), said.into_iter().map(|(key, value)| (key.to_owned(), value)));
        let said: BTreeMap<String, String> = said.collect();
        spawn_local(async move { refused.set(lab.declare(&id, Origin::Visitor, said).await.err()) });
    });
    let usual = Group::plain(
        USUAL
            .map(|(name, ..)| name)
            .into_iter()
            .chain([""])
            .map(|name| (name.to_owned(), name.to_owned()))
            .collect::<Vec<_>>(),
    );
    let normalise = Callback::new(move |name: String| {
        if let Some((_, mean, std)) = USUAL.into_iter().find(|(usual, ..)| *usual == name) {
            say.run(vec![("mean", three(mean)), ("std", three(std))]);
        }
    });
    let sizes = Signal::derive(move || {
        let name = |(key, value): (&str, &str)| (format!("{key}={value}"), format!("{key} {value}"));
        let mut sizes: Vec<_> = SIZES.into_iter().map(name).collect();
        let now = with(|info| resize(info.preprocess.resize).join("="));
        if sizes.iter().all(|(size, _)| *size != now) {
            sizes.push((now.clone(), now.replace('=', " ")));
        }
        Group::plain(sizes)
    });
    let scale = Callback::new(move |size: String| {
        let usual = SIZES.into_iter().find(|(key, value)| size == format!("{key}={value}"));
        if let Some((key, value)) = usual {
            say.run(vec![(key, value.to_owned())]);
        }
    });
    let filters = [Interpolation::Bilinear, Interpolation::Bicubic].map(|filter| filter.name().to_owned());
    let filters = Group::plain(filters.map(|name| (name.clone(), name)));
    let filter = Callback::new(move |name: String| say.run(vec![("interpolation", name)]));
    let sets = Signal::derive(move || {
        let classes = info.with(|info| info.as_ref().map_or(0, |info| info.classes));
        let sets = LabelSet::ALL.into_iter().filter(|set| set.classes() == classes);
        let sets = sets.map(|set| (set.name().to_owned(), set.name().to_owned()));
        let texts = &lab.strings().checkpoint;
        let none = (NUMBERS.to_owned(), texts.labels_numbers.to_owned());
        let own = info
            .with(|info| info.as_ref().filter(|info| info.has_own_names()).map(|info| info.labels.clone()));
        let own = own.map(|labels| (labels, texts.labels_own.to_owned()));
        Group::plain(std::iter::once(none).chain(sets).chain(own).collect::<Vec<_>>())
    });
    let label = Callback::new(move |name: String| {
        // Its own names are in use while they can be chosen.
        if info.with(|info| info.as_ref().is_none_or(|info| info.labels != name)) {
            say.run(vec![("labels", name)]);
        }
    });
    let name_classes = move |text: &str| match name_list::read(text) {
        Ok(names) => say.run(vec![("label_names", names.join("\n"))]),
        Err(error) => refused.set(Some(problems::names_unreadable(&error))),
    };
    let numbers = move |key: &'static str, read: fn(&CheckpointInfo) -> String| {
        view! {
            <label class="select">
                <span>{key}</span>
                <input
                    type="text"
                    data-testid=key
                    prop:value=move || with(read)
                    on:change:target=move |event| say.run(vec![(key, event.target().value())])
                />
            </label>
        }
    };
    let is_changed = move || {
        info.with(|info| {
            info.as_ref().is_some_and(|info| origins(info).iter().any(|(by, _)| *by == Origin::Visitor))
        })
    };
    view! {
        <div class="facts" data-testid="preparation">
            <p>{move || info.get().map(|info| preparation(lab.strings(), &info))}</p>
            <details>
                <summary>{lab.t(|s| s.checkpoint.change)}</summary>
                <div class="settings">
                    <Select
                        label=lab.label(|s| s.checkpoint.normalisation)
                        groups=Signal::derive(move || usual.clone())
                        value=Signal::derive(move || with(|info| normalisation(&info.preprocess).to_owned()))
                        on_change=normalise
                        testid="normalisation"
                    />
                    <div class="settings-row">
                        {numbers("mean", |info| three(info.preprocess.mean))}
                        {numbers("std", |info| three(info.preprocess.std))}
                    </div>
                    {move || {
                        refused
                            .get()
                            .map(|problem| {
                                view! {
                                    <p class="remark" role="alert" data-testid="preparation-refused">
                                        {move || problem_text(lab.language(), &problem)}
                                    </p>
                                }
                            })
                    }}
                    <div class="settings-row">
                        <Select
                            label=lab.label(|s| s.checkpoint.resize)
                            groups=sizes
                            value=Signal::derive(move || with(|info| resize(info.preprocess.resize).join("=")))
                            on_change=scale
                            testid="resize"
                        />
                        <Select
                            label=lab.label(|s| s.checkpoint.interpolation)
                            groups=Signal::derive(move || filters.clone())
                            value=Signal::derive(move || with(|info| info.preprocess.interpolation.name().to_owned()))
                            on_change=filter
                            testid="interpolation"
                        />
                    </div>
                    <Select
                        label=lab.label(|s| s.checkpoint.labels)
                        groups=sets
                        value=Signal::derive(move || with(|info| info.labels.clone()))
                        on_change=label
                        testid="labels"
                    />
                    <label class="select">
                        <span>{lab.t(|s| s.checkpoint.own_names)}</span>
                        <textarea
                            rows="4"
                            data-testid="own-names"
                            on:change:target=move |event| name_classes(&event.target().value())
                        ></textarea>
                    </label>
                    <button
                        type="button"
                        class="quiet"
                        data-testid="as-declared"
                        disabled=move || !is_changed()
                        on:click=move |_| say.run(Vec::new())
                    >
                        {lab.t(|s| s.checkpoint.as_declared)}
                    </button>
                </div>
            </details>
        </div>
    }
}

/// What is done to an image, and who says so.
pub(super) fn preparation(strings: &'static Strings, info: &CheckpointInfo) -> String {
    let texts = &strings.checkpoint;
    let Preprocess { resize: way, interpolation, mean, std, order } = info.preprocess;
    let how = fill(
        texts.prepared,
        &[
            ("size", &format::size(info.resolution)),
            ("resize", &resize(way).join(" ")),
            ("interpolation", interpolation.name()),
            ("mean", &three(mean)),
            ("std", &three(std)),
        ],
    );
    let said = [
        (Origin::Assumed, texts.assumed),
        (Origin::Manifest, texts.said_by_manifest),
        (Origin::File, texts.said_by_file),
        (Origin::Config, texts.said_by_config),
        (Origin::Visitor, texts.said_by_visitor),
    ];
    let origins = origins(info);
    let said = said.into_iter().filter_map(|(by, text)| {
        let what: Vec<_> =
            origins.iter().filter(|(other, _)| *other == by).map(|(_, what)| what(strings)).collect();
        (!what.is_empty()).then(|| fill(text, &[("what", &what.join(strings.messages.comma))]))
    });
    let order = (order == ChannelOrder::Bgr).then(|| texts.bgr.to_owned());
    std::iter::once(how).chain(order).chain(said).collect::<Vec<_>>().join(" · ")
}

type Name = fn(&'static Strings) -> &'static str;

/// Who says what.
fn origins(info: &CheckpointInfo) -> [(Origin, Name); 6] {
    let by = info.origins;
    [
        (by.resolution, |s| s.checkpoint.size),
        (by.resize, |s| s.checkpoint.resize),
        (by.interpolation, |s| s.checkpoint.interpolation),
        (by.mean, |_| "mean"),
        (by.std, |_| "std"),
        (by.labels, |s| s.checkpoint.labels),
    ]
}

/// The key and the value that metadata have for it.
fn resize(way: Resize) -> [String; 2] {
    let (key, value) = match way {
        Resize::CropPct(share) => ("crop_pct", share.to_string()),
        Resize::ShortSide(side) => ("resize_size", side.to_string()),
        Resize::Stretch => ("crop_mode", "squash".to_owned()),
        Resize::Enlarge(side) => ("enlarge_from", side.to_string()),
    };
    [key.to_owned(), value]
}

/// The usual way by its name; nothing if it is another.
fn normalisation(used: &Preprocess) -> &'static str {
    let usual = USUAL.into_iter().find(|(_, mean, std)| (used.mean, used.std) == (*mean, *std));
    usual.map_or("", |(name, ..)| name)
}

fn three(numbers: [f32; 3]) -> String {
    numbers.map(|number| number.to_string()).join(", ")
}

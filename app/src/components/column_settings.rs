//! What a column is configured to.

use engine::spec::{Model, Variant};
use engine::zoo;
use leptos::prelude::*;
use worker::protocol::{Backend, CheckpointInfo, Presence, SourceKind, WeightsChoice};

use super::select::{Group, Select};
use crate::format;
use crate::state::{ColumnConfig, ColumnId, use_lab, weights_name};
use crate::strings::{Strings, fill};

/// Value of the choice "random weights", which no checkpoint's id can be.
const RANDOM: &str = "";
/// Value of the choice "fastest backend".
const AUTO: &str = "auto";
/// Values of what networks in int8 are calibrated on.
const SAMPLES: &str = "samples";
const PHOTOS: &str = "photos";

/// Network, α, ρ, weights and backend of a column.
#[component]
pub(crate) fn ColumnSettings(
    /// The column.
    id: ColumnId,
    /// Its configuration.
    config: Memo<ColumnConfig>,
) -> impl IntoView {
    let lab = use_lab();
    let variant = Memo::new(move |_| config.get().model);
    let variant = move || crate::networks::find(&variant.get()).ok();

    let networks = Signal::derive(|| network_groups(|_| true));
    let network = Signal::derive(move || variant().map_or_else(String::new, |v| v.model.id.to_string()));
    let choose_network = Callback::new(move |network: String| {
        let found = crate::networks::models().into_iter().find(|candidate| candidate.id == network);
        if let Some(model) = found {
            lab.choose_model(id, &model.id_at(model.default_width()));
        }
    });

    let widths = Signal::derive(move || Group::plain(variant().map(widths).unwrap_or_default()));
    let choose_width = Callback::new(move |model: String| lab.choose_model(id, &model));

    let resolutions = Signal::derive(move || {
        Group::plain(variant().map(|v| resolutions(v, config.get().resolution)).unwrap_or_default())
    });
    let choose_resolution = Callback::new(move |side: String| {
        if let Ok(side) = side.parse() {
            lab.board.configure(id, |config| config.resolution = (side, side));
        }
    });

    let weights = Signal::derive(move || {
        let strings = lab.strings();
        let mut options: Vec<_> = lab.checkpoints.with(|all| {
            let fitting = all.iter().filter(|info| info.model == config.get().model);
            fitting.map(|info| (info.id.clone(), checkpoint_text(info, strings))).collect()
        });
        options.push((RANDOM.to_owned(), strings.board.random_weights.to_owned()));
        Group::plain(options)
    });
    let choose_weights = Callback::new(move |chosen: String| {
        let weights =
            if chosen == RANDOM { WeightsChoice::Random } else { WeightsChoice::Checkpoint(chosen) };
        lab.choose_weights(id, weights);
    });

    let backends = Signal::derive(move || {
        let strings = lab.strings();
        let all = Backend::ALL.map(|backend| {
            let text = match backend {
                Backend::WebGpu => strings.board.backend_webgpu,
                Backend::WebGpuHalf => strings.board.backend_webgpu_half,
                Backend::Cpu => strings.board.backend_cpu_full,
                Backend::CpuInt8 => strings.board.backend_cpu_int8_full,
                Backend::Reference => strings.board.backend_reference_full,
            };
            (backend.name(), text)
        });
        let choices = std::iter::once((AUTO, strings.board.backend_auto)).chain(all);
        Group::plain(choices.map(|(value, text)| (value.to_owned(), text.to_owned())).collect::<Vec<_>>())
    });
    let choose_backend = Callback::new(move |name: String| {
        lab.board.configure(id, |config| config.backend = Backend::named(&name));
    });

    let calibrations = Signal::derive(move || {
        let strings = lab.strings();
        let photos = match lab.calibration.photos() {
            Some(count) => count,
            None => lab.own_images().len(),
        };
        let of_photos = fill(strings.board.calibrated_on_photos, &[("photos", &photos.to_string())]);
        let photos = (photos > 0).then_some((PHOTOS, of_photos));
        let all = std::iter::once((SAMPLES, strings.board.calibrated_on_samples.to_owned())).chain(photos);
        Group::plain(all.map(|(value, text)| (value.to_owned(), text)).collect::<Vec<_>>())
    });
    let choose_calibration = Callback::new(move |on: String| lab.calibrate(on == PHOTOS));
    let is_in_bytes = Memo::new(move |_| config.get().backend == Some(Backend::CpuInt8));

    view! {
        <div class="settings">
            <Select
                label=lab.label(|s| s.board.network)
                groups=networks
                value=network
                on_change=choose_network
                bare=true
            />
            <div class="settings-row">
                <Select
                    label=lab.label(|s| s.board.width)
                    groups=widths
                    value=Signal::derive(move || config.get().model)
                    on_change=choose_width
                />
                <Select
                    label=lab.label(|s| s.board.resolution)
                    groups=resolutions
                    value=Signal::derive(move || config.get().resolution.0.to_string())
                    on_change=choose_resolution
                />
            </div>
            <Select
                label=lab.label(|s| s.board.weights)
                groups=weights
                value=Signal::derive(move || config.get().checkpoint().unwrap_or(RANDOM).to_owned())
                on_change=choose_weights
            />
            <Select
                label=lab.label(|s| s.board.backend)
                groups=backends
                value=Signal::derive(move || config.get().backend.map_or(AUTO, Backend::name).to_owned())
                on_change=choose_backend
            />
            <Show when=move || is_in_bytes.get()>
                <Select
                    label=lab.label(|s| s.board.calibrated_on)
                    groups=calibrations
                    value=Signal::derive(move || {
                        if lab.calibration.photos().is_some() { PHOTOS } else { SAMPLES }.to_owned()
                    })
                    on_change=choose_calibration
                />
            </Show>
        </div>
    }
}

/// The networks of the zoo that are wanted, by family; names that two libraries share say whose they are.
pub(crate) fn network_groups(wanted: fn(&Model) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let models = crate::networks::models();
    for model in models.iter().filter(|model| wanted(model)) {
        let heading = zoo::family(&model.family).map_or(&*model.family, |family| family.title);
        let shared = models.iter().filter(|other| other.title == model.title).count() > 1;
        let title = if shared {
            format!("{} ({})", model.title, model.style.library.name())
        } else {
            model.title.to_string()
        };
        let option = (model.id.to_string(), title);
        match groups.last_mut().filter(|group| group.heading == heading) {
            Some(group) => group.options.push(option),
            None => groups.push(Group { heading: heading.to_owned(), options: vec![option] }),
        }
    }
    groups
}

/// Widths in ascending order; the value is the id at that width.
fn widths(variant: Variant) -> Vec<(String, String)> {
    let model = &variant.model;
    let mut widths = crate::state::widths(model);
    if !widths.contains(&variant.width) {
        widths.push(variant.width);
        widths.sort_by(f64::total_cmp);
    }
    widths.into_iter().map(|width| (model.id_at(width), format!("{width:?}"))).collect()
}

/// Resolutions in ascending order, the current one among them.
fn resolutions(variant: Variant, current: (u32, u32)) -> Vec<(String, String)> {
    let mut sides = variant.model.resolutions.to_vec();
    if !sides.contains(&current.0) {
        sides.push(current.0);
    }
    sides.sort_unstable();
    sides.into_iter().map(|side| (side.to_string(), side.to_string())).collect()
}

/// `ra_in1k · hub · 14.2 MB`.
fn checkpoint_text(info: &CheckpointInfo, strings: &Strings) -> String {
    let source = match (info.source, info.presence) {
        (SourceKind::Bundled, _) => strings.board.source_bundled,
        (SourceKind::Local, _) => strings.board.source_local,
        (SourceKind::Hub, Presence::Remote) => strings.board.source_hub,
        (SourceKind::Hub, Presence::Cached | Presence::Loaded) => strings.board.source_hub_here,
        (SourceKind::File, _) => strings.board.source_file,
    };
    let mut text = format!("{} · {source}", weights_name(&info.id, &info.model));
    if let Some(bytes) = info.bytes {
        text.push_str(" · ");
        text.push_str(&format::bytes(bytes));
    }
    text
}

//! What a column is configured to, and what it is called.

use engine::spec::{Model, Variant};
use worker::protocol::{Backend, CheckpointInfo, Config, Presence, SourceKind, WeightsChoice};

use crate::format;
use crate::strings::{Strings, backend_name};

/// One configuration: network, α, ρ, weights, backend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnConfig {
    /// Zoo id, which contains α.
    pub(crate) model: String,
    /// Input height and width in pixels.
    pub(crate) resolution: (u32, u32),
    /// Where the weights come from.
    pub(crate) weights: WeightsChoice,
    /// What runs it; `None` for the fastest.
    pub(crate) backend: Option<Backend>,
}

impl ColumnConfig {
    /// A network at its own resolution with the best of its checkpoints, or random weights.
    pub(crate) fn of_model(model: &str, checkpoints: &[CheckpointInfo]) -> Self {
        let best = checkpoints.iter().filter(|info| info.model == model).min_by_key(|info| distance(info));
        match best {
            Some(info) => Self::of_checkpoint(info),
            None => Self {
                model: model.to_owned(),
                resolution: own_resolution(model),
                weights: WeightsChoice::Random,
                backend: None,
            },
        }
    }

    /// A network at a side of a published grid, with weights for ImageNet where there are any: those answer with the same
    /// classes, and work at every side.
    pub(crate) fn on_imagenet(model: &str, side: u32, checkpoints: &[CheckpointInfo]) -> Self {
        let imagenet = checkpoints.iter().filter(|info| info.labels.starts_with("imagenet"));
        let config = Self::of_model(model, &imagenet.cloned().collect::<Vec<_>>());
        Self { resolution: (side, side), ..config }
    }

    /// A checkpoint's network at the checkpoint's resolution.
    pub(crate) fn of_checkpoint(info: &CheckpointInfo) -> Self {
        Self {
            model: info.model.clone(),
            resolution: info.resolution,
            weights: WeightsChoice::Checkpoint(info.id.clone()),
            backend: None,
        }
    }

    /// What a request was for; the resolution is that of the network where the request leaves it open.
    pub(crate) fn of_protocol(config: &Config) -> Self {
        Self {
            model: config.model.clone(),
            resolution: config.resolution.unwrap_or_else(|| own_resolution(&config.model)),
            weights: config.weights.clone(),
            backend: config.backend,
        }
    }

    /// As the worker wants it. Answers and times are kept under it, too; the weights' values do not matter to times, but their
    /// number of classes does.
    pub(crate) fn to_protocol(&self) -> Config {
        Config {
            model: self.model.clone(),
            resolution: Some(self.resolution),
            weights: self.weights.clone(),
            backend: self.backend,
        }
    }

    /// The checkpoint's id, unless weights are random.
    pub(crate) fn checkpoint(&self) -> Option<&str> {
        match &self.weights {
            WeightsChoice::Checkpoint(id) => Some(id),
            WeightsChoice::Random => None,
        }
    }

    /// The network, if the zoo knows it.
    pub(crate) fn variant(&self) -> Option<Variant> {
        crate::networks::find(&self.model).ok()
    }

    /// Name for charts: `MobileNetV2 0.75 · 224`.
    pub(crate) fn name(&self) -> String {
        let width = self.shown_width().map(|width| format!(" {width}")).unwrap_or_default();
        format!("{}{width} · {}", self.title(), self.side())
    }

    /// The input size: one number where it is square.
    pub(crate) fn side(&self) -> String {
        match self.resolution {
            (height, width) if height == width => height.to_string(),
            resolution => format::size(resolution),
        }
    }

    /// α, where it can be chosen.
    pub(crate) fn shown_width(&self) -> Option<String> {
        let variant = self.variant().filter(has_widths)?;
        Some(format!("{:?}", variant.width))
    }

    /// The network's name, which two libraries may share.
    pub(crate) fn title(&self) -> String {
        self.variant().map_or_else(|| self.model.clone(), |variant| variant.model.title.to_string())
    }

    /// The name, with what it takes to tell it from others: library, backend or weights.
    pub(super) fn name_among<'a>(&self, others: impl Iterator<Item = &'a Self>, strings: &Strings) -> String {
        let same = |other: &&Self| {
            other.title() == self.title()
                && other.width() == self.width()
                && other.resolution == self.resolution
        };
        let mut alike: Vec<[String; 3]> = others.filter(same).map(|other| other.details(strings)).collect();
        let mut name = self.name();
        for (i, detail) in self.details(strings).into_iter().enumerate() {
            let count = alike.len();
            alike.retain(|other| other[i] == detail);
            if alike.len() < count {
                name = format!("{name} · {detail}");
            }
        }
        name
    }

    /// What the name leaves out.
    fn details(&self, strings: &Strings) -> [String; 3] {
        let library = self.variant().map_or("", |variant| variant.model.style.library.name());
        let weights = self.checkpoint().map_or(strings.board.random, |id| weights_name(id, &self.model));
        [library, backend_name(strings, self.backend), weights].map(str::to_owned)
    }

    /// The network's family; empty where the zoo does not know it.
    pub(crate) fn family(&self) -> String {
        self.variant().map_or_else(String::new, |variant| variant.model.family.to_string())
    }

    /// Width multiplier α.
    fn width(&self) -> f64 {
        self.variant().map_or(1.0, |variant| variant.width)
    }
}

/// The input size of a network that says nothing else; a usual one where the zoo does not know it.
fn own_resolution(model: &str) -> (u32, u32) {
    crate::networks::find(model).map_or((224, 224), |variant| variant.resolution)
}

/// Whether the id says α, so that it can be chosen.
pub(crate) fn has_widths(variant: &Variant) -> bool {
    variant.model.names_width() && variant.model.widths.len() > 1
}

/// The widths α of a network that its id can say, in ascending order.
pub(crate) fn widths(model: &Model) -> Vec<f64> {
    // An id without α means α = 1, whatever the published grid.
    let mut widths = if model.names_width() { model.widths.to_vec() } else { vec![1.0] };
    widths.sort_by(f64::total_cmp);
    widths
}

/// What a checkpoint's id says beside its network: `ra_in1k`.
pub(crate) fn weights_name<'a>(id: &'a str, model: &str) -> &'a str {
    let name = id.trim_start_matches("file:");
    let name = name.strip_prefix(model).unwrap_or(name).trim_start_matches(['.', '_', '-']);
    if name.is_empty() { id } else { name }
}

/// Whether using a checkpoint costs no download from elsewhere.
pub(crate) fn is_near(info: &CheckpointInfo) -> bool {
    info.source != SourceKind::Hub || info.presence != Presence::Remote
}

/// How far away a checkpoint is; ties keep the catalog's order.
fn distance(info: &CheckpointInfo) -> u8 {
    match (info.presence, info.source) {
        (Presence::Loaded, _) => 0,
        (_, SourceKind::Bundled | SourceKind::Local | SourceKind::File) => 1,
        (Presence::Cached, SourceKind::Hub) => 2,
        (Presence::Remote, SourceKind::Hub) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strings::Language;

    /// A dropped file, taken for the first of the networks that it fits.
    fn file(candidates: &[&str]) -> CheckpointInfo {
        CheckpointInfo {
            id: "file:net.safetensors".to_owned(),
            model: candidates[0].to_owned(),
            wrappers: Vec::new(),
            candidates: candidates.iter().map(|id| (*id).to_owned()).collect(),
            source: SourceKind::File,
            presence: Presence::Loaded,
            bytes: None,
            sha256: None,
            classes: 1000,
            labels: "imagenet_1000".to_owned(),
            resolution: (224, 224),
            preprocess: crate::networks::find(candidates[0]).unwrap().model.style.preprocess,
            origins: engine::weights::Origins::default(),
            licence: None,
            origin: None,
            origin_url: None,
            published_top1: None,
            published_source: None,
            training: None,
            remarks: Vec::new(),
        }
    }

    #[test]
    fn names_say_what_it_takes_to_tell_columns_apart() {
        let strings = Language::English.strings();
        let names = |columns: &[ColumnConfig]| -> Vec<String> {
            columns.iter().map(|column| column.name_among(columns.iter(), strings)).collect()
        };
        let plain = ColumnConfig::of_model("mobilenetv2_100", &[]);
        let wide = ColumnConfig { resolution: (160, 96), ..plain.clone() };
        let cpu = ColumnConfig { backend: Some(Backend::Cpu), ..plain.clone() };
        let trained = ColumnConfig {
            weights: WeightsChoice::Checkpoint("mobilenetv2_100.ra_in1k".to_owned()),
            ..plain.clone()
        };
        assert_eq!(
            names(&[plain.clone(), wide.clone()]),
            ["MobileNetV2 1.0 · 224", "MobileNetV2 1.0 · 160×96"]
        );
        assert_eq!(
            names(&[plain.clone(), cpu, wide]),
            ["MobileNetV2 1.0 · 224 · Fastest", "MobileNetV2 1.0 · 224 · CPU", "MobileNetV2 1.0 · 160×96"]
        );
        assert_eq!(
            names(&[plain.clone(), trained]),
            ["MobileNetV2 1.0 · 224 · random weights", "MobileNetV2 1.0 · 224 · ra_in1k"]
        );
        let twin = crate::networks::variants().into_iter().find(|variant| {
            variant.model.title == "MobileNetV2" && variant.width == 1.0 && variant.id() != plain.model
        });
        let twin = ColumnConfig::of_model(&twin.unwrap().id(), &[]);
        assert_eq!(
            names(&[plain, twin]),
            ["MobileNetV2 1.0 · 224 · timm", "MobileNetV2 · 224 · torchvision"]
        );
    }

    #[test]
    fn a_file_is_of_the_network_that_it_was_taken_for_alone() {
        let twins = [file(&["mobilenetv3_large_100", "tf_mobilenetv3_large_100"])];
        let weights = |model| ColumnConfig::of_model(model, &twins).weights;
        assert_eq!(weights("mobilenetv3_large_100"), WeightsChoice::Checkpoint(twins[0].id.clone()));
        assert_eq!(weights("tf_mobilenetv3_large_100"), WeightsChoice::Random);
    }
}

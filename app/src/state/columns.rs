//! The networks side by side: what a column is configured to, and how the first ones are chosen.

use engine::spec::{Family, ModelSpec, Variant};
use engine::zoo;
use leptos::prelude::*;
use worker::protocol::{Backend, CheckpointInfo, Config, Presence, Source, WeightsChoice};

use super::{Lab, MAX_COLUMNS, MIN_COLUMNS};
use crate::format;
use crate::model_costs::{Costs, costs};
use crate::strings::{Strings, backend_name};

/// Identifies a column for as long as it is on the page.
pub(crate) type ColumnId = u32;

/// Shown until checkpoints say otherwise: one network a family.
const DEFAULT_MODELS: [&str; 4] =
    ["mobilenetv1_100", "mobilenetv2_100", "mobilenetv3_small_100", "mobilevit_xxs"];

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its identity.
    pub(crate) id: ColumnId,
    /// What it shows.
    pub(crate) config: ColumnConfig,
}

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
        zoo::find(&self.model).ok()
    }

    /// Name for charts: `MobileNetV2 0.75 · 224`.
    pub(crate) fn name(&self) -> String {
        let size = match self.resolution {
            (height, width) if height == width => height.to_string(),
            resolution => format::size(resolution),
        };
        let width = match self.variant() {
            Some(variant) if has_widths(&variant) => format!(" {:?}", variant.width),
            _ => String::new(),
        };
        format!("{}{width} · {size}", self.title())
    }

    /// The network's name, which two libraries may share.
    fn title(&self) -> &str {
        self.variant().map_or(&self.model, |variant| variant.spec.title)
    }

    /// The name, with what it takes to tell it from others: library, backend or weights.
    fn name_among<'a>(&self, others: impl Iterator<Item = &'a Self>, strings: &Strings) -> String {
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
        let library = self.variant().map_or("", |variant| variant.spec.framework.name());
        let weights = self.checkpoint().map_or(strings.random, |id| weights_name(id, &self.model));
        [library, backend_name(strings, self.backend), weights].map(str::to_owned)
    }

    /// The family, which decides colour and mark.
    pub(crate) fn family(&self) -> Option<Family> {
        self.variant().map(|variant| variant.spec.family)
    }

    /// Width multiplier α.
    pub(crate) fn width(&self) -> f64 {
        self.variant().map_or(1.0, |variant| variant.width)
    }
}

/// The input size of a network that says nothing else; a usual one where the zoo does not know it.
fn own_resolution(model: &str) -> (u32, u32) {
    zoo::find(model).map_or((224, 224), |variant| variant.resolution)
}

/// Whether the id says α, so that it can be chosen.
pub(crate) fn has_widths(variant: &Variant) -> bool {
    variant.spec.id.contains("{width}") && variant.spec.widths.len() > 1
}

/// The widths α of a network that its id can say, in ascending order.
pub(crate) fn widths(spec: &ModelSpec) -> Vec<f64> {
    // An id without α means α = 1, whatever the published grid.
    let mut widths = if spec.id.contains("{width}") { spec.widths.to_vec() } else { vec![1.0] };
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
    info.source != Source::Hub || info.presence != Presence::Remote
}

/// How far away a checkpoint is; ties keep the catalog's order.
fn distance(info: &CheckpointInfo) -> u8 {
    match (info.presence, info.source) {
        (Presence::Loaded, _) => 0,
        (_, Source::Bundled | Source::Local | Source::File) => 1,
        (Presence::Cached, Source::Hub) => 2,
        (Presence::Remote, Source::Hub) => 3,
    }
}

impl Lab {
    /// The columns to begin with: checkpoints that are here, one a family first, then further networks of the
    /// same families, four at most; networks without weights where those do not make a comparison.
    pub(super) fn starting_columns(&self, checkpoints: &[CheckpointInfo]) -> Vec<Column> {
        let mut configs = near_networks(checkpoints);
        let enough = if configs.is_empty() { DEFAULT_MODELS.len() } else { MIN_COLUMNS };
        for model in DEFAULT_MODELS {
            if configs.len() < enough && configs.iter().all(|config| config.model != model) {
                configs.push(ColumnConfig::of_model(model, checkpoints));
            }
        }
        configs.into_iter().map(|config| Column { id: self.next_key(), config }).collect()
    }

    /// A column's configuration; reactive. `None` once it is removed.
    pub(crate) fn column(&self, id: ColumnId) -> Option<ColumnConfig> {
        self.columns
            .with(|columns| columns.iter().find(|column| column.id == id).map(|column| column.config.clone()))
    }

    /// A configuration's name, by which it is told from the columns; reactive.
    pub(crate) fn name(&self, config: &ColumnConfig) -> String {
        let strings = self.strings();
        self.columns.with(|columns| config.name_among(columns.iter().map(|column| &column.config), strings))
    }

    /// Changes a column.
    pub(crate) fn configure(&self, id: ColumnId, change: impl FnOnce(&mut ColumnConfig)) {
        self.columns.update(|columns| {
            if let Some(column) = columns.iter_mut().find(|column| column.id == id) {
                change(&mut column.config);
            }
        });
    }

    /// Shows another network in a column.
    pub(crate) fn choose_model(&self, id: ColumnId, model: &str) {
        let config = ColumnConfig::of_model(model, &self.checkpoints());
        self.configure(id, |current| *current = ColumnConfig { backend: current.backend, ..config });
    }

    /// Shows a checkpoint's (or random) weights in a column.
    pub(crate) fn choose_weights(&self, id: ColumnId, weights: WeightsChoice) {
        let resolution = match &weights {
            WeightsChoice::Checkpoint(id) => {
                self.checkpoints().iter().find(|info| info.id == *id).map(|info| info.resolution)
            }
            WeightsChoice::Random => None,
        };
        self.configure(id, |config| {
            config.weights = weights;
            config.resolution = resolution.unwrap_or(config.resolution);
        });
    }

    /// Adds a column: the first network that is not on the page yet, those with weights first.
    pub(crate) fn add_column(&self) {
        let checkpoints = self.checkpoints();
        let shown: Vec<String> = self
            .columns
            .with_untracked(|columns| columns.iter().map(|column| column.config.model.clone()).collect());
        let with_weights = checkpoints.iter().filter(|info| is_near(info)).map(|info| info.model.clone());
        let defaults = DEFAULT_MODELS.iter().map(|model| (*model).to_owned());
        let others = zoo::variants().map(|variant| variant.id());
        let next = with_weights.chain(defaults).chain(others).find(|model| !shown.contains(model));
        if let Some(model) = next {
            self.push_column(ColumnConfig::of_model(&model, &checkpoints));
        }
    }

    /// Shows a configuration: in the column that has it, else in a new one, else in the last one, in the place of which the
    /// browser's Back brings what it showed. Gives the column's position.
    pub(crate) fn show_config(self, config: ColumnConfig) -> usize {
        let columns = self.columns.get_untracked();
        if let Some(position) = columns.iter().position(|column| column.config == config) {
            return position;
        }
        match columns.last().filter(|_| columns.len() >= MAX_COLUMNS) {
            Some(last) => {
                self.change_board(|| self.configure(last.id, |current| *current = config));
                columns.len() - 1
            }
            None => {
                self.push_column(config);
                columns.len()
            }
        }
    }

    /// Replaces the board by these networks and sides; Back brings the former one.
    pub(crate) fn show_board(self, networks: &[(&str, u32)]) {
        let checkpoints = self.checkpoints();
        let column = |(model, side): &(&str, u32)| {
            let config = ColumnConfig::on_imagenet(model, *side, &checkpoints);
            Column { id: self.next_key(), config }
        };
        let columns = networks.iter().map(column).collect();
        self.change_board(|| self.columns.set(columns));
    }

    /// Removes a column, unless too few would be left.
    pub(crate) fn remove_column(&self, id: ColumnId) {
        self.columns.update(|columns| {
            if columns.len() > MIN_COLUMNS {
                columns.retain(|column| column.id != id);
            }
        });
    }

    /// Shows a checkpoint that has just arrived, unless a column does already: in a column that has its weights for another
    /// network, else in one of its network that has no weights in use, else as [`Lab::show_config`] does.
    pub(crate) fn show_checkpoint(self, info: &CheckpointInfo) {
        let config = ColumnConfig::of_checkpoint(info);
        let checkpoints = self.checkpoints();
        let is_here = |id: &str| checkpoints.iter().any(|info| info.id == id && is_near(info));
        let same_model = |column: &&Column| column.config.model == config.model;
        let same_weights = |column: &&Column| column.config.weights == config.weights;
        let free = |column: &&Column| same_model(column) && !column.config.checkpoint().is_some_and(is_here);
        let columns = self.columns.get_untracked();
        if columns.iter().any(|column| same_model(&column) && same_weights(&column)) {
            return;
        }
        match columns.iter().find(same_weights).or_else(|| columns.iter().find(free)) {
            Some(column) => self.configure(column.id, |current| {
                *current = ColumnConfig { backend: current.backend, ..config };
            }),
            None => {
                self.show_config(config);
            }
        }
    }

    /// The checkpoints of the catalog; not reactive.
    pub(crate) fn checkpoints(&self) -> Vec<CheckpointInfo> {
        untrack(|| self.with_checkpoints(<[CheckpointInfo]>::to_vec))
    }

    /// What a configuration costs, with the class count of its checkpoint; reactive.
    pub(crate) fn costs(&self, config: &ColumnConfig) -> Option<Costs> {
        costs(&config.model, config.resolution, self.classes(config))
    }

    /// A configuration's network, with the class count of its checkpoint; reactive.
    pub(crate) fn variant(&self, config: &ColumnConfig) -> Option<Variant> {
        let (height, width) = config.resolution;
        Some(config.variant()?.with_resolution(height, width).with_classes(self.classes(config)))
    }

    fn classes(&self, config: &ColumnConfig) -> u32 {
        let of_checkpoint = config.checkpoint().and_then(|id| self.classes.with(|all| all.get(id).copied()));
        of_checkpoint.unwrap_or(1000)
    }

    fn push_column(&self, config: ColumnConfig) {
        if self.columns.with_untracked(Vec::len) < MAX_COLUMNS {
            let id = self.next_key();
            self.columns.update(|columns| columns.push(Column { id, config }));
        }
    }
}

/// The order in which sources are looked at for the first comparison: what the visitor has taken the trouble to
/// provide goes before what ships with the page.
const NEAREST_SOURCES: [Source; 4] = [Source::File, Source::Local, Source::Bundled, Source::Hub];

/// One configuration for each network that has a checkpoint here: the width nearest to 1 of each, the
/// families in turn, in the order of their papers. All are of one source, so that they answer with the same classes.
fn near_networks(checkpoints: &[CheckpointInfo]) -> Vec<ColumnConfig> {
    let near = |source| checkpoints.iter().filter(move |info| info.source == source && is_near(info));
    let Some(source) = NEAREST_SOURCES.into_iter().find(|source| near(*source).next().is_some()) else {
        return Vec::new();
    };
    let mut networks: Vec<(Variant, &CheckpointInfo)> =
        near(source).filter_map(|info| Some((zoo::find(&info.model).ok()?, info))).collect();
    networks.sort_by(|(a, _), (b, _)| (a.width - 1.0).abs().total_cmp(&(b.width - 1.0).abs()));
    let mut chosen: Vec<(usize, Family, ColumnConfig)> = Vec::new();
    let mut seen = Vec::new();
    for (variant, info) in networks {
        if seen.contains(&variant.spec.id) {
            continue;
        }
        seen.push(variant.spec.id);
        let round = chosen.iter().filter(|(_, family, _)| *family == variant.spec.family).count();
        chosen.push((round, variant.spec.family, ColumnConfig::of_checkpoint(info)));
    }
    chosen.sort_by_key(|(round, family, _)| (*round, *family));
    chosen.truncate(DEFAULT_MODELS.len());
    chosen.sort_by_key(|(_, family, _)| *family);
    chosen.into_iter().map(|(_, _, config)| config).collect()
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
            candidates: candidates.iter().map(|id| (*id).to_owned()).collect(),
            source: Source::File,
            presence: Presence::Loaded,
            bytes: None,
            sha256: None,
            classes: 1000,
            labels: "imagenet_1000".to_owned(),
            resolution: (224, 224),
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
        let twin = zoo::variants().find(|variant| {
            variant.spec.title == "MobileNetV2" && variant.width == 1.0 && variant.id() != plain.model
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

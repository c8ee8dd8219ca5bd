//! The networks side by side.

use engine::spec::Variant;
use leptos::prelude::*;
use worker::protocol::{CheckpointInfo, WeightsChoice};

use super::first_choice::DEFAULT_MODELS;
use super::{ColumnConfig, Keys, Lab, is_near};
use crate::charts::Look;
use crate::families;
use crate::model_costs::{Costs, costs};
use crate::presets::{Preset, PresetColumn};
use crate::strings::problems;

/// Most columns that still fit side by side.
pub(crate) const MAX_COLUMNS: usize = 6;
/// Fewer would be no comparison.
pub(crate) const MIN_COLUMNS: usize = 2;

/// Identifies a column for as long as it is on the page.
pub(crate) type ColumnId = u32;

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// Its identity.
    pub(crate) id: ColumnId,
    /// What it shows.
    pub(crate) config: ColumnConfig,
}

/// The columns, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    columns: RwSignal<Vec<Column>>,
    /// What the page begins with.
    first: StoredValue<Vec<ColumnConfig>>,
    keys: Keys,
}

impl Board {
    pub(super) fn new(keys: Keys) -> Self {
        Self { columns: RwSignal::default(), first: StoredValue::default(), keys }
    }

    /// The columns; reactive.
    pub(crate) fn columns(self) -> Vec<Column> {
        self.columns.get()
    }

    /// Something of the columns; reactive.
    pub(crate) fn with<T>(self, read: impl FnOnce(&[Column]) -> T) -> T {
        self.columns.with(|columns| read(columns))
    }

    /// Makes the caller run again when a column changes.
    pub(crate) fn track(self) {
        self.columns.track();
    }

    /// What the columns are configured to; not reactive.
    pub(crate) fn configs(self) -> Vec<ColumnConfig> {
        untrack(|| self.with(|columns| columns.iter().map(|column| column.config.clone()).collect()))
    }

    /// A column's configuration; reactive. `None` once it is removed.
    pub(crate) fn config(self, id: ColumnId) -> Option<ColumnConfig> {
        self.with(|columns| columns.iter().find(|column| column.id == id).map(|column| column.config.clone()))
    }

    /// Whether no column can be added; reactive.
    pub(crate) fn is_full(self) -> bool {
        self.with(|columns| columns.len() >= MAX_COLUMNS)
    }

    /// Whether a column can be removed; reactive.
    pub(crate) fn can_shrink(self) -> bool {
        self.with(|columns| columns.len() > MIN_COLUMNS)
    }

    /// Changes a column.
    pub(crate) fn configure(self, id: ColumnId, change: impl FnOnce(&mut ColumnConfig)) {
        self.columns.update(|columns| {
            if let Some(column) = columns.iter_mut().find(|column| column.id == id) {
                change(&mut column.config);
            }
        });
    }

    /// Removes a column, unless too few would be left.
    pub(crate) fn remove(self, id: ColumnId) {
        if untrack(|| self.can_shrink()) {
            self.columns.update(|columns| columns.retain(|column| column.id != id));
        }
    }

    /// Replaces all columns.
    pub(crate) fn set(self, configs: Vec<ColumnConfig>) {
        self.columns.set(configs.into_iter().map(|config| self.column(config)).collect());
    }

    /// Replaces all columns by those that the page begins with.
    pub(super) fn begin_with(self, configs: Vec<ColumnConfig>) {
        self.first.set_value(configs.clone());
        self.set(configs);
    }

    /// Shows what the page begins with.
    pub(super) fn begin_again(self) {
        let first = self.first.get_value();
        if self.configs() != first {
            self.set(first);
        }
    }

    /// Whether these are the columns that the page begins with.
    pub(super) fn is_first(self, configs: &[ColumnConfig]) -> bool {
        self.first.with_value(|first| first == configs)
    }

    /// Gives columns that were set up before the checkpoints were known the best of them.
    pub(super) fn give_weights(self, checkpoints: &[CheckpointInfo]) {
        self.columns.update(|columns| {
            for config in columns.iter_mut().map(|column| &mut column.config) {
                let ColumnConfig { weights, resolution, .. } =
                    ColumnConfig::of_model(&config.model, checkpoints);
                let is_untouched = config.resolution == ColumnConfig::of_model(&config.model, &[]).resolution;
                config.weights = weights;
                config.resolution = if is_untouched { resolution } else { config.resolution };
            }
        });
    }

    /// Gives columns whose checkpoint is gone the best of the others.
    pub(super) fn replace_weights(self, gone: &str, checkpoints: &[CheckpointInfo]) {
        self.columns.update(|columns| {
            for config in columns.iter_mut().map(|column| &mut column.config) {
                if config.checkpoint() == Some(gone) {
                    let other = ColumnConfig::of_model(&config.model, checkpoints);
                    *config = ColumnConfig { backend: config.backend, ..other };
                }
            }
        });
    }

    /// Gives the columns of a checkpoint that have its input's size the new one.
    pub(super) fn resize(self, checkpoint: &str, before: (u32, u32), now: (u32, u32)) {
        self.columns.update(|columns| {
            let configs = columns.iter_mut().map(|column| &mut column.config);
            let of_it = configs
                .filter(|config| config.checkpoint() == Some(checkpoint) && config.resolution == before);
            of_it.for_each(|config| config.resolution = now);
        });
    }

    fn push(self, config: ColumnConfig) {
        if !untrack(|| self.is_full()) {
            let column = self.column(config);
            self.columns.update(|columns| columns.push(column));
        }
    }

    fn column(self, config: ColumnConfig) -> Column {
        Column { id: self.keys.next(), config }
    }
}

impl Lab {
    /// A configuration's name, distinct from those of the columns; reactive.
    pub(crate) fn name(&self, config: &ColumnConfig) -> String {
        let strings = self.strings();
        self.board.with(|columns| config.name_among(columns.iter().map(|column| &column.config), strings))
    }

    /// Shows another network in a column.
    pub(crate) fn choose_model(&self, id: ColumnId, model: &str) {
        let config = ColumnConfig::of_model(model, &self.checkpoints.all());
        self.board.configure(id, |current| *current = ColumnConfig { backend: current.backend, ..config });
    }

    /// Shows a checkpoint's (or random) weights in a column.
    pub(crate) fn choose_weights(&self, id: ColumnId, weights: WeightsChoice) {
        let resolution = match &weights {
            WeightsChoice::Checkpoint(id) => untrack(|| self.checkpoints.get(id)).map(|info| info.resolution),
            WeightsChoice::Random => None,
        };
        self.board.configure(id, |config| {
            config.weights = weights;
            config.resolution = resolution.unwrap_or(config.resolution);
        });
    }

    /// Adds a column: the first network that is not on the page yet, those with weights first.
    pub(crate) fn add_column(&self) {
        let checkpoints = self.checkpoints.all();
        let shown = self.board.configs();
        let with_weights = checkpoints.iter().filter(|info| is_near(info)).map(|info| info.model.clone());
        let defaults = DEFAULT_MODELS.iter().map(|model| (*model).to_owned());
        let others = crate::networks::variants().into_iter().map(|variant| variant.id());
        let is_new = |model: &String| shown.iter().all(|config| config.model != *model);
        if let Some(model) = with_weights.chain(defaults).chain(others).find(is_new) {
            self.board.push(ColumnConfig::of_model(&model, &checkpoints));
        }
    }

    /// A configuration's colour and mark: columns of one family are of one hue, each lighter than the one before; reactive.
    pub(crate) fn look(&self, config: &ColumnConfig) -> Look {
        let family = config.family();
        let rank = self.board.with(|columns| {
            let position = columns.iter().position(|column| column.config == *config).unwrap_or(0);
            columns[..position].iter().filter(|column| column.config.family() == family).count()
        });
        families::look(&family, rank)
    }

    /// Shows a configuration: in the column that has it, else in a new column, else in the last one, which is said and the
    /// browser's Back restores. Gives the column's position.
    pub(crate) fn show_config(self, config: ColumnConfig) -> usize {
        let columns = untrack(|| self.board.columns());
        if let Some(position) = columns.iter().position(|column| column.config == config) {
            return position;
        }
        match columns.last().filter(|_| columns.len() >= MAX_COLUMNS) {
            Some(last) => {
                let [name, gone] = [&config, &last.config].map(|config| untrack(|| self.name(config)));
                self.tell(None, problems::board_full(&name, &gone, MAX_COLUMNS));
                self.board.configure(last.id, |current| *current = config);
                columns.len() - 1
            }
            None => {
                self.board.push(config);
                columns.len()
            }
        }
    }

    /// Replaces the board by a preset's; Back brings the former one. Where ImageNet's weights are not all here it has those
    /// that are, at their smaller sizes, and answers at once.
    pub(crate) fn show_board(self, preset: &Preset) {
        let checkpoints = self.checkpoints.all();
        let near = |info: &&CheckpointInfo| is_near(info);
        let (imagenet, small): (Vec<_>, Vec<_>) =
            checkpoints.iter().cloned().partition(|info| info.labels.starts_with("imagenet"));
        let small: Vec<CheckpointInfo> = small.iter().filter(near).cloned().collect();
        let is_of = |info: &CheckpointInfo| preset.columns.iter().any(|column| column.model == info.model);
        let is_complete = preset
            .columns
            .iter()
            .all(|column| imagenet.iter().filter(near).any(|info| info.model == column.model));
        let is_small = !is_complete && small.iter().any(is_of);
        let config = |column: &PresetColumn| {
            let (side, known) = if is_small { (column.small, &small) } else { (column.side, &imagenet) };
            ColumnConfig { resolution: (side, side), ..ColumnConfig::of_model(column.model, known) }
        };
        self.board.set(preset.columns.iter().map(config).collect());
    }

    /// Shows a checkpoint that has just arrived, unless a column does already: in a column that has its weights for another
    /// network, else in one of its network that has no weights in use, else in a new one; a full board stays, which is said.
    pub(crate) fn show_checkpoint(self, info: &CheckpointInfo) {
        let config = ColumnConfig::of_checkpoint(info);
        let checkpoints = self.checkpoints.all();
        let is_here = |id: &str| checkpoints.iter().any(|info| info.id == id && is_near(info));
        let same_model = |column: &&Column| column.config.model == config.model;
        let same_weights = |column: &&Column| column.config.weights == config.weights;
        let free = |column: &&Column| same_model(column) && !column.config.checkpoint().is_some_and(is_here);
        let columns = untrack(|| self.board.columns());
        if columns.iter().any(|column| same_model(&column) && same_weights(&column)) {
            return;
        }
        match columns.iter().find(same_weights).or_else(|| columns.iter().find(free)) {
            Some(column) => self.board.configure(column.id, |current| {
                *current = ColumnConfig { backend: current.backend, ..config };
            }),
            None if columns.len() >= MAX_COLUMNS => {
                self.tell(Some(info.id.clone()), problems::board_full_file(MAX_COLUMNS));
            }
            None => {
                self.show_config(config);
            }
        }
    }

    /// What a configuration costs, with the class count of its checkpoint; reactive.
    pub(crate) fn costs(&self, config: &ColumnConfig) -> Option<Costs> {
        costs(&config.model, config.resolution, self.checkpoints.classes(config))
    }

    /// A configuration's network, with the class count of its checkpoint; reactive.
    pub(crate) fn variant(&self, config: &ColumnConfig) -> Option<Variant> {
        let (height, width) = config.resolution;
        let classes = self.checkpoints.classes(config);
        Some(config.variant()?.with_resolution(height, width).with_classes(classes))
    }
}

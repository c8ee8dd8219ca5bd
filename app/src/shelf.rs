//! The table of models: a row a checkpoint, and one for each network that has none.

use std::cmp::Ordering;
use std::sync::Arc;

use engine::spec::Model;
use engine::zoo::{self, Family};
use worker::protocol::{CheckpointInfo, SourceKind, Timing};

use crate::model_costs::file_bytes;
use crate::state::{ColumnConfig, is_near};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// The network with its mark.
    Network,
    /// When its family was published.
    Year,
    /// What it was trained to tell apart.
    Data,
    /// Its accuracy.
    Top1,
    /// Bytes of its file.
    Size,
    /// Terms of use.
    Licence,
    /// How long it takes on this device.
    Here,
    /// Where its weights are.
    Place,
}

impl Column {
    /// All of them, from the left.
    pub(crate) const ALL: [Self; 8] = [
        Self::Network,
        Self::Year,
        Self::Data,
        Self::Top1,
        Self::Size,
        Self::Licence,
        Self::Here,
        Self::Place,
    ];

    /// Stable name, for styles and tests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Year => "year",
            Self::Data => "data",
            Self::Top1 => "accuracy",
            Self::Size => "size",
            Self::Licence => "licence",
            Self::Here => "here",
            Self::Place => "place",
        }
    }
}

/// Where a row's weights are, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// They cost no download from elsewhere.
    Here,
    /// They are offered.
    Download,
    /// There are none.
    Nowhere,
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sorting {
    /// By what.
    pub(crate) column: Column,
    /// Whether the largest comes first.
    pub(crate) is_descending: bool,
}

/// A row: a checkpoint, or a network without any.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The checkpoint's id, or the network's.
    pub(crate) id: String,
    /// How the board shows it.
    pub(crate) config: ColumnConfig,
    /// The checkpoint.
    pub(crate) info: Option<CheckpointInfo>,
    /// What was measured of it on this page.
    pub(crate) here: Option<Timing>,
}

/// What rows are sorted by.
#[derive(PartialEq, PartialOrd)]
enum Value {
    Number(f64),
    Text(String),
}

/// A row for each checkpoint, in their order, then one for each architecture that has none at any width.
pub(crate) fn rows(
    checkpoints: &[CheckpointInfo],
    models: &[Arc<Model>],
    measured: impl Fn(&ColumnConfig) -> Option<Timing>,
) -> Vec<Row> {
    let row = |id: String, config: ColumnConfig, info| Row { here: measured(&config), id, config, info };
    let with_weights = checkpoints
        .iter()
        .map(|info| row(info.id.clone(), ColumnConfig::of_checkpoint(info), Some(info.clone())));
    let has_none = |model: &&Arc<Model>| checkpoints.iter().all(|info| model.width_of(&info.model).is_none());
    let without = models.iter().filter(has_none).map(|model| {
        let id = model.id_at(model.default_width());
        row(id.clone(), ColumnConfig::of_model(&id, &[]), None)
    });
    with_weights.chain(without).collect()
}

impl Row {
    /// The network's family, unless it is a visitor's own.
    pub(crate) fn family(&self) -> Option<&'static Family> {
        zoo::family(&self.config.variant()?.model.family)
    }

    /// Top-1 in percent, tested or published with these weights.
    pub(crate) fn top1(&self) -> Option<f64> {
        let info = self.info.as_ref()?;
        let tested = info.training.map(|training| training.test.percent()).filter(|top1| top1.is_finite());
        tested.or(info.published_top1.map(f64::from))
    }

    /// Bytes of the file, and whether its publisher states them.
    pub(crate) fn bytes(&self) -> Option<(u64, bool)> {
        file_bytes(self.info.as_ref()?)
    }

    /// Where the weights are.
    pub(crate) fn place(&self) -> Place {
        match &self.info {
            Some(info) if is_near(info) => Place::Here,
            Some(_) => Place::Download,
            None => Place::Nowhere,
        }
    }

    /// Whether the weights can be removed from this device.
    pub(crate) fn is_removable(&self) -> bool {
        self.info.as_ref().is_some_and(|info| {
            info.source == SourceKind::File || (info.source == SourceKind::Hub && is_near(info))
        })
    }

    fn value(&self, column: Column) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_lowercase()));
        match column {
            Column::Network => text(&self.config.name()),
            Column::Year => self.family().map(|family| Value::Number(family.year.into())),
            Column::Data => self.info.as_ref().and_then(|info| text(&info.labels)),
            Column::Top1 => self.top1().map(Value::Number),
            Column::Size => self.bytes().map(|(bytes, _)| Value::Number(bytes as f64)),
            Column::Licence => self.info.as_ref().and_then(|info| text(info.licence.as_deref()?)),
            Column::Here => self.here.as_ref().map(|timing| Value::Number(timing.statistics.median_ms)),
            Column::Place => Some(Value::Number(f64::from(self.place() as u8))),
        }
    }
}

/// The rows in this order. What is missing comes last either way; equal ones keep their order.
pub(crate) fn sorted(rows: Vec<Row>, sorting: Sorting) -> Vec<Row> {
    let mut keyed: Vec<(Option<Value>, Row)> =
        rows.into_iter().map(|row| (row.value(sorting.column), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
            if sorting.is_descending { order.reverse() } else { order }
        }
        (a, b) => a.is_none().cmp(&b.is_none()),
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// Whether a text has every word of a filter, whatever the case.
pub(crate) fn has_words(text: &str, filter: &str) -> bool {
    let text = text.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use worker::protocol::Presence;

    use super::*;

    fn checkpoint(id: &str, labels: &str, bytes: Option<u64>, top1: Option<f32>) -> CheckpointInfo {
        let (model, _) = id.split_once('.').unwrap();
        CheckpointInfo {
            id: id.to_owned(),
            model: model.to_owned(),
            candidates: vec![model.to_owned()],
            wrappers: Vec::new(),
            preprocess: crate::networks::find(model).unwrap().model.style.preprocess,
            origins: engine::weights::Origins::default(),
            source: SourceKind::Hub,
            presence: Presence::Remote,
            bytes,
            sha256: None,
            classes: if labels == "cifar10" { 10 } else { 1000 },
            labels: labels.to_owned(),
            resolution: (224, 224),
            licence: (labels != "numbers").then(|| "Apache-2.0".to_owned()),
            origin: None,
            origin_url: None,
            published_top1: top1,
            published_source: None,
            training: None,
            remarks: Vec::new(),
        }
    }

    fn all() -> Vec<Row> {
        let near = CheckpointInfo {
            source: SourceKind::Bundled,
            ..checkpoint("mobilenetv1_050.cifar10", "cifar10", Some(1_681_924), Some(85.0))
        };
        let checkpoints = [
            checkpoint("mobilenetv2_100.ra_in1k", "imagenet_1000", None, Some(72.9)),
            near,
            checkpoint("ghostnet_100.own", "numbers", Some(9_000_000), None),
        ];
        let models = crate::networks::models();
        rows(&checkpoints, &models, |_| None)
    }

    fn ids(column: Column, is_descending: bool) -> Vec<String> {
        sorted(all(), Sorting { column, is_descending }).into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn every_architecture_has_a_row() {
        let rows = all();
        for model in crate::networks::models() {
            let of_model = rows.iter().filter(|row| model.width_of(&row.config.model).is_some());
            let counted = of_model.clone().filter(|row| row.info.is_none()).count();
            let is_with_weights = of_model.clone().any(|row| row.info.is_some());
            assert_eq!(counted, usize::from(!is_with_weights), "{}", model.id);
        }
    }

    #[test]
    fn rows_are_sorted_both_ways_and_what_is_missing_comes_last() {
        let first =
            |column, is_descending| ids(column, is_descending).into_iter().take(3).collect::<Vec<_>>();
        let [v1, v2, ghost] = ["mobilenetv1_050.cifar10", "mobilenetv2_100.ra_in1k", "ghostnet_100.own"];
        assert_eq!(first(Column::Top1, false)[..2], [v2, v1]);
        assert_eq!(first(Column::Top1, true)[..2], [v1, v2]);
        // V2's publisher does not say how large its file is: 3.5 M parameters of four bytes.
        assert_eq!(first(Column::Size, false), [v1, ghost, v2]);
        assert_eq!(first(Column::Size, true), [v2, ghost, v1]);
        assert_eq!(first(Column::Data, false), [v1, v2, ghost]);
        assert_eq!(first(Column::Licence, true)[..2], [v2, v1], "equal ones keep their order");
        assert_eq!(first(Column::Place, false), [v1, v2, ghost]);
        let names: Vec<String> = sorted(all(), Sorting { column: Column::Network, is_descending: false })
            .iter()
            .map(|row| row.config.name().to_lowercase())
            .collect();
        assert!(names.is_sorted(), "{names:?}");
        let years: Vec<_> = sorted(all(), Sorting { column: Column::Year, is_descending: true })
            .iter()
            .map(|row| row.family().unwrap().year)
            .collect();
        assert!(years.is_sorted_by(|a, b| a >= b), "{years:?}");
        for column in Column::ALL {
            assert_eq!(ids(column, false).len(), all().len());
            let missing = |row: &Row| row.value(column).is_none();
            for is_descending in [false, true] {
                let rows = sorted(all(), Sorting { column, is_descending });
                assert!(rows.is_sorted_by_key(missing), "{column:?}");
            }
        }
    }

    #[test]
    fn filters_ask_for_every_word() {
        let text = "MobileNetV2 1.0 · 224 mobilenetv2_100.ra_in1k ImageNet (1000) Apache-2.0";
        assert!(has_words(text, "") && has_words(text, "imagenet apache") && has_words(text, " V2 1.0 "));
        assert!(!has_words(text, "imagenet mit"));
    }
}

//! The networks that the page begins with.

use engine::spec::Variant;
use engine::zoo;
use worker::protocol::{CheckpointInfo, SourceKind};

use super::{ColumnConfig, MIN_COLUMNS, is_near};

/// Shown until checkpoints say otherwise: one network a family.
pub(super) const DEFAULT_MODELS: [&str; 4] =
    ["mobilenetv1_100", "mobilenetv2_100", "mobilenetv3_small_100", "mobilevit_xxs"];

/// The columns to begin with: checkpoints that are here, one a family first, then further networks of the
/// same families, four at most; networks without weights where those do not make a comparison.
pub(super) fn columns(checkpoints: &[CheckpointInfo]) -> Vec<ColumnConfig> {
    let mut configs = near_networks(checkpoints);
    let enough = if configs.is_empty() { DEFAULT_MODELS.len() } else { MIN_COLUMNS };
    for model in DEFAULT_MODELS {
        if configs.len() < enough && configs.iter().all(|config| config.model != model) {
            configs.push(ColumnConfig::of_model(model, checkpoints));
        }
    }
    configs
}

/// The order in which sources are looked at for the first comparison: what the visitor has taken the trouble to
/// provide goes before what ships with the page.
const NEAREST_SOURCES: [SourceKind; 4] =
    [SourceKind::File, SourceKind::Local, SourceKind::Bundled, SourceKind::Hub];

/// One configuration for each network that has a checkpoint here: the width nearest to 1 of each, the
/// families in turn, in the order of their papers. All are of one source and have the classes that most of it have.
fn near_networks(checkpoints: &[CheckpointInfo]) -> Vec<ColumnConfig> {
    let near = |source| checkpoints.iter().filter(move |info| info.source == source && is_near(info));
    let Some(source) = NEAREST_SOURCES.into_iter().find(|source| near(*source).next().is_some()) else {
        return Vec::new();
    };
    let count = |labels: &str| near(source).filter(|info| info.labels == labels).count();
    let labels =
        near(source).map(|info| &*info.labels).max_by_key(|labels| count(labels)).unwrap_or_default();
    let mut networks: Vec<(Variant, &CheckpointInfo)> = near(source)
        .filter(|info| info.labels == labels)
        .filter_map(|info| Some((crate::networks::find(&info.model).ok()?, info)))
        .collect();
    networks.sort_by(|(a, _), (b, _)| (a.width - 1.0).abs().total_cmp(&(b.width - 1.0).abs()));
    let place = |family: &str| zoo::FAMILIES.iter().position(|(known, _)| known.id == family);
    let mut chosen: Vec<(usize, Option<usize>, ColumnConfig)> = Vec::new();
    let mut seen = Vec::new();
    for (variant, info) in networks {
        if seen.contains(&variant.model.id) {
            continue;
        }
        seen.push(variant.model.id.clone());
        let family = place(&variant.model.family);
        let round = chosen.iter().filter(|(_, other, _)| *other == family).count();
        chosen.push((round, family, ColumnConfig::of_checkpoint(info)));
    }
    chosen.sort_by_key(|(round, family, _)| (*round, *family));
    chosen.truncate(DEFAULT_MODELS.len());
    chosen.sort_by_key(|(_, family, _)| *family);
    chosen.into_iter().map(|(_, _, config)| config).collect()
}

//! Boards that answer a question, each set by one click.

use crate::strings::Strings;

/// A board.
pub(crate) struct Preset {
    /// Stable name, for tests.
    pub(crate) name: &'static str,
    /// What it compares.
    pub(crate) label: fn(&'static Strings) -> &'static str,
    /// The networks.
    pub(crate) columns: &'static [PresetColumn],
}

/// A network of a preset, with sides of its square input in pixels.
pub(crate) struct PresetColumn {
    /// Zoo id.
    pub(crate) model: &'static str,
    /// With ImageNet's weights.
    pub(crate) side: u32,
    /// With weights for small pictures.
    pub(crate) small: u32,
}

const fn column(model: &'static str, side: u32, small: u32) -> PresetColumn {
    PresetColumn { model, side, small }
}

/// The boards, in the order of the buttons.
pub(crate) static PRESETS: [Preset; 4] = [
    Preset {
        name: "equal-macs",
        label: |s| s.presets.equal_macs,
        columns: &[
            column("mobilenetv1_100", 160, 40),
            column("mobilenetv2_100", 224, 64),
            column("mobilenetv3_large_100", 256, 64),
            column("mobilevit_xxs", 224, 64),
        ],
    },
    Preset {
        name: "widths",
        label: |s| s.presets.widths,
        columns: &[
            column("mobilenetv2_035", 224, 64),
            column("mobilenetv2_050", 224, 64),
            column("mobilenetv2_075", 224, 64),
            column("mobilenetv2_100", 224, 64),
            column("mobilenetv2_140", 224, 64),
        ],
    },
    Preset {
        name: "resolutions",
        label: |s| s.presets.resolutions,
        columns: &[
            column("mobilenetv2_100", 96, 32),
            column("mobilenetv2_100", 128, 48),
            column("mobilenetv2_100", 160, 64),
            column("mobilenetv2_100", 192, 80),
            column("mobilenetv2_100", 224, 96),
        ],
    },
    Preset {
        name: "large-small",
        label: |s| s.presets.large_small,
        columns: &[column("mobilenetv3_large_100", 224, 64), column("mobilenetv3_small_100", 224, 64)],
    },
];

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model_costs::costs;
    use crate::state::{MAX_COLUMNS, MIN_COLUMNS};

    #[test]
    fn presets_are_boards_of_the_zoo_at_sides_of_its_grids() {
        for preset in &PRESETS {
            let name = preset.name;
            assert!((MIN_COLUMNS..=MAX_COLUMNS).contains(&preset.columns.len()), "{name}");
            for PresetColumn { model, side, small } in preset.columns {
                let variant = crate::networks::find(model).unwrap();
                assert!(variant.model.resolutions.contains(side), "{name}: {model} at {side}");
                assert!(variant.model.widths.contains(&variant.width), "{name}: {model}");
                assert!(costs(model, (*small, *small), 10).is_some(), "{name}: {model} at {small}");
            }
        }
    }

    #[test]
    fn about_equal_macs_are_within_five_percent_of_their_mean() {
        let is_near = |side: fn(&PresetColumn) -> u32, classes, limit| {
            let macs = |column: &PresetColumn| {
                let side = side(column);
                costs(column.model, (side, side), classes).unwrap().macs() as f64
            };
            let macs: Vec<f64> = PRESETS[0].columns.iter().map(macs).collect();
            let mean = macs.iter().sum::<f64>() / macs.len() as f64;
            assert!(macs.iter().all(|macs| (macs / mean - 1.0).abs() < limit), "{macs:?}");
        };
        is_near(|column| column.side, 1000, 0.05);
        // Small pictures come in fewer sizes.
        is_near(|column| column.small, 10, 0.15);
    }
}

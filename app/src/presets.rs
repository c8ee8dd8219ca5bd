//! Boards that answer a question, each set by one click.

use crate::strings::Strings;

/// A board.
pub(crate) struct Preset {
    /// Stable name, for tests.
    pub(crate) name: &'static str,
    /// What it compares.
    pub(crate) label: fn(&'static Strings) -> &'static str,
    /// Zoo ids with sides of the square input in pixels.
    pub(crate) columns: &'static [(&'static str, u32)],
}

/// The boards, in the order of the buttons.
pub(crate) static PRESETS: [Preset; 4] = [
    Preset {
        name: "equal-macs",
        label: |s| s.presets.equal_macs,
        columns: &[
            ("mobilenetv1_100", 160),
            ("mobilenetv2_100", 224),
            ("mobilenetv3_large_100", 256),
            ("mobilevit_xxs", 224),
        ],
    },
    Preset {
        name: "widths",
        label: |s| s.presets.widths,
        columns: &[
            ("mobilenetv2_035", 224),
            ("mobilenetv2_050", 224),
            ("mobilenetv2_075", 224),
            ("mobilenetv2_100", 224),
            ("mobilenetv2_140", 224),
        ],
    },
    Preset {
        name: "resolutions",
        label: |s| s.presets.resolutions,
        columns: &[
            ("mobilenetv2_100", 96),
            ("mobilenetv2_100", 128),
            ("mobilenetv2_100", 160),
            ("mobilenetv2_100", 192),
            ("mobilenetv2_100", 224),
        ],
    },
    Preset {
        name: "large-small",
        label: |s| s.presets.large_small,
        columns: &[("mobilenetv3_large_100", 224), ("mobilenetv3_small_100", 224)],
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
            for (model, side) in preset.columns {
                let variant = crate::networks::find(model).unwrap();
                assert!(variant.model.resolutions.contains(side), "{name}: {model} at {side}");
                assert!(variant.model.widths.contains(&variant.width), "{name}: {model}");
            }
        }
    }

    #[test]
    fn about_equal_macs_are_within_five_percent_of_their_mean() {
        let macs: Vec<f64> = PRESETS[0]
            .columns
            .iter()
            .map(|(model, side)| costs(model, (*side, *side), 1000).unwrap().macs() as f64)
            .collect();
        let mean = macs.iter().sum::<f64>() / macs.len() as f64;
        assert!(macs.iter().all(|macs| (macs / mean - 1.0).abs() < 0.05), "{macs:?}");
    }
}

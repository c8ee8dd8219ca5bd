//! What families look like, in one list: the colour tells the lineage, the mark tells the family.

use crate::charts::Look;

/// A line of descent, which has a colour: one of Okabe and Ito's, a little lighter on dark ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lineage {
    /// Depthwise separable convolutions.
    Separable,
    /// Inverted residuals.
    InvertedResidual,
    /// Found by search.
    Searched,
    /// Convolutions and attention.
    Attention,
    /// Few channels between wide ones, without depthwise convolutions.
    Squeezed,
    /// Layers that read what all before them have computed.
    Dense,
    /// Channels that are split and shuffled.
    Shuffled,
    /// Pyramids of dilated convolutions.
    Dilated,
    /// Convolutions over the bands of hyperspectral images.
    Spectral,
}

impl Lineage {
    fn colour(self) -> &'static str {
        match self {
            Self::Separable => "light-dark(#0072b2, #3f9fdc)",
            Self::InvertedResidual => "light-dark(#009e73, #1dbd8f)",
            Self::Searched => "light-dark(#e69f00, #f0b232)",
            Self::Attention => "light-dark(#cc79a7, #d98fb8)",
            Self::Squeezed => "light-dark(#d55e00, #ec7f2e)",
            Self::Dense => "light-dark(#9a8f00, #e6da3c)",
            Self::Shuffled => "light-dark(#56b4e9, #7cc6f0)",
            Self::Spectral => "light-dark(#8c6bb1, #a98fd0)",
            Self::Dilated => "light-dark(#a89b00, #f0e442)",
        }
    }
}

/// A family: its id, its lineage and its mark in 12×12 pixels.
type Row = (&'static str, Lineage, &'static str);

/// The families, in the order in which they are offered.
const FAMILIES: &[Row] = &[
    ("mobilenet_v1", Lineage::Separable, "M1 1H11V11H1Z"),
    ("mobilenet_v2", Lineage::InvertedResidual, "M6 .5A5.5 5.5 0 1 1 6 11.5A5.5 5.5 0 1 1 6 .5Z"),
    ("mobilenet_v3", Lineage::Searched, "M6 .5L11.8 11H.2Z"),
    ("mobilevit", Lineage::Attention, "M6 0L12 6L6 12L0 6Z"),
    ("mobilevit_v2", Lineage::Attention, "M6 0L12 6L6 12L0 6ZM6 3L3 6L6 9L9 6Z"),
    ("mobilenet_v4", Lineage::Searched, "M6 11.5L.2 1H11.8Z"),
    ("mnasnet", Lineage::Searched, "M1 1H11L6 6L11 11H1L6 6Z"),
    ("efficientnet", Lineage::Searched, "M1 11V8H4V5H7V2H11V11Z"),
    ("fbnet", Lineage::Searched, "M1 1H11V4H4V5H9V8H4V11H1Z"),
    ("fbnet_v2", Lineage::Searched, "M1 11L3.5 1H8.5L11 11Z"),
    ("fbnet_v3", Lineage::Searched, "M1 1L3.5 11H8.5L11 1Z"),
    ("lcnet", Lineage::Separable, "M1 1H5V7H11V11H1Z"),
    ("squeezenet", Lineage::Squeezed, "M1 1L11 11H1L11 1Z"),
    ("squeezenext", Lineage::Squeezed, "M0 3L6 6L0 9V3ZM12 3L6 6L12 9V3ZM5 0H7V12H5Z"),
    ("igcv1", Lineage::Shuffled, "M1 1H4V11H1ZM5 1H7V11H5ZM8 1H11V11H8Z"),
    ("igcv2", Lineage::Shuffled, "M1 1H11V4H1ZM1 5H11V7H1ZM1 8H11V11H1Z"),
    ("igcv3", Lineage::Shuffled, "M1 1H5V5H1ZM7 1H11V5H7ZM1 7H5V11H1ZM7 7H11V11H7Z"),
    ("shufflenet_v1", Lineage::Shuffled, "M6 1H11V6H6V11H1V6H6Z"),
    ("shufflenet_v2", Lineage::Shuffled, "M1 1H6V6H11V11H6V6H1Z"),
    ("channelnet", Lineage::Separable, "M1 1H11V3H1ZM3 5H11V7H3ZM5 9H11V11H5Z"),
    ("condensenet", Lineage::Dense, "M0 1H12L8 6V11H4V6Z"),
    ("peleenet", Lineage::Dense, "M0 11A6 6 0 0 1 12 11H9A3 3 0 0 0 3 11ZM4.5 11A1.5 1.5 0 0 1 7.5 11Z"),
    ("ghostnet", Lineage::InvertedResidual, "M1 11V6A5 5 0 0 1 11 6V11L8.5 8.5L6 11L3.5 8.5Z"),
    ("repvit", Lineage::InvertedResidual, "M1 1H4V11H1ZM5 1H8V11H5ZM9 1H11V11H9Z"),
    ("starnet", Lineage::InvertedResidual, "M6 0L7.5 4.5L12 6L7.5 7.5L6 12L4.5 7.5L0 6L4.5 4.5Z"),
    ("espnet", Lineage::Dilated, "M1 1H4V4H1ZM8 1H11V4H8ZM1 8H4V11H1ZM8 8H11V11H8ZM5 5H7V7H5Z"),
    ("weightnet", Lineage::Shuffled, "M1 1H4L6 7L8 1H11L8 11H4Z"),
    ("micronet", Lineage::Shuffled, "M6 3A3 3 0 1 1 6 9A3 3 0 1 1 6 3Z"),
    ("hybridsn", Lineage::Spectral, "M1 3L6 1L11 3V9L6 11L1 9Z"),
    ("espnet_v2", Lineage::Dilated, "M6 0L8 4H4ZM6 12L4 8H8ZM0 6L4 4V8ZM12 6L8 8V4Z"),
];

/// Of networks that are of no family.
const OTHER: Look = Look { colour: "light-dark(#6b7782, #97a4af)", mark: "M1 4H11V8H1Z", rank: 0 };

fn look_of((_, lineage, mark): &Row) -> Look {
    Look { colour: lineage.colour(), mark, rank: 0 }
}

/// What a network of the family with this id looks like, `rank` of which stand before it.
pub(crate) fn look(family: &str, rank: usize) -> Look {
    let row = FAMILIES.iter().find(|(of, ..)| *of == family);
    Look { rank, ..row.map_or(OTHER, look_of) }
}

/// The position of a family's line of descent among all of them; those of no line come last.
pub(crate) fn lane(family: &str) -> usize {
    let row = FAMILIES.iter().find(|(of, ..)| *of == family);
    row.map_or(Lineage::Shuffled as usize + 1, |(_, lineage, _)| *lineage as usize)
}

/// The first family of every lineage, for the page's name.
pub(crate) fn brand() -> Vec<Look> {
    let is_first = |(position, (_, lineage, _)): &(usize, &Row)| {
        FAMILIES[..*position].iter().all(|(_, other, _)| other != lineage)
    };
    FAMILIES.iter().enumerate().filter(is_first).map(|(_, row)| look_of(row)).collect()
}

#[cfg(test)]
mod tests {
    use engine::zoo;

    use super::*;

    #[test]
    fn every_family_of_the_zoo_has_a_row_of_its_own() {
        for (family, _) in zoo::FAMILIES {
            let rows = FAMILIES.iter().filter(|(of, ..)| *of == family.id).count();
            assert_eq!(rows, 1, "{}: a row of FAMILIES", family.title);
        }
        for (position, (id, _, mark)) in FAMILIES.iter().enumerate() {
            let twin = FAMILIES[..position].iter().find(|(_, _, other)| other == mark);
            assert_eq!(twin.map(|(twin, ..)| *twin), None, "looks like {id}");
            assert_ne!(*mark, OTHER.mark, "{id}");
        }
    }

    #[test]
    fn the_brand_shows_every_colour_once() {
        let brand = brand();
        let colours = FAMILIES.iter().map(|(_, lineage, _)| lineage.colour());
        assert!(
            colours.into_iter().all(|colour| brand.iter().filter(|look| look.colour == colour).count() == 1)
        );
    }

    #[test]
    fn each_network_of_a_family_is_lighter_than_the_one_before() {
        let style = |rank| look("mobilenet_v1", rank).style();
        assert_eq!(style(0), "--hue: light-dark(#0072b2, #3f9fdc); --lighter: 0%");
        assert_eq!(style(1), "--hue: light-dark(#0072b2, #3f9fdc); --lighter: 30%");
        assert_eq!(style(4), "--hue: light-dark(#0072b2, #3f9fdc); --lighter: 65%");
    }
}

//! Every network, one data file per family; the data files contain no functions.

pub mod mobilenet_v1;
pub mod mobilenet_v2;
pub mod mobilenet_v3;
pub mod mobilevit;
mod published;

use serde::{Deserialize, Serialize};

pub use published::{PUBLISHED, Published, Source};

use crate::spec::{ModelSpec, Variant};

/// Every network.
pub const ALL: &[&ModelSpec] = &[
    &mobilenet_v1::MOBILENET_V1,
    &mobilenet_v1::MOBILENET_V1_HEAD,
    &mobilenet_v1::MOBILENET_V1_FULL_CONV,
    &mobilenet_v1::MOBILENET_V1_SHALLOW,
    &mobilenet_v2::MOBILENET_V2,
    &mobilenet_v2::TORCHVISION_V2,
    &mobilenet_v3::LARGE,
    &mobilenet_v3::SMALL,
    &mobilenet_v3::LARGE_RW,
    &mobilenet_v3::TF_LARGE,
    &mobilenet_v3::TF_SMALL,
    &mobilenet_v3::TF_LARGE_MINIMAL,
    &mobilenet_v3::TF_SMALL_MINIMAL,
    &mobilenet_v3::TORCHVISION_LARGE,
    &mobilenet_v3::TORCHVISION_SMALL,
    &mobilevit::XXS,
    &mobilevit::XS,
    &mobilevit::S,
];

/// No such network.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("no network is called {id:?}; the nearest names are {}", nearest.join(", "))]
pub struct UnknownModel {
    /// What was asked for.
    pub id: String,
    /// Ids that begin alike.
    pub nearest: Vec<String>,
}

/// Every network at every width of its grid.
pub fn variants() -> impl Iterator<Item = Variant> {
    ALL.iter().flat_map(|spec| spec.widths.iter().map(|width| spec.at_width(*width)))
}

/// The network with this id at its default resolution: any three-digit width where the id has one, width 1
/// otherwise.
///
/// # Errors
/// [`UnknownModel`] with ids that begin alike.
pub fn find(id: &str) -> Result<Variant, UnknownModel> {
    ALL.iter().find_map(|spec| matches(spec, id)).ok_or_else(|| {
        let shared = |other: &str| other.bytes().zip(id.bytes()).take_while(|(a, b)| a == b).count();
        let mut ids: Vec<String> = variants().map(|variant| variant.id()).collect();
        ids.sort_by_key(|other| std::cmp::Reverse(shared(other)));
        ids.dedup();
        ids.truncate(3);
        UnknownModel { id: id.to_owned(), nearest: ids }
    })
}

fn matches(spec: &'static ModelSpec, id: &str) -> Option<Variant> {
    let Some((before, after)) = spec.id.split_once("{width}") else {
        return (spec.id == id).then(|| spec.at_width(1.0));
    };
    let digits = id.strip_prefix(before)?.strip_suffix(after)?;
    let percent: u32 = digits.parse().ok()?;
    (digits.len() == 3 && (5..=400).contains(&percent)).then(|| spec.at_width(f64::from(percent) / 100.0))
}

/// Top-1 on ImageNet-1k in percent that the authors of a network published for it at a square resolution, and where.
pub fn published_top1(id: &str, resolution: u32) -> Option<(f32, Source)> {
    PUBLISHED.iter().find_map(|published| {
        let (_, figures) = published.top1.iter().find(|(model, _)| *model == id)?;
        let (_, top1) = figures.iter().find(|(side, _)| *side == resolution)?;
        Some((*top1, published.source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_figures_are_of_networks_of_the_zoo_at_sides_of_their_grid() {
        let mut seen = Vec::new();
        for published in PUBLISHED {
            assert!(published.source.url.starts_with("https://"), "{}", published.source.title);
            for (model, figures) in published.top1 {
                let spec = find(model).unwrap().spec;
                assert!(!seen.contains(model), "{model} is there twice");
                seen.push(model);
                for (side, top1) in *figures {
                    assert!(spec.resolutions.contains(side), "{model} at {side}");
                    assert!((40.0..80.0).contains(top1), "{model} at {side}: {top1}");
                }
                // More pixels, more right answers: a slip of the pen would show.
                assert!(figures.is_sorted_by(|a, b| a.0 > b.0 && a.1 > b.1), "{model}: {figures:?}");
            }
        }
    }

    #[test]
    fn published_figures_are_found_by_network_and_side() {
        let top1 = |id, side| published_top1(id, side).map(|(top1, source)| (top1, source.title));
        assert_eq!(top1("mobilenetv2_035", 96), Some((45.5, "TF-slim, mobilenet/README.md")));
        assert_eq!(top1("mobilenetv2_130", 192), None);
        assert_eq!(top1("mobilenetv9", 224), None);
    }
}

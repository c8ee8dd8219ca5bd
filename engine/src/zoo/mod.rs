//! Every network, one data file per family; the data files contain no functions.

pub mod mobilenet_v1;
pub mod mobilenet_v2;
pub mod mobilenet_v3;
pub mod mobilevit;

use serde::{Deserialize, Serialize};

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

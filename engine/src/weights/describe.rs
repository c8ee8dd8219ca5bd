//! What a checkpoint file is: its network, and what its writer declared about it.
//!
//! Names and shapes tell the network and its width. Padding, ε, preprocessing and labels cannot be read off
//! tensors: they are the network's own unless the file's metadata state others. The metadata keys are those
//! that `cargo xtask weights add` writes: `architecture`, `width`, `padding`, `bn_eps`, `input_size`, `mean`,
//! `std`, `interpolation`, `crop_pct`, `labels`, `license`, `source`.

use std::collections::BTreeMap;

use super::manifest::LabelSet;
use super::names::{self, NamesError};
use super::{Dtype, FloatDtype, Header};
use crate::spec::{Interpolation, Padding, Preprocess, Resize, Variant};
use crate::zoo;

/// A checkpoint file's network and conventions.
#[derive(Clone, Debug)]
pub struct Description {
    /// The network, with the file's classes, conventions and input size.
    pub variant: Variant,
    /// Every network that the tensors fit equally well, the chosen one first.
    pub candidates: Vec<String>,
    /// How its input is prepared.
    pub preprocess: Preprocess,
    /// What its outputs mean, where that is known.
    pub labels: Option<LabelSet>,
    /// How most of its weights are stored.
    pub dtype: FloatDtype,
    /// Its licence, where declared.
    pub licence: Option<String>,
    /// Where it is from, where declared.
    pub origin: Option<String>,
}

/// Describes a file by its header; `model` settles the network instead of names and shapes.
///
/// # Errors
/// [`NamesError`] if the tensors fit no network, or not the one asked for.
pub fn describe(header: &Header, model: Option<&str>) -> Result<Description, NamesError> {
    let floats = || header.tensors.iter().filter(|tensor| matches!(tensor.dtype, Dtype::Float(_)));
    let shapes: BTreeMap<String, Vec<usize>> =
        floats().map(|tensor| (tensor.name.clone(), tensor.shape.clone())).collect();
    let mut candidates = match model {
        Some(id) => vec![names::with_classes_of(zoo::find(id)?, &shapes)],
        None => names::recognise(&shapes)?,
    };
    let metadata = Metadata(&header.metadata);
    if let Some(declared) = metadata.variant() {
        candidates.sort_by_key(|v| v.spec.id != declared.spec.id || v.width != declared.width);
    }
    let chosen = candidates[0];
    let mut variant = chosen;
    variant.conventions.padding = metadata.padding().unwrap_or(variant.conventions.padding);
    variant.conventions.bn_eps = metadata.number("bn_eps").unwrap_or(variant.conventions.bn_eps);
    variant.resolution = metadata.input_size().unwrap_or(variant.resolution);
    let f16 = floats().filter(|tensor| tensor.dtype == Dtype::Float(FloatDtype::F16)).count();
    Ok(Description {
        variant,
        candidates: candidates.iter().map(Variant::id).collect(),
        preprocess: metadata.preprocess(chosen.spec.preprocess),
        labels: metadata.labels(chosen.classes),
        dtype: if 2 * f16 > shapes.len() { FloatDtype::F16 } else { FloatDtype::F32 },
        licence: metadata.text("license"),
        origin: metadata.text("source"),
    })
}

struct Metadata<'a>(&'a BTreeMap<String, String>);

impl Metadata<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_empty()).cloned()
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.0.get(key)?.trim().parse().ok()
    }

    fn three<T: std::str::FromStr + Copy>(&self, key: &str) -> Option<[T; 3]> {
        let numbers: Vec<T> =
            self.0.get(key)?.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        <[T; 3]>::try_from(numbers).ok()
    }

    fn variant(&self) -> Option<Variant> {
        let declared = zoo::find(self.0.get("architecture")?).ok()?;
        Some(Variant { width: self.number("width").unwrap_or(declared.width), ..declared })
    }

    fn padding(&self) -> Option<Padding> {
        match self.0.get("padding")?.as_str() {
            "same" => Some(Padding::Same),
            "symmetric" => Some(Padding::Symmetric),
            _ => None,
        }
    }

    fn input_size(&self) -> Option<(u32, u32)> {
        let [_, height, width] = self.three::<u32>("input_size")?;
        let usable = |side| (32..=4096).contains(&side);
        (usable(height) && usable(width)).then_some((height, width))
    }

    fn preprocess(&self, default: Preprocess) -> Preprocess {
        let interpolation = match self.0.get("interpolation").map(String::as_str) {
            Some("bilinear") => Interpolation::Bilinear,
            Some("bicubic") => Interpolation::Bicubic,
            _ => default.interpolation,
        };
        let crop_pct = self.number("crop_pct").filter(|share| (0.1..=1.0).contains(share));
        let usable = |std: &[f32; 3]| std.iter().all(|std| std.is_finite() && *std > 0.0);
        Preprocess {
            resize: crop_pct.map_or(default.resize, Resize::CropPct),
            interpolation,
            mean: self
                .three("mean")
                .filter(|mean: &[f32; 3]| mean.iter().all(|m| m.is_finite()))
                .unwrap_or(default.mean),
            std: self.three("std").filter(usable).unwrap_or(default.std),
        }
    }

    fn labels(&self, classes: u32) -> Option<LabelSet> {
        let sets = [LabelSet::Imagenet1000, LabelSet::Imagenet1001, LabelSet::Cifar10];
        match self.0.get("labels") {
            Some(name) => sets.into_iter().find(|set| set.name() == name && set.classes() == classes),
            // Ten classes could be anything; a thousand are ImageNet's by every library's convention.
            None => sets.into_iter().filter(|set| set.classes() >= 1000).find(|set| set.classes() == classes),
        }
    }
}

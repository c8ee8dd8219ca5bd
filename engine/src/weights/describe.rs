//! What a checkpoint file is: its network, and what its writer declared about it.
//!
//! Names and shapes tell the network and its width. Padding, ε, preprocessing and labels cannot be read off
//! tensors: they are the network's own, or those of the library whose names the file has, unless its metadata state others. The metadata keys are those
//! that `cargo xtask weights add` writes: `architecture`, `width`, `padding`, `bn_eps`, `input_size`, `mean`,
//! `std`, `interpolation`, `crop_pct` or `resize_size` or `crop_mode` or `enlarge_from`, `labels`, `license`, `source`,
//! and for what was trained here `test_correct`, `test_images`, `training_epochs`, `training_seconds`, `training_threads`.
//! A value that cannot be used counts as absent.

use std::collections::BTreeMap;

use super::aliases::Renaming;
use super::manifest::{LabelSet, Training};
use super::names::{self, NamesError, Recognised};
use super::{Dtype, FloatDtype, Header, TensorInfo};
use crate::accuracy::Accuracy;
use crate::spec::{Interpolation, Padding, Preprocess, Resize, SIDES, Variant};
use crate::zoo::Zoo;

/// A checkpoint file's network and conventions.
#[derive(Clone, Debug)]
pub struct Description {
    /// The network, with the file's classes, conventions and input size.
    pub variant: Variant,
    /// Every network that the tensors fit equally well, the chosen one first. There is one where `model` or the
    /// metadata name it; of several, the conventions differ and somebody has to choose.
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
    /// How it was trained and tested, where declared.
    pub training: Option<Training>,
    /// How its tensors' names differ from those of the network's library, if they do.
    pub renaming: Option<Renaming>,
}

/// Describes a file by its header; `model` settles which of the zoo's networks it is for, else the metadata, else names and
/// shapes.
///
/// # Errors
/// [`NamesError`] if the tensors fit no network, or not the one asked for.
pub fn describe(header: &Header, zoo: &Zoo, model: Option<&str>) -> Result<Description, NamesError> {
    let shapes = header.float_shapes();
    let metadata = Metadata(&header.metadata);
    let Recognised { variants, renaming } = match model {
        Some(id) => names::recognise_as(&zoo.find(id)?, &shapes)?,
        // What a writer called its network by mistake, or in words of its own, is still recognised.
        None => match metadata.variant(zoo).map(|declared| names::recognise_as(&declared, &shapes)) {
            Some(Ok(declared)) => declared,
            _ => recognise(zoo, &shapes)?,
        },
    };
    let mut variant = variants[0].clone();
    // A library whose names these are has its own way with them.
    let scheme = renaming.as_ref().and_then(|renaming| renaming.scheme);
    variant.conventions = scheme.and_then(|scheme| scheme.conventions).unwrap_or(variant.conventions);
    let preprocess = scheme.and_then(|scheme| scheme.preprocess).unwrap_or(variant.model.style.preprocess);
    variant.conventions.padding = metadata.padding().unwrap_or(variant.conventions.padding);
    variant.conventions.bn_eps = metadata.bn_eps().unwrap_or(variant.conventions.bn_eps);
    let stated = metadata.input_size().map(|(height, width)| variant.clone().with_resolution(height, width));
    if let Some(stated) = stated.filter(|stated| stated.graph().is_ok()) {
        variant = stated;
    }
    Ok(Description {
        candidates: variants.iter().map(Variant::id).collect(),
        preprocess: metadata.preprocess(preprocess),
        labels: metadata.labels(variant.classes),
        dtype: dtype(header),
        licence: metadata.text("license"),
        origin: metadata.text("source"),
        training: metadata.training(),
        renaming,
        variant,
    })
}

/// The element type of most of the weights.
fn dtype(header: &Header) -> FloatDtype {
    let elements = |dtype: FloatDtype| -> usize {
        let of_it = header.tensors.iter().filter(|tensor| tensor.dtype == Dtype::Float(dtype));
        of_it.map(TensorInfo::elements).sum()
    };
    let dtypes = [FloatDtype::Bf16, FloatDtype::F16, FloatDtype::F32];
    dtypes.into_iter().max_by_key(|dtype| elements(*dtype)).unwrap_or(FloatDtype::F32)
}

/// The network by names and shapes: one of the built-in ones, or else of those that a visitor has added.
fn recognise(zoo: &Zoo, shapes: &BTreeMap<String, Vec<usize>>) -> Result<Recognised, NamesError> {
    names::recognise(shapes).or_else(|error| {
        let added = zoo.added().find_map(|variant| names::recognise_as(&variant, shapes).ok());
        added.ok_or(error)
    })
}

/// The metadata that describe a checkpoint, from which [`describe`] reads the same again.
pub fn metadata(
    variant: &Variant,
    preprocess: &Preprocess,
    training: Option<Training>,
) -> BTreeMap<String, String> {
    let three = |numbers: [f32; 3]| numbers.map(|number| number.to_string()).join(",");
    let (height, width) = variant.resolution;
    let resize = match preprocess.resize {
        Resize::CropPct(share) => ("crop_pct", share.to_string()),
        Resize::ShortSide(side) => ("resize_size", side.to_string()),
        Resize::Stretch => ("crop_mode", SQUASH.to_owned()),
        Resize::Enlarge(side) => ("enlarge_from", side.to_string()),
    };
    let training = training.map(|Training { test, epochs, seconds, threads }| {
        TRAINING_KEYS.into_iter().zip([test.correct, test.images, epochs, seconds, threads])
    });
    let training = training.into_iter().flatten().map(|(key, number)| (key, number.to_string()));
    [
        ("architecture", variant.id()),
        ("width", variant.width.to_string()),
        ("padding", variant.conventions.padding.name().to_owned()),
        ("bn_eps", variant.conventions.bn_eps.to_string()),
        ("input_size", format!("3,{height},{width}")),
        ("mean", three(preprocess.mean)),
        ("std", three(preprocess.std)),
        ("interpolation", preprocess.interpolation.name().to_owned()),
        resize,
    ]
    .into_iter()
    .chain(training)
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

const TRAINING_KEYS: [&str; 5] =
    ["test_correct", "test_images", "training_epochs", "training_seconds", "training_threads"];

/// timm's word for a scaling of both sides to the input's.
const SQUASH: &str = "squash";

struct Metadata<'a>(&'a BTreeMap<String, String>);

impl Metadata<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_empty()).cloned()
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.0.get(key)?.trim().parse().ok()
    }

    fn three<T: std::str::FromStr + Copy>(&self, key: &str) -> Option<[T; 3]> {
        let numbers: Result<Vec<T>, _> =
            self.0.get(key)?.split(',').map(|part| part.trim().parse()).collect();
        <[T; 3]>::try_from(numbers.ok()?).ok()
    }

    fn variant(&self, zoo: &Zoo) -> Option<Variant> {
        let declared = zoo.find(self.0.get("architecture")?).ok()?;
        let variant = Variant { width: self.number("width").unwrap_or(declared.width), ..declared };
        variant.graph().is_ok().then_some(variant)
    }

    fn padding(&self) -> Option<Padding> {
        let name = self.0.get("padding")?;
        [Padding::Same, Padding::Symmetric].into_iter().find(|padding| padding.name() == name)
    }

    fn bn_eps(&self) -> Option<f32> {
        self.number("bn_eps").filter(|eps| *eps > 0.0 && *eps < 1.0)
    }

    fn input_size(&self) -> Option<(u32, u32)> {
        let [_, height, width] = self.three::<u32>("input_size")?;
        (SIDES.contains(&height) && SIDES.contains(&width)).then_some((height, width))
    }

    fn preprocess(&self, default: Preprocess) -> Preprocess {
        let interpolation = self.0.get("interpolation").and_then(|name| {
            [Interpolation::Bilinear, Interpolation::Bicubic].into_iter().find(|filter| filter.name() == name)
        });
        let crop_pct = self.number("crop_pct").filter(|share| (0.1..=1.0).contains(share));
        let resize_size = self.number("resize_size").filter(|side| SIDES.contains(side));
        let enlarge_from = self.number("enlarge_from").filter(|side| SIDES.contains(side));
        let squash = self.0.get("crop_mode").is_some_and(|mode| mode == SQUASH);
        let usable = |std: &[f32; 3]| std.iter().all(|std| std.is_finite() && *std > 0.0);
        Preprocess {
            resize: match (enlarge_from, crop_pct, resize_size) {
                (Some(side), ..) => Resize::Enlarge(side),
                // With a smaller share, timm crops the stretched image, which nothing here does.
                (None, None | Some(1.0), None) if squash => Resize::Stretch,
                (None, None, None) => default.resize,
                (None, None, Some(side)) => Resize::ShortSide(side),
                (None, Some(share), _) => Resize::CropPct(share),
            },
            interpolation: interpolation.unwrap_or(default.interpolation),
            mean: self
                .three("mean")
                .filter(|mean: &[f32; 3]| mean.iter().all(|m| m.is_finite()))
                .unwrap_or(default.mean),
            std: self.three("std").filter(usable).unwrap_or(default.std),
        }
    }

    fn training(&self) -> Option<Training> {
        let mut numbers = [0; TRAINING_KEYS.len()];
        for (number, key) in numbers.iter_mut().zip(TRAINING_KEYS) {
            *number = self.number(key)?;
        }
        let [correct, images, epochs, seconds, threads] = numbers;
        let test = Accuracy { correct, images };
        (images > 0 && correct <= images).then_some(Training { test, epochs, seconds, threads })
    }

    fn labels(&self, classes: u32) -> Option<LabelSet> {
        let set = match self.0.get("labels") {
            Some(name) => LabelSet::of_name(name),
            // Ten classes could be anything; a thousand are ImageNet's by every library's convention.
            None => LabelSet::ALL.into_iter().find(|set| set.classes() >= 1000 && set.classes() == classes),
        };
        set.filter(|set| set.classes() == classes)
    }
}

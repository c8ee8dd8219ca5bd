//! What a checkpoint file is: its network, and what its writer declared about it.
//!
//! Names and shapes tell the network and its width. Padding, ε, preprocessing and labels cannot be read off
//! tensors: they are the network's own, or those of the library whose names the file has, unless its metadata state others. The metadata keys are those
//! that `cargo xtask weights add` writes: `architecture`, `width`, `padding`, `bn_eps`, `input_size`, `mean`,
//! `std`, `interpolation`, `crop_pct` or `resize_size` or `crop_mode` or `enlarge_from`, `labels`, `license`, `source`,
//! `label_names` (a line a class), and for what was trained here `test_correct`, `test_images`, `training_epochs`, `training_seconds`, `training_threads`.
//! A value that cannot be used counts as absent and is named; metadata of other weights are not believed at all.

use std::collections::BTreeMap;

use super::aliases::Renaming;
use super::manifest::{LabelSet, Training};
use super::names::{self, NamesError, Recognised};
use super::usage::{self, Origin, Origins, SQUASH, Said, Unusable, Usage};
use super::{Dtype, FloatDtype, Header, TensorInfo};
use crate::accuracy::Accuracy;
use crate::spec::{Padding, Preprocess, Resize, Variant};
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
    /// What its classes are called, where the file says so itself.
    pub names: Option<Vec<String>>,
    /// Who says how the input is prepared and what the outputs mean.
    pub origins: Origins,
    /// Metadata that cannot be read.
    pub unusable: Unusable,
    /// By what the metadata say that they are of other weights, if they do; then none of them are believed.
    pub of_others: Option<(&'static str, String)>,
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
    /// What stands before the names of each set of tensors that fits as well; see [`Recognised::wrappers`].
    pub wrappers: Vec<String>,
    /// What was done to the file of another program that these tensors are from, if they are.
    pub converted: Option<Converted>,
}

/// What `app/reader` says of a file whose layers it has found by their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The file's format.
    pub format: String,
    /// Where convolutions with a step have their zeros, as it is used: see [`Padding::name`].
    pub padding: &'static str,
    /// ε of batch normalisations, as it is used.
    pub eps: f32,
    /// How many biases there are where batch normalisations may have been folded into convolutions, if they have been.
    pub folded: Option<u32>,
    /// How many tensors were integers with scales, if any.
    pub dequantised: Option<u32>,
    /// Whether padding and ε are not in the file, but usual for it.
    pub is_inferred: bool,
}

/// Describes a file by its header; `model` settles which of the zoo's networks it is for, else the metadata, else names and
/// shapes.
///
/// # Errors
/// [`NamesError`] if the tensors fit no network, or not the one asked for.
pub fn describe(header: &Header, zoo: &Zoo, model: Option<&str>) -> Result<Description, NamesError> {
    let shapes = header.float_shapes();
    let mut metadata = Metadata(Said { said: &header.metadata, unusable: Vec::new() });
    let architecture = metadata.architecture(zoo);
    let declared = architecture.as_ref().map(|declared| names::recognise_as(declared, &shapes));
    // A writer may have called the network by mistake, or left the metadata of another one.
    let mut of_others = matches!(declared, Some(Err(_))).then_some("architecture");
    let recognised = match (model, declared) {
        (Some(id), _) => names::recognise_as(&zoo.find(id)?, &shapes),
        (None, Some(Ok(declared))) => Ok(declared),
        (None, _) => recognise(zoo, &shapes),
    };
    let is_quantised = |info: &&TensorInfo| info.dtype == Dtype::Integer(1) && info.shape.len() > 1;
    let Recognised { variants, renaming, wrappers } =
        recognised.map_err(|error| match header.tensors.iter().find(is_quantised) {
            Some(info) => NamesError::Quantised { tensor: info.name.clone() },
            None => error,
        })?;
    let variants = alike_in_order(variants, &header.metadata);
    let mut variant = variants[0].clone();
    // A library whose names these are has its own way with them.
    let scheme = renaming.as_ref().and_then(|renaming| renaming.scheme);
    variant.conventions = scheme.and_then(|scheme| scheme.conventions).unwrap_or(variant.conventions);
    let of_classes = |set: &LabelSet| {
        set.classes() == variant.classes
            && (set.classes() >= 1000 || (*set == LabelSet::Cityscapes20 && variant.labels_pixels()))
    };
    let mut usage = Usage {
        resolution: variant.resolution,
        preprocess: scheme
            .and_then(|scheme| scheme.preprocess)
            .or_else(|| of_keras(header, &variant))
            .unwrap_or(variant.model.style.preprocess),
        // Ten classes could be anything; a thousand are ImageNet's by every library's convention, and twenty of pixels
        // Cityscapes'.
        labels: LabelSet::ALL.into_iter().find(of_classes),
        origins: Origins::all(Origin::Assumed),
    };
    let mut description = Description {
        candidates: variants.iter().map(Variant::id).collect(),
        preprocess: usage.preprocess,
        labels: None,
        names: None,
        origins: usage.origins,
        unusable: Vec::new(),
        of_others: None,
        dtype: dtype(header),
        licence: None,
        origin: None,
        training: None,
        renaming,
        wrappers,
        converted: None,
        variant,
    };
    let said = usage::of_others(&header.metadata, description.variant.classes);
    of_others = of_others.or(said);
    if let Some(key) = of_others {
        description.of_others = Some((key, header.metadata[key].clone()));
        return Ok(description);
    }
    let variant = &mut description.variant;
    variant.conventions.padding = metadata.padding().unwrap_or(variant.conventions.padding);
    variant.conventions.bn_eps = metadata.bn_eps().unwrap_or(variant.conventions.bn_eps);
    let unusable = usage.declare(&header.metadata, Origin::File, variant);
    variant.resolution = usage.resolution;
    description.names = metadata.names(variant.classes);
    if description.names.is_some() {
        usage.origins.labels = Origin::File;
    }
    description.converted = metadata.text(CONVERTED_FROM).map(|format| Converted {
        format,
        padding: variant.conventions.padding.name(),
        eps: variant.conventions.bn_eps,
        folded: metadata.number("folded"),
        dequantised: metadata.number("dequantised"),
        is_inferred: metadata.text("inferred").is_some(),
    });
    description.licence = metadata.text("license");
    description.origin = metadata.text("source");
    description.training = metadata.training();
    description.unusable = [metadata.0.unusable, unusable].concat();
    Ok(Description {
        preprocess: usage.preprocess,
        labels: usage.labels,
        origins: usage.origins,
        ..description
    })
}

/// Of several networks that an exported file fits, the one whose padding it has: what else they differ in are conventions that the
/// file states, or names that it has lost.
fn alike_in_order(variants: Vec<Variant>, metadata: &BTreeMap<String, String>) -> Vec<Variant> {
    let Some(format) = metadata.get(CONVERTED_FROM) else { return variants };
    // What Keras exports is TensorFlow's.
    let padding = metadata.get("padding").map_or(if format == "Keras" { "same" } else { "" }, String::as_str);
    let is_alike = |variant: &&Variant| variant.conventions.padding.name() == padding;
    let chosen = variants.iter().find(is_alike).or(variants.first());
    chosen.cloned().into_iter().collect()
}

/// How Keras' MobileNets and what is converted from them want their input, which is assumed of files of theirs: from −1 to 1.
fn of_keras(header: &Header, variant: &Variant) -> Option<Preprocess> {
    let is_keras = matches!(header.metadata.get(CONVERTED_FROM)?.as_str(), "Keras" | "TensorFlow Lite");
    let own = variant.model.style.preprocess;
    is_keras.then_some(Preprocess { mean: [0.5; 3], std: [0.5; 3], ..own })
}

/// The key under which a file that was converted when it was opened states what it was.
pub const CONVERTED_FROM: &str = "converted_from";

/// The key under which a file says what its classes are called, a line each.
pub const LABEL_NAMES: &str = "label_names";

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

struct Metadata<'a>(Said<'a>);

impl Metadata<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.0.said.get(key).filter(|value| !value.is_empty()).cloned()
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.0.said.get(key)?.trim().parse().ok()
    }

    /// The network that the metadata name.
    fn architecture(&mut self, zoo: &Zoo) -> Option<Variant> {
        let declared = self.0.read("architecture", |name| usage::named(zoo, name))?;
        let width = self.0.read("width", |width| width.parse().ok()).unwrap_or(declared.width);
        let variant = Variant { width, ..declared };
        variant.graph().is_ok().then_some(variant)
    }

    fn padding(&mut self) -> Option<Padding> {
        let named = |name: &str| {
            [Padding::Same, Padding::Symmetric].into_iter().find(|padding| padding.name() == name)
        };
        self.0.read("padding", named)
    }

    fn bn_eps(&mut self) -> Option<f32> {
        self.0.read("bn_eps", |eps| eps.parse().ok().filter(|eps| *eps > 0.0 && *eps < 1.0))
    }

    fn names(&mut self, classes: u32) -> Option<Vec<String>> {
        let lines = |text: &str| {
            let names: Vec<String> = text.lines().map(str::to_owned).collect();
            (names.len() == classes as usize).then_some(names)
        };
        self.0.read(LABEL_NAMES, lines)
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
}

//! Matching a checkpoint's tensors to a network's parameters.
//!
//! A graph's parameters carry the names of the library that defines the network (timm or torchvision), so a
//! checkpoint fits a network exactly when names and shapes agree. Trailing dimensions of 1 do not count: a
//! 1×1 convolution of a vector and a linear layer are the same thing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Header, Tensor, TensorInfo};
use crate::graph::{Graph, ParamId, ParamKind};
use crate::spec::{CLASSES, Variant};
use crate::synthetic;
use crate::zoo::{self, Zoo};

/// Where a network gets its parameters when it is prepared: in parts, so that they need not be in memory together.
pub trait Parameters {
    /// How many numbers a parameter has.
    fn elements(&self, id: ParamId) -> usize;

    /// Those of a parameter's numbers, in row-major order, that `range` counts.
    ///
    /// # Panics
    /// May panic where `range` goes beyond [`Parameters::elements`].
    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]>;

    /// A parameter's numbers, row-major.
    fn parameter(&self, id: ParamId) -> Cow<'_, [f32]> {
        self.part(id, 0..self.elements(id))
    }
}

/// Reproducible random weights of a graph, for timing only. Their scale keeps values finite through every layer.
#[derive(Clone, Copy, Debug)]
pub struct Random<'a>(pub &'a Graph);

impl Parameters for Random<'_> {
    fn elements(&self, id: ParamId) -> usize {
        self.0.params[id.0].elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let param = &self.0.params[id.0];
        let gain = if param.kind == ParamKind::Weight { 2.0 } else { 1.0 };
        synthetic::part(&param.name, &param.shape, param.kind, gain, range).into()
    }
}

/// The values of a graph's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    values: Vec<Vec<f32>>,
}

/// A tensor of the wrong shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Misshaped {
    /// Its name.
    pub name: String,
    /// The network's shape.
    pub expected: Vec<usize>,
    /// The checkpoint's shape.
    pub found: Vec<usize>,
}

/// How a checkpoint's tensors differ from a network's parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Parameters without a tensor.
    pub missing: Vec<String>,
    /// Tensors without a parameter.
    pub extra: Vec<String>,
    /// Tensors of the wrong shape.
    pub misshaped: Vec<Misshaped>,
}

/// A checkpoint that does not fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamesError {
    /// The network asked for is not in the zoo.
    #[error(transparent)]
    UnknownModel(#[from] zoo::UnknownModel),
    /// It does not fit the network that it was meant for.
    #[error("these weights do not fit {model}: {mismatch}; choose the network that they were trained for")]
    Mismatch {
        /// The network's id.
        model: String,
        /// What differs.
        mismatch: Mismatch,
    },
    /// It fits no network of the zoo.
    #[error(
        "these weights fit none of the networks here; the nearest is {nearest}, but {mismatch}; expected are \
         tensor names of timm or torchvision"
    )]
    Unrecognised {
        /// The network that it is nearest to.
        nearest: String,
        /// What differs.
        mismatch: Mismatch,
    },
}

impl Mismatch {
    /// Whether every parameter has its tensor; extra tensors do no harm.
    pub fn fits(&self) -> bool {
        self.missing.is_empty() && self.misshaped.is_empty()
    }

    fn distance(&self) -> usize {
        self.missing.len() + self.misshaped.len() + self.extra.len()
    }
}

impl std::fmt::Display for Mismatch {
    /// Counts, each with up to three examples.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let some = |names: &[String]| {
            let more = if names.len() > 3 { ", …" } else { "" };
            format!("{}{more}", names[..names.len().min(3)].join(", "))
        };
        let shapes: Vec<String> = self
            .misshaped
            .iter()
            .map(|t| format!("{} is {:?} and should be {:?}", t.name, t.found, t.expected))
            .collect();
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("{} tensors are missing ({})", self.missing.len(), some(&self.missing)));
        }
        if !shapes.is_empty() {
            parts.push(format!("{} have another shape ({})", shapes.len(), some(&shapes)));
        }
        if !self.extra.is_empty() {
            parts.push(format!("{} are unknown to it ({})", self.extra.len(), some(&self.extra)));
        }
        f.write_str(&parts.join("; "))
    }
}

/// Compares a checkpoint's tensors, given by name and shape, with a graph's parameters.
pub fn compare(graph: &Graph, shapes: &BTreeMap<String, Vec<usize>>) -> Mismatch {
    let mut mismatch = Mismatch::default();
    let expected: BTreeMap<&str, &[usize]> =
        graph.params.iter().map(|param| (param.name.as_str(), param.shape.as_slice())).collect();
    for (name, shape) in &expected {
        match shapes.get(*name) {
            None => mismatch.missing.push((*name).to_owned()),
            Some(found) if without_ones(found) != without_ones(shape) => mismatch.misshaped.push(Misshaped {
                name: (*name).to_owned(),
                expected: shape.to_vec(),
                found: found.clone(),
            }),
            Some(_) => {}
        }
    }
    mismatch.extra = shapes.keys().filter(|name| !expected.contains_key(name.as_str())).cloned().collect();
    mismatch
}

/// The networks of the zoo that a checkpoint fits: of those whose tensors it all holds, the ones that leave the
/// fewest over, in the zoo's order. The number of classes is read off the classifier.
///
/// # Errors
/// [`NamesError::Unrecognised`] with the nearest network.
pub fn recognise(shapes: &BTreeMap<String, Vec<usize>>) -> Result<Vec<Variant>, NamesError> {
    let compared = compare_all(Zoo::builtin().variants(), shapes);
    match compared.first() {
        Some((nearest, mismatch)) if !mismatch.fits() => {
            Err(NamesError::Unrecognised { nearest: nearest.id(), mismatch: mismatch.clone() })
        }
        best => {
            let fewest_extra = best.map_or(0, |(_, mismatch)| mismatch.extra.len());
            Ok(compared
                .into_iter()
                .filter(|(_, mismatch)| mismatch.fits() && mismatch.extra.len() == fewest_extra)
                .map(|(variant, _)| variant)
                .collect())
        }
    }
}

/// The network that a checkpoint is said to be, with its number of classes. Where the id is that of several
/// widths, as torchvision's are, it is the width that fits.
///
/// # Errors
/// [`NamesError::Mismatch`] with the nearest width.
pub fn recognise_as(named: Variant, shapes: &BTreeMap<String, Vec<usize>>) -> Result<Variant, NamesError> {
    let id = named.id();
    let model = Arc::clone(&named.model);
    let widths = model.widths.iter().map(|width| Variant::new(&model, *width));
    let possible = std::iter::once(named).chain(widths.filter(|variant| variant.id() == id));
    match compare_all(possible, shapes).into_iter().next() {
        Some((variant, mismatch)) if mismatch.fits() => Ok(variant),
        nearest => Err(NamesError::Mismatch {
            model: id,
            mismatch: nearest.map(|(_, mismatch)| mismatch).unwrap_or_default(),
        }),
    }
}

/// The variants with the checkpoint's number of classes and what differs, those that fit first, then the
/// nearest.
fn compare_all(
    variants: impl Iterator<Item = Variant>,
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Vec<(Variant, Mismatch)> {
    let mut compared: Vec<(Variant, Mismatch)> = variants
        .map(|variant| with_classes_of(variant, shapes))
        .filter_map(|variant| variant.graph().ok().map(|graph| (variant, compare(&graph, shapes))))
        .collect();
    compared.sort_by_key(|(_, mismatch)| (!mismatch.fits(), mismatch.distance()));
    compared
}

/// The variant with as many classes as the checkpoint's classifier has rows.
fn with_classes_of(variant: Variant, shapes: &BTreeMap<String, Vec<usize>>) -> Variant {
    let Ok(graph) = variant.graph() else { return variant };
    let classifier = graph.classifier.map(|id| graph.param(id).name.as_str());
    let rows = classifier.and_then(|name| shapes.get(name)).and_then(|shape| shape.first()).copied();
    let classes = rows.and_then(|rows| u32::try_from(rows).ok()).filter(|rows| CLASSES.contains(rows));
    let known = variant.classes;
    variant.with_classes(classes.unwrap_or(known))
}

/// Finds a network's parameters in a checkpoint: its tensors in the order of [`ParamId`], and the names of those that
/// the network has no use for.
///
/// # Errors
/// [`NamesError::Mismatch`] if a parameter has no tensor or one of another shape.
pub fn locate(
    model: &str,
    graph: &Graph,
    header: &Header,
) -> Result<(Vec<TensorInfo>, Vec<String>), NamesError> {
    let extra = unused(model, graph, &header.float_shapes())?;
    let mut infos: BTreeMap<&str, &TensorInfo> =
        header.floats().map(|info| (info.name.as_str(), info)).collect();
    let found = graph.params.iter().filter_map(|param| infos.remove(param.name.as_str()).cloned());
    Ok((found.collect(), extra))
}

/// The names of the tensors that a network has no use for, if it has all that it needs.
fn unused(
    model: &str,
    graph: &Graph,
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<Vec<String>, NamesError> {
    let mismatch = compare(graph, shapes);
    if mismatch.fits() {
        Ok(mismatch.extra)
    } else {
        Err(NamesError::Mismatch { model: model.to_owned(), mismatch })
    }
}

fn without_ones(shape: &[usize]) -> &[usize] {
    let ones = shape.iter().rev().take_while(|n| **n == 1).count();
    &shape[..shape.len() - ones]
}

impl Weights {
    /// A parameter's numbers, row-major.
    pub fn get(&self, id: ParamId) -> &[f32] {
        &self.values[id.0]
    }

    /// Takes a checkpoint's tensors for a network; returns the names of those that it has no use for.
    ///
    /// # Errors
    /// [`NamesError::Mismatch`] if a parameter has no tensor or one of another shape.
    pub fn bind(
        model: &str,
        graph: &Graph,
        mut tensors: BTreeMap<String, Tensor>,
    ) -> Result<(Self, Vec<String>), NamesError> {
        let shapes = tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())).collect();
        let extra = unused(model, graph, &shapes)?;
        let values = graph
            .params
            .iter()
            .map(|param| tensors.remove(&param.name).map(|tensor| tensor.data).unwrap_or_default())
            .collect();
        Ok((Self { values }, extra))
    }

    /// All parameters of a graph, from wherever they are.
    pub fn gather(graph: &Graph, parameters: &dyn Parameters) -> Self {
        let ids = (0..graph.params.len()).map(ParamId);
        Self { values: ids.map(|id| parameters.parameter(id).into_owned()).collect() }
    }

    /// [`Random`], drawn at once.
    pub fn random(graph: &Graph) -> Self {
        Self::gather(graph, &Random(graph))
    }
}

impl Parameters for Weights {
    fn elements(&self, id: ParamId) -> usize {
        self.get(id).len()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        self.get(id)[range].into()
    }
}

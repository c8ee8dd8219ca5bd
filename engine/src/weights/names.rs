//! Matching a checkpoint's tensors to a network's parameters.
//!
//! A graph's parameters carry the names of the library that defines the network (timm or torchvision), so a
//! checkpoint fits a network exactly when names and shapes agree, its names being read as they are or by one of
//! [`aliases::SCHEMES`](super::aliases::SCHEMES). Trailing dimensions of 1 do not count: a 1×1 convolution of a vector and a
//! linear layer are the same thing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::aliases::{Renaming, View};
use super::{Dtype, FloatDtype, Header, Tensor, TensorInfo, in_order};
use crate::graph::{ChannelMap, Graph, ParamId, ParamKind, Table};
use crate::order;
use crate::spec::{CLASSES, Model, Variant};
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

    /// The order of channels that the weights state under this name, of the length and the channels that the graph has there; the
    /// graph's own holds if they state none.
    fn table(&self, _name: &str) -> Option<ChannelMap> {
        None
    }
}

/// Orders of channels by the names of their tensors.
pub type Tables = BTreeMap<String, ChannelMap>;

/// Reproducible random weights of a graph, for timing only. Their scale keeps values finite through every layer.
#[derive(Clone, Copy, Debug)]
pub struct Random<'a>(pub &'a Graph);

impl Parameters for Random<'_> {
    fn elements(&self, id: ParamId) -> usize {
        self.0.params[id.0].elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let param = &self.0.params[id.0];
        // What becomes filters is drawn for their sums, of which gates leave about a half.
        let computed = self.0.computed_fan_in(id).map(|products| 4.0 / products as f64);
        let gain = computed.unwrap_or(if param.kind == ParamKind::Weight { 2.0 } else { 1.0 });
        synthetic::part(&param.name, &param.shape, param.kind, gain, range).into()
    }
}

/// The values of a graph's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    values: Vec<Vec<f32>>,
    tables: Tables,
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
    /// It is another network of the zoo.
    #[error("these weights do not fit {model}: they are those of {found}; choose that")]
    OtherNetwork {
        /// The id of the network that was meant.
        model: String,
        /// The id of the one that they fit.
        found: String,
    },
    /// It has more than the network computes, in the network's own modules.
    #[error(
        "these weights are of more than {model}: its own modules hold {count} tensors that it does not compute with, such as \
         {tensor} (a second layer of the classifier, say); save the network without them, or describe it as one of your own"
    )]
    MoreLayers {
        /// The network's id.
        model: String,
        /// The first of those tensors.
        tensor: String,
        /// How many there are.
        count: usize,
    },
    /// It reads something else than photos.
    #[error(
        "these weights are of {model} for images of {found} channels ({tensor}), photos have {expected}; use weights that were \
         trained on RGB"
    )]
    Channels {
        /// The network's id.
        model: String,
        /// The first layer's weights.
        tensor: String,
        /// Their channels.
        found: usize,
        /// The network's.
        expected: usize,
    },
    /// Its weights are integers.
    #[error(
        "these weights were quantised by another tool ({tensor} holds integers of 8 bits) and cannot be used; take the \
         checkpoint in float16 or float32 that they were made from"
    )]
    Quantised {
        /// The first such tensor.
        tensor: String,
    },
    /// It states no order of channels where its network has one.
    #[error(
        "these weights of {model} lack {tensor}, the integers that say which channels the layer behind them reads; save the \
         network's buffers with its parameters, under the names that they have in its state_dict"
    )]
    NoTable {
        /// The network's id.
        model: String,
        /// The tensor.
        tensor: String,
    },
    /// What ought to be an order of channels cannot be one.
    #[error(
        "{tensor} is {found} and should be {expected} integers of 4 or 8 bytes; save the network again as it was trained"
    )]
    TableShape {
        /// The tensor.
        tensor: String,
        /// What it is.
        found: String,
        /// How many channels there are to choose.
        expected: usize,
    },
    /// An order of channels names one that does not exist.
    #[error(
        "{tensor} names channel {value} at position {position}, of {channels} (they count from 0); the file is damaged or of \
         another network"
    )]
    TableChannel {
        /// The tensor.
        tensor: String,
        /// Where in it.
        position: usize,
        /// What it says there.
        value: i64,
        /// How many channels there are.
        channels: usize,
    },
    /// Its tensors have no names that count, and its layers are those of no network of the zoo.
    #[error(
        "the layers of this file ({count} with weights) are in the order of none of the networks here; the nearest is {nearest}, whose \
         first {same} are the same, but then comes {found} where {nearest} has {expected}; take a checkpoint with the tensors' names, \
         or describe the network as one of your own"
    )]
    OtherLayers {
        /// The network that begins alike for longest.
        nearest: String,
        /// How many layers are the same.
        same: usize,
        /// How many the file has.
        count: usize,
        /// The first other one.
        found: String,
        /// What the network has in its place.
        expected: String,
    },
    /// It fits no network of the zoo.
    #[error(
        "these weights fit none of the networks here; the nearest is {nearest}, but {mismatch}; expected are \
         tensor names of timm, torchvision, transformers or pytorchcv"
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

    /// The one tensor that differs, where it is that of a first layer for images of other channels.
    fn channels(&self) -> Option<(&str, usize, usize)> {
        let [Misshaped { name, expected, found }] = self.misshaped.as_slice() else { return None };
        let ([out, channels, kernel @ ..], [found_out, found_channels, found_kernel @ ..]) =
            (expected.as_slice(), found.as_slice())
        else {
            return None;
        };
        let is_stem = self.missing.is_empty() && *channels == 3 && kernel.len() == 2;
        (is_stem && (out, kernel) == (found_out, found_kernel)).then_some((name, *found_channels, *channels))
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
    let expected = order::places(graph.params.iter().map(|param| &*param.name));
    for (name, place) in &expected {
        let shape = &graph.params[*place].shape;
        match shapes.get(*name) {
            None => mismatch.missing.push((*name).to_owned()),
            Some(found) if without_ones(found) != without_ones(shape) => mismatch.misshaped.push(Misshaped {
                name: (*name).to_owned(),
                expected: shape.clone(),
                found: found.clone(),
            }),
            Some(_) => {}
        }
    }
    mismatch.extra = shapes.keys().filter(|name| !expected.contains_key(name.as_str())).cloned().collect();
    mismatch
}

/// What a checkpoint is.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// The networks that it fits, with its number of classes, in the zoo's order.
    pub variants: Vec<Variant>,
    /// How its names differ from theirs, if they do.
    pub renaming: Option<Renaming>,
    /// What stands before the names of each set of tensors that fits as well, the one that is used first; none if it is the only
    /// one.
    pub wrappers: Vec<String>,
}

impl Recognised {
    fn new(variants: Vec<Variant>, view: &View, views: &[View]) -> Self {
        let alike =
            views.iter().filter(|other| other.scheme() == view.scheme() && other.shapes == view.shapes);
        let mut wrappers: Vec<String> = alike.map(|view| view.wrapper.clone()).collect();
        if let [_] = wrappers.as_slice() {
            wrappers.clear();
        }
        Self { variants, renaming: view.renaming.clone(), wrappers }
    }
}

/// Fails where a file that fits has more tensors in the modules of the network itself: it computes something else.
fn whole(variant: &Variant, view: &View) -> Result<(), NamesError> {
    let Ok(graph) = variant.graph() else { return Ok(()) };
    let module = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let own: Vec<String> = graph.params.iter().map(|param| module(&param.name)).collect();
    let extra = compare(&graph, &view.shapes).extra;
    // PyTorch's counters of batches may have become floats.
    let is_more = |name: &&String| own.contains(&module(name)) && !name.ends_with(".num_batches_tracked");
    let more: Vec<&String> = extra.iter().filter(is_more).collect();
    match more.first() {
        None => Ok(()),
        Some(first) => Err(NamesError::MoreLayers {
            model: variant.id(),
            tensor: view.name_in_file(first).to_owned(),
            count: more.len(),
        }),
    }
}

/// The networks of the zoo that a checkpoint fits: of those whose tensors it all holds, the ones that leave the
/// fewest over. The number of classes is read off the classifier.
///
/// # Errors
/// [`NamesError::Unrecognised`] with the nearest network.
pub fn recognise(shapes: &BTreeMap<String, Vec<usize>>) -> Result<Recognised, NamesError> {
    if let Some(views) = in_order::views(shapes) {
        return recognise_in_order(&views, shapes);
    }
    let views = View::all(shapes);
    let near: Vec<Near<'_>> = views.iter().flat_map(near).collect();
    let near = order::sorted(near, |near| (near.missing + near.extra) as u128);
    let complete: Vec<&Near<'_>> = near.iter().filter(|near| near.missing == 0).collect();
    for alike in complete.chunk_by(|a, b| a.extra == b.extra && std::ptr::eq(a.view, b.view)) {
        let fitting = alike.iter().flat_map(|near| near.compared()).filter(|(_, mismatch)| mismatch.fits());
        let variants: Vec<Variant> = fitting.map(|(variant, _)| variant).collect();
        if let Some(first) = variants.first() {
            whole(first, alike[0].view)?;
            return Ok(Recognised::new(variants, alike[0].view, &views));
        }
    }
    let least = near.first().map_or(0, |near| near.missing + near.extra);
    let nearest = near.iter().take_while(|near| near.missing + near.extra == least);
    let nearest = nearest.flat_map(Near::compared).min_by_key(|(_, mismatch)| mismatch.distance());
    let (nearest, mismatch) =
        nearest.map_or_else(Default::default, |(variant, mismatch)| (variant.id(), mismatch));
    Err(channels(&nearest, &mismatch).unwrap_or(NamesError::Unrecognised { nearest, mismatch }))
}

/// The same for a file whose layers are known by their order.
fn recognise_in_order(
    views: &[(Vec<Variant>, View)],
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<Recognised, NamesError> {
    let all = views.iter().flat_map(|(variants, view)| {
        variants.iter().filter_map(move |variant| Some((view, compared(variant.clone(), view)?)))
    });
    let (fitting, others): (Vec<_>, Vec<_>) = all.partition(|(_, (_, mismatch))| mismatch.fits());
    if let Some((view, _)) = fitting.first() {
        let variants = fitting.iter().map(|(_, (variant, _))| variant.clone()).collect();
        return Ok(Recognised::new(variants, view, &[]));
    }
    let nearest =
        others.into_iter().map(|(_, compared)| compared).min_by_key(|(_, mismatch)| mismatch.distance());
    let Some((variant, mismatch)) = nearest else {
        let none = || NamesError::Unrecognised { nearest: String::new(), mismatch: Mismatch::default() };
        return Err(in_order::refusal(shapes).unwrap_or_else(none));
    };
    let nearest = variant.id();
    Err(channels(&nearest, &mismatch).unwrap_or(NamesError::Unrecognised { nearest, mismatch }))
}

/// The refusal of weights that differ in the input's channels alone.
fn channels(model: &str, mismatch: &Mismatch) -> Option<NamesError> {
    let (tensor, found, expected) = mismatch.channels()?;
    Some(NamesError::Channels { model: model.to_owned(), tensor: tensor.to_owned(), found, expected })
}

/// A model, and how the names of its parameters differ from a checkpoint's.
struct Near<'a> {
    view: &'a View,
    model: &'static Arc<Model>,
    missing: usize,
    extra: usize,
}

/// Every model that a checkpoint may be, by names alone: nothing is built for it.
fn near(view: &View) -> impl Iterator<Item = Near<'_>> {
    let theirs =
        order::sorted(view.shapes.keys().map(|name| synthetic::seed(name)).collect::<Vec<_>>(), |hash| {
            u128::from(*hash)
        });
    let candidates = parameter_names().iter().filter(|(model, _)| view.is_for(model));
    candidates.map(move |(model, names)| {
        let common = names.iter().filter(|name| theirs.binary_search(name).is_ok()).count();
        let extra = view.shapes.len() - common + view.nameless.len();
        Near { view, model, missing: names.len() - common, extra }
    })
}

/// The zoo's models with the hashes of their parameters' names, which are the same at every width: the names themselves would take
/// megabytes. What two names of one hash would let through is refused when shapes are compared.
fn parameter_names() -> &'static [(&'static Arc<Model>, Vec<u64>)] {
    static NAMES: OnceLock<Vec<(&Arc<Model>, Vec<u64>)>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let names = |model: &Arc<Model>| {
            let graph = Variant::new(model, model.default_width()).graph();
            graph.map_or_else(
                |_| Vec::new(),
                |graph| graph.params.iter().map(|param| synthetic::seed(&param.name)).collect(),
            )
        };
        Zoo::builtin().models().iter().map(|model| (model, names(model))).collect()
    })
}

impl Near<'_> {
    /// The model at every width of its grid, with the checkpoint's number of classes, and what differs.
    fn compared(&self) -> impl Iterator<Item = (Variant, Mismatch)> {
        let widths = self.model.widths.iter().map(|width| Variant::new(self.model, *width));
        widths.filter_map(|variant| compared(variant, self.view))
    }
}

/// The network that a checkpoint is said to be, with its number of classes. Where the id is that of several
/// widths, as torchvision's are, it is the width that fits.
///
/// # Errors
/// [`NamesError::Mismatch`] with the nearest width.
pub fn recognise_as(
    named: &Variant,
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<Recognised, NamesError> {
    let (id, model) = (named.id(), &named.model);
    let in_order = named.graph().ok().and_then(|graph| in_order::view(&graph, shapes));
    let views = in_order.map_or_else(|| View::all(shapes), |view| vec![view]);
    let readings = views.iter().filter(|view| view.is_for(model)).flat_map(|view| {
        let widths = model.widths.iter().map(|width| Variant::new(model, *width));
        let possible = std::iter::once(named.clone()).chain(widths.filter(|variant| variant.id() == id));
        possible.filter_map(move |variant| Some((view, compared(variant, view)?)))
    });
    let nearest = readings.min_by_key(|(_, (_, mismatch))| (!mismatch.fits(), mismatch.distance()));
    match nearest {
        Some((view, (variant, mismatch))) if mismatch.fits() => {
            whole(&variant, view)?;
            Ok(Recognised::new(vec![variant], view, &views))
        }
        nearest => {
            let mismatch = nearest.map(|(_, (_, mismatch))| mismatch).unwrap_or_default();
            if let Some(error) = channels(&id, &mismatch) {
                return Err(error);
            }
            let other = recognise(shapes).ok().and_then(|other| other.variants.into_iter().next());
            Err(match other {
                Some(other) => NamesError::OtherNetwork { model: id, found: other.id() },
                None => NamesError::Mismatch { model: id, mismatch },
            })
        }
    }
}

/// A variant with the checkpoint's number of classes and what differs, if it can be built.
fn compared(variant: Variant, view: &View) -> Option<(Variant, Mismatch)> {
    let graph = variant.graph().ok()?;
    // As many classes as the checkpoint's classifier has rows.
    let classifier = graph.classifier.map(|id| graph.param(id).name.as_str());
    let rows = classifier.and_then(|name| view.shapes.get(name)).and_then(|shape| shape.first()).copied();
    let classes = rows.and_then(|rows| u32::try_from(rows).ok()).filter(|rows| CLASSES.contains(rows));
    match classes {
        Some(classes) if classes != variant.classes => {
            let variant = variant.with_classes(classes);
            let mismatch = mismatch(&variant.graph().ok()?, view);
            Some((variant, mismatch))
        }
        _ => Some((variant, mismatch(&graph, view))),
    }
}

/// How a checkpoint differs from a graph, in the file's own names where it has them.
fn mismatch(graph: &Graph, view: &View) -> Mismatch {
    let mut mismatch = compare(graph, &view.shapes);
    let extra = mismatch.extra.iter().flat_map(|name| view.names_in_file(name)).map(str::to_owned);
    mismatch.extra = extra.chain(view.nameless.iter().cloned()).collect();
    for tensor in &mut mismatch.misshaped {
        tensor.name = view.name_in_file(&tensor.name).to_owned();
    }
    mismatch
}

/// The reading of a checkpoint's names by which it fits a graph, and the names of the tensors that this has no use for.
fn fitting(
    model: &str,
    graph: &Graph,
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<(View, Vec<String>), NamesError> {
    let views = in_order::view(graph, shapes).map_or_else(|| View::all(shapes), |view| vec![view]);
    let readings = views.into_iter().map(|view| (mismatch(graph, &view), view));
    match readings.min_by_key(|(mismatch, _)| (!mismatch.fits(), mismatch.distance())) {
        Some((mismatch, view)) if mismatch.fits() => Ok((view, mismatch.extra)),
        nearest => {
            let mismatch = nearest.map(|(mismatch, _)| mismatch).unwrap_or_default();
            Err(NamesError::Mismatch { model: model.to_owned(), mismatch })
        }
    }
}

/// Where a parameter's numbers are in a file: in one piece, unless the file comes from a library that keeps them otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pieces: Vec<Piece>,
}

/// Numbers side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// How they are stored.
    pub dtype: FloatDtype,
    /// Their bytes, counted from where the tensors' begin.
    pub bytes: Range<u64>,
}

impl Piece {
    fn elements(&self) -> usize {
        (self.bytes.end - self.bytes.start) as usize / self.dtype.bytes()
    }
}

impl Located {
    /// How many numbers there are.
    pub fn elements(&self) -> usize {
        self.pieces.iter().map(Piece::elements).sum()
    }

    /// Those of them that `range` counts, in order.
    pub fn part(&self, range: Range<usize>) -> impl Iterator<Item = Piece> + '_ {
        let mut before = 0;
        self.pieces.iter().filter_map(move |piece| {
            let elements = piece.elements();
            let [begin, end] = [range.start, range.end].map(|at| at.saturating_sub(before).min(elements));
            before += elements;
            let byte = |element: usize| piece.bytes.start + (element * piece.dtype.bytes()) as u64;
            (begin < end).then(|| Piece { dtype: piece.dtype, bytes: byte(begin)..byte(end) })
        })
    }
}

/// Finds a network's parameters in a checkpoint, in the order of [`ParamId`], and the names of the tensors that the network
/// has no use for.
///
/// # Errors
/// [`NamesError::Mismatch`] if a parameter has no tensor or one of another shape.
pub fn locate(
    model: &str,
    graph: &Graph,
    header: &Header,
) -> Result<(Vec<Located>, Vec<String>), NamesError> {
    let (view, extra) = fitting(model, graph, &header.float_shapes())?;
    let infos: Vec<&TensorInfo> = header.floats().collect();
    let places = order::places(infos.iter().map(|info| &*info.name));
    let piece = |(name, run): (&str, Range<usize>)| {
        let info = infos[*places.get(name)?];
        let Dtype::Float(dtype) = info.dtype else { return None };
        let [begin, end] = [run.start, run.end].map(|at| info.begin + (at * dtype.bytes()) as u64);
        Some(Piece { dtype, bytes: begin..end })
    };
    let located = |name: &str| Located { pieces: view.runs(name).into_iter().filter_map(piece).collect() };
    Ok((graph.params.iter().map(|param| located(&param.name)).collect(), extra))
}

/// Reads the orders of channels that a checkpoint states for a network's tables; `read` gives bytes, counted from where the tensors'
/// begin.
///
/// # Errors
/// [`NamesError::NoTable`], [`NamesError::TableShape`], [`NamesError::TableChannel`], or as [`locate`].
pub fn tables(
    model: &str,
    graph: &Graph,
    header: &Header,
    mut read: impl FnMut(Range<u64>) -> Vec<u8>,
) -> Result<Tables, NamesError> {
    if graph.tables.is_empty() {
        return Ok(Tables::new());
    }
    let (view, _) = fitting(model, graph, &header.float_shapes())?;
    let names: Vec<String> = header.tensors.iter().map(|info| view.our_name(&info.name)).collect();
    let places = order::places(names.iter().map(String::as_str));
    let one = |table: &Table| {
        let Some(place) = places.get(table.name.as_str()) else {
            let tensor = format!("{}{}", view.wrapper, table.name);
            return Err(NamesError::NoTable { model: model.to_owned(), tensor });
        };
        let info = &header.tensors[*place];
        let tensor = info.name.clone();
        let (own, channels) = graph.table(table);
        let bytes = match info.dtype {
            Dtype::Integer(bytes @ (4 | 8)) if info.shape == [own.len()] => bytes,
            Dtype::Integer(_) | Dtype::Float(_) => {
                let kind = if matches!(info.dtype, Dtype::Float(_)) { "floats" } else { "integers" };
                let found = format!("{:?} {kind} of {} bytes", info.shape, info.dtype.bytes());
                return Err(NamesError::TableShape { tensor, found, expected: own.len() });
            }
        };
        let stored = read(info.begin..info.end);
        let mut map = Vec::with_capacity(own.len());
        for (position, number) in stored.chunks_exact(bytes).enumerate() {
            // Little-endian; the sign is that of the last byte.
            let sign = if number[bytes - 1] >= 0x80 { -1 } else { 0 };
            let value = number.iter().rev().fold(sign, |value: i64, byte| value << 8 | i64::from(*byte));
            match usize::try_from(value).ok().filter(|channel| *channel < channels) {
                Some(channel) => map.push(channel),
                None => return Err(NamesError::TableChannel { tensor, position, value, channels }),
            }
        }
        Ok((table.name.clone(), ChannelMap::index(map)))
    };
    graph.tables.iter().map(one).collect()
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
        let shapes = order::map(tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone())));
        let (view, extra) = fitting(model, graph, &shapes)?;
        let mut values = |name: &str| match view.runs(name).as_slice() {
            // As a rule a tensor is a parameter, and need not be copied.
            [(tensor, _)] => tensors.remove(*tensor).map(|tensor| tensor.data).unwrap_or_default(),
            runs => {
                let run = |(name, run): &(&str, Range<usize>)| Some(&tensors.get(*name)?.data[run.clone()]);
                runs.iter().filter_map(run).flatten().copied().collect()
            }
        };
        let values = graph.params.iter().map(|param| values(&param.name)).collect();
        Ok((Self { values, tables: Tables::new() }, extra))
    }

    /// All parameters of a graph, from wherever they are.
    pub fn gather(graph: &Graph, parameters: &dyn Parameters) -> Self {
        let ids = (0..graph.params.len()).map(ParamId);
        let tables = graph.tables.iter().map(|table| &table.name);
        Self {
            values: ids.map(|id| parameters.parameter(id).into_owned()).collect(),
            tables: tables.filter_map(|name| Some((name.clone(), parameters.table(name)?))).collect(),
        }
    }

    /// The same with the orders of channels that its checkpoint states (see [`tables`]).
    #[must_use]
    pub fn with_tables(self, tables: Tables) -> Self {
        Self { tables, ..self }
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

    fn table(&self, name: &str) -> Option<ChannelMap> {
        self.tables.get(name).cloned()
    }
}

//! Checkpoints whose tensors have lost their names: those of exported networks, which keep their layers' order.
//!
//! `app/reader` gives such a file's tensors names of the form `INDEX/KIND/STRIDE/ACTIVATION/JOINS/PART/ORIGINAL`: which layer with
//! numbers it is, what it is (`product`: a convolution or linear layer, with the batch normalisation behind it; `norm`; `layernorm`;
//! `prelu`), how it steps, what ends it, what joined values since the layer before (`add`, `scale`, `mean`, `max`, `cat`), and what
//! the tensor is of it. `?` stands where the file does not say. A network fits if its layers are the same in the same order, and
//! the tensors have its shapes.
//!
//! A product without a normalisation of its own, into which one may have been folded, comes with the parts of one that changes
//! nothing: `one`, `zero`, `none` (zeros too) and `unit`, 1 − ε.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::aliases::View;
use super::names::NamesError;
use crate::graph::{Activation, Graph, NodeId, Op, ParamId, op};
use crate::order;
use crate::spec::{Model, Variant};
use crate::synthetic;
use crate::zoo::Zoo;

/// What stands for a fact that a file does not tell.
const UNKNOWN: &str = "?";
/// What stands for nothing.
const NOTHING: &str = "-";

/// A layer that has parameters.
#[derive(Clone, Debug, PartialEq)]
struct Layer<P> {
    kind: &'static str,
    /// Stride, activation, joins.
    facts: [String; 3],
    parts: Parts<P>,
}

/// A layer's tensors: all that it may have.
#[derive(Clone, Debug, PartialEq)]
struct Parts<P> {
    weight: Option<P>,
    bias: Option<P>,
    /// Scale and shift, and of a batch normalisation mean and variance.
    norm: Option<Vec<P>>,
    /// Stand for a normalisation that changes nothing: ones, zeros, zeros, 1 − ε.
    identity: Option<[P; 4]>,
}

/// What of a layer decides whether it is the same, in few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outline {
    kind: u32,
    facts: [u32; 3],
    has_bias: bool,
    has_norm: bool,
}

impl<P> Parts<P> {
    const NONE: Self = Self { weight: None, bias: None, norm: None, identity: None };
}

impl<P> Layer<P> {
    fn outline(&self) -> Outline {
        let hash = |text: &str| if text == UNKNOWN { 0 } else { synthetic::seed(text) as u32 | 1 };
        Outline {
            kind: hash(self.kind),
            facts: self.facts.each_ref().map(|fact| hash(fact)),
            has_bias: self.parts.bias.is_some(),
            has_norm: self.parts.norm.is_some(),
        }
    }
}

impl Outline {
    /// Whether a file's layer can be this one of a network.
    fn fits(self, file: Self) -> bool {
        let same = |(own, theirs): (&u32, &u32)| own == theirs || *own == 0 || *theirs == 0;
        let has_all = match (self.has_norm, file.has_norm) {
            // A normalisation may have been folded into the bias, but not out of nothing.
            (true, true) | (false, false) => self.has_bias == file.has_bias,
            (true, false) => true,
            (false, true) => false,
        };
        self.kind == file.kind && has_all && self.facts.iter().zip(&file.facts).all(same)
    }
}

/// A tensor of a file: its name and shape.
type Named<'a> = (&'a str, &'a [usize]);

/// The layers of a file whose tensors have names of the form above; `None` if they have not.
fn layers_of(shapes: &BTreeMap<String, Vec<usize>>) -> Option<Vec<Layer<Named<'_>>>> {
    let mut layers: BTreeMap<usize, (Layer<Named<'_>>, BTreeMap<&str, Named<'_>>)> = BTreeMap::new();
    for (name, shape) in shapes {
        let fields: Vec<&str> = name.splitn(7, '/').collect();
        let &[index, kind, stride, activation, joins, part, _] = fields.as_slice() else { return None };
        let index = index.parse().ok()?;
        let kind = KINDS.into_iter().find(|known| *known == kind)?;
        let facts = [stride, activation, joins].map(str::to_owned);
        let (_, parts) = layers
            .entry(index)
            .or_insert_with(|| (Layer { kind, facts, parts: Parts::NONE }, BTreeMap::new()));
        parts.insert(part, (name.as_str(), shape.as_slice()));
    }
    let whole = |(mut layer, parts): (Layer<_>, BTreeMap<&str, _>)| {
        let get = |part: &str| parts.get(part).copied();
        let all = |names: &[&str]| names.iter().map(|name| get(name)).collect::<Option<Vec<_>>>();
        layer.parts = Parts {
            weight: get("weight"),
            bias: get("bias"),
            norm: all(&["scale", "shift", "mean", "var"]).or_else(|| all(&["scale", "shift"])),
            identity: all(&["one", "zero", "none", "unit"]).and_then(|parts| parts.try_into().ok()),
        };
        layer
    };
    Some(layers.into_values().map(whole).collect()).filter(|layers: &Vec<_>| !layers.is_empty())
}

const KINDS: [&str; 4] = ["product", "norm", "layernorm", "prelu"];

/// Which value another is, but for what is done to each of its numbers.
#[derive(Clone, Copy)]
struct Value {
    of: Base,
    activation: Option<Activation>,
}

/// What computes a value.
#[derive(Clone, Copy, PartialEq)]
enum Base {
    Layer(usize),
    /// A place in the joins so far, and the layer that they stand before.
    Join(usize, usize),
    /// Nothing that is compared.
    Other,
}

/// A network's layers in order; `None` if it has an operation that files do not tell.
fn layers_in(graph: &Graph) -> Option<Vec<Layer<ParamId>>> {
    let readers = graph.readers();
    let mut walk = Walk::default();
    let mut values: Vec<Value> = Vec::with_capacity(graph.nodes.len());
    for (id, node) in graph.iter() {
        let read = |place: usize| values[node.inputs[place].0];
        let value = match &node.op {
            Op::Input(_) => Value { of: Base::Other, activation: Some(Activation::Identity) },
            Op::Conv(conv) => {
                node.inputs.iter().for_each(|input| walk.read(values[input.0]));
                let op::Weight::Parameter(weight) = conv.weight else { return None };
                let [down, across] = conv.filters.stride;
                let stride = if down == across { down.to_string() } else { format!("{down}x{across}") };
                walk.layer("product", stride, Parts { weight: Some(weight), bias: conv.bias, ..Parts::NONE })
            }
            Op::Linear(linear) => {
                walk.read(read(0));
                let parts = Parts { weight: Some(linear.weight), bias: linear.bias, ..Parts::NONE };
                walk.layer("product", "1".to_owned(), parts)
            }
            Op::BatchNorm(norm) => {
                let read = read(0);
                let params = norm.norm.params().to_vec();
                let is_alone = readers[node.inputs[0].0].len() == 1;
                match read {
                    Value { of: Base::Layer(layer), activation: Some(Activation::Identity) }
                        if is_alone
                            && walk.layers[layer].kind == "product"
                            && walk.layers[layer].parts.norm.is_none() =>
                    {
                        walk.layers[layer].parts.norm = Some(params);
                        read
                    }
                    read => {
                        walk.read(read);
                        walk.layer("norm", "1".to_owned(), Parts { norm: Some(params), ..Parts::NONE })
                    }
                }
            }
            Op::LayerNorm(norm) => {
                walk.read(read(0));
                let params = vec![norm.weight, norm.bias];
                walk.layer("layernorm", "1".to_owned(), Parts { norm: Some(params), ..Parts::NONE })
            }
            Op::Prelu(prelu) => {
                walk.read(read(0));
                walk.layer("prelu", "1".to_owned(), Parts { weight: Some(prelu.slope), ..Parts::NONE })
            }
            Op::Activate(op::Activate(activation)) => match read(0) {
                Value { of, activation: Some(Activation::Identity) } => {
                    Value { of, activation: Some(*activation) }
                }
                Value { of, .. } => Value { of, activation: None },
            },
            Op::Add(_) | Op::Scale(_) | Op::Concat(_) | Op::Pool(_) | Op::GlobalAveragePool(_) => {
                node.inputs.iter().for_each(|input| walk.read(values[input.0]));
                walk.join(match &node.op {
                    Op::Add(_) => "add",
                    Op::Scale(_) => "scale",
                    Op::Concat(_) => "cat",
                    Op::Pool(pool) if pool.kind == op::PoolKind::Max => "max",
                    _ => "mean",
                })
            }
            Op::Attention(_) | Op::Unfold(_) | Op::Fold(_) | Op::Resize(_) | Op::SeparableAttention(_) => {
                node.inputs.iter().for_each(|input| walk.read(values[input.0]));
                walk.unknown();
                Value { of: Base::Other, activation: Some(Activation::Identity) }
            }
            Op::Channels(_) => {
                walk.read(read(0));
                walk.unknown();
                Value { of: Base::Other, activation: Some(Activation::Identity) }
            }
            Op::ShiftMax(_) | Op::ConvTranspose(_) => return None,
        };
        values.push(value);
        if id == NodeId(graph.nodes.len() - 1) {
            walk.read(value);
        }
    }
    Some(walk.finished())
}

/// Layers as they are found.
#[derive(Default)]
struct Walk {
    layers: Vec<Layer<ParamId>>,
    /// What ends each layer, as its readers see it.
    ends: Vec<Option<&'static str>>,
    /// What joined values before each layer and behind the last, and what ends that.
    joins: Vec<Vec<(&'static str, Option<&'static str>)>>,
    /// Before which layers something happens that files tell otherwise.
    untold: Vec<usize>,
}

impl Walk {
    fn layer(&mut self, kind: &'static str, stride: String, parts: Parts<ParamId>) -> Value {
        let facts = [stride, UNKNOWN.to_owned(), UNKNOWN.to_owned()];
        self.layers.push(Layer { kind, facts, parts });
        self.ends.push(None);
        self.here();
        Value { of: Base::Layer(self.layers.len() - 1), activation: Some(Activation::Identity) }
    }

    /// The joins before the next layer.
    fn here(&mut self) -> &mut Vec<(&'static str, Option<&'static str>)> {
        self.joins.resize_with(self.layers.len() + 1, Vec::new);
        let last = self.layers.len();
        &mut self.joins[last]
    }

    fn join(&mut self, kind: &'static str) -> Value {
        let before = self.layers.len();
        let joins = self.here();
        joins.push((kind, None));
        let place = joins.len() - 1;
        Value { of: Base::Join(before, place), activation: Some(Activation::Identity) }
    }

    fn unknown(&mut self) {
        self.untold.push(self.layers.len());
    }

    /// Notes what ends the value that is read.
    fn read(&mut self, value: Value) {
        let name = value.activation.map_or("mixed", name_of);
        let end = match value.of {
            Base::Layer(layer) => &mut self.ends[layer],
            Base::Join(before, place) => &mut self.joins[before][place].1,
            Base::Other => return,
        };
        *end = Some(if end.is_none_or(|other| other == name) { name } else { "mixed" });
    }

    fn finished(mut self) -> Vec<Layer<ParamId>> {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            self.ends[i].unwrap_or(NOTHING).clone_into(&mut layer.facts[1]);
            if !self.untold.contains(&i) {
                layer.facts[2] = joined(&self.joins[i]);
            }
        }
        self.layers
    }
}

/// Such as `add+mean:relu`.
fn joined(joins: &[(&str, Option<&str>)]) -> String {
    if joins.is_empty() {
        return NOTHING.to_owned();
    }
    let one = |(kind, end): &(&str, Option<&str>)| match end {
        None | Some(NOTHING) => (*kind).to_owned(),
        Some(end) => format!("{kind}:{end}"),
    };
    joins.iter().map(one).collect::<Vec<_>>().join("+")
}

/// An activation's name in a tensor's.
fn name_of(activation: Activation) -> &'static str {
    match activation {
        Activation::Identity => NOTHING,
        Activation::Relu => "relu",
        Activation::Relu6 => "relu6",
        Activation::HardSwish => "hard_swish",
        Activation::HardSigmoid => "hard_sigmoid",
        Activation::Sigmoid => "sigmoid",
        Activation::Silu => "silu",
        Activation::Gelu => "gelu",
    }
}

/// Outlines of a network's layers; none if it has operations that files do not tell.
type Outlines = Vec<Outline>;

/// A model at those of its widths at which its layers are the same: whether a block has a shortcut depends on rounded widths.
struct Outlined {
    model: &'static Arc<Model>,
    widths: Vec<f64>,
    layers: Outlines,
}

/// Those of the zoo's models.
fn outlines() -> &'static [Outlined] {
    static OUTLINES: OnceLock<Vec<Outlined>> = OnceLock::new();
    OUTLINES.get_or_init(|| {
        let mut all: Vec<Outlined> = Vec::new();
        for model in Zoo::builtin().models() {
            let begin = all.len();
            for width in model.widths.iter().copied() {
                let graph = Variant::new(model, width).graph().ok();
                let layers = graph.as_ref().and_then(layers_in).unwrap_or_default();
                let layers: Outlines = layers.iter().map(Layer::outline).collect();
                match all[begin..].iter_mut().find(|other| other.layers == layers) {
                    Some(same) => same.widths.push(width),
                    None => all.push(Outlined { model, widths: vec![width], layers }),
                }
            }
        }
        all
    })
}

/// How many layers two networks share from the first on.
fn common(own: &[Outline], file: &[Outline]) -> usize {
    own.iter().zip(file).take_while(|(own, file)| own.fits(**file)).count()
}

/// The readings of a file's tensors by their order: one for each of the zoo's models whose layers are the same, with the model at the
/// widths at which they are; the ones first that share most names with what the file's tensors were called. `None` if the file's names
/// do not tell an order.
pub(super) fn views(shapes: &BTreeMap<String, Vec<usize>>) -> Option<Vec<(Vec<Variant>, View)>> {
    let file = layers_of(shapes)?;
    let theirs: Outlines = file.iter().map(Layer::outline).collect();
    let fits = |own: &Outlines| own.len() == theirs.len() && common(own, &theirs) == own.len();
    let mut views = Vec::new();
    for Outlined { model, widths, .. } in outlines().iter().filter(|outlined| fits(&outlined.layers)) {
        let variants: Vec<Variant> = widths.iter().map(|width| Variant::new(model, *width)).collect();
        let graph = variants.first().and_then(|variant| variant.graph().ok());
        views.extend(graph.and_then(|graph| Some((variants, view(&graph, shapes)?))));
    }
    let views = order::sorted(views, |(_, view)| u128::MAX - alike(view) as u128);
    Some(views)
}

/// How many of a file's tensors were called as the network's are.
fn alike(view: &View) -> usize {
    let original = |name: &str| name.splitn(7, '/').nth(6).map(str::to_owned);
    view.shapes
        .keys()
        .filter(|ours| original(view.name_in_file(ours)).as_deref() == Some(ours.as_str()))
        .count()
}

/// The reading of a file's tensors by their order as those of a network; `None` if their names tell no order or its layers are others.
pub(super) fn view(graph: &Graph, shapes: &BTreeMap<String, Vec<usize>>) -> Option<View> {
    let file = layers_of(shapes)?;
    let own = layers_in(graph)?;
    let fits = own.len() == file.len()
        && own.iter().zip(&file).all(|(own, file)| own.outline().fits(file.outline()));
    if !fits {
        return None;
    }
    let name = |id: ParamId| graph.param(id).name.as_str();
    let mut pairs = Vec::new();
    for (own, file) in own.iter().zip(&file) {
        pairs.extend(own.parts.weight.zip(file.parts.weight));
        match (&own.parts.norm, &file.parts.norm, file.parts.identity) {
            (Some(own_norm), Some(norm), _) if own_norm.len() == norm.len() => {
                pairs.extend(own.parts.bias.zip(file.parts.bias));
                pairs.extend(own_norm.iter().copied().zip(norm.iter().copied()));
            }
            (Some(own_norm), None, Some([one, zero, none, unit])) => {
                let &[scale, shift, mean, var] = own_norm.as_slice() else { return None };
                match (own.parts.bias, file.parts.bias) {
                    (Some(own_bias), Some(bias)) => pairs.extend([(own_bias, bias), (shift, zero)]),
                    // There are no more zeros to stand for it.
                    (Some(_), None) => return None,
                    (None, bias) => pairs.push((shift, bias.unwrap_or(zero))),
                }
                pairs.extend([(scale, one), (mean, none), (var, unit)]);
            }
            (None, None, _) => pairs.extend(own.parts.bias.zip(file.parts.bias)),
            _ => return None,
        }
    }
    let is_stand_in = |name: &str| {
        name.split('/').nth(5).is_some_and(|part| matches!(part, "one" | "zero" | "none" | "unit"))
    };
    let pairs =
        pairs.into_iter().map(|(own, (file, shape))| (name(own).to_owned(), file.to_owned(), shape.to_vec()));
    Some(View::of_pairs(pairs.collect(), shapes.keys().filter(|name| !is_stand_in(name))))
}

/// Why a file that tells the order of its layers fits none of the zoo's networks; `None` if it does not tell any.
pub(super) fn refusal(shapes: &BTreeMap<String, Vec<usize>>) -> Option<NamesError> {
    let file = layers_of(shapes)?;
    let theirs: Outlines = file.iter().map(Layer::outline).collect();
    let nearest = outlines().iter().max_by_key(|outlined| {
        let common = common(&outlined.layers, &theirs);
        (common, std::cmp::Reverse(outlined.layers.len().abs_diff(theirs.len())))
    })?;
    let variant = Variant::new(nearest.model, *nearest.widths.first()?);
    let at = common(&nearest.layers, &theirs);
    let graph = variant.graph().ok()?;
    let own = layers_in(&graph).unwrap_or_default();
    let missing = || "no layer".to_owned();
    let found = file.get(at).map_or_else(missing, described);
    let expected = own.get(at).map_or_else(missing, described);
    Some(NamesError::OtherLayers { nearest: variant.id(), same: at, count: file.len(), found, expected })
}

/// Such as “a convolution or linear layer (stride 2, relu6)”.
fn described<P>(layer: &Layer<P>) -> String {
    let kind = match layer.kind {
        "product" => "a convolution or linear layer",
        "norm" => "a batch normalisation",
        "layernorm" => "a layer normalisation",
        _ => "a PReLU",
    };
    let norm = match (layer.kind, &layer.parts.norm, &layer.parts.bias) {
        ("product", Some(_), _) => ", normalised",
        ("product", None, Some(_)) => ", with a bias",
        _ => "",
    };
    let [stride, activation, joins] = &layer.facts;
    let known = |word: &str, fact: &str| {
        if fact == UNKNOWN || fact == NOTHING { String::new() } else { format!(", {word}{fact}") }
    };
    let facts = [known("stride ", stride), known("", activation), known("behind ", joins)].concat();
    format!("{kind}{norm}{facts}")
}

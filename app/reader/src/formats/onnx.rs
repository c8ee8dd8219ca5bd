//! ONNX (onnx/onnx.proto): a graph's operators in order, and the tensors that they read.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::Range;

use super::layers::{Constant, Done, Network, Piece, Product, Value, Walk, Zeros};
use super::protobuf::{Field, Fields, varint};
use super::source::Source;
use super::tensor::{Data, From, Number, Scaled, Tensor};
use crate::error::ReaderError;

/// Most operators, and most tensors.
const MAX_COUNT: usize = 100_000;
/// Most dimensions.
const MAX_RANK: usize = 8;
/// Most inputs, outputs and attributes of an operator.
const MAX_PARTS: usize = 1024;
/// Most numbers of a constant that is looked into.
const MAX_SMALL: u64 = 1 << 16;

/// An operator.
#[derive(Debug, Default)]
struct Node {
    inputs: Vec<String>,
    outputs: Vec<String>,
    operator: String,
    domain: String,
    attributes: Vec<(String, Attribute)>,
}

#[derive(Debug)]
enum Attribute {
    Float(f32),
    Int(i64),
    Text(String),
    Ints(Vec<i64>),
    Tensor(Tensor),
    Other,
}

/// A graph.
#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
    /// Names of the inputs and their dimensions, those that are known.
    inputs: Vec<(String, Vec<Option<u64>>)>,
}

/// A tensor that is known, as the graph reads it.
#[derive(Clone)]
struct Fixed {
    tensor: usize,
    order: Option<Vec<usize>>,
}

/// Reads a network and its tensors.
///
/// # Errors
/// [`ReaderError`].
pub(crate) fn read<S: Read + Seek>(
    source: &mut Source<'_, S>,
) -> Result<(Network, Vec<Tensor>), ReaderError> {
    let mut fields = Fields::new(0..source.len(), "the model");
    let (mut graph, mut has_version) = (None, false);
    while let Some((number, field)) = fields.next(source)? {
        match (number, field) {
            (1, Field::Number(_)) => has_version = true,
            (7, Field::Range(range)) if graph.is_none() => graph = Some(read_graph(source, range)?),
            _ => {}
        }
    }
    let graph = graph.ok_or_else(|| {
        let what = if has_version {
            "it has no graph"
        } else {
            "it has neither a version nor a graph, so it is no ONNX model"
        };
        source.damaged(what)
    })?;
    Reading::new(graph).run(source)
}

fn read_graph<S: Read + Seek>(source: &mut Source<'_, S>, range: Range<u64>) -> Result<Graph, ReaderError> {
    let mut graph = Graph::default();
    let mut fields = Fields::new(range, "the graph");
    while let Some((number, field)) = fields.next(source)? {
        match (number, field) {
            (1, Field::Range(range)) => graph.nodes.push(read_node(source, range)?),
            (5, Field::Range(range)) => {
                let place = graph.tensors.len();
                let tensor = read_tensor(source, range, &format!("initialiser {place}"))?;
                graph.tensors.push(tensor);
            }
            (11, Field::Range(range)) => graph.inputs.push(read_input(source, range)?),
            (15, Field::Range(_)) => {
                return Err(source.form("it has a sparse initialiser; export it with dense ones"));
            }
            _ => {}
        }
        if graph.nodes.len().max(graph.tensors.len()).max(graph.inputs.len()) > MAX_COUNT {
            return Err(ReaderError::TooLarge {
                what: "operators or tensors".to_owned(),
                limit: MAX_COUNT as u64,
            });
        }
    }
    Ok(graph)
}

fn read_node<S: Read + Seek>(source: &mut Source<'_, S>, range: Range<u64>) -> Result<Node, ReaderError> {
    let mut node = Node::default();
    let mut fields = Fields::new(range, "an operator");
    while let Some((number, field)) = fields.next(source)? {
        let Field::Range(range) = field else { continue };
        match number {
            1 => node.inputs.push(source.text(range, "an operator's input")?),
            2 => node.outputs.push(source.text(range, "an operator's output")?),
            4 => node.operator = source.text(range, "an operator's name")?,
            5 => node.attributes.push(read_attribute(source, range)?),
            7 => node.domain = source.text(range, "an operator's domain")?,
            _ => {}
        }
        if node.inputs.len().max(node.outputs.len()).max(node.attributes.len()) > MAX_PARTS {
            return Err(ReaderError::TooLarge {
                what: "inputs of an operator".to_owned(),
                limit: MAX_PARTS as u64,
            });
        }
    }
    Ok(node)
}

fn read_attribute<S: Read + Seek>(
    source: &mut Source<'_, S>,
    range: Range<u64>,
) -> Result<(String, Attribute), ReaderError> {
    let (mut name, mut value, mut ints) = (String::new(), Attribute::Other, Vec::new());
    let mut fields = Fields::new(range, "an attribute");
    while let Some((number, field)) = fields.next(source)? {
        match (number, field) {
            (1, Field::Range(range)) => name = source.text(range, "an attribute's name")?,
            (2, Field::Four(bytes)) => value = Attribute::Float(f32::from_le_bytes(bytes)),
            (3, Field::Number(number)) => value = Attribute::Int(number.cast_signed()),
            (4, Field::Range(range)) if range.end - range.start <= 64 => {
                value = Attribute::Text(source.text(range, "an attribute's text")?);
            }
            (5, Field::Range(range)) => {
                value = Attribute::Tensor(read_tensor(source, range, "a constant")?);
            }
            (8, Field::Number(number)) => ints.push(number),
            (8, Field::Range(range)) => packed(source, range, MAX_PARTS, &mut ints)?,
            _ => {}
        }
        if ints.len() > MAX_PARTS {
            return Err(ReaderError::TooLarge {
                what: "numbers of an attribute".to_owned(),
                limit: MAX_PARTS as u64,
            });
        }
    }
    if !ints.is_empty() {
        value = Attribute::Ints(ints.into_iter().map(u64::cast_signed).collect());
    }
    Ok((name, value))
}

/// Packed numbers.
fn packed<S: Read + Seek>(
    source: &mut Source<'_, S>,
    range: Range<u64>,
    most: usize,
    numbers: &mut Vec<u64>,
) -> Result<(), ReaderError> {
    let mut at = range.start;
    while at < range.end {
        numbers.push(varint(source, &mut at, range.end, "a list of numbers")?);
        if numbers.len() > most {
            return Err(ReaderError::TooLarge { what: "numbers of a list".to_owned(), limit: most as u64 });
        }
    }
    Ok(())
}

/// An input's name and dimensions.
fn read_input<S: Read + Seek>(
    source: &mut Source<'_, S>,
    range: Range<u64>,
) -> Result<(String, Vec<Option<u64>>), ReaderError> {
    let (mut name, mut extents) = (String::new(), Vec::new());
    let mut fields = Fields::new(range, "an input");
    while let Some((number, field)) = fields.next(source)? {
        let Field::Range(range) = field else { continue };
        match number {
            1 => name = source.text(range, "an input's name")?,
            // Its type, of that the tensor's, of that the shape.
            2 => {
                let mut path = vec![(range, [1, 2, 1].as_slice())];
                while let Some((range, path_left)) = path.pop() {
                    let Some((wanted, rest)) = path_left.split_first() else {
                        extents.push(read_extent(source, range)?);
                        continue;
                    };
                    let mut fields = Fields::new(range, "an input's type");
                    let mut found = Vec::new();
                    while let Some((number, field)) = fields.next(source)? {
                        if let (true, Field::Range(range)) = (number == *wanted, field) {
                            found.push((range, rest));
                        }
                        if found.len() > MAX_RANK {
                            return Err(
                                source.damaged(format!("input {name:?} has more than {MAX_RANK} dimensions"))
                            );
                        }
                    }
                    path.extend(found.into_iter().rev());
                }
            }
            _ => {}
        }
    }
    Ok((name, extents))
}

fn read_extent<S: Read + Seek>(
    source: &mut Source<'_, S>,
    range: Range<u64>,
) -> Result<Option<u64>, ReaderError> {
    let mut fields = Fields::new(range, "a dimension");
    let mut extent = None;
    while let Some((number, field)) = fields.next(source)? {
        if let (1, Field::Number(number)) = (number, field) {
            extent = Some(number);
        }
    }
    Ok(extent)
}

fn read_tensor<S: Read + Seek>(
    source: &mut Source<'_, S>,
    range: Range<u64>,
    unnamed: &str,
) -> Result<Tensor, ReaderError> {
    let mut fields = Fields::new(range, "a tensor");
    let (mut name, mut shape, mut kind) = (unnamed.to_owned(), Vec::new(), 0);
    let mut raw = None;
    // Floats, integers of up to 4 bytes, of 8, doubles: in packed form where they lie, otherwise one by one.
    let mut typed: Option<(u64, Range<u64>)> = None;
    let mut singles: Vec<u8> = Vec::new();
    let mut is_external = false;
    while let Some((number, field)) = fields.next(source)? {
        match (number, field) {
            (1, Field::Number(extent)) => shape.push(extent),
            (1, Field::Range(range)) => packed(source, range, MAX_RANK, &mut shape)?,
            (2, Field::Number(number)) => kind = number,
            (4 | 5 | 7 | 10, Field::Range(range)) if typed.is_none() => typed = Some((number, range)),
            (4, Field::Four(bytes)) => singles.extend(bytes),
            (10, Field::Eight(bytes)) => singles.extend(bytes),
            (5, Field::Number(number)) => push_integer(&mut singles, number, kind_of(kind)),
            (7, Field::Number(number)) => singles.extend(number.to_le_bytes()),
            (8, Field::Range(range)) => name = source.text(range, "a tensor's name")?,
            (9, Field::Range(range)) => raw = Some(range),
            (13, Field::Range(_)) | (14, Field::Number(1)) => is_external = true,
            _ => {}
        }
        if shape.len() > MAX_RANK {
            return Err(source.damaged(format!("tensor {name:?} has more than {MAX_RANK} dimensions")));
        }
        if singles.len() as u64 > source.len() * 2 {
            return Err(source.damaged(format!("tensor {name:?} has more numbers than the file")));
        }
    }
    if is_external {
        return Err(source.form(format!(
            "the numbers of tensor {name:?} are in another file beside it (external data); save it as one file, in Python: \
             onnx.save(onnx.load(\"FILE.onnx\"), \"one.onnx\")"
        )));
    }
    // Texts and the like: of no use, and only an error where they are read.
    let Some(kept) = kind_of(kind) else {
        return Ok(Tensor {
            name,
            shape: vec![0],
            number: Number::I64,
            data: Data::Own(Vec::new()),
            scaled: None,
        });
    };
    let data = match (raw, typed) {
        (Some(raw), _) => {
            let tensor = Tensor { name, shape, number: kept, data: Data::At(raw.start), scaled: None };
            let needed = tensor.shape.iter().try_fold(kept.bytes(), |all, extent| all.checked_mul(*extent));
            if needed != Some(raw.end - raw.start) {
                let needed = needed.map_or("too many".to_owned(), |needed| needed.to_string());
                return Err(source.damaged(format!(
                    "tensor {:?} of shape {:?} needs {needed} bytes and has {}",
                    tensor.name,
                    tensor.shape,
                    raw.end - raw.start
                )));
            }
            return Ok(tensor);
        }
        (None, Some((4 | 10, range))) if singles.is_empty() => {
            let needed = shape.iter().try_fold(kept.bytes(), |all: u64, extent| all.checked_mul(*extent));
            if needed != Some(range.end - range.start) {
                return Err(source.damaged(format!(
                    "tensor {name:?} of shape {shape:?} has {} bytes of numbers",
                    range.end - range.start
                )));
            }
            Data::At(range.start)
        }
        (None, Some((_, range))) => {
            let mut at = range.start;
            while at < range.end {
                let number = varint(source, &mut at, range.end, "a tensor's numbers")?;
                push_integer(&mut singles, number, Some(kept));
            }
            Data::Own(singles)
        }
        (None, None) => Data::Own(singles),
    };
    let tensor = Tensor { name, shape, number: kept, data, scaled: None };
    tensor.check(source)?;
    Ok(tensor)
}

/// Appends an integer as a number of this kind is stored; halves are stored as their bits.
fn push_integer(bytes: &mut Vec<u8>, number: u64, kind: Option<Number>) {
    let width = kind.map_or(8, Number::bytes) as usize;
    bytes.extend(&number.to_le_bytes()[..width.min(8)]);
}

/// What TensorProto.DataType's numbers mean.
fn kind_of(kind: u64) -> Option<Number> {
    match kind {
        1 => Some(Number::F32),
        2 | 9 => Some(Number::U8),
        3 => Some(Number::I8),
        5 => Some(Number::I16),
        6 => Some(Number::I32),
        7 => Some(Number::I64),
        10 => Some(Number::F16),
        11 => Some(Number::F64),
        16 => Some(Number::Bf16),
        _ => None,
    }
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, attribute)| attribute)
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        match self.attribute(name) {
            Some(Attribute::Int(number)) => *number,
            _ => default,
        }
    }

    fn float(&self, name: &str, default: f32) -> f32 {
        match self.attribute(name) {
            Some(Attribute::Float(number)) => *number,
            _ => default,
        }
    }

    fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attribute(name) {
            Some(Attribute::Ints(numbers)) => Some(numbers),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.attribute(name) {
            Some(Attribute::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// A graph as it is read.
struct Reading {
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
    fixed: HashMap<String, Fixed>,
    values: HashMap<String, Value>,
    /// How often each value is read.
    readers: HashMap<String, usize>,
    walk: Walk,
    inputs: Vec<(String, Vec<Option<u64>>)>,
    dequantised: usize,
}

impl Reading {
    fn new(graph: Graph) -> Self {
        let Graph { nodes, tensors, inputs } = graph;
        let fixed: HashMap<String, Fixed> = tensors
            .iter()
            .enumerate()
            .map(|(i, tensor)| (tensor.name.clone(), Fixed { tensor: i, order: None }))
            .collect();
        let mut readers = HashMap::new();
        for input in nodes.iter().flat_map(|node| &node.inputs) {
            *readers.entry(input.clone()).or_default() += 1;
        }
        Self {
            nodes,
            tensors,
            fixed,
            values: HashMap::new(),
            readers,
            walk: Walk::default(),
            inputs,
            dequantised: 0,
        }
    }

    fn run<S: Read + Seek>(
        mut self,
        source: &mut Source<'_, S>,
    ) -> Result<(Network, Vec<Tensor>), ReaderError> {
        let images: Vec<_> = self.inputs.iter().filter(|(name, _)| !self.fixed.contains_key(name)).collect();
        let side = |extent: &Option<u64>| extent.filter(|side| (1..=8192).contains(side));
        let size = images.first().and_then(|(_, extents)| match extents.as_slice() {
            [_, Some(3), height, width] => Some((side(height)?, side(width)?)),
            _ => None,
        });
        let names: Vec<String> = images.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            let input = self.walk.input();
            self.values.insert(name, input);
        }
        for node in std::mem::take(&mut self.nodes) {
            self.node(source, &node)?;
            self.walk.check()?;
        }
        if !self.walk.has_layers() {
            return Err(
                source.damaged("its graph has no convolution or linear layer with weights of its own")
            );
        }
        let mut metadata = Vec::new();
        metadata.extend(size.map(|(height, width)| ("input_size".to_owned(), format!("3,{height},{width}"))));
        if self.dequantised > 0 {
            metadata.push(("dequantised".to_owned(), self.dequantised.to_string()));
        }
        let network = self.walk.finish("ONNX", metadata).map_err(|reason| source.form(reason))?;
        Ok((network, self.tensors))
    }

    /// The values that a node reads, those that are computed.
    fn computed(&mut self, node: &Node) -> Vec<Value> {
        let mut values = Vec::new();
        for name in node.inputs.iter().filter(|name| !name.is_empty() && !self.fixed.contains_key(*name)) {
            let value = match self.values.get(name) {
                Some(value) => *value,
                // That of a loop, say.
                None => self.walk.plain(),
            };
            values.push(value);
        }
        values
    }

    /// The tensor of an input, if it is known.
    fn known(&self, node: &Node, input: usize) -> Option<&Fixed> {
        node.inputs.get(input).and_then(|name| self.fixed.get(name))
    }

    /// The numbers of a small tensor that an input is.
    fn small<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        node: &Node,
        input: usize,
    ) -> Result<Option<Vec<f64>>, ReaderError> {
        match self.known(node, input).map(|fixed| &self.tensors[fixed.tensor]) {
            Some(tensor) if tensor.elements() <= MAX_SMALL => Ok(Some(tensor.numbers(source)?)),
            _ => Ok(None),
        }
    }

    /// A tensor as a part of a layer; `order`: of its dimensions, behind that which it has already.
    fn piece<S: Read + Seek>(
        &mut self,
        source: &Source<'_, S>,
        node: &Node,
        input: usize,
        order: Option<&[usize]>,
    ) -> Result<Option<Piece>, ReaderError> {
        let Some(Fixed { tensor, order: own }) = self.known(node, input).cloned() else { return Ok(None) };
        let Tensor { name, shape, number, scaled, .. } = &self.tensors[tensor];
        if !number.is_float() && scaled.is_none() {
            return Err(source.form(format!(
                "{} reads tensor {name:?}, which holds integers without a scale; take the model before quantisation",
                node.operator
            )));
        }
        let rank = shape.len();
        let is_order = |order: &[usize]| order.len() == rank && (0..rank).all(|axis| order.contains(&axis));
        let order = match (own, order) {
            (own, None) => own,
            (None, Some(order)) => Some(order.to_vec()),
            (Some(own), Some(order)) => {
                Some(order.iter().map(|axis| own.get(*axis).copied().unwrap_or(usize::MAX)).collect())
            }
        };
        if order.as_deref().is_some_and(|order| !is_order(order)) {
            return Err(
                source.damaged(format!("the dimensions of tensor {name:?} are put in an impossible order"))
            );
        }
        Ok(Some(Piece::of(name, tensor, shape, order.as_deref())))
    }

    /// The constant beside the one value that a node computes with, and that value.
    fn beside<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        node: &Node,
    ) -> Result<Option<(Value, usize, Constant)>, ReaderError> {
        let (value, constant) = match (self.known(node, 0).is_some(), self.known(node, 1).is_some()) {
            (false, true) => (0, 1),
            (true, false) => (1, 0),
            _ => return Ok(None),
        };
        let Some(numbers) = self.small(source, node, constant)? else { return Ok(None) };
        let constant = match numbers.as_slice() {
            [number] => Constant::Number(*number),
            _ => match self.known(node, constant).map(|fixed| self.tensors[fixed.tensor].shape.clone()) {
                // As many as channels: alone, or with ones for the image's sides.
                Some(shape) if shape.iter().filter(|extent| **extent != 1).count() == 1 => {
                    match self.piece(source, node, constant, None)? {
                        Some(piece) => {
                            let count = numbers.len() as u64;
                            let from = match piece.from {
                                From::Tensor { tensor, .. } => {
                                    From::Shaped { tensor, order: None, shape: vec![count] }
                                }
                                from => from,
                            };
                            Constant::Channels(Piece { from, out: count, ..piece }, numbers)
                        }
                        None => Constant::Other,
                    }
                }
                _ => Constant::Other,
            },
        };
        let read = self.computed(node).first().copied();
        Ok(read.map(|read| (read, value, constant)))
    }

    #[allow(clippy::too_many_lines, reason = "a table of operators")]
    fn node<S: Read + Seek>(&mut self, source: &mut Source<'_, S>, node: &Node) -> Result<(), ReaderError> {
        if !node.domain.is_empty()
            && node.domain != "ai.onnx"
            && node.operator != "DequantizeLinear"
            && node.operator != "QuantizeLinear"
        {
            let what = format!("{}.{}", node.domain, node.operator);
            return Err(source.form(format!("it has the operator {what}, which one runtime alone knows; export it anew from where it was trained, without that runtime's optimisations")));
        }
        let all_known = node.inputs.iter().all(|name| name.is_empty() || self.fixed.contains_key(name));
        let inputs = self.computed(node);
        let first = inputs.first().copied();
        let value = match (node.operator.as_str(), first) {
            ("Constant", _) => return self.constant(node),
            ("DequantizeLinear", _) if self.known(node, 0).is_some() => return self.dequantise(source, node),
            ("Identity" | "Cast", _) if all_known => {
                return self.alias(node, None);
            }
            ("Transpose", _) if all_known => {
                let order = node
                    .ints("perm")
                    .map(|perm| perm.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect());
                return self.alias(node, order);
            }
            // What comes of constants alone, such as shapes, is not followed.
            (_, None) => self.walk.plain(),
            ("Conv", Some(input)) => self.convolution(source, node, input)?,
            ("Gemm", Some(input)) => {
                let order = (node.int("transB", 0) == 0).then_some(&[1, 0][..]);
                if node.float("alpha", 1.0) != 1.0
                    || node.float("beta", 1.0) != 1.0
                    || node.int("transA", 0) != 0
                {
                    return Err(source.form(
                        "it has a Gemm that scales its matrices; export it anew from where it was trained",
                    ));
                }
                self.linear(source, node, input, order)?
            }
            ("MatMul", Some(input)) if self.known(node, 1).is_some() => {
                let rank = self.known(node, 1).map_or(0, |fixed| self.tensors[fixed.tensor].shape.len());
                if rank == 2 {
                    self.linear(source, node, input, Some(&[1, 0]))?
                } else {
                    self.walk.other(&inputs)
                }
            }
            ("BatchNormalization", Some(input)) => {
                let names = [1, 2, 3, 4].map(|input| self.piece(source, node, input, None));
                let [scale, shift, mean, var] = names;
                let (Some(scale), Some(shift), Some(mean), Some(var)) = (scale?, shift?, mean?, var?) else {
                    return Err(source.form("it has a batch normalisation whose numbers are computed; export it in inference mode"));
                };
                let is_alone = node.inputs.first().and_then(|name| self.readers.get(name)) == Some(&1);
                self.walk.norm(input, is_alone, [scale, shift, mean, var], node.float("epsilon", 1e-5))
            }
            ("LayerNormalization", Some(input)) => {
                let scale = self.piece(source, node, 1, None)?;
                let shift = self.piece(source, node, 2, None)?;
                self.walk.layer_norm(input, scale, shift)
            }
            ("PRelu", Some(input)) => match self.piece(source, node, 1, None)? {
                Some(slope) => self.walk.prelu(input, slope),
                None => self.walk.other(&inputs),
            },
            ("Relu", Some(input)) => self.walk.apply(input, Done::Relu),
            ("Sigmoid", Some(input)) => self.walk.apply(input, Done::Sigmoid),
            ("HardSwish", Some(input)) => self.walk.apply(input, Done::HardSwish),
            ("Swish", Some(input)) => self.walk.apply(input, Done::Silu),
            ("Gelu", Some(input)) => self.walk.apply(input, Done::Gelu),
            ("Erf", Some(input)) => self.walk.apply(input, Done::Erf),
            ("HardSigmoid", Some(input)) => {
                let is_ours =
                    (node.float("alpha", 0.2) - 1.0 / 6.0).abs() < 1e-4 && node.float("beta", 0.5) == 0.5;
                self.walk.apply(input, if is_ours { Done::HardSigmoid } else { Done::Other })
            }
            ("Clip", Some(input)) => {
                let bound =
                    |numbers: Option<Vec<f64>>, attribute: &str, default: f32| match numbers.as_deref() {
                        Some([number]) => *number,
                        _ => f64::from(node.float(attribute, default)),
                    };
                let low = bound(self.small(source, node, 1)?, "min", f32::MIN);
                let high = bound(self.small(source, node, 2)?, "max", f32::MAX);
                self.walk.clip(input, low, high)
            }
            ("Add", Some(input)) => match self.beside(source, node)? {
                Some((value, _, constant)) => self.walk.plus(value, constant),
                None if inputs.len() == 2 => self.walk.join("add", &inputs),
                None => self.walk.other(&[input]),
            },
            ("Sub", Some(input)) => match self.beside(source, node)? {
                Some((value, 0, Constant::Number(number))) => {
                    self.walk.plus(value, Constant::Number(-number))
                }
                Some((value, 0, Constant::Channels(piece, numbers))) => {
                    let negative = numbers.iter().map(|number| -number).collect();
                    self.walk.plus(
                        value,
                        if self.walk.is_input(value) {
                            Constant::Channels(piece, negative)
                        } else {
                            Constant::Other
                        },
                    )
                }
                _ => self.walk.other(&[input]),
            },
            ("Mul", Some(input)) => match self.beside(source, node)? {
                Some((value, _, constant)) => self.walk.times(value, constant),
                None => match inputs.as_slice() {
                    [a, b] => self.walk.multiply(*a, *b),
                    _ => self.walk.other(&[input]),
                },
            },
            ("Div", Some(input)) => match self.beside(source, node)? {
                Some((value, 0, Constant::Number(number))) => {
                    self.walk.times(value, Constant::Number(1.0 / number))
                }
                Some((value, 0, Constant::Channels(piece, numbers))) => {
                    let inverse = numbers.iter().map(|number| 1.0 / number).collect();
                    self.walk.times(
                        value,
                        if self.walk.is_input(value) {
                            Constant::Channels(piece, inverse)
                        } else {
                            Constant::Other
                        },
                    )
                }
                None => match inputs.as_slice() {
                    // What is divided by a root of its mean square is normalised.
                    [value, root] if self.walk.is_root(*root) => self.walk.layer_norm(*value, None, None),
                    _ => self.walk.other(&inputs),
                },
                _ => self.walk.other(&[input]),
            },
            ("Sqrt", Some(input)) => self.walk.apply(input, Done::SquareRoot),
            ("Pow", Some(input)) => {
                self.walk.read(input);
                self.walk.plain()
            }
            ("GlobalAveragePool" | "AveragePool", Some(input)) => self.walk.join("mean", &[input]),
            ("ReduceMean", Some(input)) => {
                let axes = match node.ints("axes") {
                    Some(axes) => axes.to_vec(),
                    None => self
                        .small(source, node, 1)?
                        .unwrap_or_default()
                        .into_iter()
                        .map(|axis| axis as i64)
                        .collect(),
                };
                if axes.len() == 1 {
                    // A part of a layer normalisation.
                    self.walk.read(input);
                    self.walk.plain()
                } else {
                    self.walk.join("mean", &[input])
                }
            }
            ("MaxPool", Some(input)) => self.walk.join("max", &[input]),
            ("Concat", Some(_)) if inputs.len() > 1 => self.walk.join("cat", &inputs),
            ("Pad", Some(input)) => {
                let pads = match node.ints("pads") {
                    Some(pads) => pads.to_vec(),
                    None => self
                        .small(source, node, 1)?
                        .unwrap_or_default()
                        .into_iter()
                        .map(|n| n as i64)
                        .collect(),
                };
                match pads.as_slice() {
                    [0, 0, top, left, 0, 0, bottom, right] => {
                        let zeros = [top, left, bottom, right].map(|n| u64::try_from(*n).unwrap_or(0));
                        self.walk.pad(input, zeros)
                    }
                    pads if pads.iter().all(|n| *n == 0) => input,
                    _ => self.walk.other(&[input]),
                }
            }
            // The same numbers in another form.
            (
                "Identity" | "Cast" | "Dropout" | "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze"
                | "Transpose" | "QuantizeLinear" | "DequantizeLinear" | "Softmax",
                Some(input),
            ) => input,
            (operator, Some(_))
                if operator.starts_with("QLinear")
                    || operator.ends_with("Integer")
                    || operator == "DynamicQuantizeLinear" =>
            {
                return Err(source.form(format!(
                    "it computes with integers ({operator}); quantise it in the QDQ form, or take the model before quantisation"
                )));
            }
            ("If" | "Loop" | "Scan", Some(_)) => {
                return Err(source.form(format!(
                    "its graph has the operator {}; export it with fixed shapes",
                    node.operator
                )));
            }
            (_, Some(_)) => self.walk.other(&inputs),
        };
        for output in &node.outputs {
            self.values.insert(output.clone(), value);
        }
        Ok(())
    }

    fn convolution<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        node: &Node,
        input: Value,
    ) -> Result<Value, ReaderError> {
        let Some(weight) = self.piece(source, node, 1, None)? else {
            let inputs = self.computed(node);
            return Ok(self.walk.other(&inputs));
        };
        let shape = match &weight.from {
            From::Tensor { tensor, .. } => self.tensors[*tensor].shape.clone(),
            From::Shaped { shape, .. } => shape.clone(),
            From::Plus { .. } | From::Same { .. } => Vec::new(),
        };
        let &[_, _, height, width] = shape.as_slice() else {
            return Err(source.form(format!(
                "its convolution with weights {:?} has {} dimensions; networks here have convolutions of images, of 4",
                weight.name,
                shape.len()
            )));
        };
        let two = |name: &str, default: u64| match node.ints(name) {
            Some([a, b]) => [*a, *b].map(|n| u64::try_from(n).unwrap_or(default)),
            _ => [default; 2],
        };
        let zeros = match node.text("auto_pad") {
            Some("SAME_UPPER") => Zeros::Same,
            Some("SAME_LOWER") => {
                return Err(source.form("its convolutions have auto_pad = SAME_LOWER, with the odd zero before the image, which no network here has; export it with explicit zeros"));
            }
            Some("VALID") => Zeros::At([0; 4]),
            _ => match node.ints("pads") {
                Some([top, left, bottom, right]) => {
                    Zeros::At([top, left, bottom, right].map(|n| u64::try_from(*n).unwrap_or(0)))
                }
                _ => Zeros::At([0; 4]),
            },
        };
        let bias = self.piece(source, node, 2, None)?;
        let product = Product {
            weight,
            bias,
            kernel: [height, width],
            stride: Some(two("strides", 1)),
            dilation: two("dilations", 1),
            zeros,
        };
        Ok(self.walk.product(input, product))
    }

    fn linear<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        node: &Node,
        input: Value,
        order: Option<&[usize]>,
    ) -> Result<Value, ReaderError> {
        let Some(weight) = self.piece(source, node, 1, order)? else {
            let inputs = self.computed(node);
            return Ok(self.walk.other(&inputs));
        };
        let bias = self.piece(source, node, 2, None)?;
        let product = Product {
            weight,
            bias,
            kernel: [1, 1],
            stride: Some([1, 1]),
            dilation: [1, 1],
            zeros: Zeros::At([0; 4]),
        };
        Ok(self.walk.product(input, product))
    }

    fn constant(&mut self, node: &Node) -> Result<(), ReaderError> {
        let Some(output) = node.outputs.first() else { return Ok(()) };
        let tensor = match node.attributes.first() {
            Some((_, Attribute::Tensor(tensor))) => Tensor { name: output.clone(), ..tensor.clone() },
            Some((_, Attribute::Float(number))) => {
                small(output, Number::F32, vec![], number.to_le_bytes().to_vec())
            }
            Some((_, Attribute::Int(number))) => {
                small(output, Number::I64, vec![], number.to_le_bytes().to_vec())
            }
            Some((_, Attribute::Ints(numbers))) => {
                let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
                small(output, Number::I64, vec![numbers.len() as u64], bytes)
            }
            _ => return Ok(()),
        };
        self.tensors.push(tensor);
        self.fixed.insert(output.clone(), Fixed { tensor: self.tensors.len() - 1, order: None });
        Ok(())
    }

    /// A known tensor under another name.
    fn alias(&mut self, node: &Node, order: Option<Vec<usize>>) -> Result<(), ReaderError> {
        let (Some(fixed), Some(output)) = (self.known(node, 0).cloned(), node.outputs.first()) else {
            return Ok(());
        };
        let order = match (&fixed.order, order) {
            (own, None) => own.clone(),
            (None, Some(order)) => Some(order),
            (Some(own), Some(order)) => {
                Some(order.iter().map(|axis| own.get(*axis).copied().unwrap_or(usize::MAX)).collect())
            }
        };
        self.fixed.insert(output.clone(), Fixed { order, ..fixed });
        Ok(())
    }

    /// A tensor of integers as the numbers that they stand for.
    fn dequantise<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        node: &Node,
    ) -> Result<(), ReaderError> {
        let (Some(fixed), Some(output)) = (self.known(node, 0).cloned(), node.outputs.first()) else {
            return Ok(());
        };
        let tensor = &self.tensors[fixed.tensor];
        let name = tensor.name.clone();
        let (rank, number) = (tensor.shape.len() as i64, tensor.number);
        let axis = match node.int("axis", 1) {
            axis if axis < 0 => axis + rank,
            axis => axis,
        };
        let axis = usize::try_from(axis).unwrap_or(usize::MAX);
        let scales = self.small(source, node, 1)?;
        let zeros = self.small(source, node, 2)?.unwrap_or_default();
        let Some(scales) = scales.filter(|scales| !scales.is_empty()) else {
            return Err(source.form(format!(
                "the scale of tensor {name:?} is computed; take the model before quantisation"
            )));
        };
        let extent = tensor.shape.get(axis).copied();
        if scales.len() > 1 && extent != Some(scales.len() as u64)
            || zeros.len() > 1 && zeros.len() != scales.len()
        {
            return Err(source.damaged(format!(
                "tensor {name:?} of shape {:?} has {} scales and {} zero points along axis {axis}",
                tensor.shape,
                scales.len(),
                zeros.len()
            )));
        }
        if number.is_float() || node.int("block_size", 0) != 0 {
            return Err(source.form(format!("tensor {name:?} is quantised in a way that is not read here; take the model before quantisation")));
        }
        let scales = scales.into_iter().map(|scale| scale as f32).collect();
        let tensor =
            Tensor { scaled: Some(Scaled { scales, zeros, axis }), ..self.tensors[fixed.tensor].clone() };
        self.dequantised += 1;
        self.tensors.push(tensor);
        self.fixed.insert(output.clone(), Fixed { tensor: self.tensors.len() - 1, order: fixed.order });
        Ok(())
    }
}

fn small(name: &str, number: Number, shape: Vec<u64>, bytes: Vec<u8>) -> Tensor {
    Tensor { name: name.to_owned(), shape, number, data: Data::Own(bytes), scaled: None }
}

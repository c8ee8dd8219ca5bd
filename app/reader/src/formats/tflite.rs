//! TensorFlow Lite (its schema.fbs): a graph's operators in order, and the tensors that they read.

use std::io::{Read, Seek};

use super::flatbuffer::{self, Table};
use super::layers::{Constant, Done, Network, Piece, Product, Value, Walk, Zeros};
use super::source::Source;
use super::tensor::{Data, From, Number, Scaled, Tensor};
use crate::error::ReaderError;

/// Most operators, tensors and buffers.
const MAX_COUNT: u64 = 100_000;
/// Most dimensions.
const MAX_RANK: u64 = 8;
/// Most scales of a tensor.
const MAX_SCALES: u64 = 1 << 16;
/// Most inputs and outputs of an operator.
const MAX_PARTS: u64 = 256;

/// Operators that are known, by their numbers.
mod operator {
    pub(super) const ADD: i32 = 0;
    pub(super) const AVERAGE_POOL: i32 = 1;
    pub(super) const CONCATENATION: i32 = 2;
    pub(super) const CONV: i32 = 3;
    pub(super) const DEPTHWISE_CONV: i32 = 4;
    pub(super) const DEQUANTIZE: i32 = 6;
    pub(super) const FULLY_CONNECTED: i32 = 9;
    pub(super) const LOGISTIC: i32 = 14;
    pub(super) const MAX_POOL: i32 = 17;
    pub(super) const MUL: i32 = 18;
    pub(super) const RELU: i32 = 19;
    pub(super) const RELU6: i32 = 21;
    pub(super) const RESHAPE: i32 = 22;
    pub(super) const SOFTMAX: i32 = 25;
    pub(super) const CUSTOM: i32 = 32;
    pub(super) const PAD: i32 = 34;
    pub(super) const TRANSPOSE: i32 = 39;
    pub(super) const MEAN: i32 = 40;
    pub(super) const SUB: i32 = 41;
    pub(super) const DIV: i32 = 42;
    pub(super) const SQUEEZE: i32 = 43;
    pub(super) const CAST: i32 = 53;
    pub(super) const PRELU: i32 = 54;
    pub(super) const PADV2: i32 = 60;
    pub(super) const EXPAND_DIMS: i32 = 70;
    pub(super) const QUANTIZE: i32 = 114;
    pub(super) const HARD_SWISH: i32 = 117;
    pub(super) const GELU: i32 = 150;
}

/// Numbers that stand in no graph: a missing input.
const NONE: i32 = -1;

/// Reads a network and its tensors.
///
/// # Errors
/// [`ReaderError`].
pub(crate) fn read<S: Read + Seek>(
    source: &mut Source<'_, S>,
) -> Result<(Network, Vec<Tensor>), ReaderError> {
    let model = flatbuffer::root(source)?;
    let version = model.i32(source, 0, 0, "the version")?;
    if version != 3 {
        return Err(source.form(format!("it is of version {version}, and only 3 is read; convert the network again with a current TensorFlow")));
    }
    let codes = model
        .vector(source, 1, 4, MAX_COUNT, "the list of operators")?
        .tables(source, "an operator's kind")?;
    let mut operators = Vec::new();
    for code in codes {
        let (old, new) =
            (code.u8(source, 0, "an operator's kind")?, code.i32(source, 3, 0, "an operator's kind")?);
        operators.push(new.max(i32::from(old.cast_signed())));
    }
    let graphs = model.vector(source, 2, 4, MAX_COUNT, "the list of graphs")?.tables(source, "a graph")?;
    let graph = *graphs.first().ok_or_else(|| source.damaged("it has no graph"))?;
    let buffers = model.vector(source, 4, 4, MAX_COUNT, "the list of buffers")?.tables(source, "a buffer")?;
    let mut tensors = Vec::new();
    for table in graph.vector(source, 0, 4, MAX_COUNT, "the list of tensors")?.tables(source, "a tensor")? {
        tensors.push(read_tensor(source, &table, &buffers, tensors.len())?);
    }
    let inputs = graph.i32s(source, 1, MAX_PARTS, "the list of inputs")?;
    let nodes =
        graph.vector(source, 3, 4, MAX_COUNT, "the list of operators")?.tables(source, "an operator")?;
    let mut reading = Reading {
        values: vec![None; tensors.len()],
        tensors,
        walk: Walk::default(),
        dequantised: Vec::new(),
    };
    let input = reading.walk.input();
    let mut metadata = Vec::new();
    for index in &inputs {
        if let Some(slot) = usize::try_from(*index).ok().and_then(|index| reading.values.get_mut(index)) {
            *slot = Some(Seen::Computed(input));
        }
        let shape = reading.tensor(*index).map(|tensor| tensor.shape.clone());
        if let Some(&[_, height @ 1..=8192, width @ 1..=8192, 3]) = shape.as_deref() {
            metadata.push(("input_size".to_owned(), format!("3,{height},{width}")));
        }
    }
    for node in nodes {
        reading.node(source, &node, &operators)?;
        reading.walk.check()?;
    }
    if !reading.walk.has_layers() {
        return Err(source.damaged("its graph has no convolution or linear layer with weights of its own"));
    }
    reading.dequantised.sort_unstable();
    reading.dequantised.dedup();
    if !reading.dequantised.is_empty() {
        metadata.push(("dequantised".to_owned(), reading.dequantised.len().to_string()));
    }
    let network = reading.walk.finish("TensorFlow Lite", metadata).map_err(|reason| source.form(reason))?;
    let tensors = reading.tensors.into_iter().map(|known| known.tensor).collect();
    Ok((network, tensors))
}

/// A tensor, and whether its numbers are in the file.
struct Known {
    tensor: Tensor,
    is_fixed: bool,
}

fn read_tensor<S: Read + Seek>(
    source: &mut Source<'_, S>,
    table: &Table,
    buffers: &[Table],
    index: usize,
) -> Result<Known, ReaderError> {
    let name = match table.text(source, 3, "a tensor's name")? {
        name if name.is_empty() => format!("tensor {index}"),
        name => name,
    };
    let mut shape = Vec::new();
    for extent in table.i32s(source, 0, MAX_RANK, "a tensor's dimensions")? {
        // Before the network runs it may be unknown.
        shape.push(u64::try_from(extent).unwrap_or(0));
    }
    let kind = table.u8(source, 1, "a tensor's type")?;
    let buffer = table.i32(source, 2, 0, "a tensor's buffer")?;
    let Some(buffer) = usize::try_from(buffer).ok().and_then(|buffer| buffers.get(buffer)) else {
        return Err(source.damaged(format!(
            "tensor {name:?} has its numbers in buffer {buffer}, and there are {}",
            buffers.len()
        )));
    };
    let data = buffer.vector(source, 0, 1, u64::MAX, "a tensor's numbers")?;
    // Behind the tables, in files of more than two gigabytes.
    let (offset, size) =
        (buffer.u64(source, 1, "a buffer's place")?, buffer.u64(source, 2, "a buffer's size")?);
    let (at, bytes) = if data.count == 0 && offset > 1 { (offset, size) } else { (data.at, data.count) };
    let number = number_of(kind);
    let fixed = number.filter(|_| bytes > 0);
    let Some(number) = fixed else {
        let data = Data::Own(Vec::new());
        let tensor = Tensor { name, shape, number: Number::F32, data, scaled: None };
        return Ok(Known { tensor, is_fixed: false });
    };
    let needed = shape.iter().try_fold(number.bytes(), |all: u64, extent| all.checked_mul(*extent));
    if needed != Some(bytes) {
        let needed = needed.map_or("too many".to_owned(), |needed| needed.to_string());
        return Err(source
            .damaged(format!("tensor {name:?} of shape {shape:?} needs {needed} bytes and has {bytes}")));
    }
    let mut scaled = None;
    if !number.is_float()
        && let Some(table) = table.table(source, 4, "a tensor's scale")?
    {
        let scales = table.vector(source, 2, 4, MAX_SCALES, "a tensor's scales")?;
        let zeros = table.vector(source, 3, 8, MAX_SCALES, "a tensor's zero points")?;
        let axis =
            usize::try_from(table.i32(source, 6, 0, "a tensor's scaled dimension")?).unwrap_or(usize::MAX);
        let mut all = Scaled { scales: Vec::new(), zeros: Vec::new(), axis };
        for i in 0..scales.count {
            all.scales.push(f32::from_bits(source.u32(scales.at + 4 * i, "a scale")?));
        }
        for i in 0..zeros.count {
            all.zeros.push(source.u64(zeros.at + 8 * i, "a zero point")?.cast_signed() as f64);
        }
        let extent = shape.get(axis).copied();
        if scales.count > 1 && extent != Some(scales.count) || zeros.count > 1 && zeros.count != scales.count
        {
            return Err(source.damaged(format!(
                "tensor {name:?} of shape {shape:?} has {} scales and {} zero points along dimension {axis}",
                scales.count, zeros.count
            )));
        }
        scaled = (scales.count > 0).then_some(all);
    }
    let tensor = Tensor { name, shape, number, data: Data::At(at), scaled };
    tensor.check(source)?;
    Ok(Known { tensor, is_fixed: true })
}

/// What the schema's TensorType numbers mean.
fn number_of(kind: u8) -> Option<Number> {
    match kind {
        0 => Some(Number::F32),
        1 => Some(Number::F16),
        2 => Some(Number::I32),
        3 => Some(Number::U8),
        4 => Some(Number::I64),
        7 => Some(Number::I16),
        9 => Some(Number::I8),
        10 => Some(Number::F64),
        18 => Some(Number::Bf16),
        _ => None,
    }
}

/// What a tensor of the graph is.
#[derive(Clone, Copy)]
enum Seen {
    Computed(Value),
    /// The tensor with this number, under another.
    Same(usize),
}

struct Reading {
    tensors: Vec<Known>,
    values: Vec<Option<Seen>>,
    walk: Walk,
    /// Tensors of integers that are used.
    dequantised: Vec<usize>,
}

impl Reading {
    fn tensor(&self, index: i32) -> Option<&Tensor> {
        self.tensors.get(usize::try_from(index).ok()?).map(|known| &known.tensor)
    }

    /// The number of the tensor with fixed numbers that one is.
    fn fixed(&self, index: i32) -> Option<usize> {
        let index = usize::try_from(index).ok()?;
        match self.values.get(index)? {
            Some(Seen::Same(tensor)) => Some(*tensor),
            Some(Seen::Computed(_)) => None,
            None => self.tensors.get(index).filter(|known| known.is_fixed).map(|_| index),
        }
    }

    fn computed(&mut self, inputs: &[i32]) -> Vec<Value> {
        let mut values = Vec::new();
        for index in inputs
            .iter()
            .filter(|index| **index != NONE && self.fixed(**index).is_none())
            .copied()
            .collect::<Vec<_>>()
        {
            let seen =
                usize::try_from(index).ok().and_then(|index| self.values.get(index).copied().flatten());
            values.push(match seen {
                Some(Seen::Computed(value)) => value,
                Some(Seen::Same(_)) | None => self.walk.plain(),
            });
        }
        values
    }

    /// A tensor as a part of a layer.
    fn piece<S: Read + Seek>(
        &mut self,
        source: &Source<'_, S>,
        index: i32,
        order: Option<&[usize]>,
    ) -> Result<Option<Piece>, ReaderError> {
        let Some(tensor) = self.fixed(index) else { return Ok(None) };
        let Tensor { name, shape, number, scaled, .. } = &self.tensors[tensor].tensor;
        if !number.is_float() && scaled.is_none() {
            return Err(source.form(format!(
                "tensor {name:?} holds integers without a scale; take the model before quantisation"
            )));
        }
        if order.is_some_and(|order| order.len() != shape.len()) {
            return Err(source.damaged(format!("tensor {name:?} has {} dimensions, {shape:?}", shape.len())));
        }
        if scaled.is_some() {
            self.dequantised.push(tensor);
        }
        Ok(Some(Piece::of(name, tensor, shape, order)))
    }

    /// The value and the constant of an operator with one of each, and the value's place.
    fn beside<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        inputs: &[i32],
    ) -> Result<Option<(Value, usize, Constant)>, ReaderError> {
        let &[a, b] = inputs else { return Ok(None) };
        let (place, tensor) = match (self.fixed(a), self.fixed(b)) {
            (None, Some(tensor)) => (0, tensor),
            (Some(tensor), None) => (1, tensor),
            _ => return Ok(None),
        };
        let known = &self.tensors[tensor].tensor;
        let constant = if known.elements() > MAX_SCALES {
            Constant::Other
        } else {
            let numbers = known.numbers(source)?;
            let is_vector = known.shape.iter().filter(|extent| **extent != 1).count() == 1;
            match numbers.as_slice() {
                [number] => Constant::Number(*number),
                _ if is_vector => {
                    let out = numbers.len() as u64;
                    let from = From::Shaped { tensor, order: None, shape: vec![out] };
                    Constant::Channels(Piece { name: known.name.clone(), from, out }, numbers)
                }
                _ => Constant::Other,
            }
        };
        let value = self.computed(inputs).first().copied();
        Ok(value.map(|value| (value, place, constant)))
    }

    /// A fused activation.
    fn fused<S: Read + Seek>(
        &mut self,
        source: &Source<'_, S>,
        value: Value,
        function: u8,
    ) -> Result<Value, ReaderError> {
        Ok(match function {
            0 => value,
            1 => self.walk.apply(value, Done::Relu),
            3 => self.walk.apply(value, Done::Relu6),
            2 | 4 | 5 => self.walk.apply(value, Done::Other),
            _ => {
                return Err(source
                    .damaged(format!("an operator ends with activation {function}, which does not exist")));
            }
        })
    }

    #[allow(clippy::too_many_lines, reason = "a table of operators")]
    fn node<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        node: &Table,
        operators: &[i32],
    ) -> Result<(), ReaderError> {
        let index = node.i32(source, 0, 0, "an operator's kind")?;
        let Some(kind) = usize::try_from(index).ok().and_then(|index| operators.get(index)).copied() else {
            return Err(
                source.damaged(format!("an operator is of kind {index}, and there are {}", operators.len()))
            );
        };
        let inputs = node.i32s(source, 1, MAX_PARTS, "an operator's inputs")?;
        let outputs = node.i32s(source, 2, MAX_PARTS, "an operator's outputs")?;
        for index in inputs.iter().chain(&outputs) {
            if *index != NONE && self.tensor(*index).is_none() {
                return Err(source.damaged(format!(
                    "an operator reads or writes tensor {index}, and there are {}",
                    self.tensors.len()
                )));
            }
        }
        let options = node.table(source, 4, "an operator's options")?;
        let at = |i: usize| inputs.get(i).copied().unwrap_or(NONE);
        let read = self.computed(&inputs);
        let byte = |source: &mut Source<'_, S>, field| {
            options.map_or(Ok(0), |options| options.u8(source, field, "an operator's options"))
        };
        let value = match (kind, read.first().copied()) {
            (operator::DEQUANTIZE | operator::QUANTIZE | operator::RESHAPE | operator::CAST, None) => {
                if let (Some(tensor), Some(output)) = (self.fixed(at(0)), outputs.first()) {
                    self.see(*output, Seen::Same(tensor));
                }
                return Ok(());
            }
            (_, None) => self.walk.plain(),
            (operator::CONV | operator::DEPTHWISE_CONV, Some(input)) => {
                let is_deep = kind == operator::DEPTHWISE_CONV;
                let order: &[usize] = if is_deep { &[3, 0, 1, 2] } else { &[0, 3, 1, 2] };
                let Some(weight) = self.piece(source, at(1), Some(order))? else {
                    let value = self.walk.other(&read);
                    return self.done(&outputs, value);
                };
                let bias = self.piece(source, at(2), None)?;
                let shape = self
                    .fixed(at(1))
                    .map(|tensor| self.tensors[tensor].tensor.shape.clone())
                    .unwrap_or_default();
                let side = |i: usize| shape.get(i).copied().unwrap_or(1);
                let Some(options) = options else {
                    return Err(source
                        .damaged(format!("the convolution with weights {:?} has no options", weight.name)));
                };
                let number = |source: &mut Source<'_, S>, field, default| {
                    let number = options.i32(source, field, default, "a convolution's options")?;
                    Ok::<u64, ReaderError>(u64::try_from(number).unwrap_or(0).max(1))
                };
                let stride = [number(source, 2, 1)?, number(source, 1, 1)?];
                let more = u64::from(is_deep);
                let dilation = [number(source, 5 + more, 1)?, number(source, 4 + more, 1)?];
                let zeros = match options.u8(source, 0, "a convolution's padding")? {
                    0 => Zeros::Same,
                    1 => Zeros::At([0; 4]),
                    other => {
                        return Err(source
                            .damaged(format!("a convolution has padding {other}, which does not exist")));
                    }
                };
                let function = options.u8(source, 3 + more, "a convolution's activation")?;
                let kernel = [side(1), side(2)];
                let product = Product { weight, bias, kernel, stride: Some(stride), dilation, zeros };
                let value = self.walk.product(input, product);
                self.fused(source, value, function)?
            }
            (operator::FULLY_CONNECTED, Some(input)) => {
                let Some(weight) = self.piece(source, at(1), None)? else {
                    let value = self.walk.other(&read);
                    return self.done(&outputs, value);
                };
                let bias = self.piece(source, at(2), None)?;
                let zeros = Zeros::At([0; 4]);
                let product =
                    Product { weight, bias, kernel: [1; 2], stride: Some([1; 2]), dilation: [1; 2], zeros };
                let value = self.walk.product(input, product);
                let function = byte(source, 0)?;
                self.fused(source, value, function)?
            }
            (operator::ADD | operator::SUB | operator::MUL | operator::DIV, Some(input)) => {
                let value = match (kind, self.beside(source, &inputs)?) {
                    (operator::ADD, Some((value, _, constant))) => self.walk.plus(value, constant),
                    (operator::MUL, Some((value, _, constant))) => self.walk.times(value, constant),
                    (operator::SUB, Some((value, 0, constant))) => {
                        let constant = self.changed(value, constant, |number| -number);
                        self.walk.plus(value, constant)
                    }
                    (operator::DIV, Some((value, 0, constant))) => {
                        let constant = self.changed(value, constant, |number| 1.0 / number);
                        self.walk.times(value, constant)
                    }
                    (operator::ADD, None) if read.len() == 2 => self.walk.join("add", &read),
                    (operator::MUL, None) if read.len() == 2 => self.walk.multiply(read[0], read[1]),
                    _ => self.walk.other(&[input]),
                };
                let function = byte(source, 0)?;
                self.fused(source, value, function)?
            }
            (operator::RELU, Some(input)) => self.walk.apply(input, Done::Relu),
            (operator::RELU6, Some(input)) => self.walk.apply(input, Done::Relu6),
            (operator::LOGISTIC, Some(input)) => self.walk.apply(input, Done::Sigmoid),
            (operator::HARD_SWISH, Some(input)) => self.walk.apply(input, Done::HardSwish),
            (operator::GELU, Some(input)) => self.walk.apply(input, Done::Gelu),
            (operator::PRELU, Some(input)) => match self.beside(source, &inputs)? {
                Some((_, 0, Constant::Channels(slope, _))) => self.walk.prelu(input, slope),
                _ => self.walk.other(&[input]),
            },
            (operator::MEAN | operator::AVERAGE_POOL, Some(input)) => self.walk.join("mean", &[input]),
            (operator::MAX_POOL, Some(input)) => self.walk.join("max", &[input]),
            (operator::CONCATENATION, Some(_)) => self.walk.join("cat", &read),
            (operator::PAD | operator::PADV2, Some(input)) => {
                let pads = match self.fixed(at(1)).map(|tensor| &self.tensors[tensor].tensor) {
                    Some(tensor) if tensor.elements() == 8 => tensor.numbers(source)?,
                    _ => Vec::new(),
                };
                match pads.as_slice() {
                    [0.0, 0.0, top, bottom, left, right, 0.0, 0.0] => {
                        self.walk.pad(input, [*top, *left, *bottom, *right].map(|n| n.clamp(0.0, 1e6) as u64))
                    }
                    _ => self.walk.other(&[input]),
                }
            }
            // The same numbers in another form.
            (
                operator::RESHAPE
                | operator::SQUEEZE
                | operator::EXPAND_DIMS
                | operator::TRANSPOSE
                | operator::SOFTMAX
                | operator::CAST
                | operator::QUANTIZE
                | operator::DEQUANTIZE,
                Some(input),
            ) => input,
            (operator::CUSTOM, Some(_)) => {
                return Err(source.form("it has an operator that TensorFlow Lite does not have itself; convert the network with built-in operators alone"));
            }
            (_, Some(_)) => self.walk.other(&read),
        };
        self.done(&outputs, value)
    }

    /// A constant that something is done to: where only the numbers count.
    fn changed(&self, value: Value, constant: Constant, change: impl Fn(f64) -> f64) -> Constant {
        match constant {
            Constant::Number(number) => Constant::Number(change(number)),
            Constant::Channels(piece, numbers) if self.walk.is_input(value) => {
                Constant::Channels(piece, numbers.into_iter().map(change).collect())
            }
            Constant::Channels(..) | Constant::Other => Constant::Other,
        }
    }

    fn see(&mut self, index: i32, seen: Seen) {
        if let Some(slot) = usize::try_from(index).ok().and_then(|index| self.values.get_mut(index)) {
            *slot = Some(seen);
        }
    }

    fn done(&mut self, outputs: &[i32], value: Value) -> Result<(), ReaderError> {
        outputs.iter().for_each(|output| self.see(*output, Seen::Computed(value)));
        Ok(())
    }
}

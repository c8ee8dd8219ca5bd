//! Tensors as exported networks have them, and safetensors as they are wanted.

use std::io::{Read, Seek};

use half::{bf16, f16};

use super::source::Source;
use super::{MOST_SHARED, Part, SPARE_BYTES};
use crate::error::ReaderError;

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    F32,
    F16,
    Bf16,
    F64,
    I8,
    U8,
    I16,
    I32,
    I64,
}

impl Number {
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }

    /// Its name in safetensors, where it is kept as it is.
    fn kept(self) -> Option<&'static str> {
        match self {
            Self::F32 => Some("F32"),
            Self::F16 => Some("F16"),
            Self::Bf16 => Some("BF16"),
            Self::F64 | Self::I8 | Self::U8 | Self::I16 | Self::I32 | Self::I64 => None,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16 | Self::F64)
    }

    /// The number that the first bytes are; 0 where there are too few.
    fn decode(self, bytes: &[u8]) -> f64 {
        fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
            bytes.first_chunk().copied().unwrap_or([0; N])
        }
        match self {
            Self::F32 => f64::from(f32::from_le_bytes(first(bytes))),
            Self::F16 => f16::from_le_bytes(first(bytes)).to_f64(),
            Self::Bf16 => bf16::from_le_bytes(first(bytes)).to_f64(),
            Self::F64 => f64::from_le_bytes(first(bytes)),
            Self::I8 => f64::from(i8::from_le_bytes(first(bytes))),
            Self::U8 => f64::from(u8::from_le_bytes(first(bytes))),
            Self::I16 => f64::from(i16::from_le_bytes(first(bytes))),
            Self::I32 => f64::from(i32::from_le_bytes(first(bytes))),
            Self::I64 => i64::from_le_bytes(first(bytes)) as f64,
        }
    }
}

/// Where a tensor's numbers are.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// In the file, from here on.
    At(u64),
    /// Here.
    Own(Vec<u8>),
}

/// What integers stand for: `scale · (integer − zero)`, one of each for all of them or for each index of an axis.
#[derive(Clone, Debug)]
pub(crate) struct Scaled {
    pub(crate) scales: Vec<f32>,
    pub(crate) zeros: Vec<f64>,
    pub(crate) axis: usize,
}

/// A tensor of a file.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<u64>,
    pub(crate) number: Number,
    pub(crate) data: Data,
    pub(crate) scaled: Option<Scaled>,
}

impl Tensor {
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Its bytes in the file.
    fn raw<S: Read + Seek>(&self, source: &mut Source<'_, S>) -> Result<Vec<u8>, ReaderError> {
        match &self.data {
            Data::At(at) => {
                let end = at.saturating_add(self.elements().saturating_mul(self.number.bytes()));
                source.bytes(*at..end, &self.name)
            }
            Data::Own(bytes) => Ok(bytes.clone()),
        }
    }

    /// Its numbers, of a small one.
    pub(crate) fn numbers<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
    ) -> Result<Vec<f64>, ReaderError> {
        let raw = self.raw(source)?;
        let numbers = raw.chunks_exact(self.number.bytes() as usize).map(|bytes| self.number.decode(bytes));
        Ok(match &self.scaled {
            None => numbers.collect(),
            Some(scaled) => {
                numbers.enumerate().map(|(i, number)| scaled.real(number, i, &self.shape)).collect()
            }
        })
    }

    /// Fails unless all of its numbers are there, and few enough.
    pub(crate) fn check<S: Read + Seek>(&self, source: &Source<'_, S>) -> Result<(), ReaderError> {
        let bytes = self.shape.iter().try_fold(self.number.bytes(), |all, extent| all.checked_mul(*extent));
        let bytes = bytes.filter(|bytes| *bytes <= source.len() + SPARE_BYTES);
        let found = match (&self.data, bytes) {
            (Data::At(at), Some(bytes)) => {
                return source.check(&(*at..at.saturating_add(bytes)), &format!("tensor {:?}", self.name));
            }
            (Data::Own(own), Some(bytes)) if own.len() as u64 == bytes => return Ok(()),
            (Data::Own(own), _) => format!("{} bytes of numbers", own.len()),
            (Data::At(_), None) => "too few bytes".to_owned(),
        };
        Err(source.damaged(format!("tensor {:?} of shape {:?} has {found}", self.name, self.shape)))
    }
}

impl Scaled {
    /// The number that stands at a place.
    fn real(&self, number: f64, place: usize, shape: &[u64]) -> f64 {
        let index = if self.scales.len() <= 1 {
            0
        } else {
            let behind: u64 = shape.iter().skip(self.axis + 1).product();
            let extent = shape.get(self.axis).copied().unwrap_or(1).max(1);
            (place as u64 / behind.max(1) % extent) as usize
        };
        let one = |all: &[f64]| all.get(index).or(all.first()).copied().unwrap_or_default();
        let scale = self.scales.get(index).or(self.scales.first()).copied().unwrap_or(1.0);
        f64::from(scale) * (number - one(&self.zeros))
    }
}

/// A tensor of the safetensors file.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) from: From,
}

/// Where its numbers come from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// A tensor of the file, with its dimensions in another order; `None` as they are.
    Tensor { tensor: usize, order: Option<Vec<usize>> },
    /// The same with this shape.
    Shaped { tensor: usize, order: Option<Vec<usize>>, shape: Vec<u64> },
    /// A short one with a number added to each of its own.
    Plus { tensor: usize, number: f64 },
    /// One number again and again.
    Same { number: f32, count: u64 },
}

/// Writes safetensors.
///
/// # Errors
/// [`ReaderError`].
pub(crate) fn write<S: Read + Seek>(
    source: &mut Source<'_, S>,
    tensors: &mut [Tensor],
    wanted: &[Wanted],
    metadata: &[(String, String)],
) -> Result<Vec<Part>, ReaderError> {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let metadata: Vec<String> =
        metadata.iter().map(|(key, value)| format!("{}:{}", json(key), json(value))).collect();
    let mut header = format!("{{\"__metadata__\":{{{}}}", metadata.join(","));
    let mut parts = vec![Part::New(Vec::new())];
    let (mut at, mut left) = (0u64, source.len() + SPARE_BYTES);
    // Integers of a byte become numbers of four, or of two where that were too much.
    let integers: u64 = wanted
        .iter()
        .filter_map(|wanted| match &wanted.from {
            From::Tensor { tensor, .. } | From::Shaped { tensor, .. } => Some(&tensors[*tensor]),
            From::Plus { .. } | From::Same { .. } => None,
        })
        .filter(|tensor| tensor.scaled.is_some())
        .map(Tensor::elements)
        .sum();
    let is_half = integers.saturating_mul(4) > left / 2;
    for Wanted { name, from } in wanted {
        let (shape, number, part) = match from {
            From::Same { number, count } => {
                let bytes = (0..*count).flat_map(|_| number.to_le_bytes()).collect();
                (vec![*count], "F32", Part::New(bytes))
            }
            From::Plus { tensor, number } => {
                let tensor = &tensors[*tensor];
                let numbers = tensor.numbers(source)?;
                let bytes = numbers.iter().flat_map(|own| ((own + number) as f32).to_le_bytes()).collect();
                (tensor.shape.clone(), "F32", Part::New(bytes))
            }
            From::Tensor { tensor, order } => {
                let tensor = &mut tensors[*tensor];
                let shape = permuted_shape(&tensor.shape, order.as_deref());
                let (number, part) = part(source, tensor, order.as_deref(), is_half, &mut left)?;
                (shape, number, part)
            }
            From::Shaped { tensor, order, shape } => {
                let tensor = &mut tensors[*tensor];
                let (number, part) = part(source, tensor, order.as_deref(), is_half, &mut left)?;
                (shape.clone(), number, part)
            }
        };
        let bytes = match &part {
            Part::Same(range) => range.end - range.start,
            Part::New(bytes) => bytes.len() as u64,
        };
        let end = at.checked_add(bytes).filter(|end| *end <= MOST_SHARED * source.len() + SPARE_BYTES);
        let end = end.ok_or_else(|| {
            source.damaged(format!("its tensors up to {name:?} have more numbers than the file"))
        })?;
        header += &format!(
            r#",{}:{{"dtype":"{number}","shape":{shape:?},"data_offsets":[{at},{end}]}}"#,
            json(name)
        );
        parts.push(part);
        at = end;
    }
    super::put_header(header, &mut parts);
    Ok(parts)
}

fn permuted_shape(shape: &[u64], order: Option<&[usize]>) -> Vec<u64> {
    match order {
        None => shape.to_vec(),
        Some(order) => order.iter().map(|axis| shape.get(*axis).copied().unwrap_or(1)).collect(),
    }
}

fn part<S: Read + Seek>(
    source: &mut Source<'_, S>,
    tensor: &mut Tensor,
    order: Option<&[usize]>,
    is_half: bool,
    left: &mut u64,
) -> Result<(&'static str, Part), ReaderError> {
    tensor.check(source)?;
    let len = tensor.elements() * tensor.number.bytes();
    let order = order.filter(|order| !is_in_order(order, &tensor.shape));
    if let (Data::At(at), None, Some(number)) = (&tensor.data, order, tensor.number.kept()) {
        let at = at + source.base();
        return Ok((number, Part::Same(at..at + len)));
    }
    let kept = tensor.number.kept();
    let size = match kept {
        Some(_) => tensor.number.bytes(),
        None if tensor.scaled.is_some() && is_half => 2,
        None => 4,
    };
    let remaining = left.checked_sub(tensor.elements().saturating_mul(size));
    *left = remaining.ok_or_else(|| {
        source.damaged(format!(
            "tensor {:?} and those before it would have more numbers than the file",
            tensor.name
        ))
    })?;
    // What had to be unpacked is not needed again.
    let raw = match &mut tensor.data {
        Data::Own(bytes) => std::mem::take(bytes),
        Data::At(_) => tensor.raw(source)?,
    };
    let (number, bytes) = match kept {
        Some(number) => (number, raw),
        None => {
            let numbers =
                raw.chunks_exact(tensor.number.bytes() as usize).map(|bytes| tensor.number.decode(bytes));
            let mut bytes = Vec::with_capacity((tensor.elements() * size) as usize);
            for (i, number) in numbers.enumerate() {
                let real =
                    tensor.scaled.as_ref().map_or(number, |scaled| scaled.real(number, i, &tensor.shape));
                if size == 2 {
                    bytes.extend(f16::from_f64(real).to_le_bytes());
                } else {
                    bytes.extend((real as f32).to_le_bytes());
                }
            }
            (if size == 2 { "F16" } else { "F32" }, bytes)
        }
    };
    let bytes = match order {
        None => bytes,
        Some(order) => permuted(&bytes, size as usize, &tensor.shape, order),
    };
    Ok((number, Part::New(bytes)))
}

/// Whether an order of dimensions leaves all numbers where they are: dimensions of 1 may stand anywhere.
fn is_in_order(order: &[usize], shape: &[u64]) -> bool {
    let long: Vec<usize> =
        order.iter().copied().filter(|axis| shape.get(*axis).is_some_and(|n| *n != 1)).collect();
    long.is_sorted()
}

/// Elements of `size` bytes with their dimensions in another order.
fn permuted(bytes: &[u8], size: usize, shape: &[u64], order: &[usize]) -> Vec<u8> {
    let stride = |axis: usize| shape[axis + 1..].iter().product::<u64>() as usize;
    let extents: Vec<usize> = order.iter().map(|axis| shape[*axis] as usize).collect();
    let strides: Vec<usize> = order.iter().map(|axis| stride(*axis)).collect();
    let mut out = Vec::with_capacity(bytes.len());
    let mut place = vec![0usize; order.len()];
    for _ in 0..bytes.len() / size {
        let at = place.iter().zip(&strides).map(|(i, stride)| i * stride).sum::<usize>() * size;
        out.extend(bytes.get(at..at + size).unwrap_or_default());
        for (i, extent) in place.iter_mut().zip(&extents).rev() {
            *i += 1;
            if *i < *extent {
                break;
            }
            *i = 0;
        }
    }
    out
}

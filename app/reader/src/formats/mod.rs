//! What is read, by formats.

mod file;
mod flatbuffer;
mod hdf5;
mod keras;
mod layers;
mod names;
mod onnx;
mod pickle;
mod protobuf;
mod source;
mod tensor;
mod tflite;
mod value;

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::error::ReaderError;
use file::File;
use layers::Network;
use source::Source;
use tensor::Tensor;
use value::Tensor as View;

/// Most bytes that may be made anew, of tensors that do not lie in the file as they are wanted, beyond its own length.
const SPARE_BYTES: u64 = 16 << 20;
/// How many times as long as the file all tensors may be, those counted again that share numbers.
const MOST_SHARED: u64 = 4;

/// A checkpoint as the parts of a safetensors file, one after the other.
#[derive(Debug)]
pub struct Checkpoint {
    /// The parts.
    pub parts: Vec<Part>,
    /// Its tensors.
    pub tensors: usize,
}

/// Bytes of a safetensors file.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// Those of the file that was read.
    Same(Range<u64>),
    /// Others.
    New(Vec<u8>),
}

impl Checkpoint {
    /// The whole file.
    ///
    /// # Errors
    /// [`ReaderError`] if the source cannot be read.
    pub fn bytes(&self, source: &mut (impl Read + Seek)) -> Result<Vec<u8>, ReaderError> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            match part {
                Part::Same(range) => {
                    source.seek(SeekFrom::Start(range.start))?;
                    source.by_ref().take(range.end - range.start).read_to_end(&mut bytes)?;
                }
                Part::New(new) => bytes.extend(new),
            }
        }
        Ok(bytes)
    }
}

/// Reads a checkpoint of any of the formats, which its content tells.
///
/// # Errors
/// [`ReaderError`].
pub fn read(source: &mut (impl Read + Seek)) -> Result<Checkpoint, ReaderError> {
    let mut start = [0; 8];
    source.rewind()?;
    let read = file::read_up_to(source, &mut start)?;
    source.rewind()?;
    match &start[..read] {
        [_, _, _, _, b'T', b'F', b'L', b'3'] => {
            let mut source = Source::new(source, "TensorFlow Lite")?;
            let (network, tensors) = tflite::read(&mut source)?;
            exported(&mut source, &network, tensors)
        }
        b"\x89HDF\r\n\x1A\n" => {
            let mut source = Source::new(source, "Keras")?;
            let (network, tensors) = keras::read(&mut source, None)?;
            exported(&mut source, &network, tensors)
        }
        [b'P', b'K', 3, 4, ..] if keras::is_archive(source)? => keras::archive(source),
        // Any of a model's fields, most often the version of its form.
        [0x08 | 0x0A | 0x12 | 0x1A | 0x22 | 0x28 | 0x32 | 0x3A | 0x42 | 0x72, ..] => {
            let mut source = Source::new(source, "ONNX")?;
            let (network, tensors) = onnx::read(&mut source)?;
            exported(&mut source, &network, tensors)
        }
        _ => pytorch(source),
    }
}

/// An exported network as a checkpoint.
fn exported<S: Read + Seek>(
    source: &mut Source<'_, S>,
    network: &Network,
    mut tensors: Vec<Tensor>,
) -> Result<Checkpoint, ReaderError> {
    let parts = tensor::write(source, &mut tensors, &network.wanted, &network.metadata)?;
    Ok(Checkpoint { parts, tensors: network.wanted.len() })
}

/// Reads a checkpoint of PyTorch's.
fn pytorch(source: &mut (impl Read + Seek)) -> Result<Checkpoint, ReaderError> {
    let len = source.seek(SeekFrom::End(0))?;
    let file = File::open(source)?;
    let pickle = pickle::read(&file.pickle)?;
    let named = names::tensors(&pickle)?;
    let dtypes = file::dtypes(&pickle.storages);
    let places = file.locate(source, pickle.len, &dtypes)?;

    let mut parts = vec![Part::New(Vec::new())];
    let mut header = String::from(r#"{"__metadata__":{"format":"pt"}"#);
    let (mut at, mut left) = (0u64, len + SPARE_BYTES);
    for one in &named {
        let elements = elements(&one.tensor.shape).ok_or_else(|| too_large(&one.name))?;
        let place = if elements == 0 { 0..0 } else { place(&one.tensor, &one.name, &places)? };
        let dtype = if one.tensor.dtype.name == "F64" { "F32" } else { one.tensor.dtype.name };
        let bytes = elements.checked_mul(if dtype == "F32" { 4 } else { one.tensor.dtype.bytes });
        let bytes = bytes.ok_or_else(|| too_large(&one.name))?;
        let end = at.checked_add(bytes).filter(|end| *end <= MOST_SHARED * len + SPARE_BYTES);
        let end = end.ok_or_else(|| too_large(&one.name))?;
        if elements == 0 {
            // Where its numbers would begin does not matter.
        } else if is_dense(&one.tensor) && dtype == one.tensor.dtype.name {
            let start = place.start + one.tensor.offset * one.tensor.dtype.bytes;
            parts.push(Part::Same(start..start + bytes));
        } else {
            left = left.checked_sub(bytes).ok_or_else(|| too_large(&one.name))?;
            parts.push(Part::New(gathered(source, &one.tensor, place)?));
        }
        let name =
            serde_json::to_string(&one.name).map_err(|error| ReaderError::malformed(error.to_string()))?;
        header += &format!(
            r#",{name}:{{"dtype":"{dtype}","shape":{:?},"data_offsets":[{at},{}]}}"#,
            one.tensor.shape, end
        );
        at = end;
    }
    put_header(header, &mut parts);
    Ok(Checkpoint { parts, tensors: named.len() })
}

/// Ends the header of a safetensors file, a JSON object without its last brace, and puts it into the place that is kept for it.
fn put_header(mut header: String, parts: &mut [Part]) {
    header.push('}');
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut first = (header.len() as u64).to_le_bytes().to_vec();
    first.extend(header.as_bytes());
    if let Some(part) = parts.first_mut() {
        *part = Part::New(first);
    }
}

fn too_large(name: &str) -> ReaderError {
    ReaderError::malformed(format!("its tensor {name:?} would have more numbers than the file"))
}

fn elements(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1u64, |product, extent| product.checked_mul(*extent))
}

/// Where the storage of a tensor is that has numbers, after a check that the tensor lies in it.
fn place(tensor: &View, name: &str, places: &HashMap<String, Range<u64>>) -> Result<Range<u64>, ReaderError> {
    let (storage, size) = (&tensor.storage, tensor.dtype.bytes);
    let place = places.get(&storage.key);
    let place = place.ok_or_else(|| ReaderError::Truncated {
        what: format!("storage {} of {name}", storage.key),
        expected: storage.elements.saturating_mul(size),
        found: 0,
    })?;
    let skipped = storage.first.checked_mul(size).and_then(|bytes| place.start.checked_add(bytes));
    let start = skipped.filter(|start| *start <= place.end).ok_or_else(|| too_large(name))?;
    let last = tensor.shape.iter().zip(&tensor.strides).try_fold(tensor.offset, |last, (extent, stride)| {
        last.checked_add(extent.saturating_sub(1).checked_mul(*stride)?)
    });
    let end = last.and_then(|last| last.checked_add(1)?.checked_mul(size));
    let found = place.end - start;
    match end {
        Some(end) if end <= found => Ok(start..place.end),
        _ => Err(ReaderError::Truncated {
            what: format!("tensor {name}"),
            expected: end.unwrap_or(u64::MAX),
            found,
        }),
    }
}

/// Whether a tensor's numbers lie one behind the other, the last dimension's next to each other.
fn is_dense(tensor: &View) -> bool {
    let mut expected = 1u64;
    tensor.shape.iter().zip(&tensor.strides).rev().all(|(extent, stride)| {
        let is_right = *extent == 1 || *stride == expected;
        expected = expected.saturating_mul(*extent);
        is_right
    })
}

/// The numbers, at least one, of a tensor in order, doubles as floats.
fn gathered(
    source: &mut (impl Read + Seek),
    tensor: &View,
    place: Range<u64>,
) -> Result<Vec<u8>, ReaderError> {
    let size = tensor.dtype.bytes as usize;
    let span = tensor
        .shape
        .iter()
        .zip(&tensor.strides)
        .map(|(extent, stride)| extent.saturating_sub(1) * stride)
        .sum::<u64>()
        + 1;
    source.seek(SeekFrom::Start(place.start + tensor.offset * tensor.dtype.bytes))?;
    let mut numbers = Vec::new();
    source.by_ref().take(span * tensor.dtype.bytes).read_to_end(&mut numbers)?;
    let is_double = tensor.dtype.name == "F64";
    let mut bytes = Vec::new();
    let mut place = vec![0u64; tensor.shape.len()];
    for _ in 0..elements(&tensor.shape).unwrap_or_default() {
        let at = place.iter().zip(&tensor.strides).map(|(i, stride)| i * stride).sum::<u64>() as usize * size;
        let number =
            numbers.get(at..at + size).ok_or_else(|| ReaderError::malformed("a tensor ends too early"))?;
        match number.first_chunk() {
            Some(double) if is_double => bytes.extend((f64::from_le_bytes(*double) as f32).to_le_bytes()),
            _ => bytes.extend(number),
        }
        for (i, extent) in place.iter_mut().zip(&tensor.shape).rev() {
            *i += 1;
            if *i < *extent {
                break;
            }
            *i = 0;
        }
    }
    Ok(bytes)
}

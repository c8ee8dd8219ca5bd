//! Writing safetensors files.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::safetensors::METADATA;
use super::{FloatDtype, Tables, WeightsError};

/// A tensor to be written.
#[derive(Clone, Copy, Debug)]
pub struct TensorRef<'a> {
    /// The name in the file.
    pub name: &'a str,
    /// The extents, outermost first; empty for a scalar.
    pub shape: &'a [usize],
    /// The elements in row-major order.
    pub data: &'a [f32],
}

/// The bytes of a safetensors file with `tensors` in the given order, both in the header and in the data: a
/// file in the order of execution can be used while it still arrives.
///
/// All elements are stored as `dtype`, rounded to nearest, ties to even. The header is padded with spaces so
/// that the data begin at a multiple of 8 bytes, as the format recommends.
///
/// # Errors
/// [`DuplicateName`](WeightsError::DuplicateName), [`ReservedName`](WeightsError::ReservedName),
/// [`SizeMismatch`](WeightsError::SizeMismatch) when shape and data disagree,
/// [`NonFinite`](WeightsError::NonFinite), and [`BeyondRange`](WeightsError::BeyondRange) for finite values
/// that would become infinite.
pub fn write_safetensors(
    tensors: &[TensorRef<'_>],
    dtype: FloatDtype,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, WeightsError> {
    write_with_tables(&Tables::new(), tensors, dtype, metadata)
}

/// The same with orders of channels, as integers of 8 bytes, before the tensors: whoever prepares layers while the file arrives
/// needs them first.
///
/// # Errors
/// As [`write_safetensors`].
pub fn write_with_tables(
    tables: &Tables,
    tensors: &[TensorRef<'_>],
    dtype: FloatDtype,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, WeightsError> {
    let outlines: Vec<Outline<'_>> =
        tensors.iter().map(|&TensorRef { name, shape, .. }| Outline { name, shape }).collect();
    let mut file = Vec::new();
    let numbers = |at: usize| Cow::Borrowed(tensors[at].data);
    write_in_pieces(tables, &outlines, dtype, metadata, numbers, &mut |piece| file.extend(piece))?;
    Ok(file)
}

/// A tensor to be written, without its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// The name in the file.
    pub name: &'a str,
    /// The extents, outermost first; empty for a scalar.
    pub shape: &'a [usize],
}

/// The same for tensors that need not be in memory together: `numbers` gives the elements of one at a time, by its position, and
/// `take` gets the file piece by piece.
///
/// # Errors
/// As [`write_safetensors`]; `take` may have got pieces then.
pub fn write_in_pieces<'a>(
    tables: &Tables,
    tensors: &[Outline<'_>],
    dtype: FloatDtype,
    metadata: &BTreeMap<String, String>,
    numbers: impl Fn(usize) -> Cow<'a, [f32]>,
    take: &mut dyn FnMut(&[u8]),
) -> Result<(), WeightsError> {
    check_names(tables.keys().map(String::as_str).chain(tensors.iter().map(|tensor| tensor.name)))?;
    let header = header_json(tables, tensors, dtype, metadata);
    take(&(header.len() as u64).to_le_bytes());
    take(header.as_bytes());
    for table in tables.values() {
        let bytes: Vec<u8> = table.iter().flat_map(|channel| (channel as u64).to_le_bytes()).collect();
        take(&bytes);
    }
    for (at, tensor) in tensors.iter().enumerate() {
        let data = numbers(at);
        let bytes = |elements: u64| elements.saturating_mul(size_of::<f32>() as u64);
        let (expected, got) = (bytes(elements(tensor.shape)), bytes(data.len() as u64));
        if expected != got {
            let (name, shape) = (tensor.name.to_string(), tensor.shape.to_vec());
            return Err(WeightsError::SizeMismatch { name, shape, expected, got });
        }
        take(&encoded(tensor.name, &data, dtype)?);
    }
    Ok(())
}

fn elements(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |product, &extent| product.saturating_mul(extent as u64))
}

fn check_names<'a>(all: impl Iterator<Item = &'a str>) -> Result<(), WeightsError> {
    let mut names = HashSet::new();
    for name in all {
        if name == METADATA {
            return Err(WeightsError::ReservedName { name: name.to_string() });
        }
        if !names.insert(name) {
            return Err(WeightsError::DuplicateName { name: name.to_string() });
        }
    }
    Ok(())
}

/// The header, padded to a multiple of 8 bytes. Put together by hand since JSON maps do not keep an order.
fn header_json(
    tables: &Tables,
    tensors: &[Outline<'_>],
    dtype: FloatDtype,
    metadata: &BTreeMap<String, String>,
) -> String {
    let mut entries = Vec::with_capacity(tables.len() + tensors.len() + 1);
    if !metadata.is_empty() {
        entries.push(format!("{}:{}", json(METADATA), json(metadata)));
    }
    let mut begin = 0;
    for (name, table) in tables {
        let (name, channels, end) =
            (json(name), table.len(), begin + (table.len() * size_of::<u64>()) as u64);
        entries
            .push(format!(r#"{name}:{{"dtype":"I64","shape":[{channels}],"data_offsets":[{begin},{end}]}}"#));
        begin = end;
    }
    for &Outline { name, shape } in tensors {
        let end = begin.saturating_add(elements(shape).saturating_mul(dtype.bytes() as u64));
        let (name, dtype, shape) = (json(name), json(&dtype), json(shape));
        entries.push(format!(r#"{name}:{{"dtype":{dtype},"shape":{shape},"data_offsets":[{begin},{end}]}}"#));
        begin = end;
    }
    let mut header = format!("{{{}}}", entries.join(","));
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    header
}

/// `value` as JSON.
fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    // Text, numbers, and maps with text keys have no way to fail, and a String takes every byte.
    serde_json::to_string(value).expect("text and integers always serialise")
}

/// A tensor's bytes.
fn encoded(tensor: &str, data: &[f32], dtype: FloatDtype) -> Result<Vec<u8>, WeightsError> {
    let mut bytes = Vec::with_capacity(data.len() * dtype.bytes());
    for (index, &value) in data.iter().enumerate() {
        let name = || tensor.to_string();
        if !value.is_finite() {
            return Err(WeightsError::NonFinite { name: name(), index, value: value.to_string() });
        }
        let stored = dtype.encode(value, &mut bytes);
        stored.ok_or_else(|| WeightsError::BeyondRange { name: name(), index, value, dtype })?;
    }
    Ok(bytes)
}

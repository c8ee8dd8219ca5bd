//! Reading safetensors files.
//!
//! A file is an eight-byte little-endian header length, a JSON header, and the tensors' bytes:
//! `{"__metadata__": {text: text}, name: {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …}`, offsets
//! counting from the end of the header (<https://github.com/huggingface/safetensors#format>).
//!
//! [`StreamReader`] takes the file in pieces of any size, as a download brings them, and hands out each tensor
//! as soon as its last byte is there. It holds the header and the one tensor that is arriving; memory follows
//! the bytes that have come, never the sizes that a header claims.
//!
//! As the format demands, tensors fill the file without holes or overlaps, and nothing follows the last one.
//! A file that breaks this rule is refused, as the reference reader does: no writer leaves such bytes, so they
//! mean damage or something hidden.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;

use serde::de::{self, DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::{Dtype, FloatDtype, WeightsError, json_message};
use crate::file_kind::{FileKind, sniff};
use crate::order;

/// The longest header that is accepted, in bytes. A network of this project has some 50 KB.
pub const MAX_HEADER_BYTES: u64 = 16 << 20;

/// The key of the header that holds text in place of a tensor.
pub(super) const METADATA: &str = "__metadata__";

/// The length of the header's length, in bytes.
const PREFIX_BYTES: usize = 8;

/// What the header says about a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorInfo {
    /// The name, for instance `blocks.0.0.conv_dw.weight`.
    pub name: String,
    /// The element type in the file.
    pub dtype: Dtype,
    /// The extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// Where its bytes begin, counted from the end of the header.
    pub begin: u64,
    /// Where its bytes end (exclusive).
    pub end: u64,
}

impl TensorInfo {
    /// The number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A file's header, checked as far as that goes without the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The free text that the writer added.
    pub metadata: BTreeMap<String, String>,
    /// All tensors (integers too) in the order of their bytes in the file.
    pub tensors: Vec<TensorInfo>,
    /// Where the tensors' bytes begin in the file.
    pub data_start: u64,
}

impl Header {
    /// The length in bytes of the file that this header describes.
    pub fn file_bytes(&self) -> u64 {
        self.data_start + self.tensors.last().map_or(0, |t| t.end)
    }

    /// The tensors of floats, which alone can be parameters.
    pub fn floats(&self) -> impl Iterator<Item = &TensorInfo> {
        self.tensors.iter().filter(|info| matches!(info.dtype, Dtype::Float(_)))
    }

    /// Their shapes by their names.
    pub fn float_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        order::map(self.floats().map(|info| (info.name.clone(), info.shape.clone())))
    }
}

/// A tensor's values.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// The elements in row-major order.
    pub data: Vec<f32>,
}

/// A whole checkpoint in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The free text that the writer added.
    pub metadata: BTreeMap<String, String>,
    /// The floating-point tensors by name.
    pub tensors: BTreeMap<String, Tensor>,
    /// Their names in the order of the file.
    pub order: Vec<String>,
}

/// Reads a whole file. Tensors of integers are left out.
///
/// # Errors
/// Whatever is wrong with the file, see [`WeightsError`].
pub fn read(bytes: &[u8]) -> Result<Checkpoint, WeightsError> {
    let mut checkpoint = Checkpoint::default();
    let mut reader = StreamReader::new(Some(bytes.len() as u64));
    reader.push(bytes, &mut |info, data| {
        checkpoint.order.push(info.name.clone());
        checkpoint.tensors.insert(info.name.clone(), Tensor { shape: info.shape.clone(), data });
    })?;
    checkpoint.metadata = reader.finish()?.metadata;
    Ok(checkpoint)
}

/// Reads the header alone, from the first bytes of a file.
///
/// # Errors
/// [`WeightsError::Truncated`] with the number of bytes that are needed when `prefix` is too short, else
/// whatever is wrong with the header.
pub fn read_header(prefix: &[u8]) -> Result<Header, WeightsError> {
    let got = prefix.len() as u64;
    let Some((length, rest)) = prefix.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(WeightsError::Truncated { expected: PREFIX_BYTES as u64, got });
    };
    let header_bytes = header_bytes(*length, None)?;
    let json = rest
        .get(..header_bytes)
        .ok_or(WeightsError::Truncated { expected: (PREFIX_BYTES + header_bytes) as u64, got })?;
    parse_header(json, None)
}

/// Decodes a file that arrives in pieces.
///
/// ```
/// # use engine::weights::{FloatDtype, StreamReader, write::{TensorRef, write_safetensors}};
/// # let tensor = TensorRef { name: "scale", shape: &[2], data: &[1.0, 0.5] };
/// # let file = write_safetensors(&[tensor], FloatDtype::F16, &Default::default())?;
/// let mut reader = StreamReader::new(Some(file.len() as u64));
/// for chunk in file.chunks(7) {
///     reader.push(chunk, &mut |info, values| {
///         assert_eq!((info.name.as_str(), values), ("scale", vec![1.0, 0.5]));
///     })?;
/// }
/// reader.finish()?;
/// # Ok::<(), engine::weights::WeightsError>(())
/// ```
#[derive(Debug)]
pub struct StreamReader {
    expected_len: Option<u64>,
    received: u64,
    /// Whether tensors are put together.
    delivers: bool,
    state: State,
}

/// What the next bytes are.
#[derive(Debug)]
enum State {
    /// The header's length, of which some bytes may be there.
    Length(Vec<u8>),
    /// The header, of `len` bytes.
    Header { len: usize, json: Vec<u8> },
    /// The bytes of tensor `index`, or what follows the last one.
    Data { header: Header, index: usize, current: Decoder },
    /// Nothing that could be understood: an error has been reported.
    Failed(WeightsError),
}

impl StreamReader {
    /// A reader of a file that is `expected_len` bytes long, if that is known. With the length, a header that
    /// does not fit the file is found before any data has come. It counts the bytes that will be pushed: the
    /// Content-Length of a compressed answer is another number and must not be given.
    pub fn new(expected_len: Option<u64>) -> Self {
        Self { expected_len, received: 0, delivers: true, state: State::Length(Vec::new()) }
    }

    /// A reader that finds the same errors, numbers included, and delivers nothing: it holds no more than the header.
    pub fn checking(expected_len: Option<u64>) -> Self {
        Self { delivers: false, ..Self::new(expected_len) }
    }

    /// The header, once it has arrived.
    pub fn header(&self) -> Option<&Header> {
        match &self.state {
            State::Data { header, .. } => Some(header),
            _ => None,
        }
    }

    /// Takes the next bytes, and gives `sink` every floating-point tensor that they complete, decoded, in the
    /// order of the file. Until [`finish`](Self::finish) has succeeded, what `sink` got is provisional.
    ///
    /// How the file is cut into chunks makes no difference to what is delivered or to the error.
    ///
    /// # Errors
    /// What is wrong with the file so far. After an error every further call returns it again.
    pub fn push(
        &mut self,
        mut chunk: &[u8],
        sink: &mut impl FnMut(&TensorInfo, Vec<f32>),
    ) -> Result<(), WeightsError> {
        self.received += chunk.len() as u64;
        let outcome = loop {
            match self.step(&mut chunk, sink) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Err(error) = &outcome {
            self.state = State::Failed(error.clone());
        }
        outcome
    }

    /// Ends the file: says whether all of it has come, and nothing more.
    ///
    /// # Errors
    /// What is missing, what is left over, or the error that [`push`](Self::push) has returned.
    pub fn finish(self) -> Result<Header, WeightsError> {
        let got = self.received;
        match self.state {
            State::Length(_) => Err(WeightsError::TooShort { len: got }),
            State::Header { len, .. } => {
                Err(WeightsError::Truncated { expected: (PREFIX_BYTES + len) as u64, got })
            }
            State::Data { header, .. } => match header.file_bytes() {
                expected if got < expected => Err(WeightsError::Truncated { expected, got }),
                expected if got > expected => Err(WeightsError::TrailingBytes { expected, got }),
                _ => Ok(header),
            },
            State::Failed(error) => Err(error),
        }
    }

    /// Goes on by at most one state or one tensor; `false` when only more bytes would help.
    fn step(
        &mut self,
        chunk: &mut &[u8],
        sink: &mut impl FnMut(&TensorInfo, Vec<f32>),
    ) -> Result<bool, WeightsError> {
        let delivers = self.delivers;
        match &mut self.state {
            State::Length(prefix) => {
                fill(prefix, PREFIX_BYTES, chunk);
                let Ok(length) = <[u8; PREFIX_BYTES]>::try_from(prefix.as_slice()) else { return Ok(false) };
                let len = header_bytes(length, self.expected_len)?;
                self.state = State::Header { len, json: Vec::new() };
            }
            State::Header { len, json } => {
                fill(json, *len, chunk);
                if json.len() < *len {
                    return Ok(false);
                }
                let header = parse_header(json, self.expected_len)?;
                let current = Decoder::new(header.tensors.first(), delivers);
                self.state = State::Data { header, index: 0, current };
            }
            State::Data { header, index, current } => {
                let Some(info) = header.tensors.get(*index) else { return Ok(false) };
                if !current.feed(info, chunk)? {
                    return Ok(false);
                }
                *index += 1;
                let done = mem::replace(current, Decoder::new(header.tensors.get(*index), delivers));
                if let (Dtype::Float(_), true) = (info.dtype, delivers) {
                    sink(info, done.values);
                }
            }
            State::Failed(error) => return Err(error.clone()),
        }
        Ok(true)
    }
}

/// The tensor that is arriving.
#[derive(Debug, Default)]
struct Decoder {
    /// Bytes that have not come yet.
    missing: u64,
    /// The bytes of an element that a chunk's end has cut.
    partial: Vec<u8>,
    /// Whether elements are kept until all are there.
    keeps: bool,
    /// Elements that were checked and not kept.
    dropped: usize,
    /// The elements so far, but for those.
    values: Vec<f32>,
}

impl Decoder {
    fn new(info: Option<&TensorInfo>, keeps: bool) -> Self {
        Self { missing: info.map_or(0, |t| t.end - t.begin), keeps, ..Self::default() }
    }

    /// Takes what belongs to the tensor `info` from the front of `chunk`; `true` when it is complete.
    fn feed(&mut self, info: &TensorInfo, chunk: &mut &[u8]) -> Result<bool, WeightsError> {
        let taken = chunk.len().min(usize::try_from(self.missing).unwrap_or(usize::MAX));
        let (mut bytes, rest) = chunk.split_at(taken);
        *chunk = rest;
        self.missing -= taken as u64;
        if let Dtype::Float(dtype) = info.dtype {
            if !self.partial.is_empty() {
                fill(&mut self.partial, dtype.bytes(), &mut bytes);
                if self.partial.len() < dtype.bytes() {
                    return Ok(false);
                }
                let element = mem::take(&mut self.partial);
                self.decode(info, dtype, &element)?;
            }
            let (whole, cut) = bytes.split_at(bytes.len() - bytes.len() % dtype.bytes());
            self.decode(info, dtype, whole)?;
            self.partial.extend_from_slice(cut);
        }
        Ok(self.missing == 0)
    }

    /// Decodes whole elements and checks them.
    fn decode(&mut self, info: &TensorInfo, dtype: FloatDtype, bytes: &[u8]) -> Result<(), WeightsError> {
        if !self.keeps {
            self.dropped += self.values.len();
            self.values.clear();
        }
        let start = self.values.len();
        let more = bytes.len() / dtype.bytes();
        if self.values.capacity() < start + more {
            // Doubling, as Vec does, but not beyond the tensor: the result carries no slack.
            let capacity = (2 * start).max(start + more).min(info.elements());
            self.values.reserve_exact(capacity - start);
        }
        dtype.decode(bytes, &mut self.values);
        match self.values[start..].iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(WeightsError::NonFinite {
                name: info.name.clone(),
                index: self.dropped + start + at,
                value: self.values[start + at].to_string(),
            }),
        }
    }
}

/// Moves bytes from the front of `chunk` to `buffer` until that has `len` or the chunk is used up.
fn fill(buffer: &mut Vec<u8>, len: usize, chunk: &mut &[u8]) {
    let (taken, rest) = chunk.split_at(chunk.len().min(len - buffer.len()));
    buffer.extend_from_slice(taken);
    *chunk = rest;
}

/// The header's length from the file's first bytes, checked against the limit and the file's length.
fn header_bytes(prefix: [u8; PREFIX_BYTES], file_bytes: Option<u64>) -> Result<usize, WeightsError> {
    let len = u64::from_le_bytes(prefix);
    let available = file_bytes.map(|bytes| bytes.saturating_sub(PREFIX_BYTES as u64));
    match available {
        // Only here: read as a length, the beginning of any other kind of file is far beyond the limit.
        _ if len > MAX_HEADER_BYTES => Err(match sniff(&prefix) {
            FileKind::Unknown => WeightsError::HeaderTooLong { len, limit: MAX_HEADER_BYTES },
            FileKind::Text if prefix.trim_ascii_start().starts_with(b"<") => {
                WeightsError::NotSafetensors { kind: FileKind::Html }
            }
            kind => WeightsError::NotSafetensors { kind },
        }),
        Some(available) if len > available => Err(WeightsError::HeaderBeyondFile { len, available }),
        _ => Ok(len as usize),
    }
}

/// Parses and checks a header. `file_bytes` is the whole file's length where known.
fn parse_header(json: &[u8], file_bytes: Option<u64>) -> Result<Header, WeightsError> {
    let data_start = (PREFIX_BYTES + json.len()) as u64;
    // Even of a file of unknown length, positions have to be numbers.
    let available = file_bytes.unwrap_or(u64::MAX).saturating_sub(data_start);
    let raw = parse_json(json)?;
    let mut tensors = Vec::with_capacity(raw.tensors.len());
    for (name, entry) in raw.tensors {
        tensors.push(check_tensor(name, entry, available)?);
    }
    // Stable, so that empty tensors at the same place keep the header's order.
    let place = |tensor: &TensorInfo| u128::from(tensor.begin) << 64 | u128::from(tensor.end);
    let tensors = order::sorted(tensors, place);
    check_layout(&tensors)?;
    let header = Header { metadata: raw.metadata, tensors, data_start };
    match file_bytes {
        Some(got) if got > header.file_bytes() => {
            Err(WeightsError::TrailingBytes { expected: header.file_bytes(), got })
        }
        _ => Ok(header),
    }
}

/// Checks one tensor by itself. `available` is the number of data bytes in the file.
fn check_tensor(name: String, entry: RawEntry, available: u64) -> Result<TensorInfo, WeightsError> {
    let RawEntry { dtype, shape, data_offsets: [begin, end] } = entry;
    let Some(dtype) = Dtype::from_name(&dtype) else {
        return Err(WeightsError::UnsupportedDtype { name, dtype });
    };
    if begin > end {
        return Err(WeightsError::ReversedOffsets { name, begin, end });
    }
    if end > available {
        return Err(WeightsError::OutOfBounds { name, end, available });
    }
    // Widest first: a zero anywhere must not hide an overflow of the others from `TensorInfo::elements`.
    let nonzero = || shape.iter().filter(|&&extent| extent != 0);
    let Some(largest) = nonzero()
        .try_fold(dtype.bytes(), |bytes, &extent| bytes.checked_mul(usize::try_from(extent).ok()?))
        // One f32 per element has to be addressable too.
        .filter(|bytes| (bytes / dtype.bytes()).checked_mul(4).is_some())
    else {
        return Err(WeightsError::ShapeTooLarge { name, shape });
    };
    let expected = if shape.contains(&0) { 0 } else { largest as u64 };
    let shape: Vec<usize> = shape.into_iter().map(|extent| extent as usize).collect();
    if expected != end - begin {
        return Err(WeightsError::SizeMismatch { name, shape, expected, got: end - begin });
    }
    Ok(TensorInfo { name, dtype, shape, begin, end })
}

/// Checks the tensors, sorted by position, against each other: unique names, no overlap, no hole.
fn check_layout(tensors: &[TensorInfo]) -> Result<(), WeightsError> {
    let places = order::places(tensors.iter().map(|tensor| &*tensor.name));
    let twice = tensors.iter().enumerate().find(|(place, tensor)| places[&*tensor.name] != *place);
    if let Some((_, twice)) = twice {
        return Err(WeightsError::DuplicateName { name: twice.name.clone() });
    }
    let mut position = 0;
    for (index, tensor) in tensors.iter().enumerate() {
        if tensor.begin < position {
            let (first, second) = (tensors[index - 1].name.clone(), tensor.name.clone());
            return Err(WeightsError::Overlap { first, second });
        }
        if tensor.begin > position {
            return Err(WeightsError::Hole { name: tensor.name.clone(), bytes: tensor.begin - position });
        }
        position = tensor.end;
    }
    Ok(())
}

/// A tensor as the header's JSON describes it. Fields that the format does not have are passed over, as its
/// reference reader does.
#[derive(Deserialize)]
struct RawEntry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// The header's JSON in its own order.
#[derive(Default)]
struct RawHeader {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, RawEntry)>,
}

/// Reads the header's JSON. Written by hand since a derived map would lose the order and swallow duplicates,
/// and to name the entry that an error is in.
fn parse_json(json: &[u8]) -> Result<RawHeader, WeightsError> {
    let mut entry = None;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let parsed = HeaderSeed { entry: &mut entry }
        .deserialize(&mut deserializer)
        .and_then(|header| deserializer.end().map(|()| header));
    parsed.map_err(|error| {
        let message = json_message(&error);
        match (error.classify(), entry) {
            (Category::Data, Some(name)) => WeightsError::BadHeaderEntry { name, message },
            (Category::Data, None) => WeightsError::HeaderNotObject { message },
            _ => WeightsError::HeaderNotJson { line: error.line(), column: error.column(), message },
        }
    })
}

/// Deserialises a [`RawHeader`] and leaves the name of the entry at hand in `entry`.
struct HeaderSeed<'a> {
    entry: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for HeaderSeed<'_> {
    type Value = RawHeader;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<RawHeader, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderSeed<'_> {
    type Value = RawHeader;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one entry per tensor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
        let mut header = RawHeader::default();
        let mut has_metadata = false;
        while let Some(name) = map.next_key::<String>()? {
            *self.entry = Some(name.clone());
            if name != METADATA {
                header.tensors.push((name, map.next_value()?));
            } else if mem::replace(&mut has_metadata, true) {
                return Err(de::Error::custom("it occurs twice"));
            } else {
                header.metadata = map.next_value()?;
            }
        }
        *self.entry = None;
        Ok(header)
    }
}

//! Where a file of PyTorch's has its pickle and its numbers: a ZIP archive since 1.6, before that pickles and numbers one after the
//! other (torch/serialization.py).

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::rc::Rc;

use zip::{CompressionMethod, ZipArchive};

use super::pickle::{self, MAX_PICKLE};
use super::value::{Dtype, Shared, Storage, Value};
use crate::error::ReaderError;

/// A pickle of `torch.save` before 1.6 comes behind this number, a version, and what system wrote it.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// Most bytes of the pickles before the one that is meant, which are small.
const MAX_PREAMBLE: usize = 1 << 16;

/// A file's pickle and where its numbers are.
pub(crate) struct File {
    /// The pickle.
    pub(crate) pickle: Vec<u8>,
    numbers: Numbers,
}

enum Numbers {
    /// The bytes of each storage.
    Archive(HashMap<String, Range<u64>>),
    /// Behind the pickle from here on, in the file's order.
    Behind(u64),
}

impl File {
    /// Reads a file's pickle.
    ///
    /// # Errors
    /// [`ReaderError`].
    pub(crate) fn open(source: &mut (impl Read + Seek)) -> Result<Self, ReaderError> {
        let len = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut start = [0; MAGIC.len()];
        let read = read_up_to(source, &mut start)?;
        source.rewind()?;
        match &start[..read] {
            [b'P', b'K', 3, 4, ..] => archive(source),
            start if start == MAGIC => legacy(source, len),
            [0x80, 2..=5, ..] => Err(ReaderError::unsupported(
                "it is a pickle that torch.save has not written, or the numbers are in the pickle itself",
            )),
            _ => Err(ReaderError::malformed("it begins neither as an archive nor as a pickle")),
        }
    }

    /// Where the bytes of the storages are that are asked for.
    ///
    /// # Errors
    /// [`ReaderError`].
    pub(crate) fn locate(
        &self,
        source: &mut (impl Read + Seek),
        pickle_len: usize,
        dtypes: &HashMap<String, Dtype>,
    ) -> Result<HashMap<String, Range<u64>>, ReaderError> {
        let start = match &self.numbers {
            Numbers::Archive(places) => return Ok(places.clone()),
            Numbers::Behind(start) => *start,
        };
        let end = source.seek(SeekFrom::End(0))?;
        let keys = pickle::read(&self.pickle[pickle_len..])?;
        let list = match &keys.root {
            Value::Shared(place) => match &keys.heap[*place] {
                Shared::List(list) => Some(list),
                Shared::Dict(_) | Shared::Object { .. } => None,
            },
            _ => None,
        };
        let list = list.ok_or_else(|| ReaderError::malformed("the list of its storages is none"))?;
        let mut at = start + (pickle_len + keys.len) as u64;
        let mut places = HashMap::new();
        for key in list {
            let key = match key {
                Value::Int(number) => number.to_string(),
                key => keys.text(key).unwrap_or_default().to_owned(),
            };
            source.seek(SeekFrom::Start(at))?;
            let mut count = [0; 8];
            let read = read_up_to(source, &mut count)?;
            let Some(dtype) = dtypes.get(&key) else {
                return Err(ReaderError::malformed(format!("nothing says of what type storage {key:?} is")));
            };
            let bytes = u64::from_le_bytes(count).checked_mul(dtype.bytes);
            let until = bytes
                .and_then(|bytes| (at + 8).checked_add(bytes))
                .filter(|until| read == 8 && *until <= end);
            let until = until.ok_or_else(|| ReaderError::Truncated {
                what: format!("storage {key}"),
                expected: bytes.unwrap_or(u64::MAX),
                found: end.saturating_sub(at + 8),
            })?;
            places.insert(key, at + 8..until);
            at = until;
        }
        Ok(places)
    }
}

/// The type of each storage that some values mean.
pub(crate) fn dtypes(storages: &[Rc<Storage>]) -> HashMap<String, Dtype> {
    storages.iter().filter_map(|storage| Some((storage.key.clone(), storage.dtype?))).collect()
}

fn archive(source: &mut (impl Read + Seek)) -> Result<File, ReaderError> {
    let broken = |error: zip::result::ZipError| {
        ReaderError::malformed(format!(
            "its archive is damaged or incomplete ({error}); download or copy it again"
        ))
    };
    let mut archive = ZipArchive::new(source).map_err(broken)?;
    let mut names = archive.file_names().filter_map(Result::ok);
    let name = names.find(|name| name.ends_with("/data.pkl")).map(|name| name.into_owned());
    drop(names);
    let name = name.ok_or_else(|| ReaderError::malformed("its archive has no data.pkl"))?;
    let folder = name.strip_suffix("data.pkl").unwrap_or_default().to_owned();

    let mut pickle = Vec::new();
    let mut order = Vec::new();
    let mut places = HashMap::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index_raw(i).map_err(broken)?;
        let name = entry.name().map_err(broken)?;
        let Some(path) = name.strip_prefix(&folder).map(str::to_owned) else { continue };
        let key = path.strip_prefix("data/");
        let is_text = matches!(&*path, "data.pkl" | "byteorder");
        if key.is_none() && !is_text {
            continue;
        }
        if entry.compression() != CompressionMethod::Stored {
            return Err(ReaderError::unsupported(format!("{path} is compressed in its archive")));
        }
        if let Some(key) = key {
            let start = entry
                .data_start()
                .ok_or_else(|| ReaderError::malformed(format!("{path} is nowhere in its archive")))?;
            places.insert(key.to_owned(), start..start.saturating_add(entry.size()));
        } else {
            if entry.size() > MAX_PICKLE {
                return Err(ReaderError::TooLarge { what: format!("bytes of {path}"), limit: MAX_PICKLE });
            }
            let into = if path == "data.pkl" { &mut pickle } else { &mut order };
            into.clear();
            (&mut entry).take(MAX_PICKLE).read_to_end(into)?;
        }
    }
    if order.trim_ascii() == b"big" {
        return Err(ReaderError::unsupported("its numbers are big-endian"));
    }
    Ok(File { pickle, numbers: Numbers::Archive(places) })
}

fn legacy(source: &mut (impl Read + Seek), len: u64) -> Result<File, ReaderError> {
    // The number, the version, and the system.
    let mut start = vec![0; MAX_PREAMBLE.min(usize::try_from(len).unwrap_or(MAX_PREAMBLE))];
    let read = read_up_to(source, &mut start)?;
    start.truncate(read);
    let mut at = 0;
    for _ in 0..3 {
        let part = pickle::read(&start[at..])?;
        if let (Value::Shared(place), true) = (&part.root, at > MAGIC.len()) {
            let is_big = matches!(&part.heap[*place], Shared::Dict(items)
                if items.iter().any(|(key, value)| part.text(key) == Some("little_endian") && matches!(value, Value::Bool(false))));
            if is_big {
                return Err(ReaderError::unsupported("its numbers are big-endian"));
            }
        }
        at += part.len;
    }
    // How long the pickle is, only reading it tells: as much as may be.
    source.seek(SeekFrom::Start(at as u64))?;
    let mut pickle = Vec::new();
    read_pickle(source, &mut pickle)?;
    Ok(File { pickle, numbers: Numbers::Behind(at as u64) })
}

/// Reads until two whole pickles are there: the values, and the list of the storages.
fn read_pickle(source: &mut impl Read, pickle: &mut Vec<u8>) -> Result<(), ReaderError> {
    let mut ask = 1 << 20;
    loop {
        let more = source.by_ref().take(ask).read_to_end(pickle)?;
        let both = pickle::read(pickle)
            .and_then(|first| pickle::read(&pickle[first.len..]).map(|second| first.len + second.len));
        match both {
            Ok(len) => {
                pickle.truncate(len);
                return Ok(());
            }
            Err(ReaderError::Truncated { .. }) if more > 0 && (pickle.len() as u64) < MAX_PICKLE => {
                ask = pickle.len() as u64
            }
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn read_up_to(source: &mut impl Read, into: &mut [u8]) -> Result<usize, ReaderError> {
    let mut filled = 0;
    while filled < into.len() {
        match source.read(&mut into[filled..])? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(filled)
}

//! HDF5 (its File Format Specification 3.0), as far as h5py and Keras write it: superblocks 0 to 3, groups with symbol tables or compact
//! links, attributes in object headers, contiguous, compact and chunked numbers, the latter shuffled and deflated.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::Range;

use super::source::Source;
use super::tensor::{Data, Number, Tensor};
use crate::error::ReaderError;

/// Most messages of an object, entries of a group, chunks of a dataset and elements of an attribute.
const MAX_COUNT: usize = 100_000;
/// Most blocks of an object's header, and levels of a tree.
const MAX_BLOCKS: usize = 64;
/// Most dimensions.
const MAX_RANK: usize = 8;
/// Most bytes of an attribute.
const MAX_ATTRIBUTE: u64 = 8 << 20;
/// Most bytes of the names of a group, and of one of them.
const MAX_NAMES: u64 = 1 << 20;
const MAX_NAME: usize = 1 << 10;
/// Where nothing is.
const NOWHERE: u64 = u64::MAX;

/// An object: a group or a dataset.
pub(crate) struct Object {
    /// What its header says, by kind.
    messages: Vec<(u16, Range<u64>)>,
    /// Where the objects of a group with a symbol table have their headers, once that has been looked up.
    symbols: RefCell<Option<HashMap<String, u64>>>,
}

/// The root group.
pub(crate) fn root<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<Object, ReaderError> {
    let what = "the superblock";
    let version = source.u8(8, what)?;
    let (sizes, base, root) = match version {
        0 => ([13, 14], 24, 64),
        1 => ([13, 14], 28, 68),
        2 | 3 => ([9, 10], 12, 36),
        _ => return Err(source.damaged(format!("its superblock is of version {version}; there are 0 to 3"))),
    };
    for (at, name) in sizes.into_iter().zip(["offsets", "lengths"]) {
        let bytes = source.u8(at, what)?;
        if bytes != 8 {
            return Err(
                source.form(format!("its {name} have {bytes} bytes; save it anew with h5py, whose have 8"))
            );
        }
    }
    let base = source.u64(base, what)?;
    if base != 0 {
        return Err(source.form(format!("its contents begin at byte {base}; save it anew with h5py")));
    }
    let root = source.u64(root, what)?;
    Object::at(source, root)
}

impl Object {
    fn at<S: Read + Seek>(source: &mut Source<'_, S>, at: u64) -> Result<Self, ReaderError> {
        let what = "an object's header";
        let mut object = Self { messages: Vec::new(), symbols: RefCell::new(None) };
        let is_new = &source.array::<4>(at, what)? == b"OHDR";
        let mut blocks = Vec::new();
        let (mut flags, mut read) = (0, 0);
        if is_new {
            flags = source.u8(at + 5, what)?;
            let mut start =
                at + 6 + if flags & 0x20 == 0 { 0 } else { 16 } + if flags & 0x10 == 0 { 0 } else { 4 };
            let width = 1u64 << (flags & 3);
            let mut len = 0u64;
            for i in (0..width).rev() {
                len = len << 8 | u64::from(source.u8(start + i, what)?);
            }
            start += width;
            blocks.push(start..start.saturating_add(len));
        } else {
            let version = source.u8(at, what)?;
            if version != 1 {
                return Err(
                    source.damaged(format!("an object's header at byte {at} is of version {version}"))
                );
            }
            let len = u64::from(source.u32(at + 8, what)?);
            blocks.push(at + 16..at + 16 + len);
        }
        while let Some(block) = blocks.pop() {
            read += 1;
            if read > MAX_BLOCKS {
                return Err(ReaderError::TooLarge {
                    what: "blocks of an object's header".to_owned(),
                    limit: MAX_BLOCKS as u64,
                });
            }
            source.check(&block, what)?;
            let mut at = block.start;
            let head = if is_new { 4 + if flags & 4 == 0 { 0 } else { 2 } } else { 8 };
            while at + head <= block.end {
                let (kind, len) = if is_new {
                    (u16::from(source.u8(at, what)?), u64::from(source.u16(at + 1, what)?))
                } else {
                    (source.u16(at, what)?, u64::from(source.u16(at + 2, what)?))
                };
                let body = at + head..at + head + len;
                if body.end > block.end {
                    return Err(source.damaged(format!(
                        "a message of {len} bytes at byte {at} goes beyond its object's header"
                    )));
                }
                if kind == 0x10 {
                    let (to, len) = (source.u64(body.start, what)?, source.u64(body.start + 8, what)?);
                    let to_end = to.saturating_add(len);
                    // In the newer form with a signature before and a checksum behind.
                    blocks.push(if is_new {
                        to.saturating_add(4)..to_end.saturating_sub(4)
                    } else {
                        to..to_end
                    });
                }
                at = body.end;
                object.messages.push((kind, body));
                if object.messages.len() > MAX_COUNT || blocks.len() > MAX_BLOCKS {
                    return Err(ReaderError::TooLarge {
                        what: "messages of an object".to_owned(),
                        limit: MAX_COUNT as u64,
                    });
                }
            }
        }
        Ok(object)
    }

    fn message(&self, kind: u16) -> Option<Range<u64>> {
        self.messages.iter().find(|(other, _)| *other == kind).map(|(_, body)| body.clone())
    }

    /// The object at a path, if there is one.
    pub(crate) fn find<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        path: &str,
    ) -> Result<Option<Self>, ReaderError> {
        let mut object = None;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let group = object.as_ref().unwrap_or(self);
            match group.child(source, name)? {
                Some(at) => object = Some(Self::at(source, at)?),
                None => return Ok(None),
            }
        }
        Ok(object)
    }

    /// Where an object of this group has its header.
    fn child<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        name: &str,
    ) -> Result<Option<u64>, ReaderError> {
        let what = "a group";
        for (kind, body) in &self.messages {
            match kind {
                0x06 => {
                    let flags = source.u8(body.start + 1, what)?;
                    let mut at = body.start + 2;
                    let is_hard = if flags & 8 == 0 {
                        true
                    } else {
                        at += 1;
                        source.u8(at - 1, what)? == 0
                    };
                    at += if flags & 4 == 0 { 0 } else { 8 } + if flags & 0x10 == 0 { 0 } else { 1 };
                    let width = 1u64 << (flags & 3);
                    let mut len = 0u64;
                    for i in (0..width).rev() {
                        len = len << 8 | u64::from(source.u8(at + i, what)?);
                    }
                    at += width;
                    let end = at.saturating_add(len);
                    if is_hard && end <= body.end && source.text(at..end, "a link's name")? == name {
                        return Ok(Some(source.u64(end, what)?));
                    }
                }
                0x02 => {
                    let flags = source.u8(body.start + 1, what)?;
                    let at = body.start + 2 + if flags & 1 == 0 { 0 } else { 8 };
                    if source.u64(at, what)? != NOWHERE {
                        return Err(source.form("it has a group with links in a fractal heap; save it anew with h5py's libver=\"earliest\""));
                    }
                }
                0x11 => {
                    let (tree, heap) = (source.u64(body.start, what)?, source.u64(body.start + 8, what)?);
                    let mut symbols = self.symbols.borrow_mut();
                    let symbols = match &mut *symbols {
                        Some(symbols) => symbols,
                        none => none.insert(read_symbols(source, tree, heap)?),
                    };
                    return Ok(symbols.get(name).copied());
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// An attribute's texts, if it is there and holds texts: one or a list.
    pub(crate) fn texts<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        name: &str,
    ) -> Result<Option<Vec<String>>, ReaderError> {
        let what = "an attribute";
        for body in self.messages.iter().filter(|(kind, _)| *kind == 0x0C).map(|(_, body)| body) {
            let version = source.u8(body.start, what)?;
            let [name_len, kind_len, space_len] =
                [2, 4, 6].map(|at| source.u16(body.start + at, what).map(u64::from));
            let (name_len, kind_len, space_len) = (name_len?, kind_len?, space_len?);
            let padded = |len: u64| if version == 1 { len.next_multiple_of(8) } else { len };
            let at = body.start + if version == 3 { 9 } else { 8 };
            let own = source.text(at..at + name_len, "an attribute's name")?;
            if own.trim_end_matches('\0') != name {
                continue;
            }
            let kind = at + padded(name_len);
            let space = kind + padded(kind_len);
            let data = space + padded(space_len);
            let shape = dimensions(source, space)?;
            let count = shape.iter().try_fold(1u64, |all, extent| all.checked_mul(*extent));
            let count = count.filter(|count| *count <= MAX_COUNT as u64);
            let count =
                count.ok_or_else(|| source.damaged(format!("attribute {name:?} has the shape {shape:?}")))?;
            let class = source.u8(kind, what)? & 15;
            let size = u64::from(source.u32(kind + 4, what)?);
            if count.saturating_mul(size) > MAX_ATTRIBUTE {
                return Err(ReaderError::TooLarge {
                    what: format!("bytes of attribute {name:?}"),
                    limit: MAX_ATTRIBUTE,
                });
            }
            let mut texts = Vec::new();
            for i in 0..count {
                let at = data + i * size;
                let bytes = match class {
                    3 => source.bytes(at..at + size, what)?,
                    9 => {
                        let len = u64::from(source.u32(at, what)?);
                        let (heap, index) = (source.u64(at + 4, what)?, source.u32(at + 12, what)?);
                        heap_object(source, heap, index, len)?
                    }
                    _ => return Ok(Some(Vec::new())),
                };
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                let text = String::from_utf8(bytes[..end].to_vec());
                texts.push(text.map_err(|_| source.damaged(format!("attribute {name:?} is not UTF-8")))?);
            }
            return Ok(Some(texts));
        }
        if let Some(body) = self.message(0x15) {
            let flags = source.u8(body.start + 1, what)?;
            let at = body.start + 2 + if flags & 1 == 0 { 0 } else { 2 };
            if source.u64(at, what)? != NOWHERE {
                return Err(source.form(
                    "it has attributes in a fractal heap; save it anew with h5py's libver=\"earliest\"",
                ));
            }
        }
        Ok(None)
    }

    /// The numbers of a dataset; `left`: bytes that may still be unpacked.
    pub(crate) fn tensor<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        name: &str,
        left: &mut u64,
    ) -> Result<Tensor, ReaderError> {
        let missing =
            |source: &Source<'_, S>, what: &str| source.damaged(format!("dataset {name:?} has no {what}"));
        let kind = self.message(0x03).ok_or_else(|| missing(source, "type"))?;
        let space = self.message(0x01).ok_or_else(|| missing(source, "shape"))?;
        let layout = self.message(0x08).ok_or_else(|| missing(source, "numbers"))?;
        let shape = dimensions(source, space.start)?;
        let what = "a dataset's type";
        let class = source.u8(kind.start, what)? & 15;
        let order = source.u8(kind.start + 1, what)? & 1;
        let size = source.u32(kind.start + 4, what)?;
        let number = match (class, size) {
            (1, 2) => Number::F16,
            (1, 4) => Number::F32,
            (1, 8) => Number::F64,
            _ => return Err(source.form(format!("dataset {name:?} holds numbers of class {class} and {size} bytes; weights are floats of 2, 4 or 8"))),
        };
        if order != 0 {
            return Err(
                source.form(format!("dataset {name:?} is big-endian; save it anew on a usual computer"))
            );
        }
        let bytes = shape.iter().try_fold(number.bytes(), |all, extent| all.checked_mul(*extent));
        let bytes =
            bytes.ok_or_else(|| source.damaged(format!("dataset {name:?} has the shape {shape:?}")))?;
        let what = "a dataset's place";
        let (version, class) = (source.u8(layout.start, what)?, source.u8(layout.start + 1, what)?);
        if !matches!(version, 3 | 4) {
            return Err(source.form(format!(
                "dataset {name:?} is laid out in version {version}; save it anew with a current h5py"
            )));
        }
        let data = match class {
            0 => {
                let len = u64::from(source.u16(layout.start + 2, what)?);
                if len != bytes {
                    return Err(
                        source.damaged(format!("dataset {name:?} of shape {shape:?} has {len} bytes"))
                    );
                }
                Data::At(layout.start + 4)
            }
            1 => {
                let (at, len) = (source.u64(layout.start + 2, what)?, source.u64(layout.start + 10, what)?);
                if at == NOWHERE && bytes > 0 || len != bytes && at != NOWHERE {
                    return Err(source.damaged(format!(
                        "dataset {name:?} of shape {shape:?} needs {bytes} bytes and has {len}"
                    )));
                }
                Data::At(if at == NOWHERE { 0 } else { at })
            }
            2 if version == 3 => {
                *left = left.checked_sub(bytes).ok_or_else(|| {
                    source.damaged(format!(
                        "its chunked datasets up to {name:?} would have more numbers than the file"
                    ))
                })?;
                Data::Own(self.chunks(source, name, &layout, &shape, number.bytes())?)
            }
            2 => {
                return Err(source.form(format!("dataset {name:?} is in chunks with a newer index; save it anew with h5py's libver=\"earliest\"")));
            }
            _ => return Err(source.damaged(format!("dataset {name:?} is laid out in class {class}"))),
        };
        let tensor = Tensor { name: name.to_owned(), shape, number, data, scaled: None };
        tensor.check(source)?;
        Ok(tensor)
    }

    /// The numbers of a dataset in chunks.
    fn chunks<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        name: &str,
        layout: &Range<u64>,
        shape: &[u64],
        size: u64,
    ) -> Result<Vec<u8>, ReaderError> {
        let what = "a dataset's chunks";
        let rank = usize::from(source.u8(layout.start + 2, what)?);
        if rank != shape.len() + 1 || shape.is_empty() {
            return Err(source
                .damaged(format!("dataset {name:?} has {} dimensions and chunks of {rank}", shape.len())));
        }
        let tree = source.u64(layout.start + 3, what)?;
        let mut extents = Vec::new();
        for i in 0..rank as u64 - 1 {
            extents.push(u64::from(source.u32(layout.start + 11 + 4 * i, what)?));
        }
        let all = shape.iter().product::<u64>() * size;
        let chunk = extents.iter().try_fold(size, |all, extent| all.checked_mul(*extent));
        // A chunk at the edge may be larger than what it holds.
        let most = all.saturating_mul(4).saturating_add(1 << 20);
        let chunk = chunk.filter(|chunk| *chunk > 0 && *chunk <= most);
        let chunk = chunk.ok_or_else(|| {
            source.damaged(format!("dataset {name:?} of shape {shape:?} has chunks of {extents:?}"))
        })?;
        let filters = self.filters(source, name)?;
        let mut out = vec![0; all as usize];
        let mut places = Vec::new();
        if tree != NOWHERE {
            chunk_places(source, tree, rank, 0, &mut places)?;
        }
        for (at, len, mask, offsets) in places {
            let mut bytes = source.bytes(at..at.saturating_add(len), what)?;
            for (i, filter) in filters.iter().enumerate().rev() {
                if mask >> i & 1 == 0 {
                    bytes = filter.undo(source, name, bytes, chunk)?;
                }
            }
            if bytes.len() as u64 != chunk {
                return Err(source.damaged(format!(
                    "a chunk of dataset {name:?} has {} bytes in place of {chunk}",
                    bytes.len()
                )));
            }
            place_chunk(&bytes, &mut out, &offsets, &extents, shape, size);
        }
        Ok(out)
    }

    fn filters<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        name: &str,
    ) -> Result<Vec<Filter>, ReaderError> {
        let what = "a dataset's filters";
        let Some(body) = self.message(0x0B) else { return Ok(Vec::new()) };
        let (version, count) = (source.u8(body.start, what)?, source.u8(body.start + 1, what)?);
        let mut at = body.start + if version == 1 { 8 } else { 2 };
        let mut filters = Vec::new();
        for _ in 0..count {
            let id = source.u16(at, what)?;
            let has_name = version == 1 || id >= 256;
            let name_len = if has_name { u64::from(source.u16(at + 2, what)?) } else { 0 };
            at += if has_name { 4 } else { 2 };
            let values = u64::from(source.u16(at + 2, what)?);
            at += 4 + if version == 1 { name_len.next_multiple_of(8) } else { name_len };
            let first = if values > 0 { source.u32(at, what)? } else { 0 };
            at += 4 * values + if version == 1 && values % 2 == 1 { 4 } else { 0 };
            filters.push(match id {
                1 => Filter::Deflate,
                2 => Filter::Shuffle(first as usize),
                3 => Filter::Checksum,
                _ => return Err(source.form(format!("dataset {name:?} is packed by filter {id}; only gzip and shuffle are read, so save it anew with those or without"))),
            });
        }
        Ok(filters)
    }
}

/// What was done to a chunk's bytes.
enum Filter {
    Deflate,
    /// Elements of so many bytes: all their first bytes, all their second ones.
    Shuffle(usize),
    /// Four bytes behind it.
    Checksum,
}

impl Filter {
    fn undo<S: Read + Seek>(
        &self,
        source: &Source<'_, S>,
        name: &str,
        bytes: Vec<u8>,
        most: u64,
    ) -> Result<Vec<u8>, ReaderError> {
        match self {
            Self::Deflate => {
                miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&bytes, most as usize + 4).map_err(
                    |error| {
                        source.damaged(format!("a chunk of dataset {name:?} cannot be unpacked ({error})"))
                    },
                )
            }
            Self::Shuffle(size) => {
                let size = (*size).max(1);
                let count = bytes.len() / size;
                let mut out = bytes.clone();
                for (i, byte) in bytes[..count * size].iter().enumerate() {
                    out[i % count * size + i / count] = *byte;
                }
                Ok(out)
            }
            Self::Checksum => Ok(bytes[..bytes.len().saturating_sub(4)].to_vec()),
        }
    }
}

/// Where the objects of a group with a symbol table have their headers.
fn read_symbols<S: Read + Seek>(
    source: &mut Source<'_, S>,
    tree: u64,
    heap: u64,
) -> Result<HashMap<String, u64>, ReaderError> {
    let what = "a group's list";
    if &source.array::<4>(heap, what)? != b"HEAP" {
        return Err(source.damaged(format!("the names of a group at byte {heap} do not begin with HEAP")));
    }
    let (len, names) = (source.u64(heap + 8, what)?, source.u64(heap + 24, what)?);
    if len > MAX_NAMES {
        return Err(ReaderError::TooLarge { what: "bytes of a group's names".to_owned(), limit: MAX_NAMES });
    }
    let names = source.bytes(names..names.saturating_add(len), what)?;
    let mut symbols = HashMap::new();
    let mut nodes = vec![(tree, 0)];
    let mut count = 0;
    while let Some((at, depth)) = nodes.pop() {
        count += 1;
        if depth > MAX_BLOCKS || count > MAX_COUNT {
            return Err(ReaderError::TooLarge {
                what: "levels of a group's list".to_owned(),
                limit: MAX_BLOCKS as u64,
            });
        }
        match &source.array::<4>(at, what)? {
            b"TREE" => {
                let entries = u64::from(source.u16(at + 6, what)?);
                for i in 0..entries {
                    nodes.push((source.u64(at.saturating_add(32 + 16 * i), what)?, depth + 1));
                }
            }
            b"SNOD" => {
                let entries = u64::from(source.u16(at + 6, what)?);
                for i in 0..entries {
                    let entry = at + 8 + 40 * i;
                    let offset = source.u64(entry, what)?;
                    let name = usize::try_from(offset)
                        .ok()
                        .and_then(|offset| names.get(offset..))
                        .unwrap_or_default();
                    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
                    // A name of other letters is none that is looked for.
                    if let Ok(name) = str::from_utf8(&name[..end.min(MAX_NAME)]) {
                        symbols.insert(name.to_owned(), source.u64(entry + 8, what)?);
                    }
                }
            }
            other => {
                let other = other.escape_ascii().to_string();
                return Err(source
                    .damaged(format!("a group's list has {other:?} at byte {at} in place of TREE or SNOD")));
            }
        }
        if nodes.len().max(symbols.len()) > MAX_COUNT {
            return Err(ReaderError::TooLarge {
                what: "entries of a group".to_owned(),
                limit: MAX_COUNT as u64,
            });
        }
    }
    Ok(symbols)
}

/// A shape.
fn dimensions<S: Read + Seek>(source: &mut Source<'_, S>, at: u64) -> Result<Vec<u64>, ReaderError> {
    let what = "a shape";
    let (version, rank) = (source.u8(at, what)?, source.u8(at + 1, what)?);
    if usize::from(rank) > MAX_RANK {
        return Err(source.damaged(format!("a shape at byte {at} has {rank} dimensions")));
    }
    let first = at + if version == 1 { 8 } else { 4 };
    (0..u64::from(rank)).map(|i| source.u64(first + 8 * i, what)).collect()
}

/// An object of a global heap.
fn heap_object<S: Read + Seek>(
    source: &mut Source<'_, S>,
    heap: u64,
    index: u32,
    len: u64,
) -> Result<Vec<u8>, ReaderError> {
    let what = "a text in a global heap";
    if len > MAX_ATTRIBUTE {
        return Err(ReaderError::TooLarge { what: "bytes of a text".to_owned(), limit: MAX_ATTRIBUTE });
    }
    if &source.array::<4>(heap, what)? != b"GCOL" {
        return Err(source.damaged(format!("a global heap at byte {heap} does not begin with GCOL")));
    }
    let end = heap.saturating_add(source.u64(heap + 8, what)?);
    let mut at = heap + 16;
    while at.saturating_add(16) <= end {
        let (own, size) = (source.u16(at, what)?, source.u64(at + 8, what)?);
        if u32::from(own) == index {
            return source.bytes(at + 16..at.saturating_add(16).saturating_add(len.min(size)), what);
        }
        if own == 0 {
            break;
        }
        at = at.saturating_add(16).saturating_add(size.checked_next_multiple_of(8).unwrap_or(u64::MAX));
    }
    Err(source.damaged(format!("a global heap at byte {heap} has no object {index}")))
}

/// A chunk: its place, bytes, filters that were left out, and where it belongs.
type Chunk = (u64, u64, u32, Vec<u64>);

fn chunk_places<S: Read + Seek>(
    source: &mut Source<'_, S>,
    at: u64,
    rank: usize,
    depth: usize,
    places: &mut Vec<Chunk>,
) -> Result<(), ReaderError> {
    let what = "a dataset's chunks";
    if depth > 16 || places.len() > MAX_COUNT {
        return Err(ReaderError::TooLarge { what: what.to_owned(), limit: MAX_COUNT as u64 });
    }
    if &source.array::<4>(at, what)? != b"TREE" {
        return Err(
            source.damaged(format!("the list of a dataset's chunks at byte {at} does not begin with TREE"))
        );
    }
    let (level, entries) = (source.u8(at + 5, what)?, u64::from(source.u16(at + 6, what)?));
    let key = 8 + 8 * rank as u64;
    for i in 0..entries {
        let entry = at + 24 + i * (key + 8);
        let child = source.u64(entry + key, what)?;
        if level > 0 {
            // Deeper ones have smaller levels, so that there is no circle.
            let own = source.u8(child.saturating_add(5), what)?;
            if own >= level {
                return Err(source
                    .damaged(format!("the list of a dataset's chunks at byte {at} leads back to itself")));
            }
            chunk_places(source, child, rank, depth + 1, places)?;
            continue;
        }
        let (len, mask) = (source.u32(entry, what)?, source.u32(entry + 4, what)?);
        let mut offsets = Vec::new();
        for axis in 0..rank as u64 - 1 {
            offsets.push(source.u64(entry + 8 + 8 * axis, what)?);
        }
        places.push((child, u64::from(len), mask, offsets));
    }
    Ok(())
}

/// Copies a chunk to where it belongs, as far as it is inside.
fn place_chunk(chunk: &[u8], out: &mut [u8], offsets: &[u64], extents: &[u64], shape: &[u64], size: u64) {
    let row = extents.last().copied().unwrap_or(1);
    let rows = chunk.len() as u64 / (row * size).max(1);
    for i in 0..rows {
        let mut rest = i;
        let mut at = 0u64;
        let mut is_inside = true;
        let mut stride = shape.last().copied().unwrap_or(1);
        for axis in (0..extents.len() - 1).rev() {
            let place = offsets[axis].saturating_add(rest % extents[axis]);
            rest /= extents[axis];
            is_inside &= place < shape[axis];
            at = at.saturating_add(place.saturating_mul(stride));
            stride = stride.saturating_mul(shape[axis]);
        }
        let (first, last) = (offsets[extents.len() - 1], shape[extents.len() - 1]);
        let len = row.min(last.saturating_sub(first)) * size;
        let to = at.saturating_add(first).saturating_mul(size);
        let from = (i * row * size) as usize;
        if !is_inside || len == 0 {
            continue;
        }
        let bytes = chunk.get(from..from + len as usize);
        let place = usize::try_from(to).ok().and_then(|to| out.get_mut(to..to.checked_add(len as usize)?));
        if let (Some(place), Some(bytes)) = (place, bytes) {
            place.copy_from_slice(bytes);
        }
    }
}

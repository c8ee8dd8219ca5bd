//! A file of which small pieces are read here and there.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::error::ReaderError;

/// Bytes that are read at once.
const BLOCK: u64 = 1 << 14;
/// How many such parts are kept: lists in one place tell where things are in others.
const BLOCKS: usize = 16;

/// A file of a format, of which nothing beyond its end is read.
pub(crate) struct Source<'s, S> {
    source: &'s mut S,
    /// Where the file begins, in one that holds it.
    base: u64,
    len: u64,
    /// The format's name, for errors.
    format: &'static str,
    /// Parts of the file and where they begin, the one read last first.
    blocks: Vec<(u64, Vec<u8>)>,
}

impl<'s, S: Read + Seek> Source<'s, S> {
    pub(crate) fn new(source: &'s mut S, format: &'static str) -> Result<Self, ReaderError> {
        let len = source.seek(SeekFrom::End(0))?;
        Ok(Self { source, base: 0, len, format, blocks: Vec::new() })
    }

    /// A file within another.
    pub(crate) fn within(
        source: &'s mut S,
        range: Range<u64>,
        format: &'static str,
    ) -> Result<Self, ReaderError> {
        let own = Self::new(source, format)?;
        own.check(&range, "a file in its archive")?;
        Ok(Self { base: range.start, len: range.end - range.start, ..own })
    }

    /// Where it begins in the file that holds it.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// What is wrong with the file.
    pub(crate) fn damaged(&self, reason: impl Into<String>) -> ReaderError {
        ReaderError::Damaged { format: self.format.to_owned(), reason: reason.into() }
    }

    /// Which form of the format is not read, and what to do.
    pub(crate) fn form(&self, reason: impl Into<String>) -> ReaderError {
        ReaderError::Form { format: self.format.to_owned(), reason: reason.into() }
    }

    /// Fails where a range goes beyond the file.
    pub(crate) fn check(&self, range: &Range<u64>, what: &str) -> Result<(), ReaderError> {
        if range.start <= range.end && range.end <= self.len {
            return Ok(());
        }
        Err(self.damaged(format!(
            "{what} would be its bytes {} to {}, and it has {}",
            range.start, range.end, self.len
        )))
    }

    /// A few bytes.
    pub(crate) fn array<const N: usize>(&mut self, at: u64, what: &str) -> Result<[u8; N], ReaderError> {
        let end = at.saturating_add(N as u64);
        self.check(&(at..end), what)?;
        let has = |(start, block): &(u64, Vec<u8>)| *start <= at && end <= start + block.len() as u64;
        match self.blocks.iter().position(has) {
            Some(0) => {}
            Some(place) => self.blocks[..=place].rotate_right(1),
            None => {
                self.source.seek(SeekFrom::Start(self.base + at))?;
                let mut block = if self.blocks.len() == BLOCKS {
                    self.blocks.pop().unwrap_or_default().1
                } else {
                    Vec::new()
                };
                block.clear();
                self.source.by_ref().take(BLOCK).read_to_end(&mut block)?;
                self.blocks.insert(0, (at, block));
            }
        }
        let bytes = self.blocks.first().and_then(|(start, block)| {
            let skipped = (at - start) as usize;
            block.get(skipped..skipped + N)?.first_chunk().copied()
        });
        bytes.ok_or_else(|| self.damaged(format!("{what} cannot be read")))
    }

    pub(crate) fn u8(&mut self, at: u64, what: &str) -> Result<u8, ReaderError> {
        Ok(self.array::<1>(at, what)?[0])
    }

    pub(crate) fn u16(&mut self, at: u64, what: &str) -> Result<u16, ReaderError> {
        Ok(u16::from_le_bytes(self.array(at, what)?))
    }

    pub(crate) fn u32(&mut self, at: u64, what: &str) -> Result<u32, ReaderError> {
        Ok(u32::from_le_bytes(self.array(at, what)?))
    }

    pub(crate) fn u64(&mut self, at: u64, what: &str) -> Result<u64, ReaderError> {
        Ok(u64::from_le_bytes(self.array(at, what)?))
    }

    /// All bytes of a range, which the caller has found to be few enough.
    pub(crate) fn bytes(&mut self, range: Range<u64>, what: &str) -> Result<Vec<u8>, ReaderError> {
        self.check(&range, what)?;
        self.source.seek(SeekFrom::Start(self.base + range.start))?;
        let len = range.end - range.start;
        let mut bytes = Vec::with_capacity(len as usize);
        self.source.by_ref().take(len).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != len {
            return Err(self.damaged(format!("{what} cannot be read")));
        }
        Ok(bytes)
    }

    /// A name.
    pub(crate) fn text(&mut self, range: Range<u64>, what: &str) -> Result<String, ReaderError> {
        if range.end.saturating_sub(range.start) > MAX_TEXT {
            return Err(self.damaged(format!("{what} has more than {MAX_TEXT} bytes")));
        }
        let bytes = self.bytes(range, what)?;
        String::from_utf8(bytes).map_err(|_| self.damaged(format!("{what} is not UTF-8")))
    }
}

/// Most bytes of a name.
const MAX_TEXT: u64 = 1024;

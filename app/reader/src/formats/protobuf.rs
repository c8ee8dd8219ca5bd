//! The wire format of protocol buffers, as far as ONNX needs it: fields one after the other, none kept.

use std::io::{Read, Seek};
use std::ops::Range;

use super::source::Source;
use crate::error::ReaderError;

/// What a field holds.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// A number of any length.
    Number(u64),
    /// Four bytes.
    Four([u8; 4]),
    /// Eight bytes.
    Eight([u8; 8]),
    /// A text, a message or packed numbers, by their place.
    Range(Range<u64>),
}

/// The fields of a message.
pub(crate) struct Fields {
    at: u64,
    end: u64,
    what: &'static str,
}

impl Fields {
    pub(crate) fn new(range: Range<u64>, what: &'static str) -> Self {
        Self { at: range.start, end: range.end, what }
    }

    /// The next field's number and content.
    pub(crate) fn next<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
    ) -> Result<Option<(u64, Field)>, ReaderError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let begin = self.at;
        let key = varint(source, &mut self.at, self.end, self.what)?;
        let (number, wire) = (key >> 3, key & 7);
        let field = match wire {
            0 => Field::Number(varint(source, &mut self.at, self.end, self.what)?),
            1 => Field::Eight(source.array(self.step(source, 8)?, self.what)?),
            5 => Field::Four(source.array(self.step(source, 4)?, self.what)?),
            2 => {
                let len = varint(source, &mut self.at, self.end, self.what)?;
                let start = self.step(source, len)?;
                Field::Range(start..self.at)
            }
            _ => {
                let what = self.what;
                return Err(
                    source.damaged(format!("{what} has a field of an unknown kind, {wire}, at byte {begin}"))
                );
            }
        };
        if number == 0 {
            return Err(source.damaged(format!("{} has a field without a number at byte {begin}", self.what)));
        }
        Ok(Some((number, field)))
    }

    /// Goes on by `len` bytes; gives where they begin.
    fn step<S: Read + Seek>(&mut self, source: &Source<'_, S>, len: u64) -> Result<u64, ReaderError> {
        let start = self.at;
        match start.checked_add(len).filter(|end| *end <= self.end) {
            Some(end) => {
                self.at = end;
                Ok(start)
            }
            None => Err(source.damaged(format!(
                "{} ends too early: {len} bytes are announced at byte {start}, and {} are left",
                self.what,
                self.end - start
            ))),
        }
    }
}

/// A number of up to ten bytes, seven bits in each.
pub(crate) fn varint<S: Read + Seek>(
    source: &mut Source<'_, S>,
    at: &mut u64,
    end: u64,
    what: &str,
) -> Result<u64, ReaderError> {
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        if *at >= end {
            return Err(source.damaged(format!("{what} ends within a number at byte {at}")));
        }
        let byte = source.u8(*at, what)?;
        *at += 1;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(source.damaged(format!("{what} has a number of more than ten bytes before byte {at}")))
}

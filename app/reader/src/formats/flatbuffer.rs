//! FlatBuffers, as far as TensorFlow Lite needs them: tables and vectors by their place in the file.

use std::io::{Read, Seek};

use super::source::Source;
use crate::error::ReaderError;

/// A table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    at: u64,
    /// Where the places of its fields are written, and how many.
    fields: u64,
    count: u64,
}

/// A vector: where its elements begin, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vector {
    pub(crate) at: u64,
    pub(crate) count: u64,
}

/// The first table.
pub(crate) fn root<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<Table, ReaderError> {
    let at = u64::from(source.u32(0, "the model")?);
    Table::at(source, at, "the model")
}

impl Table {
    fn at<S: Read + Seek>(source: &mut Source<'_, S>, at: u64, what: &str) -> Result<Self, ReaderError> {
        let back = i64::from(source.u32(at, what)?.cast_signed());
        let fields = at.checked_add_signed(-back).ok_or_else(|| {
            source.damaged(format!("{what} at byte {at} has its list of fields before the file's beginning"))
        })?;
        let bytes = u64::from(source.u16(fields, what)?);
        if bytes < 4 {
            return Err(source.damaged(format!("{what} at byte {at} has a list of fields of {bytes} bytes")));
        }
        Ok(Self { at, fields: fields + 4, count: (bytes - 4) / 2 })
    }

    /// Where a field is, if it is there.
    fn field<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        what: &str,
    ) -> Result<Option<u64>, ReaderError> {
        if field >= self.count {
            return Ok(None);
        }
        let offset = u64::from(source.u16(self.fields + 2 * field, what)?);
        Ok((offset > 0).then_some(self.at + offset))
    }

    pub(crate) fn u8<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        what: &str,
    ) -> Result<u8, ReaderError> {
        self.field(source, field, what)?.map_or(Ok(0), |at| source.u8(at, what))
    }

    pub(crate) fn i32<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        default: i32,
        what: &str,
    ) -> Result<i32, ReaderError> {
        self.field(source, field, what)?.map_or(Ok(default), |at| Ok(source.u32(at, what)?.cast_signed()))
    }

    pub(crate) fn u64<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        what: &str,
    ) -> Result<u64, ReaderError> {
        self.field(source, field, what)?.map_or(Ok(0), |at| source.u64(at, what))
    }

    /// A table that a field points to.
    pub(crate) fn table<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        what: &str,
    ) -> Result<Option<Self>, ReaderError> {
        let Some(at) = self.field(source, field, what)? else { return Ok(None) };
        let to = at + u64::from(source.u32(at, what)?);
        Self::at(source, to, what).map(Some)
    }

    /// A vector of elements of `size` bytes, `most` at most; an empty one where it is missing.
    pub(crate) fn vector<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        size: u64,
        most: u64,
        what: &str,
    ) -> Result<Vector, ReaderError> {
        let Some(at) = self.field(source, field, what)? else { return Ok(Vector { at: 0, count: 0 }) };
        let to = at + u64::from(source.u32(at, what)?);
        let count = u64::from(source.u32(to, what)?);
        if count > most {
            return Err(ReaderError::TooLarge { what: what.to_owned(), limit: most });
        }
        let at = to + 4;
        source.check(&(at..at.saturating_add(count.saturating_mul(size))), what)?;
        Ok(Vector { at, count })
    }

    pub(crate) fn text<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        what: &str,
    ) -> Result<String, ReaderError> {
        let Vector { at, count } = self.vector(source, field, 1, 1 << 10, what)?;
        source.text(at..at + count, what)
    }

    /// The numbers of a short vector.
    pub(crate) fn i32s<S: Read + Seek>(
        &self,
        source: &mut Source<'_, S>,
        field: u64,
        most: u64,
        what: &str,
    ) -> Result<Vec<i32>, ReaderError> {
        let Vector { at, count } = self.vector(source, field, 4, most, what)?;
        (0..count).map(|i| Ok(source.u32(at + 4 * i, what)?.cast_signed())).collect()
    }
}

impl Vector {
    /// The tables that it points to.
    pub(crate) fn tables<S: Read + Seek>(
        self,
        source: &mut Source<'_, S>,
        what: &str,
    ) -> Result<Vec<Table>, ReaderError> {
        let mut tables = Vec::new();
        for i in 0..self.count {
            let at = self.at + 4 * i;
            let to = at + u64::from(source.u32(at, what)?);
            tables.push(Table::at(source, to, what)?);
        }
        Ok(tables)
    }
}

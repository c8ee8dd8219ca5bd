//! The module: what the worker asks of a file that another program has written.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::{Array, Uint8Array};
use reader::{Part, read};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, FileReaderSync};

fn main() {
    console_error_panic_hook::set_once();
}

/// Reads a checkpoint: `[outcome, file]`, the first a `Result<(), ReaderError>`, the second the same checkpoint as safetensors, whose
/// numbers stay in the first file.
#[wasm_bindgen(js_name = readCheckpoint)]
pub fn read_checkpoint(blob: &Blob) -> Result<Array, JsError> {
    let (outcome, file) = match read(&mut Source::new(blob)?) {
        Ok(checkpoint) => (Ok(()), joined(blob, &checkpoint.parts)?.into()),
        Err(error) => (Err(error), JsValue::UNDEFINED),
    };
    let outcome = outcome.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
    Ok(Array::of2(&outcome, &file))
}

fn joined(blob: &Blob, parts: &[Part]) -> Result<Blob, JsError> {
    let all = Array::new();
    for part in parts {
        match part {
            Part::Same(range) => {
                let slice = blob.slice_with_f64_and_f64(range.start as f64, range.end as f64);
                all.push(&slice.map_err(|error| failed(&error))?.into());
            }
            Part::New(bytes) => {
                all.push(&Uint8Array::from(bytes.as_slice()).into());
            }
        }
    }
    Blob::new_with_u8_array_sequence(&all).map_err(|error| failed(&error))
}

fn failed(error: &JsValue) -> JsError {
    JsError::new(&format!("{error:?}"))
}

/// A file, of which parts are read at once.
struct Source<'b> {
    blob: &'b Blob,
    reader: FileReaderSync,
    at: u64,
    /// What has been read, and from where.
    ahead: (u64, Vec<u8>),
}

/// Bytes that are read at once.
const BLOCK: u64 = 1 << 18;

impl<'b> Source<'b> {
    fn new(blob: &'b Blob) -> Result<Self, JsError> {
        let reader = FileReaderSync::new().map_err(|error| failed(&error))?;
        Ok(Self { blob, reader, at: 0, ahead: (0, Vec::new()) })
    }

    fn len(&self) -> u64 {
        self.blob.size() as u64
    }
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let is_ahead = (self.ahead.0..self.ahead.0 + self.ahead.1.len() as u64).contains(&self.at);
        if !is_ahead && self.at < self.len() {
            let end = (self.at + BLOCK.max(into.len() as u64)).min(self.len());
            let bytes = self
                .blob
                .slice_with_f64_and_f64(self.at as f64, end as f64)
                .and_then(|slice| self.reader.read_as_array_buffer(&slice));
            let bytes = bytes.map_err(|_| {
                io::Error::other("the browser cannot read the file any more; choose it again")
            })?;
            self.ahead = (self.at, Uint8Array::new(&bytes).to_vec());
        }
        let skipped = self.at.saturating_sub(self.ahead.0) as usize;
        let there = self.ahead.1.get(skipped..).unwrap_or_default();
        let there = if self.at < self.ahead.0 { &[] } else { there };
        let len = there.len().min(into.len());
        into[..len].copy_from_slice(&there[..len]);
        self.at += len as u64;
        Ok(len)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::other("before the file's beginning"))?;
        Ok(self.at)
    }
}

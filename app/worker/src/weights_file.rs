//! A checkpoint's file in the browser's memory: the engine's own, which never shrinks, holds packed weights only.

use std::borrow::Cow;
use std::ops::Range;

use engine::graph::{ChannelMap, Graph, ParamId};
use engine::weights::{Header, Located, NamesError, Parameters, Tables, locate, tables};
use js_sys::{Object, Promise, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::platform;

/// What is copied from the browser's memory at a time, bytes; whole elements of any type.
pub const BLOCK_BYTES: u32 = 1 << 16;

/// A network's parameters in a file that has been checked.
pub struct WeightsFile {
    bytes: Uint8Array,
    data_start: u64,
    /// By [`ParamId`].
    tensors: Vec<Located>,
    tables: Tables,
}

impl WeightsFile {
    /// Finds a network's parameters; also gives the names of tensors that it has no use for.
    pub fn new(
        model: &str,
        graph: &Graph,
        header: &Header,
        bytes: Uint8Array,
    ) -> Result<(Self, Vec<String>), NamesError> {
        let (tensors, unused) = locate(model, graph, header)?;
        let data_start = header.data_start;
        let tables = tables(model, graph, header, |range| {
            bytes.subarray((data_start + range.start) as u32, (data_start + range.end) as u32).to_vec()
        })?;
        Ok((Self { bytes, data_start, tensors, tables }, unused))
    }
}

impl Parameters for WeightsFile {
    fn elements(&self, id: ParamId) -> usize {
        self.tensors[id.0].elements()
    }

    fn part(&self, id: ParamId, range: Range<usize>) -> Cow<'_, [f32]> {
        let mut values = Vec::with_capacity(range.len());
        for piece in self.tensors[id.0].part(range) {
            let [begin, end] = [piece.bytes.start, piece.bytes.end].map(|at| (self.data_start + at) as u32);
            for block in blocks(&self.bytes.subarray(begin, end)) {
                piece.dtype.decode(&block, &mut values);
            }
        }
        values.into()
    }

    fn table(&self, name: &str) -> Option<ChannelMap> {
        self.tables.get(name).cloned()
    }
}

/// Bytes in pieces, so that the engine's memory need not hold all of them.
pub fn blocks(bytes: &Uint8Array) -> impl Iterator<Item = Vec<u8>> {
    let starts = (0..bytes.length()).step_by(BLOCK_BYTES as usize);
    starts.map(|start| bytes.subarray(start, start.saturating_add(BLOCK_BYTES).min(bytes.length())).to_vec())
}

/// The SHA-256 of a file, in lower-case hexadecimal: by the browser, which is many times faster, where it offers that
/// (not in insecure contexts).
pub async fn sha256(bytes: &Uint8Array) -> String {
    let digest = match browser_sha256(bytes).await {
        Some(digest) => digest.to_vec(),
        None => {
            let mut sha256 = Sha256::new();
            blocks(bytes).for_each(|block| sha256.update(block));
            sha256.finalize().to_vec()
        }
    };
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn browser_sha256(bytes: &Uint8Array) -> Option<Uint8Array> {
    #[wasm_bindgen]
    extern "C" {
        type SubtleCrypto;
        #[wasm_bindgen(method, catch)]
        fn digest(this: &SubtleCrypto, algorithm: &str, data: &Object) -> Result<Promise, JsValue>;
    }
    let get = |object: &JsValue, name: &str| js_sys::Reflect::get(object, &name.into()).ok();
    let subtle = get(&get(&platform::scope(), "crypto")?, "subtle").filter(JsValue::is_object)?;
    let digest = subtle.unchecked_into::<SubtleCrypto>().digest("SHA-256", bytes).ok()?;
    Some(Uint8Array::new(&JsFuture::from(digest).await.ok()?))
}

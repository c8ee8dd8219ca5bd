//! Fetching weights: streamed, cancellable, verified, kept in the browser's cache.

use std::rc::Rc;

use engine::graph::Graph;
use engine::weights::{Header, NamesError, StreamReader, WeightsError};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Blob, Cache, DomException, Headers, ReadableStream, ReadableStreamDefaultReader,
    ReferrerPolicy, RequestInit, Response, ResponseInit,
};
use worker::javascript::describe;
use worker::protocol::{Code, Presence, Problem, Progress, SourceKind};

use crate::catalog::{self, Entry};
use crate::job::Job;
use crate::lab::Lab;
use crate::platform;
use crate::weights_file::{self, WeightsFile};

/// The cache that holds downloads; a change of what is stored needs a new name.
const CACHE: &str = "mobilenet-lab-weights-1";
/// The header under which a kept download records its SHA-256.
const RECORDED_SHA256: &str = "x-sha256";

/// What the cache knows of a download.
pub struct Kept {
    /// Its SHA-256 when it was stored.
    pub sha256: Option<String>,
    /// Its length.
    pub bytes: Option<u64>,
}

/// Makes sure that a checkpoint's weights are in memory, and returns its entry.
pub async fn load(lab: &Lab, job: &Job, id: &str) -> Result<Entry, Problem> {
    let entry = catalog::entry(lab, id)?;
    if entry.weights.is_some() {
        return Ok(entry);
    }
    lab.labels.prefetch(&entry.info.labels);
    let url = entry.url.clone().ok_or_else(|| {
        Problem::new(Code::UnknownCheckpoint, format!("the file of {id:?} has been removed; drop it again"))
            .with("checkpoint", id)
    })?;
    let keep = entry.info.source == SourceKind::Hub;
    let cached = if keep { cached_response(&url).await } else { None };
    let from_cache = cached.is_some();
    let response = match cached {
        Some(response) => response,
        None => fetch(job, &url).await?,
    };
    let recorded = response.headers().get(RECORDED_SHA256).ok().flatten();
    let expected = entry.info.sha256.clone().or(recorded.filter(|_| from_cache));

    // A compressed answer may say another length than its bytes will have.
    let mut received = Received::new(None);
    let total = entry.info.bytes.or_else(|| content_length(&response));
    let outcome = if from_cache {
        receive_kept(job, &response, &mut received).await
    } else {
        receive(job, &response, total, &mut received).await
    };
    let outcome = match outcome {
        Ok(()) => received.finish(expected.as_deref(), &url).await,
        Err(problem) => Err(problem),
    };
    let file = match outcome {
        Ok(file) => file,
        Err(problem) => {
            // A kept file that is damaged would be so for ever: the next attempt downloads it anew.
            if from_cache && !problem.is_cancelled() {
                forget(&url).await;
            }
            return Err(problem);
        }
    };
    // The visitor may have said meanwhile how it is to be used.
    let entry = catalog::entry(lab, id)?;
    take(lab, entry, file, keep && !from_cache).await
}

/// Gives a checkpoint its weights; `keep` for the next visit.
pub async fn take(lab: &Lab, mut entry: Entry, file: ReceivedFile, keep: bool) -> Result<Entry, Problem> {
    let graph = graph(&entry)?;
    let (weights, unused) = WeightsFile::new(&entry.info.model, &graph, &file.header, file.content.clone())
        .map_err(|error| unfit(&error))?;
    if entry.info.source != SourceKind::File {
        entry.info.remarks.retain(|remark| remark.code == Code::WeightsKnown);
    }
    entry.info.remarks.extend(unused_remark(&unused));
    if let Some(url) = entry.url.as_ref().filter(|_| keep)
        && let Err(problem) = store(url, &file).await
    {
        entry.info.remarks.push(problem);
    }
    entry.info.presence = Presence::Loaded;
    entry.info.bytes = Some(file.bytes);
    entry.info.sha256 = Some(file.sha256);
    entry.weights = Some(Rc::new(weights));
    catalog::replace(lab, entry.clone());
    Ok(entry)
}

/// Drops a checkpoint's weights, its kept download, and the entry itself if it was a dropped file.
pub async fn remove(lab: &Lab, id: &str) -> Result<(), Problem> {
    let entry = catalog::entry(lab, id)?;
    lab.sessions.borrow_mut().remove(id);
    match &entry.url {
        Some(url) => {
            forget(url).await;
            let mut checkpoints = lab.checkpoints.borrow_mut();
            if let Some(entry) = checkpoints.iter_mut().find(|entry| entry.info.id == id) {
                entry.weights = None;
                entry.info.presence = Presence::Remote;
            }
        }
        None => lab.checkpoints.borrow_mut().retain(|entry| entry.info.id != id),
    }
    Ok(())
}

/// The network's graph at the checkpoint's own size.
pub fn graph(entry: &Entry) -> Result<Graph, Problem> {
    entry.variant.graph().map_err(|error| Problem::of(&error))
}

/// The problem of weights that do not fit, with the counts of what differs.
pub fn unfit(error: &NamesError) -> Problem {
    let mut problem = Problem::of(error);
    match error {
        NamesError::UnknownModel(_)
        | NamesError::OtherLayers { .. }
        | NamesError::MoreLayers { .. }
        | NamesError::Channels { .. }
        | NamesError::Quantised { .. }
        | NamesError::OtherNetwork { .. }
        | NamesError::NoTable { .. }
        | NamesError::TableShape { .. }
        | NamesError::TableChannel { .. } => problem,
        NamesError::Mismatch { mismatch, .. } | NamesError::Unrecognised { mismatch, .. } => {
            // Every name and shape that differs: too much for a value.
            problem.values.remove("mismatch");
            problem
                .with("missing", mismatch.missing.len())
                .with("misshaped", mismatch.misshaped.len())
                .with("extra", mismatch.extra.len())
        }
    }
}

/// Says which tensors a network had no use for.
pub fn unused_remark(unused: &[String]) -> Option<Problem> {
    let first = unused.first()?;
    let message = format!("{} tensors of the file are not used, such as {first}", unused.len());
    Some(Problem::new(Code::WeightsUnused, message).with("count", unused.len()).with("first", first))
}

/// Bytes of a weights file as they come in.
pub struct Received {
    reader: StreamReader,
    bytes: u64,
    /// Everything so far, in the browser's memory.
    chunks: Array,
}

/// A weights file that has arrived whole.
pub struct ReceivedFile {
    /// All of it, in the browser's memory.
    pub content: Uint8Array,
    /// Its header.
    pub header: Header,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

impl Received {
    /// Nothing yet of a file of `bytes` bytes, where that is certain: a header that claims more is then found
    /// at once.
    pub fn new(bytes: Option<u64>) -> Self {
        Self { reader: StreamReader::checking(bytes), bytes: 0, chunks: Array::new() }
    }

    /// The header, once it is there.
    pub fn header(&self) -> Option<&Header> {
        self.reader.header()
    }

    /// Takes a chunk. Its numbers are checked; they are decoded again where a network is prepared.
    pub fn push(&mut self, chunk: &Uint8Array) -> Result<(), Problem> {
        self.chunks.push(chunk);
        self.bytes += u64::from(chunk.length());
        weights_file::blocks(chunk)
            .try_for_each(|block| self.reader.push(&block, &mut |_, _| ()))
            .map_err(|error| Problem::of(&error))
    }

    /// Ends the file; `expected` is its SHA-256, where that is known.
    pub async fn finish(self, expected: Option<&str>, from: &str) -> Result<ReceivedFile, Problem> {
        let header = self.reader.finish().map_err(|error| match error {
            WeightsError::Truncated { expected, got } => truncated(from, got, Some(expected)),
            error => Problem::of(&error),
        })?;
        let content = joined(&self.chunks, self.bytes);
        let sha256 = weights_file::sha256(&content).await;
        match expected {
            Some(expected) if expected != sha256 => {
                let message = format!(
                    "the weights from {from} are not those that were recorded (SHA-256 {sha256}, recorded {expected}); \
                     they are not used. Try again to download them anew"
                );
                Err(Problem::new(Code::DownloadHashMismatch, message)
                    .with("url", from)
                    .with("expected", expected)
                    .with("found", sha256))
            }
            _ => Ok(ReceivedFile { content, header, sha256, bytes: self.bytes }),
        }
    }
}

/// Chunks as one; a single one is left where it is.
fn joined(chunks: &Array, bytes: u64) -> Uint8Array {
    if chunks.length() == 1 {
        return chunks.get(0).unchecked_into();
    }
    let whole = Uint8Array::new_with_length(bytes as u32);
    let mut at = 0;
    for chunk in chunks.iter().map(JsCast::unchecked_into::<Uint8Array>) {
        whole.set(&chunk, at);
        at += chunk.length();
    }
    whole
}

/// Reads a stream to its end, chunk by chunk, with progress.
pub async fn read_stream(
    job: &Job,
    stream: &ReadableStream,
    total: Option<u64>,
    from: &str,
    mut take: impl FnMut(&Uint8Array) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut done_bytes = 0;
    let mut last_report = f64::NEG_INFINITY;
    loop {
        job.check()?;
        let read = JsFuture::from(reader.read()).await;
        job.check()?;
        let read = read.map_err(|_| truncated(from, done_bytes, total))?;
        let get = |name: &str| js_sys::Reflect::get(&read, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if get("done").is_truthy() {
            job.progress(Progress::Downloading { done_bytes, total_bytes: total });
            return Ok(());
        }
        let chunk: Uint8Array = get("value").unchecked_into();
        if let Err(problem) = take(&chunk) {
            // The rest would be read for nothing; that it is not wanted any more cannot fail in a way that matters.
            let _ = reader.cancel();
            return Err(problem);
        }
        done_bytes += u64::from(chunk.length());
        if platform::now_ms() - last_report > 50.0 {
            last_report = platform::now_ms();
            job.progress(Progress::Downloading { done_bytes, total_bytes: total });
        }
    }
}

async fn receive(
    job: &Job,
    response: &Response,
    total: Option<u64>,
    received: &mut Received,
) -> Result<(), Problem> {
    let url = response.url();
    let Some(stream) = response.body() else { return Err(truncated(&url, 0, total)) };
    read_stream(job, &stream, total, &url, |chunk| received.push(chunk)).await
}

/// Takes a file from the browser's cache in one piece: many times faster than chunk by chunk.
async fn receive_kept(job: &Job, response: &Response, received: &mut Received) -> Result<(), Problem> {
    let content = buffer(response).await?;
    job.check()?;
    received.push(&content)
}

/// A GET that follows redirects and tells no other site where it comes from.
pub async fn get(url: &str, signal: Option<&AbortSignal>) -> Result<Response, Problem> {
    let init = RequestInit::new();
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(signal);
    let response = JsFuture::from(platform::scope().fetch_with_str_and_init(url, &init)).await;
    response.map(JsCast::unchecked_into).map_err(|error| {
        let reason = describe(&error);
        let message = format!(
            "{url} cannot be reached ({reason}); check the connection and try again, or drop a .safetensors file"
        );
        Problem::new(Code::DownloadUnreachable, message).with("url", url).with("reason", reason)
    })
}

/// A response's bytes.
pub async fn body(response: &Response) -> Result<Vec<u8>, Problem> {
    Ok(buffer(response).await?.to_vec())
}

/// The same, in the browser's memory.
async fn buffer(response: &Response) -> Result<Uint8Array, Problem> {
    let cut = |_| truncated(&response.url(), 0, None);
    let buffer = JsFuture::from(response.array_buffer().map_err(cut)?).await.map_err(cut)?;
    Ok(Uint8Array::new(&buffer))
}

async fn fetch(job: &Job, url: &str) -> Result<Response, Problem> {
    let response = get(url, job.signal().as_ref()).await;
    job.check()?;
    let response = response?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let wait = response.headers().get("retry-after").ok().flatten().and_then(|wait| wait.parse::<u32>().ok());
    let later = wait.map_or_else(|| "in some minutes".to_owned(), |seconds| format!("in {seconds} s"));
    let why = match status {
        401 | 403 => {
            "the file needs an account or its publisher's permission. Download it there, and drop it here"
        }
        404 | 410 => "the file has moved or was removed. Choose other weights, or drop a .safetensors file",
        429 => "it has had too many requests from here",
        500.. => "its server cannot answer now",
        _ => "the file cannot be had. Choose other weights, or drop a .safetensors file",
    };
    let again = if status == 429 || status >= 500 { format!(". Try again {later}") } else { String::new() };
    let problem = Problem::new(Code::DownloadStatus, format!("{url} answered {status}: {why}{again}"));
    let problem = problem.with("url", url).with("status", status);
    Err(match wait {
        Some(seconds) => problem.with("retry_after_s", seconds),
        None => problem,
    })
}

fn content_length(response: &Response) -> Option<u64> {
    response.headers().get("content-length").ok().flatten()?.parse().ok()
}

fn truncated(from: &str, got: u64, expected: Option<u64>) -> Problem {
    let of = expected.map_or_else(String::new, |expected| format!(" of {expected}"));
    let message = format!("the download from {from} ended after {got}{of} bytes; try again");
    let problem = Problem::new(Code::DownloadTruncated, message).with("url", from).with("got", got);
    match expected {
        Some(expected) => problem.with("expected", expected),
        None => problem,
    }
}

async fn cache() -> Option<Cache> {
    platform::cache(CACHE).await
}

async fn cached_response(url: &str) -> Option<Response> {
    let found = JsFuture::from(cache().await?.match_with_str(url)).await.ok()?;
    found.dyn_into().ok()
}

/// What is kept of a download.
pub async fn kept(url: &str) -> Option<Kept> {
    let response = cached_response(url).await?;
    let sha256 = response.headers().get(RECORDED_SHA256).ok().flatten();
    Some(Kept { sha256, bytes: content_length(&response) })
}

async fn forget(url: &str) {
    if let Some(cache) = cache().await {
        // Not there is as good as deleted.
        let _ = JsFuture::from(cache.delete_with_str(url)).await;
    }
}

async fn store(url: &str, file: &ReceivedFile) -> Result<(), Problem> {
    let not_kept = |code: Code, reason: &str| {
        let message = format!("these weights are loaded but could not be kept for the next visit: {reason}");
        Problem::new(code, message).with("reason", reason)
    };
    let cache = cache()
        .await
        .ok_or_else(|| not_kept(Code::DownloadNotKeptNoCache, "this browser offers no cache here"))?;
    let stored = async {
        let headers = Headers::new()?;
        headers.set(RECORDED_SHA256, &file.sha256)?;
        headers.set("content-length", &file.bytes.to_string())?;
        let init = ResponseInit::new();
        init.set_headers(&headers);
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&file.content))?;
        let response = Response::new_with_opt_blob_and_init(Some(&blob), &init)?;
        JsFuture::from(cache.put_with_str(url, &response)).await
    };
    stored.await.map(|_| ()).map_err(|error: JsValue| {
        let name = error.dyn_ref::<DomException>().map(DomException::name);
        if name.as_deref() == Some("QuotaExceededError") {
            not_kept(
                Code::DownloadNotKeptNoRoom,
                "the browser's storage for this site is full; delete other weights",
            )
        } else {
            not_kept(Code::DownloadNotKept, &describe(&error))
        }
    })
}

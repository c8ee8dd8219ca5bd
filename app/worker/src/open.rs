//! Files that the visitor gives.

use std::rc::Rc;

use decoder::About;
use engine::decode::{self, DecodeError, FileKind, RgbImage};
use engine::weights::{Description, Header, describe};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};
use worker::protocol::{Code, ImageInfo, Problem, Reply};

use crate::catalog::Entry;
use crate::download::{self, Received};
use crate::images::{self, Pixels};
use crate::job::Job;
use crate::lab::Lab;
use crate::weights_file::WeightsFile;
use crate::{decoders, platform};

/// Enough bytes to tell what a file is.
const SNIFF_BYTES: f64 = 4096.0;

/// Opens an image or a checkpoint, whichever the file is.
pub async fn open(
    lab: &Lab,
    job: &Job,
    name: &str,
    model: Option<&str>,
    blob: &Blob,
) -> Result<Reply, Problem> {
    let start = blob.slice_with_f64_and_f64(0.0, SNIFF_BYTES).map_err(|_| unreadable())?;
    let start = buffer(&start).await?.to_vec();
    if decode::sniff(&start) == FileKind::Safetensors || name.ends_with(".safetensors") {
        return open_checkpoint(lab, job, name, model, blob).await;
    }
    let Decoded { pixels, kind, decoder, notes } = decode_image(blob).await?;
    let thumbnail = images::thumbnail(&pixels.to_image()).await;
    job.pause().await?;
    let (width, height) = (pixels.width, pixels.height);
    let info = ImageInfo {
        id: lab.images.borrow_mut().add(blob.clone(), pixels),
        name: name.to_owned(),
        width,
        height,
        format: kind.name().to_owned(),
        decoder: decoder.to_owned(),
        notes,
    };
    Ok(Reply::Image { info, thumbnail: thumbnail.into() })
}

/// A decoded image file.
pub struct Decoded {
    /// Its pixels.
    pub pixels: Pixels,
    kind: FileKind,
    decoder: &'static str,
    notes: Vec<Problem>,
}

/// Decodes with the engine, and with the browser where only that knows the format.
pub async fn decode_image(blob: &Blob) -> Result<Decoded, Problem> {
    let failed = |error| Problem::of(&error);
    let bytes = buffer(blob).await?;
    match decoders::decode(&bytes).await? {
        (Ok(About { width, height, kind, notes }), bytes) => {
            let notes = notes.iter().map(Problem::of).collect();
            Ok(Decoded { pixels: Pixels { width, height, bytes }, kind, decoder: "engine", notes })
        }
        (Err(DecodeError::Unsupported { kind }), _) if kind.browser_may_decode() => {
            let RgbImage { width, height, pixels } = browser_image(blob, kind).await.map_err(failed)?;
            let bytes = Uint8Array::from(pixels.as_slice());
            let pixels = Pixels { width, height, bytes };
            Ok(Decoded { pixels, kind, decoder: "browser", notes: Vec::new() })
        }
        (Err(error), _) => Err(failed(error)),
    }
}

/// The image as the browser decodes it, at its own size.
async fn browser_image(blob: &Blob, kind: FileKind) -> Result<RgbImage, DecodeError> {
    let unsupported = || DecodeError::Unsupported { kind };
    let bitmap = async { JsFuture::from(platform::scope().create_image_bitmap_with_blob(blob)?).await };
    let bitmap: ImageBitmap = bitmap.await.map_err(|_| unsupported())?.unchecked_into();
    let (width, height) = (bitmap.width(), bitmap.height());
    let rgba = if u64::from(width) * u64::from(height) > decode::MAX_PIXELS {
        Err(DecodeError::TooLarge { width, height, limit: decode::MAX_PIXELS })
    } else {
        drawn(&bitmap).ok_or_else(unsupported)
    };
    // The browser would keep its pixels for as long as it likes.
    bitmap.close();
    decode::from_rgba(width, height, &rgba?)
}

/// The pixels of a bitmap; `None` in browsers whose workers cannot draw.
fn drawn(bitmap: &ImageBitmap) -> Option<Vec<u8>> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = OffscreenCanvas::new(width, height).ok()?;
    let context: OffscreenCanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0).ok()?;
    let data: ImageData = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
    Some(data.data().0)
}

async fn open_checkpoint(
    lab: &Lab,
    job: &Job,
    name: &str,
    model: Option<&str>,
    blob: &Blob,
) -> Result<Reply, Problem> {
    let total = Some(blob.size() as u64);
    let mut received = Received::new(total);
    let mut description = None;
    download::read_stream(job, &blob.stream(), total, name, |chunk| {
        received.push(chunk)?;
        // A file for no network here need not be read to its end.
        if let (None, Some(header)) = (&description, received.header()) {
            description = Some(describe_file(lab, header, model)?);
        }
        Ok(())
    })
    .await?;
    let file = received.finish(None, name).await?;
    let description = description.map_or_else(|| describe_file(lab, &file.header, model), Ok)?;
    let mut entry = Entry::dropped(name, file.bytes, description, Vec::new());
    let graph = download::graph(&entry)?;
    let (weights, unused) = WeightsFile::new(&entry.info.model, &graph, &file.header, file.content)
        .map_err(|error| download::unfit(&error))?;
    entry.info.remarks = download::unused_remark(&unused).into_iter().collect();
    entry.info.sha256 = Some(file.sha256);
    entry.weights = Some(Rc::new(weights));

    let info = entry.info.clone();
    lab.sessions.borrow_mut().remove(&info.id);
    let mut checkpoints = lab.checkpoints.borrow_mut();
    checkpoints.retain(|other| other.info.id != info.id);
    checkpoints.push(entry);
    Ok(Reply::Checkpoint(info))
}

fn describe_file(lab: &Lab, header: &Header, model: Option<&str>) -> Result<Description, Problem> {
    describe(header, &lab.zoo.borrow(), model).map_err(|error| download::unfit(&error))
}

/// A file's bytes in the browser's memory.
async fn buffer(blob: &Blob) -> Result<Uint8Array, Problem> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer))
}

/// The file is not there any more, or was changed since it was given.
fn unreadable() -> Problem {
    Problem::new(Code::FileUnreadable, "the browser cannot read this file (any more); choose it again")
}

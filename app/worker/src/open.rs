//! Files that the visitor gives.

use std::rc::Rc;

use decoder::About;
use engine::decode::{self, DecodeError, FileKind, RgbImage};
use engine::weights::describe;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};
use worker::protocol::{ImageInfo, Problem, Reply};

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
    let start = blob.slice_with_f64_and_f64(0.0, SNIFF_BYTES).map_err(|_| unreadable(name))?;
    let start = bytes(&start).await.ok_or_else(|| unreadable(name))?;
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
    let failed = |error| Problem::of("decode", &error);
    let bytes = buffer(blob).await.ok_or_else(|| failed(DecodeError::Empty))?;
    match decoders::decode(&bytes).await? {
        (Ok(About { width, height, kind, notes }), bytes) => {
            let notes = notes.iter().map(|note| Problem::of("note", note)).collect();
            Ok(Decoded { pixels: Pixels { width, height, bytes }, kind, decoder: "engine", notes })
        }
        (Err(DecodeError::Unsupported { kind }), _) if kind.browser_may_decode() => {
            let pixels = browser_pixels(blob).await.ok_or(DecodeError::Unsupported { kind });
            let image = pixels.and_then(|(width, height, rgba)| decode::from_rgba(width, height, &rgba));
            let RgbImage { width, height, pixels } = image.map_err(failed)?;
            let bytes = Uint8Array::from(pixels.as_slice());
            let pixels = Pixels { width, height, bytes };
            Ok(Decoded { pixels, kind, decoder: "browser", notes: Vec::new() })
        }
        (Err(error), _) => Err(failed(error)),
    }
}

/// The pixels as the browser decodes them, at their own size; `None` where it cannot.
async fn browser_pixels(blob: &Blob) -> Option<(u32, u32, Vec<u8>)> {
    let bitmap = platform::scope().create_image_bitmap_with_blob(blob).ok()?;
    let bitmap: ImageBitmap = JsFuture::from(bitmap).await.ok()?.unchecked_into();
    let (width, height) = (bitmap.width(), bitmap.height());
    if u64::from(width) * u64::from(height) > decode::MAX_PIXELS {
        return None;
    }
    let canvas = OffscreenCanvas::new(width, height).ok()?;
    let context: OffscreenCanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0).ok()?;
    let data: ImageData = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
    Some((width, height, data.data().0))
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
            description = Some(describe(header, model).map_err(|error| download::unfit(&error))?);
        }
        Ok(())
    })
    .await?;
    let file = received.finish(None, name).await?;
    let description = description.map_or_else(|| describe(&file.header, model), Ok);
    let description = description.map_err(|error| download::unfit(&error))?;
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

async fn bytes(blob: &Blob) -> Option<Vec<u8>> {
    Some(buffer(blob).await?.to_vec())
}

/// A file's bytes in the browser's memory.
async fn buffer(blob: &Blob) -> Option<Uint8Array> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

fn unreadable(name: &str) -> Problem {
    Problem::new("file.unreadable", format!("the browser cannot read {name}; choose the file again"))
        .with("name", name)
}

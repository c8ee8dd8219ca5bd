//! Files that the visitor gives.

use decoder::About;
use engine::decode::{self, DecodeError, DecodeNote, RgbImage};
use engine::file_kind::{FileKind, sniff_named};
use engine::weights::{Description, Header, WeightsError, describe};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ColorSpaceConversion, ImageBitmap, ImageBitmapOptions, ImageData, OffscreenCanvas,
    PremultiplyAlpha, WebGl2RenderingContext,
};
use worker::protocol::{Code, ImageInfo, Presence, Problem, Reply, SourceKind};

use crate::catalog::Entry;
use crate::download::{self, Received};
use crate::images::{self, Pixels};
use crate::job::Job;
use crate::lab::Lab;
use crate::{catalog, cubes, decoders, platform, reader};

/// Enough bytes to tell what a file is.
const SNIFF_BYTES: f64 = 4096.0;

/// Opens an image (with `pictures` of it, or without), a checkpoint or an array, whichever the file is.
pub async fn open(
    lab: &Lab,
    job: &Job,
    name: &str,
    meant: Meant<'_>,
    blob: &Blob,
    pictures: bool,
) -> Result<Reply, Problem> {
    let start = blob.slice_with_f64_and_f64(0.0, SNIFF_BYTES).map_err(|_| unreadable())?;
    let start = buffer(&start).await?.to_vec();
    let kind = sniff_named(&start, name);
    if kind.is_array() {
        return cubes::open(lab, job, blob).await;
    }
    if kind.is_converted() {
        let converted = reader::safetensors(blob).await?;
        return open_checkpoint(lab, job, name, meant, &converted).await;
    }
    if kind.is_foreign_weights() {
        return Err(Problem::of(&WeightsError::NotSafetensors { kind }));
    }
    if kind == FileKind::Safetensors || name.ends_with(".safetensors") {
        return open_checkpoint(lab, job, name, meant, blob).await;
    }
    let Decoded { pixels, kind, decoder, notes } = decode_image(blob).await?;
    let (thumbnail, picture) = if pictures { pictures_of(&pixels).await } else { Default::default() };
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
    Ok(Reply::Image { info, thumbnail: thumbnail.into(), picture: picture.into() })
}

/// A small picture and a large one, where the browser can make them.
async fn pictures_of(pixels: &Pixels) -> (Option<Blob>, Option<Blob>) {
    let picture = images::picture(&pixels.to_image());
    let thumbnail = images::file_of(&images::thumbnail(&picture)).await;
    (thumbnail, images::file_of(&picture).await)
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
            let (image, notes) = browser_image(blob, kind).await?;
            let bytes = Uint8Array::from(image.pixels.as_slice());
            let pixels = Pixels { width: image.width, height: image.height, bytes };
            Ok(Decoded { pixels, kind, decoder: "browser", notes })
        }
        (Err(error), _) => Err(failed(error)),
    }
}

/// The most by which a privacy setting may change pixels that are judged nevertheless, of 255.
const MOST_NOISE: u8 = 8;

/// The image as the browser decodes it, at its own size and, as the engine does it, without regard to colour profiles, and
/// what there is to say about it.
async fn browser_image(blob: &Blob, kind: FileKind) -> Result<(RgbImage, Vec<Problem>), Problem> {
    let failed = |error| Problem::of(&error);
    let unsupported = || failed(DecodeError::Unsupported { kind });
    let options = ImageBitmapOptions::new();
    options.set_premultiply_alpha(PremultiplyAlpha::None);
    options.set_color_space_conversion(ColorSpaceConversion::None);
    let bitmap = async {
        let scope = platform::scope();
        JsFuture::from(scope.create_image_bitmap_with_blob_and_image_bitmap_options(blob, &options)?).await
    };
    let bitmap: ImageBitmap = bitmap.await.map_err(|_| unsupported())?.unchecked_into();
    let (width, height) = (bitmap.width(), bitmap.height());
    let too_large = u64::from(width) * u64::from(height) > decode::MAX_PIXELS;
    let mut notes = Vec::new();
    let rgba = if too_large { None } else { drawn(&bitmap) };
    let rgba = rgba.map(|rgba| {
        if rgba.chunks_exact(4).all(|pixel| pixel[3] == 255) {
            return rgba;
        }
        // What is transparent on a canvas has lost its colour; the graphics card's memory keeps it.
        notes.push(Problem::of(&DecodeNote::AlphaIgnored));
        uploaded(&bitmap).unwrap_or_else(|| {
            notes.push(Problem::new(
                Code::NoteAlphaLost,
                "transparent areas are dark: this browser does not tell their colours",
            ));
            rgba
        })
    });
    // The browser would keep its pixels for as long as it likes.
    bitmap.close();
    if too_large {
        return Err(failed(DecodeError::TooLarge { width, height, limit: decode::MAX_PIXELS }));
    }
    let rgba = rgba.ok_or_else(unsupported)?;
    match images::canvas_noise() {
        Some(0) | None => {}
        Some(off @ ..=MOST_NOISE) => {
            let message = format!(
                "a privacy setting of this browser changes the pixels of {} files, by up to {off} of 255",
                kind.name()
            );
            notes.push(Problem::new(Code::NoteNoise, message).with("kind", kind.name()).with("off", off));
        }
        Some(off) => {
            let message = format!(
                "a privacy setting of this browser changes the pixels of {} files beyond recognition (by {off} of 255); allow this site to read canvases, or save the image as JPEG or PNG, which need none",
                kind.name()
            );
            return Err(Problem::new(Code::CanvasNoise, message).with("kind", kind.name()).with("off", off));
        }
    }
    Ok((decode::from_rgba(width, height, &rgba).map_err(failed)?, notes))
}

/// The pixels of a bitmap; `None` in browsers whose workers cannot draw.
fn drawn(bitmap: &ImageBitmap) -> Option<Vec<u8>> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let context = images::canvas(width, height)?;
    context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0).ok()?;
    let data: ImageData = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?;
    Some(data.data().0)
}

/// The pixels of a bitmap, with the colours of transparent ones; `None` without WebGL, or for a bitmap larger than a texture.
fn uploaded(bitmap: &ImageBitmap) -> Option<Vec<u8>> {
    use WebGl2RenderingContext as Gl;
    let (width, height) = (bitmap.width().cast_signed(), bitmap.height().cast_signed());
    let gl: Gl = OffscreenCanvas::new(1, 1).ok()?.get_context("webgl2").ok()??.unchecked_into();
    let most = gl.get_parameter(Gl::MAX_TEXTURE_SIZE).ok()?.as_f64()?;
    if f64::from(width.max(height)) > most {
        return None;
    }
    let (target, format, byte) = (Gl::TEXTURE_2D, Gl::RGBA, Gl::UNSIGNED_BYTE);
    let texture = gl.create_texture();
    gl.bind_texture(target, texture.as_ref());
    gl.tex_image_2d_with_u32_and_u32_and_image_bitmap(target, 0, format.cast_signed(), format, byte, bitmap)
        .ok()?;
    gl.bind_framebuffer(Gl::FRAMEBUFFER, gl.create_framebuffer().as_ref());
    gl.framebuffer_texture_2d(Gl::FRAMEBUFFER, Gl::COLOR_ATTACHMENT0, target, texture.as_ref(), 0);
    let rgba = Uint8Array::new_with_length(4 * bitmap.width() * bitmap.height());
    gl.read_pixels_with_opt_array_buffer_view(0, 0, width, height, format, byte, Some(&rgba)).ok()?;
    let is_read = gl.get_error() == Gl::NO_ERROR;
    gl.delete_texture(texture.as_ref());
    is_read.then(|| rgba.to_vec())
}

async fn open_checkpoint(
    lab: &Lab,
    job: &Job,
    name: &str,
    meant: Meant<'_>,
    blob: &Blob,
) -> Result<Reply, Problem> {
    let total = Some(blob.size() as u64);
    let mut received = Received::new(total);
    let mut description = None;
    download::read_stream(job, &blob.stream(), total, name, |chunk| {
        received.push(chunk)?;
        // A file for no network here need not be read to its end.
        if let (None, Some(header)) = (&description, received.header()) {
            description = Some(describe_file(lab, header, name, meant)?);
        }
        Ok(())
    })
    .await?;
    let mut file = received.finish(None, name).await?;
    let description = description.map_or_else(|| describe_file(lab, &file.header, name, meant), Ok)?;
    meant.narrow(&mut file.header);
    let same = |entry: &&Entry| entry.info.sha256.as_ref() == Some(&file.sha256);
    let known = lab.checkpoints.borrow().iter().find(same).cloned();
    let is_meant =
        |entry: &Entry| meant.wrapper.is_none() && meant.model.is_none_or(|model| entry.info.model == model);
    let entry = match known {
        // What is known of a file holds whatever it is called.
        Some(known) if is_meant(&known) => {
            let keep = known.info.source == SourceKind::Hub && known.info.presence == Presence::Remote;
            let is_loaded = known.weights.is_some();
            let mut entry = if is_loaded { known } else { download::take(lab, known, file, keep).await? };
            if entry.url.is_some()
                && entry.info.remarks.iter().all(|remark| remark.code != Code::WeightsKnown)
            {
                let message = format!("{name} is the file of {}", entry.info.id);
                let remark = Problem::new(Code::WeightsKnown, message);
                entry.info.remarks.push(remark.with("name", name).with("id", &entry.info.id));
                catalog::replace(lab, entry.clone());
            }
            entry
        }
        known => {
            let mut entry = Entry::dropped(name, file.bytes, file.sha256.clone(), description);
            if let Some(known) = known.filter(|known| known.url.is_none()) {
                entry.replaces(known.info.id);
            }
            lab.sessions.borrow_mut().remove(&entry.info.id);
            download::take(lab, entry, file, false).await?
        }
    };
    Ok(Reply::Checkpoint(Box::new(entry.info)))
}

/// What the visitor has said of a checkpoint that can be taken in several ways.
#[derive(Clone, Copy)]
pub struct Meant<'a> {
    /// The network.
    pub model: Option<&'a str>,
    /// What stands before the names of the tensors that are meant.
    pub wrapper: Option<&'a str>,
}

impl Meant<'_> {
    /// Leaves the tensors that are meant.
    fn narrow(self, header: &mut Header) {
        if let Some(wrapper) = self.wrapper {
            header.tensors.retain(|tensor| tensor.name.starts_with(wrapper));
        }
    }
}

fn describe_file(lab: &Lab, header: &Header, name: &str, meant: Meant<'_>) -> Result<Description, Problem> {
    let mut header = header.clone();
    meant.narrow(&mut header);
    let description = describe(&header, &lab.zoo.borrow(), meant.model).map_err(|error| {
        let problem = download::unfit(&error);
        // One file of several, as large checkpoints are stored.
        if !name.contains("-of-0") {
            return problem;
        }
        let message = "this is one of several files of a checkpoint; join them into one and drop that";
        Problem::new(Code::WeightsShard, message)
    })?;
    if description.variant.classes == 1 {
        let model = description.variant.id();
        let message = format!(
            "these weights of {model} give one number (a regression), not a number for each class, and nothing here could \
             show what it means; use weights of a classifier"
        );
        return Err(Problem::new(Code::WeightsOneOutput, message).with("model", model));
    }
    Ok(description)
}

/// A file's bytes in the browser's memory.
pub async fn buffer(blob: &Blob) -> Result<Uint8Array, Problem> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer))
}

/// The file is not there any more, or was changed since it was given; or it is a folder.
fn unreadable() -> Problem {
    let message = "the browser cannot read this file (any more); choose it again, or if it is a folder, the images in it";
    Problem::new(Code::FileUnreadable, message)
}

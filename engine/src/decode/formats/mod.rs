//! The formats that are decoded here.

mod bmp;
mod header;
mod jpeg;
mod png;
mod webp;

use std::borrow::Cow;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
};

use super::{DecodeError, DecodeNote, Decoded, FileKind, MAX_SIDE, RgbImage, sniff};

pub use header::Header;

/// Decodes a JPEG, PNG, WebP, GIF or BMP file to upright RGB.
///
/// Alpha is dropped, not blended: a transparent pixel keeps the colour that the file stores for it, as
/// Pillow's `convert("RGB")` does. Of an animation the first frame counts. Where that frame of a GIF is
/// smaller than its canvas, the rest is black.
///
/// # Errors
/// See [`DecodeError`]. Nothing larger than [`MAX_PIXELS`] or [`MAX_SIDE`] is decoded, and the size is judged
/// from the header, before memory is reserved for pixels.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let kind = sniff(bytes);
    let format = match kind {
        FileKind::Jpeg => ImageFormat::Jpeg,
        FileKind::Png => ImageFormat::Png,
        FileKind::WebP => ImageFormat::WebP,
        FileKind::Gif => ImageFormat::Gif,
        FileKind::Bmp => ImageFormat::Bmp,
        FileKind::Empty => return Err(DecodeError::Empty),
        FileKind::Unknown => {
            return Err(DecodeError::NotAnImage { first_bytes: bytes[..bytes.len().min(16)].to_vec() });
        }
        _ => return Err(DecodeError::Unsupported { kind }),
    };
    let layout = if kind == FileKind::Jpeg { jpeg::Layout::read(bytes) } else { None };
    let header = match kind {
        FileKind::Jpeg => Header::of_jpeg(bytes, layout.as_ref())?,
        _ => Header::read(kind, bytes)?,
    };
    DecodeError::check_size(kind, header.width, header.height)?;
    let Decoding { mut image, is_translucent, is_sixteen_bit, lacks_end } = match layout {
        Some(layout) => jpeg(bytes, &layout, &header)?,
        None => other(bytes, kind, format, &header)?,
    };
    image = upright(image, header.orientation);

    let notes = [
        (header.frames > 1, DecodeNote::FirstFrameOf { frames: header.frames }),
        (header.orientation != 1, DecodeNote::Oriented { exif: header.orientation }),
        (is_translucent, DecodeNote::AlphaIgnored),
        (is_sixteen_bit, DecodeNote::SixteenBit),
        (lacks_end, DecodeNote::EndMissing),
    ];
    let notes = notes.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect();
    Ok(Decoded { image, kind, notes })
}

/// An image as the file stores it, and what there is to say about it.
struct Decoding {
    image: RgbImage,
    is_translucent: bool,
    is_sixteen_bit: bool,
    lacks_end: bool,
}

/// Where the image of a rewritten file lies on the canvas.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Pixels from the left and from the top.
    at: (u32, u32),
    /// Whether it may cover only a part.
    is_part: bool,
}

fn jpeg(bytes: &[u8], layout: &jpeg::Layout<'_>, header: &Header) -> Result<Decoding, DecodeError> {
    let (opened, has_end) = layout.open(bytes)?;
    let Samples { samples, colour, size: (width, height) } = match opened {
        jpeg::Opened::Ordinary(file) => {
            let failed = |error| explain(error, FileKind::Jpeg, bytes.len());
            Samples::read(&file, FileKind::Jpeg, ImageFormat::Jpeg, header, failed)?
        }
        jpeg::Opened::Decoded(samples, colour) => {
            Samples { samples, colour, size: (header.width, header.height) }
        }
    };
    let image = RgbImage { width, height, pixels: to_rgb(samples, colour) };
    Ok(Decoding { image, is_translucent: false, is_sixteen_bit: false, lacks_end: !has_end })
}

/// What the `image` crate makes of a file.
struct Samples {
    samples: Vec<u8>,
    colour: ColorType,
    /// Width and height.
    size: (u32, u32),
}

impl Samples {
    fn read(
        file: &[u8],
        kind: FileKind,
        format: ImageFormat,
        header: &Header,
        failed: impl Fn(ImageError) -> DecodeError,
    ) -> Result<Self, DecodeError> {
        let mut reader = ImageReader::with_format(Cursor::new(file), format);
        reader.limits(limits(header, file.len()));
        let decoder = reader.into_decoder().map_err(&failed)?;
        let (width, height) = decoder.dimensions();
        DecodeError::check_size(kind, width, height)?;
        let colour = decoder.color_type();
        let mut samples = vec![0; decoder.total_bytes() as usize]; // at most 8 bytes a pixel, see `check_size`
        decoder.read_image(&mut samples).map_err(&failed)?;
        Ok(Self { samples, colour, size: (width, height) })
    }
}

/// PNG, WebP, GIF and BMP.
fn other(
    bytes: &[u8],
    kind: FileKind,
    format: ImageFormat,
    header: &Header,
) -> Result<Decoding, DecodeError> {
    let rewritten = match format {
        ImageFormat::Png => png::still(bytes),
        ImageFormat::WebP => webp::still(bytes).map(|(file, frame)| (file.into(), frame)),
        ImageFormat::Bmp => bmp::still(bytes)?.map(|file| (file.into(), Frame::default())),
        _ => None,
    };
    let (file, frame): (Cow<'_, [u8]>, _) = rewritten.unwrap_or((bytes.into(), Frame::default()));
    let lacks_end = format == ImageFormat::Png && png::lacks_end(bytes);
    let failed = |error: ImageError| match lacks_end {
        true => DecodeError::Truncated { kind, bytes: bytes.len() as u64 },
        false => explain(error, kind, bytes.len()),
    };

    let Samples { mut samples, colour, size: (width, height) } =
        Samples::read(&file, kind, format, header, failed)?;
    if format == ImageFormat::Png && png::is_apple(bytes) {
        png::from_apple(&mut samples, colour.channel_count().into());
    }

    let is_part = frame.is_part && (width, height) != (header.width, header.height);
    let is_translucent = is_part || is_translucent(&samples, colour);
    let mut image = RgbImage { width, height, pixels: to_rgb(samples, colour) };
    if is_part {
        image = on_canvas(&image, frame.at, (header.width, header.height)).ok_or_else(|| {
            let (x, y) = frame.at;
            let reason = format!("its first frame, {width} × {height} pixels at {x}, {y}, exceeds the image");
            DecodeError::Corrupt { kind, reason }
        })?;
    }
    Ok(Decoding { image, is_translucent, is_sixteen_bit: bytes_a_sample(colour) == 2, lacks_end })
}

/// A frame on a black canvas; `None` if it does not lie on it.
fn on_canvas(frame: &RgbImage, at: (u32, u32), (width, height): (u32, u32)) -> Option<RgbImage> {
    let fits = |at: u32, length: u32, most| at.checked_add(length).is_some_and(|end| end <= most);
    if !fits(at.0, frame.width, width) || !fits(at.1, frame.height, height) {
        return None;
    }
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    let row_bytes = 3 * frame.width as usize;
    let rows = pixels.chunks_exact_mut(3 * width as usize).skip(at.1 as usize);
    for (to, from) in rows.zip(frame.pixels.chunks_exact(row_bytes)) {
        to[3 * at.0 as usize..][..row_bytes].copy_from_slice(from);
    }
    Some(RgbImage { width, height, pixels })
}

/// What the decoder may reserve: four channels of 16 bits a pixel, and a few times the file for its metadata
/// (a compressed colour profile of some kilobytes can unpack to gigabytes).
fn limits(header: &Header, file_bytes: usize) -> Limits {
    let pixels = u64::from(header.width) * u64::from(header.height);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(8 * pixels + 4 * file_bytes as u64 + (1 << 20));
    limits
}

/// Translates a decoder's error.
fn explain(error: ImageError, kind: FileKind, file_bytes: usize) -> DecodeError {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { kind, bytes: file_bytes as u64 }
        }
        other => DecodeError::Corrupt { kind, reason: other.to_string() },
    }
}

fn bytes_a_sample(colour: ColorType) -> usize {
    usize::from(colour.bytes_per_pixel() / colour.channel_count())
}

/// Whether any pixel is not fully opaque. Alpha is the last sample of a pixel.
fn is_translucent(samples: &[u8], colour: ColorType) -> bool {
    let opaque: &[u8] = &[0xFF; 2][..bytes_a_sample(colour)];
    colour.has_alpha()
        && samples.chunks_exact(colour.bytes_per_pixel().into()).any(|pixel| !pixel.ends_with(opaque))
}

/// Any layout of samples to RGB: grey is repeated, alpha dropped, and of 16 bits (in the machine's byte order)
/// the upper eight are kept.
fn to_rgb(samples: Vec<u8>, colour: ColorType) -> Vec<u8> {
    if colour == ColorType::Rgb8 {
        return samples;
    }
    let size = bytes_a_sample(colour);
    let upper = if cfg!(target_endian = "little") { size - 1 } else { 0 };
    let channels = if colour.has_color() { [0, 1, 2] } else { [0, 0, 0] };
    let [red, green, blue] = channels.map(|channel| channel * size + upper);
    samples
        .chunks_exact(colour.bytes_per_pixel().into())
        .flat_map(|pixel| [pixel[red], pixel[green], pixel[blue]])
        .collect()
}

/// Applies an Exif orientation.
fn upright(image: RgbImage, exif: u8) -> RgbImage {
    let RgbImage { width, height, pixels } = image;
    match (Orientation::from_exif(exif), ImageBuffer::from_raw(width, height, pixels)) {
        (Some(orientation), Some(buffer)) => {
            let mut turned = DynamicImage::ImageRgb8(buffer);
            turned.apply_orientation(orientation);
            RgbImage { width: turned.width(), height: turned.height(), pixels: turned.into_bytes() }
        }
        // `Header::read` gives 1 to 8, and `decode` three bytes a pixel.
        _ => unreachable!("orientation {exif} of {width} × {height} pixels"),
    }
}

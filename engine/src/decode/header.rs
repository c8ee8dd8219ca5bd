//! What a file says about its image before any pixel is decoded: one walk over the container's segments that
//! allocates nothing, so that hostile sizes are refused before they cost memory.

use image::metadata::Orientation;

use super::{DecodeError, FileKind};

/// Size, orientation and number of frames as the container states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Width in pixels, before the orientation is applied.
    pub width: u32,
    /// Height in pixels, before the orientation is applied.
    pub height: u32,
    /// The Exif orientation, 1 to 8; 1 is upright and what is assumed when there is none or an illegal one.
    pub orientation: u8,
    /// How many frames the file holds; 1 for a still image.
    pub frames: u32,
}

impl Header {
    /// Reads the header of a JPEG, PNG, WebP, GIF or BMP file. Allocates nothing unless it fails.
    ///
    /// # Errors
    /// [`DecodeError::Unsupported`] for any other `kind`; [`DecodeError::Truncated`] if the file ends before
    /// the size is known, if a JPEG has no end-of-image marker, a GIF no complete frame, or a WebP is shorter
    /// than it says;
    /// [`DecodeError::Corrupt`] if the size is missing though the file is complete.
    pub fn read(kind: FileKind, bytes: &[u8]) -> Result<Self, DecodeError> {
        let walk = match kind {
            FileKind::Jpeg => walk_jpeg(bytes),
            FileKind::Png => walk_png(bytes),
            FileKind::WebP => walk_webp(bytes),
            FileKind::Gif => walk_gif(bytes),
            FileKind::Bmp => walk_bmp(bytes),
            _ => return Err(DecodeError::Unsupported { kind }),
        };
        let truncated = DecodeError::Truncated { kind, bytes: bytes.len() as u64 };
        let walk = walk.ok_or(truncated)?;
        let (width, height) = walk.size.ok_or_else(|| DecodeError::Corrupt {
            kind,
            reason: "it does not state the image's size".to_owned(),
        })?;
        Ok(Self { width, height, orientation: walk.orientation.unwrap_or(1), frames: walk.frames.max(1) })
    }
}

/// What a walk has met so far. A walk that runs out of bytes is `None`.
#[derive(Default)]
struct Walk {
    size: Option<(u32, u32)>,
    orientation: Option<u8>,
    frames: u32,
}

impl Walk {
    /// Takes the orientation from an Exif block, with or without the prefix that JPEG demands and that some
    /// programs write into WebP too. The first block counts.
    fn exif(&mut self, block: &[u8]) {
        let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        self.orientation =
            self.orientation.or_else(|| Orientation::from_exif_chunk(tiff).map(Orientation::to_exif));
    }
}

/// JPEG: marker segments up to the end of the image (ITU-T T.81, annex B). A file that was cut off has no end
/// marker; decoders fill the missing part with grey, which is why this is looked at here.
fn walk_jpeg(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk::default();
    let mut rest = bytes.get(2..)?;
    loop {
        // Entropy-coded data stands between segments: 0xFF in it is followed by 0, and 0xFF may be padding.
        let at = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF))?;
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            0xD9 => return Some(walk),
            0x01 | 0xD0..=0xD8 => continue, // restart markers and others without a length
            _ => {}
        }
        let length = usize::from(be16(rest, 0)?);
        let segment = rest.get(2..length.max(2))?;
        match marker {
            // SOF0 to SOF15; the three left out define tables
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) && walk.size.is_none() => {
                walk.size = Some((be16(segment, 3)?.into(), be16(segment, 1)?.into()));
            }
            0xE1 if segment.starts_with(b"Exif\0\0") => walk.exif(segment),
            _ => {}
        }
        rest = &rest[length.max(2)..];
    }
}

/// PNG: chunks of length, type, data and checksum (PNG specification, third edition, section 5). Missing
/// chunks at the end are left for the decoder to judge.
fn walk_png(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk::default();
    let mut rest = bytes.get(8..)?;
    walk.size = Some((be32(rest, 8)?, be32(rest, 12)?)); // the first chunk is IHDR
    while let Some(length) = be32(rest, 0) {
        let Some(data) = rest.get(8..).and_then(|rest| rest.get(..length as usize)) else {
            break;
        };
        match &rest[4..8] {
            b"acTL" => walk.frames = be32(data, 0).unwrap_or(1),
            b"eXIf" => walk.exif(data),
            _ => {}
        }
        rest = rest.get(12 + data.len()..).unwrap_or_default();
    }
    Some(walk)
}

/// WebP: RIFF chunks of type, length and data, padded to even length (RFC 9649, section 2).
fn walk_webp(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk::default();
    let riff_bytes = le32(bytes, 4)? as usize;
    if bytes.len() - 8 < riff_bytes {
        return None;
    }
    let mut rest = bytes.get(12..)?;
    while let Some(length) = le32(rest, 4) {
        let Some(data) = rest.get(8..).and_then(|rest| rest.get(..length as usize)) else {
            break;
        };
        let size = match &rest[..4] {
            b"VP8X" => Some((1 + le24(data, 4)?, 1 + le24(data, 7)?)),
            b"VP8 " => Some((u32::from(le16(data, 6)? & 0x3FFF), u32::from(le16(data, 8)? & 0x3FFF))),
            b"VP8L" => le32(data, 1).map(|bits| (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))),
            _ => None,
        };
        // Canvas and bitstream each state a size; the decoder allocates for both, so the larger one counts.
        if let Some((width, height)) = size {
            let (w, h) = walk.size.unwrap_or_default();
            walk.size = Some((w.max(width), h.max(height)));
        }
        match &rest[..4] {
            b"ANMF" => walk.frames += 1,
            b"EXIF" => walk.exif(data),
            _ => {}
        }
        rest = rest.get(8 + data.len() + data.len() % 2..).unwrap_or_default();
    }
    Some(walk)
}

/// GIF: the logical screen, then blocks up to the trailer (GIF89a, appendix D). A missing trailer is common
/// and harmless, but the first frame must be whole.
fn walk_gif(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk { size: Some((le16(bytes, 6)?.into(), le16(bytes, 8)?.into())), ..Walk::default() };
    let mut rest = bytes.get(13 + colour_table_bytes(*bytes.get(10)?)..)?;
    loop {
        let after = match rest {
            [0x21, _label, blocks @ ..] => gif_blocks(blocks), // an extension
            // a frame: nine bytes of descriptor, its colour table, one byte of code size
            [0x2C, descriptor @ ..] => (descriptor.get(8))
                .and_then(|&flags| descriptor.get(10 + colour_table_bytes(flags)..))
                .and_then(gif_blocks)
                .inspect(|_| walk.frames += 1),
            [] => None,
            _ => return Some(walk),
        };
        match after {
            Some(after) => rest = after,
            None => return (walk.frames > 0).then_some(walk),
        }
    }
}

/// What follows a row of GIF data blocks, each led by its length; the one of length 0 is the last.
fn gif_blocks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (&length, after) = rest.split_first()?;
        rest = after.get(usize::from(length)..)?;
        if length == 0 {
            return Some(rest);
        }
    }
}

/// Length of the GIF colour table that the flag byte announces: 3 · 2^(n+1) bytes, or none.
fn colour_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) }
}

/// BMP: the size stands in the second header, in 16 bits in its oldest form; a negative height means that the
/// rows run from top to bottom.
fn walk_bmp(bytes: &[u8]) -> Option<Walk> {
    let size = if le32(bytes, 14)? == 12 {
        (le16(bytes, 18)?.into(), le16(bytes, 20)?.into())
    } else {
        (le32(bytes, 18)?, le32(bytes, 22)?.cast_signed().unsigned_abs())
    };
    Some(Walk { size: Some(size), ..Walk::default() })
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    field(bytes, at).map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_be_bytes)
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    field(bytes, at).map(u16::from_le_bytes)
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_le_bytes)
}

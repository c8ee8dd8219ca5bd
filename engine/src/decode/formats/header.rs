//! What a file says about its image before any pixel is decoded: one walk over the container's segments that
//! allocates nothing, so that hostile sizes are refused before they cost memory.

use image::metadata::Orientation;

use super::png::{self, Chunk};
use super::{DecodeError, FileKind, jpeg, webp};

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
    /// the size is known, a JPEG before its first scan, or a GIF before its first frame's end, or if a WebP is shorter
    /// than it says;
    /// [`DecodeError::Corrupt`] if the size is missing though the file is complete.
    pub fn read(kind: FileKind, bytes: &[u8]) -> Result<Self, DecodeError> {
        let walk = match kind {
            FileKind::Jpeg => jpeg::Layout::read(bytes).map(|layout| walk_jpeg(&layout)),
            FileKind::Png => walk_png(bytes),
            FileKind::WebP => walk_webp(bytes),
            FileKind::Gif => walk_gif(bytes),
            FileKind::Bmp => walk_bmp(bytes),
            _ => return Err(DecodeError::Unsupported { kind }),
        };
        Self::of(kind, bytes, walk)
    }

    /// The header of a JPEG whose layout is known.
    pub(super) fn of_jpeg(bytes: &[u8], layout: Option<&jpeg::Layout<'_>>) -> Result<Self, DecodeError> {
        Self::of(FileKind::Jpeg, bytes, layout.map(walk_jpeg))
    }

    fn of(kind: FileKind, bytes: &[u8], walk: Option<Walk>) -> Result<Self, DecodeError> {
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

fn walk_jpeg(layout: &jpeg::Layout<'_>) -> Walk {
    let mut walk = Walk { size: layout.size, ..Walk::default() };
    layout.exif.inspect(|block| walk.exif(block));
    walk
}

/// PNG. Missing chunks at the end are left for the decoder to judge.
fn walk_png(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk::default();
    for Chunk { name, data, .. } in png::chunks(bytes) {
        match &name {
            b"IHDR" if walk.size.is_none() => walk.size = Some((be32(data, 0)?, be32(data, 4)?)),
            b"acTL" => walk.frames = be32(data, 0).unwrap_or(1),
            b"eXIf" => walk.exif(data),
            _ => {}
        }
    }
    walk.size.is_some().then_some(walk)
}

/// WebP. Canvas and bitstream each state a size; the decoder allocates for both, so the larger one counts.
fn walk_webp(bytes: &[u8]) -> Option<Walk> {
    let mut walk = Walk::default();
    let riff_bytes = le32(bytes, 4)? as usize;
    if bytes.len() - 8 < riff_bytes {
        return None;
    }
    for (name, data) in webp::chunks(bytes.get(12..)?) {
        let size = match &name {
            b"VP8X" => Some((1 + le24(data, 4)?, 1 + le24(data, 7)?)),
            b"VP8 " => Some((u32::from(le16(data, 6)? & 0x3FFF), u32::from(le16(data, 8)? & 0x3FFF))),
            b"VP8L" => le32(data, 1).map(|bits| (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))),
            _ => None,
        };
        if let Some((width, height)) = size {
            let (w, h) = walk.size.unwrap_or_default();
            walk.size = Some((w.max(width), h.max(height)));
        }
        match &name {
            b"ANMF" => walk.frames += 1,
            b"EXIF" => walk.exif(data),
            _ => {}
        }
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

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    field(bytes, at).map(u16::from_be_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    field(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    field(bytes, at).map(u32::from_le_bytes)
}

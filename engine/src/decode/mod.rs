//! From the bytes of an image file to RGB pixels.
//!
//! Decoding follows Pillow's `Image.open(file).convert("RGB")`, the first line of the pipelines that published
//! accuracies come from, with two deliberate differences: Exif orientation is applied, because people mean the
//! picture they see, and 16-bit grey is scaled to 8 bits (Pillow clips it, which leaves most of it white).
//! PNG, WebP, GIF and BMP give the same bytes (a BMP of 16 bits a pixel may differ by 1 of 255); a JPEG differs
//! by 3 or 4 of 255 at most, as JPEG decoders do. Colour profiles are ignored, as there.

mod error;
#[cfg(feature = "decode")]
mod formats;

use serde::{Deserialize, Serialize};

pub use crate::file_kind::{FileKind, sniff};
pub use error::DecodeError;
#[cfg(feature = "decode")]
pub use formats::{Header, decode};

/// The most pixels that are read: 100 megapixels, 300 MB as RGB.
pub const MAX_PIXELS: u64 = 100_000_000;

/// The longest side that is read, pixels; JPEG and GIF have no longer ones.
pub const MAX_SIDE: u32 = 65_535;

/// An image of 8-bit sRGB pixels, `[height, width, 3]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// `height · width · 3` bytes: rows from the top, pixels from the left, red, green, blue.
    pub pixels: Vec<u8>,
}

/// A decoded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The pixels, upright.
    pub image: RgbImage,
    /// What the file was.
    pub kind: FileKind,
    /// What was left out or changed on the way; empty for an ordinary photo.
    pub notes: Vec<DecodeNote>,
}

/// Something about a decoded image that the user should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeNote {
    /// The file is an animation; its first frame is used.
    FirstFrameOf {
        /// How many frames there are.
        frames: u32,
    },
    /// The image was turned or mirrored as its Exif orientation demands.
    Oriented {
        /// The Exif value, 2 to 8.
        exif: u8,
    },
    /// Some pixels are transparent; their colour is used as it is stored, on no background.
    AlphaIgnored,
    /// The file has 16 bits a channel; the upper eight are used.
    SixteenBit,
    /// The file's end is missing, though its picture is whole.
    EndMissing,
}

impl std::fmt::Display for DecodeNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FirstFrameOf { frames } => write!(f, "animation of {frames} frames: the first is used"),
            Self::Oriented { exif } => write!(f, "turned upright (Exif orientation {exif})"),
            Self::AlphaIgnored => f.write_str("transparency is ignored"),
            Self::SixteenBit => f.write_str("16 bits a channel: the upper eight are used"),
            Self::EndMissing => f.write_str("the file's end is missing, but its picture is whole"),
        }
    }
}

/// Takes over pixels that the browser decoded: `rgba` is `[height, width, 4]`, as `ImageData` holds them.
/// Alpha is dropped, as [`decode`] does.
///
/// # Errors
/// [`DecodeError::PixelCount`] if there are not `4 · width · height` bytes or none at all,
/// [`DecodeError::TooLarge`] above [`MAX_PIXELS`] or [`MAX_SIDE`].
pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<RgbImage, DecodeError> {
    let bytes = rgba.len() as u64;
    let expected = 4 * u128::from(width) * u128::from(height);
    if expected == 0 || u128::from(bytes) != expected {
        return Err(DecodeError::PixelCount { width, height, bytes });
    }
    DecodeError::check_size(FileKind::Unknown, width, height)?;
    let pixels = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(RgbImage { width, height, pixels })
}

//! Why a file gave no image.

use serde::{Deserialize, Serialize};

use super::{FileKind, MAX_PIXELS, MAX_SIDE};

/// Why a file gave no image, with the offending values and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum DecodeError {
    /// The file has no bytes.
    #[error("The file is empty (0 bytes). Choose another one, or copy it again if it should hold an image.")]
    Empty,
    /// The content is of no known kind.
    #[error("This is not an image we can read. Choose a JPEG, PNG, WebP, GIF or BMP file.")]
    NotAnImage {
        /// The first bytes of the file, at most 16.
        first_bytes: Vec<u8>,
    },
    /// A known kind of file that is not decoded here. Where [`FileKind::browser_may_decode`] holds, the
    /// browser's own decoder is worth a try before this is shown.
    #[error("{}", .kind.next_step())]
    Unsupported {
        /// What the file is.
        kind: FileKind,
    },
    /// The file ends before its image does.
    #[error("The {} file ends too early, after {bytes} bytes. Download or copy it again.", .kind.name())]
    Truncated {
        /// What the file is.
        kind: FileKind,
        /// How many bytes there are.
        bytes: u64,
    },
    /// The image is larger than is read; found before any pixel is decoded.
    #[error(
        "The image is {width} × {height} pixels; at most {} megapixels and {MAX_SIDE} pixels a side are read. Scale it down first.",
        .limit / 1_000_000
    )]
    TooLarge {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
        /// The most pixels that are read, [`MAX_PIXELS`].
        limit: u64,
    },
    /// The file contradicts its format, or uses a part of it that is not supported.
    #[error("The {} file cannot be read: {reason}. Open it in another program and save it as PNG or JPEG.", .kind.name())]
    Corrupt {
        /// What the file is.
        kind: FileKind,
        /// What the decoder found.
        reason: String,
    },
    /// Pixels handed over by the browser do not match the size handed over with them.
    #[error(
        "The browser's decoder gave {bytes} bytes for an image of {width} × {height} pixels. Save the image as PNG or JPEG."
    )]
    PixelCount {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes received; four a pixel were expected.
        bytes: u64,
    },
}

impl DecodeError {
    /// [`DecodeError::TooLarge`] for an image over [`MAX_PIXELS`] or [`MAX_SIDE`], and
    /// [`DecodeError::Corrupt`] for one without pixels.
    pub(super) fn check_size(kind: FileKind, width: u32, height: u32) -> Result<(), Self> {
        if width == 0 || height == 0 {
            return Err(Self::Corrupt { kind, reason: format!("its size is {width} × {height} pixels") });
        }
        if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Self::TooLarge { width, height, limit: MAX_PIXELS });
        }
        Ok(())
    }
}

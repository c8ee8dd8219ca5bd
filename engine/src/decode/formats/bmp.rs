//! Bitmaps of OS/2's second version.

use super::header::{le16, le32};
use super::{DecodeError, FileKind};

/// Bytes of the file header, and of the header that follows it in files of Windows.
const FILE_HEADER_BYTES: usize = 14;
const INFO_HEADER_BYTES: usize = 40;

/// The sizes of OS/2's header, which may end after any field; three are Windows' own.
pub(super) fn is_os2(header_bytes: u32) -> bool {
    matches!(header_bytes, 16..=64) && !matches!(header_bytes, 40 | 52 | 56)
}

/// A file of OS/2's second version with the header of Windows, whose fields are the same as far as it goes.
///
/// # Errors
/// [`DecodeError::Corrupt`] for compressions that only OS/2 knows: their numbers mean others elsewhere.
pub(super) fn still(bytes: &[u8]) -> Result<Option<Vec<u8>>, DecodeError> {
    let Some(header_bytes) = le32(bytes, FILE_HEADER_BYTES).filter(|bytes| is_os2(*bytes)) else {
        return Ok(None);
    };
    let end = FILE_HEADER_BYTES + header_bytes as usize;
    let (Some(header), Some(rest), Some(offset)) =
        (bytes.get(FILE_HEADER_BYTES..end), bytes.get(end..), le32(bytes, 10))
    else {
        return Ok(None);
    };
    let mut info = [0; INFO_HEADER_BYTES];
    let shared = header.len().min(INFO_HEADER_BYTES);
    info[..shared].copy_from_slice(&header[..shared]);
    info[..4].copy_from_slice(&(INFO_HEADER_BYTES as u32).to_le_bytes());
    let compression = le32(&info, 16).unwrap_or_default();
    let bits = le16(&info, 14).unwrap_or_default();
    if !matches!((compression, bits), (0, _) | (1, 8) | (2, 4)) {
        let reason = format!("compression {compression} of OS/2 bitmaps is not supported");
        return Err(DecodeError::Corrupt { kind: FileKind::Bmp, reason });
    }
    let offset = (offset + INFO_HEADER_BYTES as u32).saturating_sub(header_bytes);
    Ok(Some([&bytes[..10], &offset.to_le_bytes(), &info, rest].concat()))
}

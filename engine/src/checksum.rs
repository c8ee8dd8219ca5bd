//! Checksums.

use crc::Crc;

/// CRC-32 as PNG files and zip archives have it. With a small table: the usual ones are a twentieth of what a visitor waits for.
pub(crate) static CRC32: Crc<u32> = Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

//! What goldens of bytes are told by.

/// CRC-32 as zip archives have it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes)
}

//! WebP (RFC 9649): the first frame of an animation.

use super::Frame;
use super::header::{le24, le32};

/// RIFF chunks of name, length and data, padded to even length; up to the first that is not all there.
pub(super) fn chunks(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let length = le32(rest, 4)? as usize;
        let (name, _) = rest.split_first_chunk()?;
        let data = rest.get(8..)?.get(..length)?;
        rest = rest.get(8 + length + length % 2..).unwrap_or_default();
        Some((*name, data))
    })
}

fn write(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend(name);
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file.resize(file.len().next_multiple_of(2), 0);
}

/// The first frame of an animation as a still image: the decoder would blend it with a transparent canvas, where
/// transparent pixels lose their colour.
pub(super) fn still(bytes: &[u8]) -> Option<(Vec<u8>, Frame)> {
    let (_, frame) = chunks(bytes.get(12..)?).find(|(name, _)| name == b"ANMF")?;
    let at = (2 * le24(frame, 0)?, 2 * le24(frame, 3)?);
    let size = frame.get(6..12)?;
    let image = || chunks(frame.get(16..).unwrap_or_default());
    let mut file = b"WEBP".to_vec();
    if image().any(|(name, _)| &name == b"ALPH") {
        write(&mut file, b"VP8X", &[&[0x10, 0, 0, 0], size].concat());
    }
    for (name, data) in image().filter(|(name, _)| matches!(name, b"ALPH" | b"VP8 " | b"VP8L")) {
        write(&mut file, &name, data);
    }
    let mut riff = Vec::new();
    write(&mut riff, b"RIFF", &file);
    Some((riff, Frame { at, is_part: true }))
}
